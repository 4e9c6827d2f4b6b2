"""Which entries a rule means: words of journalctl's command line, asked of entries one by one.

`FIELD=value`, of which different fields are ANDed, values of one field ORed, and groups between `+` ORed again. More
words stand for options: `unit=NAME` (`-u`, with all that speaks of the unit; a glob is allowed), `identifier=NAME`
(`-t`, likewise), `priority=RANGE` (`-p`), `host=NAME` (`-H` of jhctl, a glob is allowed).
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any

from journalhub.journal import units
from journalhub.journal.fields import PRIORITIES
from journalhub.journal.match import parse_matches
from journalhub.journal.settings_values import SettingsError

Fields = Mapping[str, Any]
"""Of one entry: a value, or a list of values where a field repeats."""

Predicate = Callable[[Fields], bool]

GLOB_VALUES = 4096
"""Values of which a pattern of a rule remembers whether they fit."""


def joined(pairs: Iterable[tuple[str, bytes]]) -> dict[str, Any]:
    """The fields of an entry as a rule is given them."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def parse_rule(setting: str, text: str) -> Predicate:
    """A rule as a predicate. Raises SettingsError, which names the setting and the rule."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise bad_rule(setting, text, str(error)) from error
    if not words:
        raise bad_rule(setting, text, "it is empty")
    groups: list[list[str]] = [[]]
    for word in words:
        if word == "+":
            groups.append([])
        else:
            groups[-1].append(word)
    try:
        return _any_of([_group(words) for words in groups])
    except ValueError as error:
        raise bad_rule(setting, text, str(error)) from error


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


def _host(name: str) -> Predicate:
    if units.is_glob(name):
        return _fits("_HOSTNAME", _glob(name))
    return _has("_HOSTNAME", frozenset((name.encode("utf-8", "surrogateescape"),)))


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
    "host": _host,
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


def always(fields: Fields) -> bool:
    """The rule that means everything."""
    return True


def first(fields: Fields, name: str) -> bytes:
    """The first value of a field; empty where there is none."""
    value = fields.get(name, b"")
    found: bytes = value[0] if isinstance(value, list) else value
    return found


def bad_rule(setting: str, text: str, why: str) -> SettingsError:
    """The error about a rule that cannot be read."""
    return SettingsError(f"--{setting}: cannot read the rule {text!r}: {why}")
