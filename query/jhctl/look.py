"""How the output looks: what the command line, the environment and the terminal say of it."""

import os
from collections.abc import Callable, Mapping

from journalhub.query.jhctl import terminal
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.request import Request
from journalhub.query.output.options import OutputOptions


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


def _highlight(request: Request) -> Callable[[bytes], tuple[int, int] | None] | None:
    """What finds the text that --grep means. Python's patterns are PCRE2's but for rarities, which are not set off."""
    import re
    import warnings

    pattern = request.grep or ""
    sensitive = any("A" <= character <= "Z" for character in pattern)
    if request.case_sensitive is not None:
        sensitive = request.case_sensitive
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(os.fsencode(pattern), 0 if sensitive else re.IGNORECASE)
    except re.error:
        return None

    def find(message: bytes) -> tuple[int, int] | None:
        found = compiled.search(message)
        return None if found is None else found.span()

    return find
