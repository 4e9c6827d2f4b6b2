"""`FIELD=value` and its kin as queries."""

import re

from journalhub.journal.units import mangle, unit_terms, user_unit_terms
from journalhub.query.language.names import SHORT_NAMES
from journalhub.query.language.syntax import Condition, Inside, Pattern, Quoted, Text, Word
from journalhub.query.language.words import text_query, to_bytes
from journalhub.store.ast import And, Eq, Exists, Glob, Not, Or, Prefix, Query, Range

_INTEGER = re.compile(r"-?[0-9]{1,39}", re.ASCII)
_GLOB = re.compile(r"[*?]|\[.+\]")
_MACHINE = re.compile(r"[0-9a-f]{32}")


class BadValueError(ValueError):
    """A condition that nothing can be compared with; the message says why."""


def condition_query(condition: Condition) -> Query:
    """The entries that `condition` is true of. Raises BadValueError, or BadPatternError of words.py."""
    name, operator, value = condition.name, condition.operator, condition.value
    if operator == ":":
        return _has(name, value)
    if isinstance(value, Pattern | Inside):
        raise BadValueError(f"{name}{operator} takes a value; {name}: takes a pattern")
    if operator == "=":
        return _equals(name, value)
    if operator == "!=":
        return Not(_equals(name, value))
    return _compares(name, operator, value.text)


def _field(name: str) -> str:
    return SHORT_NAMES[name].field if name in SHORT_NAMES else name


def _own_value(name: str, text: str) -> str:
    """The value as the journal has it."""
    if name not in SHORT_NAMES:
        return text
    try:
        return SHORT_NAMES[name].value(text)
    except ValueError as error:
        raise BadValueError(f"{name}: {error}") from error


def _has(name: str, value: Text) -> Query:
    if name in ("priority", "facility") and isinstance(value, Word | Quoted):
        return _equals(name, value)
    query = text_query(_field(name), value)
    if query is None:
        raise BadValueError(f"{name}: has no word behind it")
    return query


def _equals(name: str, value: Word | Quoted) -> Query:
    text = value.text
    if text == "*" and isinstance(value, Word):
        return Exists(_field(name))
    is_glob = isinstance(value, Word) and _GLOB.search(text) is not None
    if name in ("unit", "user_unit"):
        return _unit(name, text, is_glob)
    if is_glob:
        return _matches(_field(name), text)
    own = to_bytes(_own_value(name, text))
    if name == "host" and _MACHINE.fullmatch(text):
        return Or((Eq("_HOSTNAME", own), Eq("_MACHINE_ID", own)))
    return Eq(_field(name), own)


def _unit(name: str, text: str, is_glob: bool) -> Query:
    """All that journalctl's -u or --user-unit finds for the unit, or for every unit that a glob matches."""
    if not text:
        raise BadValueError(f"{name}= has no value")
    unit = mangle(text) if is_glob or not _GLOB.search(text) else text
    own = to_bytes(unit)
    terms = unit_terms(unit) if name == "unit" else user_unit_terms(unit, None)
    alternatives: list[Query] = []
    for term in terms:
        parts = [_matches(field, unit) if is_glob and value == own else Eq(field, value) for field, value in term]
        alternatives.append(parts[0] if len(parts) == 1 else And(tuple(parts)))
    return Or(tuple(alternatives))


def _matches(field: str, pattern: str) -> Query:
    if not _GLOB.search(pattern[:-1]) and pattern.endswith("*"):
        return Prefix(field, to_bytes(pattern[:-1]))
    return Glob(field, pattern)


def _compares(name: str, operator: str, text: str) -> Query:
    own = _own_value(name, text)
    if not _INTEGER.fullmatch(own):
        raise BadValueError(f"{name}{operator} wants a whole number; got {text[:40]!r}")
    number = int(own)
    match operator:
        case ">=":
            return Range(_field(name), number, None)
        case "<=":
            return Range(_field(name), None, number)
        case ">":
            return Range(_field(name), number + 1, None)
        case _:
            return Range(_field(name), None, number - 1)
