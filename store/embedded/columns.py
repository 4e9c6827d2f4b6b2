"""Columns of integers as bytes: the least taken off, then byte plane after byte plane, for zstd sees like by like."""

import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import sub

_PLAIN = struct.Struct("<BQ")
"""Width in bytes of the largest value once the least is taken off; the least."""
_SERIES = struct.Struct("<QBQ")
"""First value; width and least (modulo 2^64, as a signed number) of the differences that follow."""

_M64 = 2**64 - 1


def pack(values: Sequence[int]) -> bytes:
    """Unsigned 64-bit integers as they are."""
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
