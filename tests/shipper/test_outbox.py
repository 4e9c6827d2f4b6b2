"""When batches leave: a first entry at once, those that follow it together."""

from journalhub.journal.limits import BATCH_SECONDS
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


def test_what_follows_waits_for_company() -> None:
    """After a batch none may leave for BATCH_SECONDS; the reader need not look at the journal before."""
    now = [0.0]
    left: list[Frame] = []
    outbox = Outbox(left.append, lambda: now[0])

    assert (outbox.due_in, outbox.rests_for) == (None, 0.0)

    add(outbox, 1)
    assert (outbox.due_in, outbox.rests_for) == (0.0, 0.0)
    outbox.flush()
    assert (outbox.due_in, outbox.rests_for) == (None, BATCH_SECONDS)

    now[0] += BATCH_SECONDS / 2
    add(outbox, 2)
    assert outbox.due_in == outbox.rests_for
    assert 0 < outbox.rests_for < BATCH_SECONDS

    now[0] += BATCH_SECONDS
    assert (outbox.due_in, outbox.rests_for) == (0.0, 0.0)
    outbox.flush()
    assert [1, 1] == [frame.entries for frame in left if isinstance(frame, ReadBatch)]


def add(outbox: Outbox, seqnum: int) -> None:
    """One entry that was read."""
    address: Address = (SEQNUM_ID, seqnum, BOOT_ID, seqnum, seqnum, seqnum)
    assert outbox.add(address, {"MESSAGE": b"hello"}, f"{SEQNUM_ID};i={seqnum}")
    outbox.moved(Source())
