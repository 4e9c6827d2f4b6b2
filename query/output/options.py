"""Which output modes there are, and what can be said about how they look."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

MODES = (
    "short",
    "short-full",
    "short-iso",
    "short-iso-precise",
    "short-precise",
    "short-monotonic",
    "short-delta",
    "short-unix",
    "verbose",
    "export",
    "json",
    "json-pretty",
    "json-sse",
    "json-seq",
    "cat",
    "with-unit",
)
"""Names of the output modes, in the order of systemd's table (`-o help`)."""

QUIET_MODES = frozenset({"export", "json", "json-pretty", "json-sse", "json-seq", "cat"})
"""Modes that imply --quiet: what they print is read by programs."""


class OutputOptions(NamedTuple):
    """How entries look. The defaults are those of journalctl writing into a pipe."""

    show_all: bool = False
    """`--all`: long and unprintable values as they are."""
    full: bool = True
    """False for `--no-full`: cut lines to `columns`."""
    utc: bool = False
    """Times in UTC; the local time zone of the process otherwise, or `zone`."""
    zone: tzinfo | None = None
    """The time zone of who reads it, where that is not the process."""
    hostname: bool = True
    """False for `--no-hostname`."""
    fields: tuple[str, ...] = ()
    """`--output-fields`: only these, in verbose, export, json and cat; all when empty."""
    colors: int = 0
    """How many colours the terminal has: 0 for none at all, 16 or 256."""
    columns: int = 80
    """Width of a line for `full=False`."""
    unicode: bool = True
    """Whether an ellipsis may be `…`; `...` otherwise."""
    terminal: bool = False
    """True where a terminal shows the bytes: control characters of a value are then shown, never sent."""
    highlight: Callable[[bytes], tuple[int, int] | None] | None = None
    """Where in a message the text lies that --grep found; used with `colors` only, and set off as journalctl does."""
    hits: Callable[[bytes], Sequence[tuple[int, int]]] | None = None
    """Where in a message that lies which is to be set off whatever the priority, in its place; with `colors` only."""
    host_colors: bool = False
    """Whether each host name wears a colour of its own in the short modes; used with `colors` only."""
    truncate_newline: bool = False
    """`--truncate-newline`: the short modes show the first line of a message only."""
    explain: Callable[[Mapping[str, bytes]], bytes | None] | None = None
    """`--catalog`: the explanation of an entry with these fields, shown behind it in the short modes and in verbose."""
