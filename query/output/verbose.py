"""The verbose mode: every field of each entry on a line of its own."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from journalhub.journal.entry import Entry
from journalhub.journal.printable import is_text
from journalhub.query.output.clock import shown_realtime, timestamp
from journalhub.query.output.colors import HIGHLIGHT, NORMAL, RED, Colors
from journalhub.query.output.explained import explanation
from journalhub.query.output.found import hits_of
from journalhub.query.output.lines import lay_out
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import PRINT_MAX, REMEMBERED, REMEMBERED_MAX, blob, visible

_IN_VERBOSE = Colors(on=HIGHLIGHT, match=RED)


def render_verbose(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """The time, the cursor, then the fields, indented."""
    wanted = frozenset(options.fields)
    look = (options.show_all, options.full, options.terminal, bool(options.colors))
    has_hits = bool(options.colors) and options.hits is not None
    for entry in entries:
        realtime = shown_realtime(entry.realtime, entry.first("_SOURCE_REALTIME_TIMESTAMP"))
        lines = [f"{timestamp(realtime, options.utc, True, options.zone)} [{entry.cursor}]\n".encode()]
        lines += [
            _with_hits(value, options)
            if has_hits and name == "MESSAGE"
            else (_known_line if len(value) <= REMEMBERED_MAX else _line)(name, value, *look)
            for name, value in entry.all_fields
            if not wanted or name in wanted
        ]
        if options.explain is not None:
            lines.append(explanation(_first_values(entry), options))
        yield b"".join(lines)


def _first_values(entry: Entry) -> dict[str, bytes]:
    return dict(reversed(entry.all_fields))


def _with_hits(message: bytes, options: OutputOptions) -> bytes:
    """The line of MESSAGE, with what was searched for set off."""
    plain = _line("MESSAGE", message, options.show_all, options.full, options.terminal, True)
    shown = visible if options.terminal and options.show_all else bytes
    hits = hits_of(message, shown, options)
    if not hits or plain == _blob_line("MESSAGE", message, True):
        return plain
    text = lay_out(shown(message), len("MESSAGE") + 5, _IN_VERBOSE, hits=hits)
    return b"    %bMESSAGE=%b%b" % (HIGHLIGHT, text, NORMAL)


def _line(name: str, value: bytes, show_all: bool, full: bool, terminal: bool, colors: bool) -> bytes:
    on, off = (HIGHLIGHT, NORMAL) if colors and name == "MESSAGE" else (b"", b"")
    label = name.encode()
    if show_all or ((full or len(label) + 1 + len(value) < PRINT_MAX) and is_text(value)):
        text = visible(value) if terminal and show_all else value
        return b"    %b%b=%b%b" % (on, label, lay_out(text, len(label) + 5), off)
    return _blob_line(name, value, colors)


def _blob_line(name: str, value: bytes, colors: bool) -> bytes:
    on, off = (HIGHLIGHT, NORMAL) if colors and name == "MESSAGE" else (b"", b"")
    return b"    %b%b=%b%b\n" % (on, name.encode(), blob(len(value)), off)


_known_line = lru_cache(maxsize=REMEMBERED)(_line)
