"""Fields as members of a JSON object, remembered where they come again."""

from functools import lru_cache
from sys import maxsize
from typing import NamedTuple

import orjson

from journalhub.journal import compiled
from journalhub.journal.batch import Names
from journalhub.journal.origin import ORIGIN_FIELDS, Origin
from journalhub.journal.printable import is_text
from journalhub.query.output.remembered import SPEAKERS_MAX
from journalhub.store.bulk import Columns
from journalhub.store.contract import Parts, Position

MEMBERS_MAX = 32_768
"""Members remembered: 20 for each of some thousand speakers; about 10 MB."""

VALUE_MAX = 512
"""Bytes of a value worth remembering: longer ones are command lines that seldom come again."""

Pair = tuple[str, bytes]


class Members(dict[Pair, bytes]):
    """`"NAME":value` of each field asked for, in journalctl's JSON form. Safe in any thread."""

    def __missing__(self, pair: Pair) -> bytes:
        name, value = pair
        text = b'"%b":%b' % (name.encode(), orjson.dumps(value.decode() if is_text(value) else list(value)))
        if name in ORIGIN_FIELDS and len(value) <= VALUE_MAX:
            if len(self) >= MEMBERS_MAX:
                self.clear()
            self[pair] = text
        return text


member = Members().__getitem__
"""The member of one field."""


class Speaker(NamedTuple):
    """What all rows of one origin have in common, as JSON."""

    origin: Origin
    sequence: str
    boot: str
    members: bytes
    """Of all its fields, each with a comma before it."""
    longest: int
    """Bytes of its longest value."""
    is_plain: bool
    """Whether no field of it is given twice."""
    head: bytes
    """Sequence and boot, for the compiled codec."""


class Speakers(dict[int, Speaker]):
    """The Speaker of an origin by the origin's `id`. Safe in any thread."""

    def of(self, origin: Origin) -> Speaker:
        """The speaker of this very origin: stores give the same object for all its entries."""
        known = self.get(id(origin))
        if known is None or known.origin is not origin:
            if len(self) >= SPEAKERS_MAX:
                self.clear()
            fields = origin.fields
            known = self[id(origin)] = Speaker(
                origin,
                origin.seqnum_id.hex(),
                origin.boot_id.hex(),
                b"".join([b"," + member(pair) for pair in fields]),
                max((len(value) for _, value in fields), default=0),
                len({name for name, _ in fields}) == len(fields),
                f"{origin.seqnum_id.hex()}{origin.boot_id.hex()}".encode(),
            )
        return known


_speaker_of = Speakers().of


@lru_cache(1024)
def _literals(names: Names) -> tuple[bytes, ...] | None:
    """What stands before each value; None where a field is given twice."""
    if len(set(names)) < len(names) or "_BOOT_ID" in names:
        return None
    return tuple([b',"%b":"' % name.encode() for name in names])


def row_of_columns(columns: Columns, row: int, clip: int | None) -> bytes | None:
    """The row of an entry out of the columns it stands in; None where it has to be made of its parts."""
    codec, shape = compiled.codec, columns.shape[row]
    literals = _literals(columns.shapes[shape])
    speaker = _speaker_of(columns.origins[columns.origin[row]])
    if codec is None or literals is None or not speaker.is_plain:
        return None
    if clip is not None and speaker.longest > clip:
        return None
    return codec.json_row_at(
        speaker.head,
        speaker.members,
        literals,
        columns.texts(shape),
        columns.rank[row],
        -1 if clip is None else min(clip, maxsize),
        columns.realtime[row],
        columns.ords[row],
        columns.seqnum[row],
        columns.monotonic[row],
        columns.xor_hash[row],
    )


def row_of_parts(position: Position, parts: Parts, clip: int | None) -> bytes | None:
    """The row of an entry without an Entry being made; None when it has repeated fields, or values to be cut."""
    origin, names, values, seqnum, monotonic, xor_hash = parts
    speaker = _speaker_of(origin)
    literals = _literals(names)
    if not speaker.is_plain or literals is None:
        return None
    if clip is not None and (speaker.longest > clip or max(map(len, values), default=0) > clip):
        return None
    realtime, number = position
    if compiled.codec is not None:
        row = compiled.codec.json_row(
            *(speaker.head, speaker.members, literals, values), realtime, number, seqnum, monotonic, xor_hash
        )
        if row is not None:
            return row
    address = (
        f'"__CURSOR":"s={speaker.sequence};i={seqnum:x};b={speaker.boot};m={monotonic:x};t={realtime:x};x={xor_hash:x}",'
        f'"__REALTIME_TIMESTAMP":"{realtime}","__MONOTONIC_TIMESTAMP":"{monotonic}","__SEQNUM":"{seqnum}",'
        f'"__SEQNUM_ID":"{speaker.sequence}","_BOOT_ID":"{speaker.boot}","__POSITION":"{realtime}.{number}"'
    ).encode()
    if not names:
        return b"{%b%b}" % (address, speaker.members)
    together = b"".join(values)
    if together.isascii() and is_text(together):
        # One call for all fields; it writes the braces too.
        own = orjson.dumps(dict(zip(names, map(bytes.decode, values), strict=True)))[1:]
        return b"{%b%b,%b" % (address, speaker.members, own)
    return b"{%b%b,%b}" % (address, speaker.members, b",".join(map(member, zip(names, values, strict=True))))
