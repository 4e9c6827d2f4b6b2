"""Entries in memory as the bytes of a block: columns, compressed. docs/formats/store.md."""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from operator import sub
from threading import local

import msgpack
import zstandard

from journalhub.journal.batch import Names, Values
from journalhub.store.embedded.columns import pack, pack_series
from journalhub.store.embedded.dictionary import Dictionary, cut
from journalhub.store.embedded.layout import FRAME_OF_ITS_OWN, PIECE_ENTRIES, SHAPES_KEPT
from journalhub.store.embedded.points import Key
from journalhub.store.embedded.rows import MemoryRows

VERSION = 1
VERSION_PIECES = 2
"""Of a block whose messages are in pieces."""
HEAD = struct.Struct("<BIH")
"""Version, CRC-32 of everything behind this head, bytes of the header."""

M64 = 2**64 - 1
TEXT, REALTIME = 0, 1
"""Kinds of columns: lengths and text; decimal numbers as their distance to the entry's realtime."""
MESSAGES: Key = ("MESSAGE", 0)


_codecs = local()


def _compressor(level: int) -> zstandard.ZstdCompressor:
    compressors: dict[int, zstandard.ZstdCompressor] = _codecs.__dict__.setdefault("compressors", {})
    if level not in compressors:
        compressors[level] = zstandard.ZstdCompressor(level=level)
    return compressors[level]


@lru_cache(maxsize=SHAPES_KEPT)
def column_keys(names: Names) -> tuple[Key, ...]:
    """The columns that the values of a shape go to, in the shape's order."""
    seen: dict[str, int] = {}
    keys: list[Key] = []
    for name in names:
        occurrence = seen.get(name, 0)
        seen[name] = occurrence + 1
        keys.append((name, occurrence))
    return tuple(keys)


def encode(rows: MemoryRows, level: int, dictionary: Dictionary | None = None) -> bytes:
    """The rows, at least one, as the bytes of a block; with a dictionary, messages with a frame of theirs in pieces."""
    keys, columns = _columns(rows)
    frames: list[list[bytes]] = [[_numbers(rows)], []]
    where: list[tuple[int, int]] = []
    in_pieces = 0
    for key in keys:
        kind, raw = _encode_column(key, columns[key], rows)
        alone = len(raw) >= FRAME_OF_ITS_OWN or (key[0] == "MESSAGE" and rows.count >= 64)
        if alone:
            frames.append([raw])
            in_pieces = len(frames) - 1 if key == MESSAGES else in_pieces
        else:
            frames[1].append(raw)
        where.append((kind, len(frames) - 1 if alone else 1))
    compress = _compressor(level).compress
    if dictionary is None or not in_pieces:
        return _joined(VERSION, rows, [compress(b"".join(parts)) if parts else b"" for parts in frames], where)
    texts = columns[MESSAGES]
    pieces = [compress(pack(list(map(len, texts)))), *map(dictionary.pack, cut(texts))]
    frames[in_pieces] = []
    bodies = [compress(b"".join(parts)) if parts else b"" for parts in frames]
    bodies[in_pieces] = b"".join(pieces)
    return _joined(VERSION_PIECES, rows, bodies, where, [in_pieces, PIECE_ENTRIES, list(map(len, pieces))])


def _joined(
    version: int, rows: MemoryRows, bodies: list[bytes], where: list[tuple[int, int]], *in_pieces: object
) -> bytes:
    hashes = array("Q", rows.xor_hash)
    if sys.byteorder == "big":
        hashes.byteswap()
    bodies.append(hashes.tobytes())
    header = msgpack.packb([rows.count, list(map(len, bodies)), list(chain.from_iterable(where)), *in_pieces])
    tail = b"".join((header, *bodies))
    return HEAD.pack(version, zlib.crc32(tail), len(header)) + tail


def _numbers(rows: MemoryRows) -> bytes:
    return b"".join(
        (
            pack_series(rows.ords),
            pack(rows.origin),
            pack(rows.shape),
            pack_series(rows.realtime),
            pack_series([offset & M64 for offset in map(sub, rows.realtime, rows.monotonic)]),
            pack_series(rows.seqnum),
        )
    )


def _columns(rows: MemoryRows) -> tuple[list[Key], dict[Key, list[bytes]]]:
    """Each column with its values: those of the shape that comes first in the block, row by row, then the next."""
    columns: dict[Key, list[bytes]] = {}
    for shape, values in _by_shape(rows.shape, rows.values):
        for key, column in zip(column_keys(rows.shapes[shape]), zip(*values, strict=True), strict=True):
            columns.setdefault(key, []).extend(column)
    return list(columns), columns


def _by_shape(shapes: Sequence[int], values: list[Values]) -> Iterable[tuple[int, list[Values]]]:
    distinct = list(dict.fromkeys(shapes))
    if len(distinct) == 1:
        return [(distinct[0], values)]
    groups: dict[int, list[Values]] = {shape: [] for shape in distinct}
    for shape, value in zip(shapes, values, strict=True):
        groups[shape].append(value)
    return groups.items()


def _encode_column(key: Key, values: list[bytes], rows: MemoryRows) -> tuple[int, bytes]:
    if key == ("_SOURCE_REALTIME_TIMESTAMP", 0) and len(values) == rows.count and len(set(rows.shape)) == 1:
        packed = _as_distances(values, rows.realtime)
        if packed is not None:
            return REALTIME, packed
    return TEXT, pack(list(map(len, values))) + b"".join(values)


def _as_distances(values: list[bytes], realtime: Sequence[int]) -> bytes | None:
    if max(map(len, values)) > 18 or not all(map(bytes.isdigit, values)):
        return None
    numbers = list(map(int, values))
    if [b"%d" % number for number in numbers] != values:
        return None
    return pack([distance & M64 for distance in map(sub, realtime, numbers)])
