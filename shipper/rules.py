"""What a node leaves out of what it ships, and what it blackens: rules of the settings, asked of every entry.

A rule is written as words of journalctl's command line: `FIELD=value`, of which different fields are ANDed, values of
one field ORed, and groups between `+` ORed again. Three more words stand for options of journalctl: `unit=NAME` (`-u`,
with all that speaks of the unit; a glob is allowed), `identifier=NAME` (`-t`, likewise), `priority=RANGE` (`-p`).
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

from journalhub.journal import units
from journalhub.journal.fields import PRIORITIES
from journalhub.journal.match import parse_matches
from journalhub.journal.settings_values import SettingsError
from journalhub.journal.timespan import parse as parse_timespan
from journalhub.shipper.columns import Address, Fields
from journalhub.shipper.limits import GLOB_VALUES, RATE_UNITS_MAX
from journalhub.shipper.redaction import Redaction, parse_redaction

SECOND = 1_000_000

Predicate = Callable[[Fields], bool]


def is_of_settings(rule: str) -> bool:
    """Whether a report is about a rule that somebody set, as opposed to something that went wrong."""
    return rule.startswith(("exclude: ", "rate-limit: ", "redact: ")) or rule in ("include", "max-age")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rules as the settings have them."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_age: float | None = None
    """Seconds."""
    rate_limit: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether everything is shipped as it is."""
        return self == Wanted()


class Rules:
    """The rules, ready to be asked. `clock` gives microseconds since the epoch."""

    def __init__(self, wanted: Wanted, clock: Callable[[], int]) -> None:
        """Raises SettingsError, which names the rule that cannot be read."""
        self._include = [parse_rule("include", text) for text in wanted.include]
        self._exclude = [(f"exclude: {text}", parse_rule("exclude", text)) for text in wanted.exclude]
        self._max_age = None if wanted.max_age is None else int(wanted.max_age * SECOND)
        self._limits = [parse_rate(text) for text in wanted.rate_limit]
        self.redactions: list[Redaction] = [parse_redaction(text) for text in wanted.redact]
        self._clock = clock

    def why_not(self, address: Address, fields: Fields) -> str | None:
        """The rule by which an entry is left out, as reports name it; None when it is shipped."""
        realtime = address[4]
        if self._max_age is not None and realtime < self._clock() - self._max_age:
            return "max-age"
        if self._include and not any(matches(fields) for matches in self._include):
            return "include"
        for name, matches in self._exclude:
            if matches(fields):
                return name
        for limit in self._limits:
            if limit.is_exceeded(realtime, fields):
                return limit.name
        return None


