"""What a reader of /run/log/journal remembers until journald copies it to the disk."""

from journalhub.shipper.limits import RECENT_MAX
from journalhub.shipper.recent import Recent

RUNTIME, DISK = "s=01", "s=02"
BOOT = "b=03"


def entry(seqnum_id: str, number: int) -> tuple[str, int, str, int, int, int]:
    """The address of an entry, whose copy has another seqnum id and another seqnum."""
    return seqnum_id, number if seqnum_id == RUNTIME else number + 7, BOOT, number * 10, number * 10, number


def test_a_copy_is_known() -> None:
    """And the entry itself is not taken for one, however often it is read."""
    recent = Recent()
    assert not recent.has(entry(RUNTIME, 1))
    assert not recent.has(entry(RUNTIME, 1))
    assert recent.has(entry(DISK, 1))
    assert not recent.has(entry(DISK, 2))


def test_parts_are_joined() -> None:
    """Copies of what either of two parts has read are known."""
    earlier, later = Recent(), Recent()
    earlier.has(entry(RUNTIME, 1))
    later.has(entry(RUNTIME, 2))
    later.join(earlier)
    assert later.has(entry(DISK, 1))
    assert later.has(entry(DISK, 2))


def test_bounded() -> None:
    """The oldest are forgotten, of joined parts those of the earlier one."""
    earlier, later = Recent(), Recent()
    for number in range(RECENT_MAX):
        earlier.has(entry(RUNTIME, number))
    for number in range(RECENT_MAX, RECENT_MAX + 10):
        later.has(entry(RUNTIME, number))
    later.join(earlier)
    assert not later.has(entry(DISK, 9))
    assert later.has(entry(DISK, 20))
    assert later.has(entry(DISK, RECENT_MAX + 9))
