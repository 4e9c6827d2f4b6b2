"""The bytes of a journal file, for tests that damage one. Layout: systemd's journal-def.h."""

import struct
from collections.abc import Iterator
from pathlib import Path

INCOMPATIBLE_FLAGS = 12
HEADER_SIZE = 88
TAIL_OBJECT = 136
FIRST_SEQNUM = 168
LAST_SEQNUM = 160
"""Offsets in the header."""

DATA = 1
XZ, LZ4, ZSTD = 1, 2, 4
"""The type of an object, and flags of one that is compressed."""


def seqnums(file: Path) -> tuple[int, int]:
    """Of the first and the last entry of a file."""
    raw = file.read_bytes()
    return _number(raw, FIRST_SEQNUM), _number(raw, LAST_SEQNUM)


def add_incompatible_flags(file: Path, flags: int) -> None:
    """Mark a file as one that needs features which a reader may not know."""
    with file.open("r+b") as raw:
        raw.seek(INCOMPATIBLE_FLAGS)
        (before,) = struct.unpack("<I", raw.read(4))
        raw.seek(INCOMPATIBLE_FLAGS)
        raw.write(struct.pack("<I", before | flags))


def set_data_flags(file: Path, field: bytes, flags: int) -> int:
    """Give every data object whose payload ends with `field` these flags; how many there were."""
    raw = file.read_bytes()
    found = [at for at, kind, size in _objects(raw) if kind == DATA and raw[at : at + size].endswith(field)]
    with file.open("r+b") as out:
        for at in found:
            out.seek(at + 1)
            out.write(bytes([flags]))
    return len(found)


def _objects(raw: bytes) -> Iterator[tuple[int, int, int]]:
    at, last = _number(raw, HEADER_SIZE), _number(raw, TAIL_OBJECT)
    while at <= last:
        size = _number(raw, at + 8)
        yield at, raw[at], size
        at += (size + 7) // 8 * 8


def _number(raw: bytes, at: int) -> int:
    (number,) = struct.unpack_from("<Q", raw, at)
    return int(number)
