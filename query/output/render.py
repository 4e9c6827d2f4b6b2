"""Which renderer an output mode has."""

from collections.abc import Callable, Iterable, Iterator

from journalhub.journal.entry import Entry
from journalhub.query.output.options import MODES, OutputOptions

Renderer = Callable[[Iterable[Entry], str, OutputOptions], Iterator[bytes]]


def render(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """The bytes of `entries` in `mode`, entry by entry, each with its line ends; entries are read as they are needed.

    Raises ValueError for a mode that is not in MODES.
    """
    return renderer(mode)(entries, mode, options)


def renderer(mode: str) -> Renderer:
    """The renderer of one mode; only its own module is loaded, because jhctl starts for every call."""
    if mode not in MODES:
        raise ValueError(f"no output mode {mode!r:.60}; there are {', '.join(MODES)}")
    if mode.startswith("short") or mode == "with-unit":
        from journalhub.query.output.short import render_short as chosen
    elif mode.startswith("json"):
        from journalhub.query.output.jsonlines import render_json as chosen
    elif mode == "verbose":
        from journalhub.query.output.verbose import render_verbose as chosen
    elif mode == "export":
        from journalhub.query.output.exported import render_export as chosen
    else:
        from journalhub.query.output.cat import render_cat as chosen
    return chosen
