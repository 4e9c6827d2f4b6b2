"""How the output looks: what the command line, the environment and the terminal say of it."""

import os
from collections.abc import Callable, Mapping

from journalhub.query.jhctl import terminal
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.request import Request
from journalhub.query.output.options import OutputOptions

Span = tuple[int, int]


def output_options(
    collector: Address, request: Request, environ: Mapping[str, str], is_terminal: bool
) -> OutputOptions:
    """What is known about the output before anything is asked."""
    # As systemd's programs: where stderr goes elsewhere, somebody takes the output apart.
    colors = terminal.chosen_colors(request.color, environ, is_terminal and os.isatty(2))
    return OutputOptions(
        show_all=request.show_all,
        full=request.full,
        utc=request.utc,
        hostname=not request.no_hostname,
        fields=tuple(request.output_fields),
        colors=colors,
        columns=80 if request.full else terminal.columns(environ),
        unicode=(request.full and not request.catalog) or terminal.unicode(environ),
        terminal=is_terminal,
        highlight=_highlight(request) if colors and request.grep is not None else None,
        hits=_hits(request) if colors else None,
        truncate_newline=request.truncate_newline,
        host_colors=bool(colors) and (is_terminal or request.color == "always") and _may_be_several(request),
        explain=_explainer(collector, environ) if request.catalog else None,
    )


def _may_be_several(request: Request) -> bool:
    """Whether hosts have to be told apart: not where the command line names one."""
    hosts = [value for name, value in request.repeated if name == "host"]
    return len(hosts) != 1 or bool(set("*?[") & set(hosts[0] if isinstance(hosts[0], str) else hosts[0].decode()))


def _explainer(collector: Address, environ: Mapping[str, str]) -> Callable[[Mapping[str, bytes]], bytes | None]:
    from journalhub.query.jhctl.catalog import Explanations

    return Explanations(collector, environ).of


def _highlight(request: Request) -> Callable[[bytes], Span | None] | None:
    """What finds the text that --grep means, the first in a message; where it is no pattern, the collector says so."""
    from journalhub.store.patterns import PatternError, compile_pattern, is_caseless

    pattern = request.grep or ""
    caseless = is_caseless(pattern) if request.case_sensitive is None else not request.case_sensitive
    try:
        compiled = compile_pattern(pattern, caseless)
    except PatternError:
        return None
    return compiled.span


def _hits(request: Request) -> Callable[[bytes], list[Span]] | None:
    """What finds the text that --search means, and --grep where both are given."""
    search = next((value for name, value in request.repeated if name == "q"), None)
    if search is None:
        return None
    from journalhub.query.jhctl.hits import Hits

    try:
        grep = None if request.grep is None else _highlight(request)
        return Hits(search if isinstance(search, str) else os.fsdecode(search), grep)
    except ValueError:
        return None  # the collector says so
