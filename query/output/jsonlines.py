"""The JSON modes: an object for each entry, values as text, arrays of bytes, or null where they are too long."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from journalhub.journal.entry import Entry
from journalhub.journal.printable import is_text
from journalhub.query.output.colors import BLUE_NUMBER, GREEN, HIGHLIGHT, NORMAL
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import REMEMBERED, REMEMBERED_MAX

_VALUE_MAX = 4096
"""Bytes of `NAME=value` from which a value is null without --all: JSON_THRESHOLD of journalctl."""

Write = Callable[[bytes], bytes]
Address = tuple[tuple[str, bytes], ...]


def render_json(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """Entries in `json`, `json-pretty`, `json-sse` (server-sent events) or `json-seq` (RFC 7464)."""
    wanted = frozenset(options.fields)
    write = _pretty if mode == "json-pretty" else _compact
    before = {"json-sse": b"data: ", "json-seq": b"\x1e"}.get(mode, b"")
    after = b"\n\n" if mode == "json-sse" else b"\n"
    for entry in entries:
        yield before + write(_members(entry, wanted, options), options) + after


def _members(entry: Entry, wanted: frozenset[str], options: OutputOptions) -> dict[str, list[bytes]]:
    """The JSON text of every value by name; the address of the entry first, always there."""
    members = {name: [_string(value, options.colors)] for name, value in _address(entry)}
    for name, value in entry.fields:
        if name != "_BOOT_ID" and (not wanted or name in wanted):
            members.setdefault(name, []).append(_value(name, value, options))
    return members


def _address(entry: Entry) -> Address:
    return (
        ("__CURSOR", str(entry.cursor).encode()),
        ("__REALTIME_TIMESTAMP", b"%d" % entry.realtime),
        ("__MONOTONIC_TIMESTAMP", b"%d" % entry.monotonic),
        ("_BOOT_ID", entry.boot_id.hex().encode()),
    )


def _value(name: str, value: bytes, options: OutputOptions) -> bytes:
    if len(value) <= REMEMBERED_MAX:
        return _known_form(value, options.colors)
    if not options.show_all and len(name) + 1 + len(value) >= _VALUE_MAX:
        return HIGHLIGHT + b"null" + NORMAL if options.colors else b"null"
    return _form(value, options.colors)


def member(name: str, value: bytes, options: OutputOptions) -> bytes:
    """`"NAME":value` of a field that is given once."""
    return b"%b:%b" % (_name(name, options), _value(name, value, options))


def _form(value: bytes, colors: int) -> bytes:
    if is_text(value):
        return _string(value, colors)
    if colors:
        numbers = [b"%b%d%b" % (BLUE_NUMBER, byte, NORMAL) for byte in value]
    else:
        numbers = [b"%d" % byte for byte in value]
    return b"[" + b",".join(numbers) + b"]"


_known_form = lru_cache(maxsize=REMEMBERED)(_form)


def _string(value: bytes, colors: int) -> bytes:
    text = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n").replace(b"\t", b"\\t")
    return b'"%b%b%b"' % (GREEN, text, NORMAL) if colors else b'"%b"' % text


def _name(name: str, options: OutputOptions) -> bytes:
    return b'"%b%b%b"' % (GREEN, name.encode(), NORMAL) if options.colors else b'"%b"' % name.encode()


def _compact(members: dict[str, list[bytes]], options: OutputOptions) -> bytes:
    return (
        b"{"
        + b",".join(
            b"%b:%b" % (_name(name, options), values[0] if len(values) == 1 else b"[" + b",".join(values) + b"]")
            for name, values in members.items()
        )
        + b"}"
    )


def _pretty(members: dict[str, list[bytes]], options: OutputOptions) -> bytes:
    shown = []
    for name, values in members.items():
        value = _pretty_value(values[0], 2) if len(values) == 1 else _pretty_array(values, 2)
        shown.append(b"\t%b : %b" % (_name(name, options), value))
    return b"{\n" + b",\n".join(shown) + b"\n}"


def _pretty_value(value: bytes, depth: int) -> bytes:
    return _pretty_array(value[1:-1].split(b","), depth) if value.startswith(b"[") else value


def _pretty_array(items: list[bytes], depth: int) -> bytes:
    tabs = b"\t" * depth
    inner = (b",\n" + tabs).join(_pretty_value(item, depth + 1) for item in items)
    return b"[\n" + tabs + inner + b"\n" + tabs[1:] + b"]"
