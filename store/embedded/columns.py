"""Columns of integers as bytes: the least taken off, then byte plane after byte plane, for zstd sees like by like."""

import struct
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import NamedTuple, Self

from journalhub.journal import compiled

_PLAIN = struct.Struct("<BQ")
PLAIN_HEAD = _PLAIN.size
"""Bytes of what `pack` writes that stand before the planes; the first is their number."""
"""Width in bytes of the largest value once the least is taken off; the least."""
_SERIES = struct.Struct("<QBQ")
"""First value; width and least (modulo 2^64, as a signed number) of the differences that follow."""

_M64 = 2**64 - 1


def pack(values: Sequence[int]) -> bytes:
    """Unsigned 64-bit integers as they are."""
    if compiled.codec is not None and type(values) is list and (made := compiled.codec.pack(values)) is not None:
        return made
    if not values:
        return _PLAIN.pack(0, 0)
    least = min(values)
    rest = array("Q", [value - least for value in values]) if least else array("Q", values)
    width = (max(values) - least).bit_length() + 7 >> 3
    return _PLAIN.pack(width, least) + _planes(rest, width)


def unpack(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """`count` integers that `pack` wrote at `at`, and where the next column starts."""
    width, least = _PLAIN.unpack_from(data, at)
    values, end = _from_planes(data, at + _PLAIN.size, width, count)
    if values is None:
        return [least] * count, end
    return ([value + least for value in values] if least else values.tolist()), end


def pack_series(values: Sequence[int]) -> bytes:
    """Unsigned 64-bit integers as differences, for values close to the one before."""
    if compiled.codec is not None and type(values) is list and (made := compiled.codec.pack_series(values)) is not None:
        return made
    if not values:
        return _SERIES.pack(0, 0, 0)
    differences = list(map(sub, values[1:], values))
    if differences and not -(2**63) <= min(differences) <= max(differences) < 2**63:
        differences = [((difference + 2**63) & _M64) - 2**63 for difference in differences]
    least = min(differences, default=0)
    rest = array("Q", [difference - least for difference in differences])
    width = (max(differences, default=0) - least).bit_length() + 7 >> 3
    return _SERIES.pack(values[0], width, least & _M64) + _planes(rest, width)


def unpack_series(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """`count` integers that `pack_series` wrote at `at`, and where the next column starts."""
    first, width, least = _SERIES.unpack_from(data, at)
    least -= (least >> 63) << 64
    if count == 0:
        return [], at + _SERIES.size
    rest, end = _from_planes(data, at + _SERIES.size, width, count - 1)
    steps = [least] * (count - 1) if rest is None else [value + least for value in rest]
    values = list(accumulate(steps, initial=first))
    if not 0 <= min(values) <= max(values) <= _M64:
        values = [value & _M64 for value in values]
    return values, end


def _planes(values: "array[int]", width: int) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    raw = values.tobytes()
    return b"".join(raw[plane::8] for plane in range(width))


def _from_planes(data: bytes, at: int, width: int, count: int) -> "tuple[array[int] | None, int]":
    end = at + width * count
    if len(data) < end:
        raise ValueError(f"a column of {count} values ends early: {len(data)} bytes, want {end}")
    if width == 0 or count == 0:
        return None, end
    raw = bytearray(8 * count)
    for plane in range(width):
        raw[plane::8] = data[at + plane * count : at + (plane + 1) * count]
    values = array("Q", bytes(raw))
    if sys.byteorder == "big":
        values.byteswap()
    return values, end


class Packed(NamedTuple):
    """What `pack` wrote, read value by value: for the few rows that somebody wants of many."""

    data: bytes
    at: int
    """Where the planes begin."""
    width: int
    least: int
    size: int
    """How many there are."""

    @classmethod
    def read(cls, data: bytes, at: int, count: int) -> "Packed":
        """The column of `count` integers at `at`. ValueError where it ends early."""
        width, least = _PLAIN.unpack_from(data, at)
        return cls(data, at + _PLAIN.size, width, least, count)._checked()

    def _checked(self) -> Self:
        if len(self.data) < self.end:
            raise ValueError(f"a column of {self.size} values ends early: {len(self.data)} bytes, want {self.end}")
        return self

    @property
    def begin(self) -> int:
        """Where the column starts, its width and least value first."""
        return self.at - _PLAIN.size

    @property
    def end(self) -> int:
        """Where the next column starts."""
        return self.at + self.width * self.size

    def value(self, index: int) -> int:
        """One of them."""
        planes = range(self.at + index, self.end + index, self.size)
        return self.least + sum(self.data[at] << 8 * plane for plane, at in enumerate(planes[: self.width]))

    def sum(self, upto: int, start: int = 0) -> int:
        """The sum of the first `upto`, or of those from `start` on."""
        total = self.least * (upto - start)
        for plane in range(self.width):
            at = self.at + plane * self.size
            total += sum(self.data[at + start : at + upto]) << 8 * plane
        return total

    def tally(self) -> dict[int, int]:
        """How often each value occurs, in the order in which they first do."""
        if self.width == 0 or self.size == 0:
            return {self.least: self.size} if self.size else {}
        if self.width == 1:
            counts: dict[int, int] = {}
            rest = self.data[self.at : self.end]
            while rest:  # a value at a time: there are few of them, and this is a tenth of the work of a Counter
                others = rest.translate(None, rest[:1])
                counts[self.least + rest[0]] = len(rest) - len(others)
                rest = others
            return counts
        return Counter(unpack(self.data, self.begin, self.size)[0])

    def same_before(self, index: int) -> int:
        """How many of those before the one at `index` equal it."""
        if self.width == 0:
            return index
        if self.width == 1:
            return self.data.count(self.data[self.at + index], self.at, self.at + index)
        return unpack(self.data, self.begin, self.size)[0][:index].count(self.value(index))


class PackedSeries(NamedTuple):
    """What `pack_series` wrote, likewise."""

    first: int
    steps: Packed

    @classmethod
    def read(cls, data: bytes, at: int, count: int) -> "PackedSeries":
        """The column of `count` integers, at least one, at `at`. ValueError where it ends early."""
        first, width, least = _SERIES.unpack_from(data, at)
        least -= (least >> 63) << 64
        return cls(first, Packed(data, at + _SERIES.size, width, least, count - 1)._checked())

    @property
    def end(self) -> int:
        """Where the next column starts."""
        return self.steps.end

    @property
    def is_counting(self) -> bool:
        """Whether each value is one more than the one before."""
        return (self.steps.width, self.steps.least) == (0, 1) or not self.steps.size

    def value(self, index: int) -> int:
        """One of them."""
        return (self.first + self.steps.sum(index)) & _M64
