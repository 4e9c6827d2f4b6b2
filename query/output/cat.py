"""The cat mode: the message alone, as it is."""

from collections.abc import Iterable, Iterator

from journalhub.journal.entry import Entry
from journalhub.query.output.colors import of_priority, paint, paint_hits, priority_of
from journalhub.query.output.found import hits_of
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import visible


def render_cat(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """MESSAGE, or the fields asked for, a line each; a field that repeats gives its first value."""
    names = options.fields or ("MESSAGE",)
    for entry in entries:
        shown = [_field(entry, name, options) for name in names]
        yield b"".join(line for line in shown if line is not None)


def _field(entry: Entry, name: str, options: OutputOptions) -> bytes | None:
    value = entry.first(name)
    if value is None:
        return None
    shown = visible if options.terminal else bytes
    text = shown(value)
    if not options.colors:
        return text + b"\n"
    colors = of_priority(priority_of(entry.first("PRIORITY")), options.colors)
    if name == "MESSAGE" and (hits := hits_of(value, shown, options)):
        return paint_hits(text, colors, hits) + b"\n"
    if name != "MESSAGE" or not colors.on:
        return colors.on + text + colors.off + b"\n"
    match = options.highlight(text) if options.highlight is not None else None
    return paint(text, colors, match or (0, 0)) + b"\n"
