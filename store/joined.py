"""Patterns looked for in many texts at once, as they stand one behind the other, before each of them alone.

A call of PCRE2 on one value costs some 1.4 µs, 1.5 ms a block. In the 93 KB of all its values one that begins with a
rare character is found sooner (docs/performance-tried.md), `[a-z]{3}[XYZ]` in 0.8 ms; the worst, such as
`.{0,7}.{0,7}[XYZ]`, takes 22 ms, more than value by value, and no deadline ends a call.

That is sound for patterns that are nothing but characters, classes, groups, alternatives and repetitions: what such a
pattern finds in one text stands in the joined text as well, for it does not look at what is before or behind. So where
nothing is found, no text has it; where something is, it may lie across two texts, and each is asked by itself.

Such a pattern has few ways to match from one place: else `a.*b` would run from each `a` through all texts, and nothing
could end that search, which is a single call.
"""

import re
from collections.abc import Callable

from journalhub.store.patterns import compile_pattern

FirstIn = Callable[[bytes, int], int | None]
"""Where in a text, from a place on, a match may begin first; None where none can."""

_WAYS_MAX = 64
"""Ways for such a pattern to match from one place, at most: what is optional or varies, alternatives, multiplied."""

_ITEM = re.compile(
    rb"""
      (?P<one>\\[^0-9A-Za-z\x80-\xff] | \\[dDwWsShHvVnrt] | [^\\\[\](){}*+?|^$\x00] | \.
        | \[\^? (?:[^]\[\\^] | \\[^0-9A-Za-z\x80-\xff] | \\[dDwWsS])
                (?:[^]\[\\] | \\[^0-9A-Za-z\x80-\xff] | \\[dDwWsS])* \])
    | (?P<open>\((?![?*]))
    | (?P<close>\))
    | (?P<either>\|)
    """,
    re.VERBOSE | re.DOTALL,
)
_REPETITION = re.compile(rb"(?:\?|\{([0-9]{1,2})(?:,([0-9]{1,2}))?\})\??(?![?*+{])|(?![?*+{])")
"""Behind an item; a second `+` would make it possessive, which is no pattern of this kind any more."""


def first_in(pattern: str, caseless: bool) -> FirstIn | None:
    """For a pattern of this kind that does not match the empty text; None for all others. Raises PatternError."""
    raw = pattern.encode(errors="surrogateescape")
    if not _looks_at_itself_only(raw):
        return None
    compiled = compile_pattern(pattern, caseless)
    if compiled.search(b""):
        return None
    return compiled.first_from


def _looks_at_itself_only(raw: bytes) -> bool:
    at, ways = 0, 1
    while at < len(raw):
        item = _ITEM.match(raw, at)
        if item is None:
            return False
        at = item.end()
        if item.lastgroup == "either":
            ways *= 2
        elif item.lastgroup != "open":
            repetition = _REPETITION.match(raw, at)
            if repetition is None or (item.lastgroup == "close" and repetition[1]):
                return False
            at = repetition.end()
            ways *= _ways(repetition)
        if ways > _WAYS_MAX:
            return False
    return True


def _ways(repetition: re.Match[bytes]) -> int:
    if not repetition[0]:
        return 1
    least, most = int(repetition[1] or 0), int(repetition[2] or repetition[1] or 1)
    return max(most - least, 0) + 1
