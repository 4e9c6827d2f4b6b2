"""When batches leave: a first entry at once, those that follow it together."""

import pytest

from journalhub.journal.limits import BATCH_SECONDS, FEW_ENTRIES, FEW_SECONDS
from journalhub.shipper.columns import Address
from journalhub.shipper.frames import Frame, Position, ReadBatch
from journalhub.shipper.outbox import Outbox

SEQNUM_ID, BOOT_ID = "s=" + "1" * 32, "b=" + "2" * 32


class Source:
    """One that was read on."""

    name = "a source"

    def position(self) -> Position:
        """Somewhere."""
        return Position("")


@pytest.mark.parametrize(
    ("entries", "pause"), [(1, FEW_SECONDS), (FEW_ENTRIES, FEW_SECONDS), (FEW_ENTRIES + 1, BATCH_SECONDS)]
)
def test_what_follows_waits_for_company(entries: int, pause: float) -> None:
    """After a batch none may leave for a while, longer after one of many; nor need the reader look at the journal."""
    now = [0.0]
    left: list[Frame] = []
    outbox = Outbox(left.append, lambda: now[0])

    assert (outbox.due_in, outbox.rests_for) == (None, 0.0)

    for seqnum in range(1, entries + 1):
        add(outbox, seqnum)
    assert (outbox.due_in, outbox.rests_for) == (0.0, 0.0)
    outbox.flush()
    assert (outbox.due_in, outbox.rests_for) == (None, pause)

    now[0] += pause / 2
    add(outbox, entries + 1)
    assert outbox.due_in == outbox.rests_for
    assert 0 < outbox.rests_for < pause

    now[0] += pause
    assert (outbox.due_in, outbox.rests_for) == (0.0, 0.0)
    outbox.flush()
    assert [entries, 1] == [frame.entries for frame in left if isinstance(frame, ReadBatch)]


def add(outbox: Outbox, seqnum: int) -> None:
    """One entry that was read."""
    address: Address = (SEQNUM_ID, seqnum, BOOT_ID, seqnum, seqnum, seqnum)
    assert outbox.add(address, {"MESSAGE": b"hello"}, f"{SEQNUM_ID};i={seqnum}")
    outbox.moved(Source())
