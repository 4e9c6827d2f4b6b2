"""Options that journalctl does not have and that need thought: contexts of hits, ends of -f, what a query costs."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from journalhub.query.jhctl.getopt import UsageError

if TYPE_CHECKING:
    from journalhub.query.jhctl.request import Request

CONTEXT_MAX = 500
"""Entries on each side of a hit: the API's own limit."""

BUFFER_WINDOW = 0.25
"""Seconds that -f holds entries of several hosts back to put them in order: more than a batch takes to come (0.1 s)
and less than an eye notices."""

BUFFER_WINDOW_MAX = 3600.0
"""Seconds; what is held back for longer is not live."""

COLORS = ("auto", "always", "never")
"""When output is coloured."""

_COUNT_MAX = 999_999_999


def _number(name: str, text: str | None, most: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or not 1 <= int(text[:12]) <= most:
        raise UsageError(f"Failed to parse --{name}= argument '{text}'; give a number from 1 to {most}")
    return int(text)


def _seconds(name: str, text: str | None) -> float:
    from journalhub.journal import timespan

    try:
        return timespan.parse(text or "") / timespan.SECOND
    except ValueError as error:
        raise UsageError(f"Failed to parse --{name}= argument: {error}") from error


def _context(request: "Request", argument: str | None) -> None:
    request.context = _number("context", argument, CONTEXT_MAX)


def _until_match(request: "Request", argument: str | None) -> None:
    request.until_match = _number("until-match", argument, _COUNT_MAX)
    request.follow = True


def _timeout(request: "Request", argument: str | None) -> None:
    request.timeout = _seconds("timeout", argument)


def _buffer_window(request: "Request", argument: str | None) -> None:
    window = _seconds("buffer-window", argument)
    if window > BUFFER_WINDOW_MAX:
        raise UsageError(
            f"--buffer-window={argument} is longer than {BUFFER_WINDOW_MAX:g} s; what is so old is not live"
        )
    request.buffer_window = window


def _color(request: "Request", argument: str | None) -> None:
    if argument not in COLORS:
        raise UsageError(f"Failed to parse --color= argument '{argument}'; give {', '.join(COLORS)}")
    request.color = argument


def _stats(request: "Request", argument: str | None) -> None:
    request.stats = True


def _explain(request: "Request", argument: str | None) -> None:
    request.explain = True


EXTRAS: "dict[str, Callable[[Request, str | None], None]]" = {
    "context": _context,
    "until-match": _until_match,
    "timeout": _timeout,
    "buffer-window": _buffer_window,
    "color": _color,
    "stats": _stats,
    "explain": _explain,
}
"""What each does to a request."""


def before(request: "Request") -> None:
    """What they change of other options: a wait for matches begins now, unless something older is asked for."""
    older = request.since is not None or request.cursor or request.after_cursor or request.no_tail
    if request.until_match is not None and not request.lines_given and not older:
        request.lines, request.lines_given = 0, True


def conclude(request: "Request") -> None:
    """What makes no sense together, and what follows from all options."""
    if request.context and request.follow:
        raise UsageError("--context is refused with --follow: what comes after an entry is not there yet")
    if request.context and request.action != "show":
        raise UsageError(f"--context is refused with --{request.action}, which shows no entries")
    if request.timeout is not None and not request.follow:
        raise UsageError("--timeout is for --follow and --until-match; without them jhctl ends by itself")
    if request.timeout is not None:
        request.deadline = time.monotonic() + request.timeout
    if request.explain and request.action != "show":
        raise UsageError(f"--explain is refused with --{request.action}: it explains what selects entries")
    if request.explain:
        request.action = "explain"
