"""The Journal Export Format, both ways; the bytes are docs/formats/export.md. No I/O."""

from collections.abc import Iterable

from journalhub.journal.entry import Entry
from journalhub.journal.exportparser import ExportError, ExportParser
from journalhub.journal.limits import INTERNED_LINE_MAX, INTERNED_LINES
from journalhub.journal.printable import is_line

__all__ = ["CONTENT_TYPE", "ExportError", "ExportParser", "encode", "encode_fields"]

CONTENT_TYPE = "application/vnd.fdo.journal"

_LENGTH = 8

Pair = tuple[str, bytes]


def encode(entry: Entry, *, fields: frozenset[str] | None = None, seqnum: bool = False) -> bytes:
    """`entry` as `journalctl -o export` prints it, with the empty line behind it.

    `fields` limits it to these fields, as --output-fields= does; the address of the entry is always there. `seqnum`
    adds the lines `__SEQNUM` and `__SEQNUM_ID`, as systemd 254 and newer do.
    """
    boot = entry.boot_id.hex()
    head = f"__CURSOR={entry.cursor}\n__REALTIME_TIMESTAMP={entry.realtime}\n__MONOTONIC_TIMESTAMP={entry.monotonic}\n"
    if seqnum:
        head += f"__SEQNUM={entry.seqnum}\n__SEQNUM_ID={entry.seqnum_id.hex()}\n"
    shown = entry.fields if fields is None else [pair for pair in entry.fields if pair[0] in fields]
    return b"%b%b\n" % (f"{head}_BOOT_ID={boot}\n".encode(), encode_fields(shown))


def encode_fields(fields: Iterable[Pair]) -> bytes:
    """The lines of some fields; none for a `_BOOT_ID`, which stands in the address of an entry."""
    return b"".join(map(_encoded_field, fields))


def _encode_field(pair: Pair) -> bytes:
    name, value = pair
    if name == "_BOOT_ID":
        return b""  # journalctl prints the boot id of the entry's header, and no other
    if is_line(value):
        return b"%s=%s\n" % (name.encode(), value)
    return b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(_LENGTH, "little"), value)


class _EncodedFields(dict[Pair, bytes]):
    """Fields as export text. Those that may come again are remembered: entries of a unit have 20 of 25 in common."""

    def __missing__(self, pair: Pair) -> bytes:
        line = _encode_field(pair)
        if len(line) <= INTERNED_LINE_MAX:
            if len(self) >= INTERNED_LINES:
                self.clear()
            self[pair] = line
        return line


_encoded_field = _EncodedFields().__getitem__
