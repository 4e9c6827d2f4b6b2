"""Where in a message that stands what --search asks for: what made the entry match is set off, and nothing else."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import AnyStr

from journalhub.query.language import QueryError, parse
from journalhub.query.language.conditions import condition_query
from journalhub.query.language.grammar import NotAQueryError, read
from journalhub.query.language.meaning import TEXT_FIELD, prune
from journalhub.query.language.names import SHORT_NAMES
from journalhub.query.language.syntax import Condition, Conjunction, Disjunction, Negation, Node, Text
from journalhub.query.language.words import text_query, to_bytes
from journalhub.store import ast
from journalhub.store.evaluate import Compiled
from journalhub.store.patterns import compile_pattern
from journalhub.store.tokens import folded, token_spans

WITHIN = 64 * 1024
"""Bytes of a message that are looked through: nobody reads a message to the end that is longer."""

Span = tuple[int, int]
"""First byte, and the one behind the last."""

Found = tuple[bool | None, list[Span]]
"""Whether a part of the query is true, None where only other fields can tell; and what it found."""

_PARTS = re.compile(rb"\n|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\x00-\x7f]?", re.DOTALL)
"""What a hit is parted by: line ends, and escape sequences, which would break."""


class Hits:
    """What finds, in a message of an entry that matches, why it does."""

    def __init__(self, search: str, grep: Callable[[bytes], Span | None] | None = None) -> None:
        """`search` is what --search was given, `grep` finds what --grep was. Raises ValueError for no search."""
        self._grep = grep
        try:
            parsed = parse(search)
            node = prune(read(parsed.canonical)) if parsed.canonical else None
        except (QueryError, NotAQueryError) as error:
            raise ValueError(str(error)) from error
        self._itself = frozenset() if parsed.query == parsed.reading else {to_bytes(search), to_bytes(search.strip())}
        self._find = None if node is None else _finder(node)

    def __call__(self, message: bytes) -> list[Span]:
        """The spans to set off: in order, apart from each other, none with a line end or an escape sequence in it."""
        is_true, spans = (True, []) if self._find is None else self._find(_Message(message))
        if is_true is False:
            spans = [(0, len(message))] if message in self._itself else []
        if self._grep is not None and (span := self._grep(message)) is not None:
            spans = [*spans, span]
        return [part for span in _joined(spans) for part in _parted(message, span)]


class _Message:
    """An entry of which only the message is known."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.head = message[:WITHIN]

    def values(self, name: str) -> list[bytes]:
        """For what is compiled of a query."""
        return [self.message] if name == TEXT_FIELD else []

    @cached_property
    def tokens(self) -> list[tuple[str, int, int]]:
        """The words of its beginning, with where they stand."""
        return list(token_spans(self.head))


Finder = Callable[[_Message], Found]


def _finder(node: Node) -> Finder:
    match node:
        case Negation(part):
            return partial(_not, _finder(part))
        case Conjunction(parts):
            return partial(_all, [_finder(part) for part in parts])
        case Disjunction(parts):
            return partial(_any, [_finder(part) for part in parts])
        case Condition():
            return _condition(node)
        case _:
            return _text(node)


def _not(find: Finder, message: _Message) -> Found:
    is_true, _ = find(message)
    return None if is_true is None else not is_true, []


def _all(finders: Sequence[Finder], message: _Message) -> Found:
    found = [find(message) for find in finders]
    truths = {is_true for is_true, _ in found}
    if False in truths:
        return False, []
    return None if None in truths else True, [span for _, spans in found for span in spans]


def _any(finders: Sequence[Finder], message: _Message) -> Found:
    found = [one for one in (find(message) for find in finders) if one[0] is not False]
    truths = {is_true for is_true, _ in found}
    is_true = True if True in truths else None if truths else False
    return is_true, [span for _, spans in found for span in spans]


def _condition(condition: Condition) -> Finder:
    name = condition.name
    if (SHORT_NAMES[name].field if name in SHORT_NAMES else name) != TEXT_FIELD:
        return lambda message: (None, [])
    if condition.operator == ":":
        return _text(condition.value)
    is_true = Compiled(condition_query(condition))
    return lambda message: (is_true(message), [(0, len(message.head))] if condition.operator == "=" else [])


def _text(text: Text) -> Finder:
    query = text_query(TEXT_FIELD, text)
    if query is None:
        return lambda message: (True, [])
    is_true, spans = Compiled(query), _spans(query)
    return lambda message: (True, list(spans(message))) if is_true(message) else (False, [])


def _spans(query: ast.Query) -> Callable[[_Message], Iterable[Span]]:
    match query:
        case ast.Words(_, words):
            return partial(_of_words, words)
        case ast.Phrase(_, words):
            return partial(_of_phrase, words)
        case ast.WordPrefix(_, prefix):
            return lambda message: ((start, end) for word, start, end in message.tokens if word.startswith(prefix))
        case ast.Contains(_, needle, caseless):
            return partial(_of_inside, needle, caseless)
        case ast.Regex(_, pattern, caseless):
            spans = compile_pattern(pattern, caseless).spans
            return lambda message: spans(message.head)
        case ast.And(parts):  # the words of a beginning like `nginx.ser*` say where to look, its text what is there
            inside = [part for part in parts if isinstance(part, ast.Contains)]
            return lambda message: (_to_the_end(message, span) for part in inside for span in _spans(part)(message))
        case _:
            return lambda message: ()


def _of_words(words: Sequence[str], message: _Message) -> Iterator[Span]:
    return ((start, end) for word, start, end in message.tokens if word in words)


def _of_phrase(words: Sequence[str], message: _Message) -> Iterator[Span]:
    tokens = message.tokens
    said = [word for word, _, _ in tokens]
    for at in range(len(said) - len(words) + 1):
        if said[at] == words[0] and said[at : at + len(words)] == list(words):
            yield tokens[at][1], tokens[at + len(words) - 1][2]


def _of_inside(needle: bytes, caseless: bool, message: _Message) -> Iterator[Span]:
    if not caseless:
        yield from ((at, at + len(needle)) for at in _places(message.head, needle))
        return
    sought = needle.decode(errors="surrogateescape").casefold()
    text, starts = folded(message.head)
    for at in _places(text, sought):
        yield starts[at], starts[bisect_left(starts, starts[at + len(sought) - 1] + 1)]


def _places(text: AnyStr, needle: AnyStr) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _to_the_end(message: _Message, span: Span) -> Span:
    """The span, up to the end of the word that it ends in."""
    ends = [end for _, start, end in message.tokens if start < span[1] <= end]
    return span[0], max([span[1], *ends])


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap as one, empty ones left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _parted(message: bytes, span: Span) -> Iterator[Span]:
    """What is left of a span without what parts it; it begins and ends with whole characters."""
    start, end = span
    while start > 0 and message[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(message) and message[end] & 0xC0 == 0x80:
        end += 1
    for part in _PARTS.finditer(message, max(0, message.rfind(b"\x1b", 0, start))):
        if part.end() <= start:
            continue
        if part.start() >= end:
            break
        if start < part.start():
            yield start, part.start()
        start = part.end()
    if start < end:
        yield start, end