class RateLimit:
    """At most so many entries of a unit in each span of time.

    Spans are those of the entries' own times, so that a backlog is not thinned out because it is read quickly.
    """

    def __init__(self, name: str, most: int, span: int, matches: Predicate) -> None:
        self.name = name
        self._most = most
        self._span = span
        self._matches = matches
        self._counts: dict[tuple[bytes, int], int] = {}
        """By unit and span. More than one span of a unit, because old entries are read beside new ones."""

    def is_exceeded(self, realtime: int, fields: Fields) -> bool:
        """Whether an entry is one too many; counts it."""
        if not self._matches(fields):
            return False
        unit = _first(fields, "_SYSTEMD_UNIT") or _first(fields, "SYSLOG_IDENTIFIER")
        key = (unit, realtime // self._span)
        count = self._counts.pop(key, 0) + 1
        self._counts[key] = count
        if len(self._counts) > RATE_UNITS_MAX:
            del self._counts[next(iter(self._counts))]
        return count > self._most


def parse_rate(text: str) -> RateLimit:
    """`N/TIME [RULE]`. Raises SettingsError."""
    head, _, rest = text.strip().partition(" ")
    number, _, span = head.partition("/")
    try:
        microseconds = parse_timespan(span)
    except ValueError:
        microseconds = 0
    if not (number.isascii() and number.isdigit() and microseconds > 0):
        raise _bad("rate-limit", text, "want N/TIME and perhaps a rule, such as 1000/30s unit=chatty")
    matches = parse_rule("rate-limit", rest) if rest.strip() else _always
    return RateLimit(f"rate-limit: {text}", int(number), microseconds, matches)


def parse_rule(setting: str, text: str) -> Predicate:
    """A rule as a predicate. Raises SettingsError, which names the setting and the rule."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise _bad(setting, text, str(error)) from error
    if not words:
        raise _bad(setting, text, "it is empty")
    groups: list[list[str]] = [[]]
    for word in words:
        if word == "+":
            groups.append([])
        else:
            groups[-1].append(word)
    try:
        return _any_of([_group(words) for words in groups])
    except ValueError as error:
        raise _bad(setting, text, str(error)) from error


def _group(words: Sequence[str]) -> Predicate:
    """AND of what different words want, OR of words with the same name."""
    if not words:
        raise ValueError('"+" can only be used between terms')
    parts: dict[str, list[Predicate]] = {}
    plain: list[bytes] = []
    for word in words:
        name, equals, value = word.partition("=")
        special = _SPECIAL.get(name)
        if special is None or not equals:
            plain.append(word.encode("utf-8", "surrogateescape"))
        else:
            parts.setdefault(name, []).append(special(value))
    wanted = [_any_of(predicates) for predicates in parts.values()]
    if plain:
        for group in parse_matches(plain).groups:
            wanted += [_has(name, frozenset(values)) for name, values in group.items()]
    return wanted[0] if len(wanted) == 1 else lambda fields: all(part(fields) for part in wanted)


def _unit(name: str) -> Predicate:
    """`-u`: every term of which one value is the unit's, or fits the pattern."""
    mangled = units.mangle(name)
    value = mangled.encode("utf-8", "surrogateescape")
    fits = _glob(mangled) if units.is_glob(mangled) else None
    terms = []
    for term in units.unit_terms(mangled):
        terms.append(
            [
                _fits(field, fits) if fits is not None and wanted == value else _has(field, frozenset((wanted,)))
                for field, wanted in term
            ]
        )
    return lambda fields: any(all(part(fields) for part in parts) for parts in terms)


def _identifier(name: str) -> Predicate:
    if units.is_glob(name):
        return _fits("SYSLOG_IDENTIFIER", _glob(name))
    return _has("SYSLOG_IDENTIFIER", frozenset((name.encode("utf-8", "surrogateescape"),)))


def _priority(text: str) -> Predicate:
    """`-p`: a least priority, or a range."""
    low, dots, high = text.partition("..")
    first, second = (_level(low), _level(high)) if dots else (0, _level(text))
    return _has("PRIORITY", frozenset(b"%d" % level for level in range(min(first, second), max(first, second) + 1)))


def _level(word: str) -> int:
    if word in PRIORITIES:
        return PRIORITIES.index(word)
    if len(word) == 1 and word in "01234567":
        return int(word)
    raise ValueError(f"unknown priority {word[:40]!r}; want 0 to 7, or one of {', '.join(PRIORITIES)}")


_SPECIAL: dict[str, Callable[[str], Predicate]] = {
    "unit": _unit,
    "identifier": _identifier,
    "priority": _priority,
}


def _glob(pattern: str) -> Callable[[bytes], bool]:
    """Whether a value fits a shell pattern, as bytes; remembered, because values come again."""
    expression = re.compile(translate(pattern).encode("utf-8", "surrogateescape"))

    @lru_cache(GLOB_VALUES)
    def fits(value: bytes) -> bool:
        return expression.fullmatch(value) is not None

    return fits


def _has(name: str, values: frozenset[bytes]) -> Predicate:
    def has(fields: Fields) -> bool:
        value = fields.get(name)
        if isinstance(value, list):
            return any(one in values for one in value)
        return value in values

    return has


def _fits(name: str, fits: Callable[[bytes], bool]) -> Predicate:
    def has(fields: Fields) -> bool:
        value: Any = fields.get(name)
        if value is None:
            return False
        return any(map(fits, value)) if isinstance(value, list) else fits(value)

    return has


def _any_of(predicates: list[Predicate]) -> Predicate:
    return predicates[0] if len(predicates) == 1 else lambda fields: any(part(fields) for part in predicates)


def _always(fields: Fields) -> bool:
    return True


def _first(fields: Fields, name: str) -> bytes:
    value = fields.get(name, b"")
    found: bytes = value[0] if isinstance(value, list) else value
    return found


def _bad(setting: str, text: str, why: str) -> SettingsError:
    return SettingsError(f"--{setting}: cannot read the rule {text!r}: {why}")
