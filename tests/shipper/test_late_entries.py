"""Entries that become visible late, behind newer ones, while a batch is full.

When that happens cannot be chosen with a real journald: the handle is a script of what libsystemd would say.
"""

from collections.abc import Sequence

from journalhub.journal import wire
from journalhub.journal.limits import BATCH_BYTES
from journalhub.shipper.columns import Fields
from journalhub.shipper.frames import Frame, ReadBatch
from journalhub.shipper.outbox import Outbox
from journalhub.shipper.sources import Source
from journalhub.shipper.tap import Tap

ONE, OTHER = "s=" + "1" * 32, "s=" + "2" * 32
BOOT = "b=" + "3" * 32
LOOKS_MAX = 100
"""Times that an entry's fields may be asked for: more are a loop without end."""


def cursor(stream: str, seqnum: int) -> str:
    """Of an entry whose time is its number."""
    return f"{stream};i={seqnum:x};{BOOT};m={seqnum:x};t={seqnum:x};x={seqnum:x}"


class Script:
    """A handle that has these entries."""

    def __init__(self, cursors: Sequence[str], size: int) -> None:
        self.cursors = cursors
        self.size = size
        self.at = -1
        self.looks = 0

    def _next(self, skip: int = 1) -> bool:
        self.at += 1
        return self.at < len(self.cursors)

    def _previous(self, skip: int = 1) -> bool:
        return False

    def _get_cursor(self) -> str:
        return self.cursors[self.at]

    def _get_all(self) -> Fields:
        self.looks += 1
        assert self.looks < LOOKS_MAX, "the same entry again and again"
        return {"MESSAGE": self.cursors[self.at].encode().ljust(self.size, b".")}

    def _get_pair(self) -> None:
        return None

    def seek_head(self) -> None:
        self.at = -1

    def seek_tail(self) -> None: ...

    def seek_cursor(self, cursor: str) -> None:
        self.at = self.cursors.index(cursor) - 1

    def test_cursor(self, cursor: str) -> bool:
        return self.cursors[self.at] == cursor

    def process(self) -> int:
        return 0

    def fileno(self) -> int:
        return 0

    def close(self) -> None: ...


def read(seen: Sequence[str], late: Sequence[str], size: int) -> list[ReadBatch]:
    """All batches of a source whose first handle has `seen`, and whose second one has `late` as well, sorted in."""
    in_order = sorted({*seen, *late}, key=lambda one: (int(one.split(";t=")[1].split(";")[0], 16), one))
    handles = iter((Script(seen, size), Script(in_order, size)))
    left: list[Frame] = []
    outbox = Outbox(left.append, lambda: 0.0)
    tap = Tap(Source("a source", path="/"), lambda source: next(handles), outbox, None, {}, lambda what, where: None)
    while tap.drain():
        pass
    outbox.flush()
    return [frame for frame in left if isinstance(frame, ReadBatch)]


def messages(batches: Sequence[ReadBatch]) -> list[str]:
    """The cursors that stand in the messages."""
    found = []
    for batch in batches:
        if batch.packed:
            decoded = wire.decode(wire.seal(batch.packed)).batch
            found += [values[0].rstrip(b".").decode() for values in decoded.values]
    return found


def test_more_of_them_than_a_batch_holds() -> None:
    """All are delivered, each once, in as many batches as it takes; none is a gap."""
    seen = [cursor(ONE, 1), cursor(ONE, 20)]
    late = [cursor(ONE, number) for number in range(2, 20)]
    batches = read(seen, late, BATCH_BYTES // 4)

    assert sorted([*seen, *late]) == sorted(messages(batches))
    assert len(batches) > 4
    assert [] == [gap for batch in batches for gap in batch.gaps]


def test_streams_read_after_a_full_batch_are_in_the_next_position() -> None:
    """Else a reader that starts again there would not know how far it had come in them."""
    seen = [cursor(ONE, 1), cursor(ONE, 10), cursor(OTHER, 11)]
    late = [cursor(ONE, number) for number in range(2, 10)]
    batches = read(seen, late, BATCH_BYTES // 4)
    streams: dict[bytes, str] = {}
    for batch in batches:
        streams |= batch.positions["a source"].streams

    assert {bytes.fromhex(ONE[2:]): cursor(ONE, 10), bytes.fromhex(OTHER[2:]): cursor(OTHER, 11)} == streams
    assert cursor(OTHER, 11) == batches[-1].positions["a source"].cursor
