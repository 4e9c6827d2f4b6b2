"""The Range header of systemd-journal-gatewayd: where an answer begins, and how much of it is wanted. Pure."""

import re
from dataclasses import dataclass

from journalhub.journal import timespan

TIME_MAX = 2**63 - 1
"""Microseconds: the open end of time, as in `contract.Scope`."""

_SPACE = " \t\n\r"
_SKIP = re.compile(r"[ \t]*[+-]?[0-9]{1,19}", re.ASCII)
_COUNT = re.compile(r"[ \t]*\+?[0-9]{1,20}", re.ASCII)
_SKIP_MAX = 2**63 - 1
_COUNT_MAX = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Range:
    """What a Range header asks for; without one, everything."""

    cursor: str | None = None
    since: int | None = None
    """Microseconds."""
    until: int | None = None
    """Microseconds, inclusive."""
    skip: int = 0
    """Entries passed over first; negative: how many entries before the start to begin."""
    limit: int | None = None
    """Entries at most."""


def parse_range(header: str | None) -> Range:
    """`entries=CURSOR[[:SKIP]:N]` or `realtime=[SINCE]:[UNTIL][[:SKIP]:N]`; anything else asks for everything.

    Each of the parts may be empty, but for SKIP; an empty N is all there are, which systemd 252 takes as well.
    Raises ValueError.
    """
    unit, _, rest = (header or "").partition("=")
    if unit == "entries":
        start, colon, amount = rest.lstrip(_SPACE).partition(":")
        skip, limit = _amount(amount) if colon else (0, None)
        return Range(cursor=start.split(maxsplit=1)[0] if start.strip() else None, skip=skip, limit=limit)
    if unit == "realtime":
        return _times(rest.lstrip(_SPACE))
    return Range()


def _times(rest: str) -> Range:
    first, colon, rest = rest.partition(":")
    if not colon:
        raise ValueError("a range of times has a colon")
    second, colon, amount = rest.partition(":")
    skip, limit = _amount(amount) if colon else (0, None)
    since, until = _seconds(first), _seconds(second)
    if until is not None and until < (since or 0):
        raise ValueError("the range ends before it begins")
    return Range(since=since, until=until, skip=skip, limit=limit)


def _seconds(text: str) -> int | None:
    return min(timespan.parse(text), TIME_MAX) if text else None


def _amount(text: str) -> tuple[int, int | None]:
    """`[SKIP:]N`."""
    first, colon, second = text.partition(":")
    skip = _number(_SKIP, first, -_SKIP_MAX - 1, _SKIP_MAX) if colon else 0
    count = second if colon else first
    return skip, _number(_COUNT, count, 1, _COUNT_MAX) if count else None


def _number(pattern: re.Pattern[str], text: str, low: int, high: int) -> int:
    if not pattern.fullmatch(text) or not low <= int(text) <= high:
        raise ValueError(f"not a number from {low} to {high}: {text[:40]!r}")
    return int(text)
