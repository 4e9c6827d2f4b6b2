"""What the reader tells its parent, as frames on a pipe: a length of four bytes, then msgpack `[kind, values…]`.

Both ends are of the same installation, so there is no version in it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from journalhub.shipper.limits import FRAME_MAX

LENGTH = struct.Struct("<I")

Report = dict[str, Any]
"""One item of `gaps` or `dropped`, as docs/formats/batch.md has it."""

Streams = dict[bytes, str]
"""By seqnum id: cursor of the newest entry read."""


@dataclass(slots=True)
class Position:
    """How far one source, or a part of one (parts.py), was read."""

    cursor: str
    """Of the newest entry read; empty for a part that is no more."""
    streams: Streams = field(default_factory=dict)

    def then(self, later: "Position") -> "Position":
        """This position, moved on to a later one."""
        return Position(later.cursor, self.streams | later.streams if later.cursor else {})


def move(positions: dict[str, Position], moved: Mapping[str, Position]) -> None:
    """Take `moved` over into `positions`, and forget the parts that are no more."""
    for name, position in moved.items():
        if position.cursor:
            positions[name] = positions.get(name, position).then(position)
        else:
            positions.pop(name, None)


@dataclass(slots=True)
class ReadBatch:
    """Entries read, ready to be sealed; what was found missing; how far the sources are read once this is stored."""

    entries: int
    packed: bytes
    """What `wire.pack` gave; empty when there are no entries."""
    last: str
    """Cursor of the last entry, which is what the collector acknowledges; empty without entries."""
    realtime: int
    """Of the last entry, or of the last one passed over; 0 when unknown."""
    hostname: str
    """Of one of the entries; empty when none has it."""
    positions: dict[str, Position]
    """By source or part of one; only those that moved."""
    gaps: list[Report] = field(default_factory=list)
    dropped: list[Report] = field(default_factory=list)


@dataclass(slots=True)
class Drained:
    """Everything there is was read, for now."""


@dataclass(slots=True)
class Ended:
    """Everything there was is read, and nothing more will be: `--once`."""


@dataclass(slots=True)
class Trouble:
    """Something for the log: what, always in the same words, and where and why."""

    message: str
    why: str = ""


@dataclass(slots=True)
class Quarantined:
    """A journal file is left out from now on."""

    path: str
    reason: str
    deadly: bool
    """Whether it kills or fails the reader, and must not be opened again; otherwise it cannot be opened at all."""


@dataclass(slots=True)
class Fatal:
    """The reader cannot work at all: an exit code of errors.Exit and the message."""

    code: int
    message: str


Frame = ReadBatch | Drained | Ended | Trouble | Quarantined | Fatal
_KINDS: tuple[type[Frame], ...] = (ReadBatch, Drained, Ended, Trouble, Quarantined, Fatal)


def encode(frame: Frame) -> bytes:
    """The bytes of one frame, its length in front."""
    # astuple() would copy deep, which takes longer than packing; and the batch is a megabyte.
    values = [getattr(frame, name) for name in type(frame).__slots__]
    if isinstance(frame, ReadBatch):
        values[5] = {name: (position.cursor, position.streams) for name, position in frame.positions.items()}
    body: bytes = msgpack.packb([_KINDS.index(type(frame)), *values])
    return LENGTH.pack(len(body)) + body


def length(prefix: bytes) -> int:
    """How many bytes follow the four of `prefix`. ValueError beyond what a reader sends."""
    (size,) = LENGTH.unpack(prefix)
    if size > FRAME_MAX:
        raise ValueError(f"a frame of {size} bytes; at most {FRAME_MAX} are taken")
    return int(size)


def decode(body: bytes) -> Frame:
    """The frame that `encode` made, without its length. ValueError when it is none."""
    try:
        kind, *values = msgpack.unpackb(body, strict_map_key=False)
        frame: Frame = _KINDS[kind](*values)
    except (TypeError, IndexError, msgpack.UnpackException) as error:
        raise ValueError(f"not a frame: {error}") from error
    if isinstance(frame, ReadBatch):
        frame.positions = {name: position(item) for name, item in frame.positions.items()}
    return frame


def position(item: Any) -> Position:
    """A Position from its form in msgpack: `[cursor, {seqnum id: cursor}]`."""
    cursor, streams = item
    return Position(cursor, streams)
