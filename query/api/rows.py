"""Entries as the API shows them: journalctl's JSON object, `__POSITION`, and values cut on request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from journalhub.journal import jsonform
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name
from journalhub.query.api.members import member, row_of_columns, row_of_parts
from journalhub.query.api.parameters import CLIP
from journalhub.query.plan.parameters import Parameters, shown
from journalhub.query.plan.refusal import Refusal
from journalhub.store.bulk import RowHit
from journalhub.store.contract import Hit

SAMPLE = 50
"""Entries that the size of others is guessed from."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How entries are shown."""

    clip: int | None = None
    """Bytes at which longer values are cut."""
    fields: frozenset[str] | None = None
    """Only these fields; None for all."""

    def row(self, hit: Hit) -> bytes:
        """One entry as JSON: what `jsonform.to_object` shows, many times as fast for the common entry."""
        if self.fields is None and isinstance(hit, RowHit):
            row = row_of_columns(hit.columns, hit.row, self.clip)
            if row is not None:
                return row
        if hit.parts is not None and self.fields is None:
            row = row_of_parts(hit.position, hit.parts, self.clip)
            if row is not None:
                return row
        entry = hit.entry
        pairs = entry.fields if self.fields is None else [pair for pair in entry.fields if pair[0] in self.fields]
        once = dict(pairs)
        if len(once) < len(pairs) or "_BOOT_ID" in once or self._must_cut(once):
            return orjson.dumps(self._object(hit))
        members = b",".join(map(member, pairs))
        return b"{%b,%b}" % (_address(hit), members) if members else b"{%b}" % _address(hit)

    def _must_cut(self, fields: dict[str, bytes]) -> bool:
        return self.clip is not None and max(map(len, fields.values()), default=0) > self.clip

    def _object(self, hit: Hit) -> dict[str, Any]:
        entry, clipped = self._cut(hit.entry)
        row = jsonform.to_object(entry, fields=self.fields, seqnum=True)
        row["__POSITION"] = str(hit.position)
        if clipped:
            row["__CLIPPED"] = clipped
        return row

    def _cut(self, entry: Entry) -> tuple[Entry, dict[str, int]]:
        limit = self.clip
        if limit is None or all(len(value) <= limit for _, value in entry.fields):
            return entry, {}
        clipped: dict[str, int] = {}
        for name, value in entry.fields:
            if len(value) > limit and (self.fields is None or name in self.fields):
                clipped[name] = max(len(value), clipped.get(name, 0))
        return entry._replace(fields=tuple((name, cut(value, limit)) for name, value in entry.fields)), clipped


def _address(hit: Hit) -> bytes:
    realtime, number = hit.position
    seqnum_id, seqnum, boot_id, monotonic, _, xor_hash, _ = hit.entry
    sequence, boot = seqnum_id.hex(), boot_id.hex()
    return (
        f'"__CURSOR":"s={sequence};i={seqnum:x};b={boot};m={monotonic:x};t={realtime:x};x={xor_hash:x}",'
        f'"__REALTIME_TIMESTAMP":"{realtime}","__MONOTONIC_TIMESTAMP":"{monotonic}","__SEQNUM":"{seqnum}",'
        f'"__SEQNUM_ID":"{sequence}","_BOOT_ID":"{boot}","__POSITION":"{realtime}.{number}"'
    ).encode()


def cut(value: bytes, limit: int) -> bytes:
    """The first `limit` bytes of `value`, less the rest of a UTF-8 character that would be cut in two."""
    if len(value) <= limit:
        return value
    end = limit
    while end > limit - 3 and end > 0 and value[end] & 0xC0 == 0x80:
        end -= 1
    return value[:end] if value[end] & 0xC0 != 0x80 else value[:limit]


def parse_shape(parameters: Parameters) -> Shape:
    """`clip` and `fields` of a request."""
    return Shape(CLIP.integer(parameters), parse_fields(parameters))


def parse_fields(parameters: Parameters) -> frozenset[str] | None:
    """`fields`: names, comma separated or repeated; None for all."""
    return frozenset(parse_field_names(parameters)) or None


def parse_field_names(parameters: Parameters) -> tuple[str, ...]:
    """The same in the order given."""
    names = [name for text in parameters.texts("fields") for name in text.split(",") if name]
    return tuple(field_name("fields", name) for name in names)


def field_name(parameter: str, name: str) -> str:
    """`name`, if it can be that of a field. (Those with `__` are addresses, which every row has.)"""
    if name.startswith("__") and is_valid_name(name.lstrip("_") or "-"):
        return name
    if not is_valid_name(name):
        raise Refusal(
            f"{shown(name)} is no field name",
            where=parameter,
            do="give a name such as MESSAGE or _SYSTEMD_UNIT: capitals, digits and _",
            code="field",
        )
    return name


def entries_of(hits: Sequence[Hit], size: int, most: int) -> int:
    """How many entries like `hits` come to about `size` bytes: 1 to `most`, which it is where there are none."""
    if not hits:
        return most
    sample = hits[:: len(hits) // SAMPLE + 1]
    each = sum(map(_size, sample)) // len(sample) + 1
    return min(max(size // each, 1), most)


def _size(hit: Hit) -> int:
    if hit.parts is None:
        return sum(len(value) for _, value in hit.entry.fields)
    return sum(len(value) for _, value in hit.parts.origin.fields) + sum(map(len, hit.parts.values))
