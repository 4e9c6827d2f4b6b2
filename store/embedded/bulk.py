"""The columns of a block for whoever wants many of its entries: the machine's integers, and texts where they lie."""

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate, chain, count
from operator import le, sub
from typing import NamedTuple

from journalhub.journal import compiled
from journalhub.journal.batch import Names
from journalhub.journal.origin import OriginsByNumber
from journalhub.store.bulk import Integers, Text, integers
from journalhub.store.embedded.columns import unpack, unpack_series
from journalhub.store.embedded.encoding import M64
from journalhub.store.embedded.points import Key


class Described(NamedTuple):
    """A text column as the header of a block describes it."""

    key: Key
    values: int
    is_text: bool
    """Else distances to the realtimes of the block's entries."""
    frame: int


class BlockColumns:
    """See `store.bulk.Columns`. Its size in memory is `size`, less the frames, which are the block's."""

    def __init__(self, numbers: bytes, size: int, hashes: bytes, origins: OriginsByNumber, shapes: Sequence[Names]):
        """`numbers` is the first frame of a block of `size` entries, `hashes` the last. ValueError where it is none."""
        self.origins = origins
        self.shapes = shapes
        columns = map(integers, numbers_of(numbers, size))
        self.ords, self.origin, self.shape, self.realtime, self.monotonic, self.seqnum, self.rank = columns
        self.xor_hash = integers(hashes)
        self.size = 8 * 8 * size
        self._texts: dict[int, list[Text]] = {}

    def add_texts(
        self, described: Sequence[Described], places: dict[int, list[tuple[Key, int]]], frame: Callable[[int], bytes]
    ) -> None:
        """Take the texts: `places` are, for each shape, its columns and where its values start in them."""
        found: dict[Key, tuple[bytes, Integers]] = {}
        ends: dict[int, int] = {}
        for key, values, is_text, number in described:
            raw, bounds, ends[number] = texts_of(frame(number), ends.get(number, 0), values, is_text, self.realtime)
            found[key] = raw, integers(bounds)
            self.size += len(bounds) + (0 if is_text else len(raw))
        for shape, columns in places.items():
            self._texts[shape] = [Text(*found[key], start) for key, start in columns]

    @cached_property
    def in_time(self) -> Sequence[int] | None:
        """The rows by time, of equal time by ord; None where they stand so."""
        realtime = self.realtime.tolist()
        if all(map(le, realtime, realtime[1:])):
            return None
        return array("Q", sorted(range(len(realtime)), key=realtime.__getitem__))

    def texts(self, shape: int) -> Sequence[Text]:
        """See Columns."""
        return self._texts[shape]


def numbers_of(raw: bytes, size: int) -> tuple[bytes, ...]:
    """Of a block's first frame: ords, origins, shapes, realtimes, monotonic times, seqnums; and the ranks."""
    if compiled.codec is not None and (made := compiled.codec.block_numbers(raw, size)) is not None:
        return made
    ords, origin, shape, realtime, monotonic, seqnum = lists_of(raw, size)
    following = {number: count().__next__ for number in set(shape)}
    rank = [following[number]() for number in shape]
    return tuple([array("Q", column).tobytes() for column in (ords, origin, shape, realtime, monotonic, seqnum, rank)])


def lists_of(raw: bytes, size: int) -> tuple[list[int], list[int], list[int], list[int], list[int], list[int]]:
    """Of a block's first frame: ords, origins, shapes, realtimes, monotonic times, seqnums."""
    ords, at = unpack_series(raw, 0, size)
    origin, at = unpack(raw, at, size)
    shape, at = unpack(raw, at, size)
    realtime, at = unpack_series(raw, at, size)
    offset, at = unpack_series(raw, at, size)
    seqnum, at = unpack_series(raw, at, size)
    return ords, origin, shape, realtime, [difference & M64 for difference in map(sub, realtime, offset)], seqnum


def texts_of(raw: bytes, at: int, size: int, is_text: bool, realtime: Integers) -> tuple[bytes, bytes, int]:
    """The column of `size` values that begins at `at` of a frame: where its texts are, their bounds there, its end."""
    if compiled.codec is not None:
        made = compiled.codec.block_texts(raw, at, size, None if is_text else realtime.obj)
        if made is not None:
            return made
    lengths, at = unpack(raw, at, size)
    if is_text:
        bounds = list(accumulate(lengths, initial=at))
        if bounds[-1] > len(raw):
            raise ValueError(f"a column of {size} texts ends early: {len(raw)} bytes, want {bounds[-1]}")
        return raw, array("Q", bounds).tobytes(), bounds[-1]
    values = [b"%d" % (difference & M64) for difference in map(sub, realtime, lengths)]
    return b"".join(values), array("Q", chain(accumulate(map(len, values), initial=0))).tobytes(), at
