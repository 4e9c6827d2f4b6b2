"""The export mode: the Journal Export Format, byte for byte what `journalctl -o export` prints (systemd 252)."""

from collections.abc import Iterable, Iterator

from journalhub.journal import export
from journalhub.journal.entry import Entry
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import visible


def render_export(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """Each entry with the empty line that ends it. A terminal is shown it; that cannot be read back."""
    fields = frozenset(options.fields) if options.fields else None
    for entry in entries:
        encoded = export.encode(entry, fields=fields)
        yield visible(encoded) if options.terminal else encoded
