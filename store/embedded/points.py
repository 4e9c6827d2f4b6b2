"""Single entries of a block, read where they stand: nothing is worked out for the other thousand."""

from collections.abc import Iterable
from typing import NamedTuple

from journalhub.store.embedded.columns import Packed, PackedSeries
from journalhub.store.embedded.rows import Numbers

_M64 = 2**64 - 1

Key = tuple[str, int]
"""A column: field name, and 0 for its first value in an entry, 1 for its second, …"""


class Frame(NamedTuple):
    """The numbers of all entries of a block, packed."""

    ords: PackedSeries
    origin: Packed
    shape: Packed
    realtime: PackedSeries
    offset: PackedSeries
    """Realtime less monotonic."""
    seqnum: PackedSeries

    @classmethod
    def read(cls, raw: bytes, count: int) -> "Frame":
        """Of the first frame of a block of `count` entries."""
        ords = PackedSeries.read(raw, 0, count)
        origin = Packed.read(raw, ords.end, count)
        shape = Packed.read(raw, origin.end, count)
        realtime = PackedSeries.read(raw, shape.end, count)
        offset = PackedSeries.read(raw, realtime.end, count)
        return cls(ords, origin, shape, realtime, offset, PackedSeries.read(raw, offset.end, count))

    def of(self, row: int) -> Numbers:
        """Those of one row."""
        realtime = self.realtime.value(row)
        return Numbers(
            self.ords.value(row),
            self.origin.value(row),
            self.shape.value(row),
            realtime,
            (realtime - self.offset.value(row)) & _M64,
            self.seqnum.value(row),
        )


class TextColumn(NamedTuple):
    """Lengths and text of one column, packed; or distances to the realtime, and no text."""

    raw: bytes
    numbers: Packed
    is_text: bool

    @property
    def begin(self) -> int:
        """Where the column starts in the frame."""
        return self.numbers.begin

    @property
    def end(self) -> int:
        """Where the next column of the frame starts."""
        return self.numbers.end + (self.numbers.sum(self.numbers.size) if self.is_text else 0)

    def value(self, index: int, realtime: int) -> bytes:
        """One value, of an entry of that realtime."""
        if not self.is_text:
            return b"%d" % ((realtime - self.numbers.value(index)) & _M64)
        start = self.numbers.end + self.numbers.sum(index)
        return self.raw[start : start + self.numbers.value(index)]


def text_columns(raw: bytes, columns: Iterable[tuple[Key, int, bool]]) -> dict[Key, TextColumn]:
    """The columns of one frame, which follow each other: of each its key, its number of values, whether it is text."""
    at = 0
    found: dict[Key, TextColumn] = {}
    for key, count, is_text in columns:
        column = found[key] = TextColumn(raw, Packed.read(raw, at, count), is_text)
        at = column.end
    return found
