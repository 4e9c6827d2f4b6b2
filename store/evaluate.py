"""What each node of the query tree means: the reference that every store must agree with."""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from typing import Protocol

from journalhub.store import ast
from journalhub.store.patterns import CompiledPattern, compile_pattern
from journalhub.store.tokens import tokens_of


class HasValues(Protocol):
    """An entry, or a row of a store that is not made into an entry before it matches."""

    def values(self, name: str) -> Sequence[bytes]:
        """All values of one field, in order; `_BOOT_ID` always has one."""


Predicate = Callable[[HasValues], bool]
ValuePredicate = Callable[[bytes], bool]

Leaf = (
    ast.Words
    | ast.Phrase
    | ast.WordPrefix
    | ast.Eq
    | ast.In
    | ast.Prefix
    | ast.Glob
    | ast.Exists
    | ast.Range
    | ast.Contains
    | ast.Regex
)

# Longer runs of digits are no number that anybody compares; it also keeps int() linear.
_INTEGER = re.compile(rb"-?[0-9]{1,40}")


def matches(query: ast.Query, entry: HasValues) -> bool:
    """Whether `entry` is one that `query` asks for."""
    return compile_query(query)(entry)


class Compiled:
    """A query as a function, with the patterns that it runs."""

    def __init__(self, query: ast.Query) -> None:
        self.patterns: list[CompiledPattern] = []
        self._predicate = self._compile(query)

    def __call__(self, entry: HasValues) -> bool:
        return self._predicate(entry)

    @property
    def reason(self) -> str | None:
        """Why answers of this query are incomplete, or None."""
        gave_up = sum(pattern.gave_up for pattern in self.patterns)
        if gave_up:
            return f"the pattern needs too many steps on {gave_up} values, which count as not matching; simplify it"
        return None

    def part(self, query: ast.Query) -> Predicate:
        """Another query as a function, whose patterns count as this one's."""
        return self._compile(query)

    def value_predicate(self, leaf: Leaf) -> ValuePredicate:
        """What `leaf` asks of a single value; the leaf matches an entry when any value of its field does."""
        if isinstance(leaf, ast.Regex):
            pattern = compile_pattern(leaf.pattern, leaf.caseless)
            self.patterns.append(pattern)
            return pattern.search
        return _value_predicate(leaf)

    def _compile(self, query: ast.Query) -> Predicate:
        match query:
            case ast.All():
                return lambda entry: True
            case ast.And(parts):
                return partial(_all_of, [self._compile(part) for part in parts])
            case ast.Or(parts):
                return partial(_any_of, [self._compile(part) for part in parts])
            case ast.Not(part):
                return partial(_none_of, self._compile(part))
            case _:
                return partial(_any_value, query.field, self.value_predicate(query))


@lru_cache(64)
def compile_query(query: ast.Query) -> Compiled:
    """`query` compiled, shared: make a `Compiled` of one's own to read its `reason`."""
    return Compiled(query)


def _all_of(predicates: list[Predicate], entry: HasValues) -> bool:
    return all(predicate(entry) for predicate in predicates)


def _any_of(predicates: list[Predicate], entry: HasValues) -> bool:
    return any(predicate(entry) for predicate in predicates)


def _none_of(predicate: Predicate, entry: HasValues) -> bool:
    return not predicate(entry)


def _any_value(name: str, predicate: ValuePredicate, entry: HasValues) -> bool:
    return any(map(predicate, entry.values(name)))


def _value_predicate(leaf: Leaf) -> ValuePredicate:
    match leaf:
        case ast.Words(_, words):
            return partial(_has_words, frozenset(words))
        case ast.Phrase(_, words):
            return partial(_has_phrase, list(words))
        case ast.WordPrefix(_, prefix):
            return partial(_has_word_prefix, prefix)
        case ast.Eq(_, value):
            return value.__eq__
        case ast.In(_, values):
            return values.__contains__
        case ast.Prefix(_, start):
            return lambda value: value.startswith(start)
        case ast.Glob(_, pattern):
            return partial(_is_glob, glob_pattern(pattern))
        case ast.Exists():
            return lambda value: True
        case ast.Range(_, low, high):
            return partial(_in_range, low, high)
        case ast.Contains(_, needle, caseless):
            if caseless:
                return partial(_contains_caseless, _folded(needle))
            return lambda value: needle in value
        case ast.Regex(_, pattern, caseless):
            return compile_pattern(pattern, caseless).search


def _has_words(words: frozenset[str], value: bytes) -> bool:
    return words <= set(tokens_of(value))


def _has_phrase(words: list[str], value: bytes) -> bool:
    found = tokens_of(value)
    count = len(words)
    return any(found[at : at + count] == words for at in range(len(found) - count + 1))


def _has_word_prefix(prefix: str, value: bytes) -> bool:
    return any(token.startswith(prefix) for token in tokens_of(value))


def _in_range(low: int | None, high: int | None, value: bytes) -> bool:
    if not _INTEGER.fullmatch(value):
        return False
    number = int(value)
    return (low is None or low <= number) and (high is None or number <= high)


def _folded(value: bytes) -> str:
    return value.decode(errors="surrogateescape").casefold()


def _contains_caseless(needle: str, value: bytes) -> bool:
    return needle in _folded(value)


def _is_glob(pattern: re.Pattern[str], value: bytes) -> bool:
    return pattern.fullmatch(value.decode(errors="surrogateescape")) is not None


_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}

_BRACKET = re.compile(r"\[(?P<no>[!^]?)(?P<body>\]?(?:\[:[a-z]+:\]|[^\]])*)\]", re.DOTALL)


@cache
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """fnmatch(3) with FNM_NOESCAPE, as journalctl matches units: a backslash is a backslash, `*` crosses `/`."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        bracket = _BRACKET.match(pattern, at) if char == "[" else None
        if bracket and bracket["body"]:
            out.append(_bracket(bracket["no"] != "", bracket["body"]))
            at = bracket.end()
            continue
        if char == "*":
            # A run of stars is one star; the atomic group keeps many of them from multiplying the work.
            if out[-1:] != [".*"]:
                out.append(".*")
        else:
            out.append("." if char == "?" else re.escape(char))
        at += 1
    return re.compile(_without_backtracking(out), re.DOTALL)


def _without_backtracking(parts: list[str]) -> str:
    """Join so that each part between stars is found at its first place and kept: what a glob needs, in linear steps."""
    pieces: list[list[str]] = [[]]
    for part in parts:
        if part == ".*":
            pieces.append([])
        else:
            pieces[-1].append(part)
    first, *rest = ["".join(piece) for piece in pieces]
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>.*?{piece})" for piece in middle) + ".*" + last


def _bracket(negated: bool, body: str) -> str:
    items: list[str] = []
    at = 0
    while at < len(body):
        named = re.compile(r"\[:([a-z]+):\]").match(body, at)
        if named:
            items.append(_CLASSES.get(named[1], ""))
            at = named.end()
        elif body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            if body[at] <= body[at + 2]:
                items.append(f"{re.escape(body[at])}-{re.escape(body[at + 2])}")
            at += 3
        else:
            items.append(re.escape(body[at]))
            at += 1
    inside = "".join(items)
    if not inside:
        return "." if negated else r"(?!)"
    return f"[{'^' if negated else ''}{inside}]"
