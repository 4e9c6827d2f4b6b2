"""The verbose mode: every field of each entry on a line of its own."""

from collections.abc import Iterable, Iterator

from journalhub.journal.entry import Entry
from journalhub.journal.printable import is_text
from journalhub.query.output.clock import shown_realtime, timestamp
from journalhub.query.output.colors import HIGHLIGHT, NORMAL
from journalhub.query.output.lines import lay_out
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import PRINT_MAX, blob, visible


def render_verbose(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """The time, the cursor, then the fields, indented."""
    wanted = frozenset(options.fields)
    for entry in entries:
        realtime = shown_realtime(entry.realtime, entry.first("_SOURCE_REALTIME_TIMESTAMP"))
        lines = [f"{timestamp(realtime, options.utc, precise=True)} [{entry.cursor}]\n".encode()]
        lines += (_field(name, value, options) for name, value in entry.all_fields if not wanted or name in wanted)
        yield b"".join(lines)


def _field(name: str, value: bytes, options: OutputOptions) -> bytes:
    on, off = (HIGHLIGHT, NORMAL) if options.colors and name == "MESSAGE" else (b"", b"")
    label = name.encode()
    if _is_shown(label, value, options):
        text = visible(value) if options.terminal and options.show_all else value
        return b"    %b%b=%b%b" % (on, label, lay_out(text, len(label) + 5), off)
    return b"    %b%b=%b%b\n" % (on, label, blob(len(value)), off)


def _is_shown(label: bytes, value: bytes, options: OutputOptions) -> bool:
    if options.show_all:
        return True
    return (options.full or len(label) + 1 + len(value) < PRINT_MAX) and is_text(value)
