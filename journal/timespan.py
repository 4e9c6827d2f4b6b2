"""Time spans as systemd writes them: `1h 30min`, `2 days`, `1.5s`; the rules of parse_time in systemd's time-util.c."""

import re

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
MONTH = 2_629_800 * SECOND
YEAR = 31_557_600 * SECOND

# In the order in which they are tried: the first that the text begins with is meant, whatever follows.
_UNITS = (
    *((name, SECOND) for name in ("seconds", "second", "sec", "s")),
    *((name, MINUTE) for name in ("minutes", "minute", "min")),
    *((name, MONTH) for name in ("months", "month", "M")),
    *((name, 1000) for name in ("msec", "ms")),
    ("m", MINUTE),
    *((name, HOUR) for name in ("hours", "hour", "hr", "h")),
    *((name, DAY) for name in ("days", "day", "d")),
    *((name, WEEK) for name in ("weeks", "week", "w")),
    *((name, YEAR) for name in ("years", "year", "y")),
    *((name, 1) for name in ("usec", "us", "µs", "μs")),
)
_UNIT_SIZE = dict(_UNITS)
_UNIT = "|".join(name for name, _ in _UNITS)

# A number, perhaps a fraction, perhaps a unit. Two numbers need white space or a unit between them.
_PART = re.compile(
    rf"[ \t\n\r]*(?P<whole>[ \t\n\r\v\f]*\+?[0-9]+)?(?:\.(?P<fraction>[0-9]+))?"
    rf"(?P<gap>[ \t\n\r]*)(?P<unit>{_UNIT})?",
)

INFINITY = 2**64 - 1
"""What `infinity` means: USEC_INFINITY of systemd."""

_WHOLE_MAX = 2**63 - 1


def parse(text: str, default: int = SECOND) -> int:
    """Microseconds that `text` spans; a number without unit counts `default`.

    Raises ValueError with a message fit for the user.
    """
    if text.strip(" \t\n\r") == "infinity":
        return INFINITY
    at, total = 0, 0
    end = len(text.rstrip(" \t\n\r"))
    if not end:
        raise ValueError("the time span is empty")
    while at < end:
        part = _PART.match(text, at)
        if part is None or (part["whole"] is None and part["fraction"] is None):
            raise _bad(text)
        at = part.end()
        if part["unit"] is None and not part["gap"] and at < end:
            raise _bad(text)
        unit = default if part["unit"] is None else _UNIT_SIZE[part["unit"]]
        whole = int(part["whole"] or 0)
        total += whole * unit + _fraction(part["fraction"] or "", unit)
        if whole > _WHOLE_MAX or total >= INFINITY:
            raise ValueError(f"the time span {text[:60]!r} is too long")
    return total


def _fraction(digits: str, unit: int) -> int:
    """`0.digits` of a unit, each digit rounded down as systemd does."""
    total = 0
    for digit in digits[:20]:
        unit //= 10
        total += int(digit) * unit
    return total


def _bad(text: str) -> ValueError:
    return ValueError(f"not a time span: {text[:60]!r}; want a number and a unit, such as 90s, 1h30min or 2 days")
