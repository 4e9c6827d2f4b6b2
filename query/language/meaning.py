"""From nodes to the query tree of the store."""

from collections.abc import Iterable, Iterator

from journalhub.query.language.conditions import condition_query
from journalhub.query.language.syntax import (
    Atom,
    Condition,
    Conjunction,
    Disjunction,
    Negation,
    Node,
    Quoted,
    Word,
    conjunction,
    disjunction,
    negation,
)
from journalhub.query.language.words import text_query
from journalhub.store.ast import And, Not, Or, Query, Words

TEXT_FIELD = "MESSAGE"
"""The field that words without a field are looked for in."""


def prune(node: Node) -> Node | None:
    """`node` without what has no part in a search: punctuation on its own, and empty quotes. None when all has none."""
    match node:
        case Word() | Quoted():
            return node if text_query(TEXT_FIELD, node) is not None else None
        case Negation(part):
            kept = prune(part)
            return None if kept is None else negation(kept)
        case Conjunction(parts):
            return _rebuilt(parts, is_or=False)
        case Disjunction(parts):
            return _rebuilt(parts, is_or=True)
        case _:
            return node


def _rebuilt(parts: Iterable[Node], *, is_or: bool) -> Node | None:
    kept = [part for part in map(prune, parts) if part is not None]
    if not kept:
        return None
    return disjunction(kept) if is_or else conjunction(kept)


def meaning(node: Node) -> Query:
    """The query that a pruned `node` is. Raises what conditions.py and words.py raise."""
    match node:
        case Condition():
            return condition_query(node)
        case Negation(part):
            return Not(meaning(part))
        case Conjunction(parts):
            return _all_of([meaning(part) for part in parts])
        case Disjunction(parts):
            return Or(tuple(meaning(part) for part in parts))
        case _:
            query = text_query(TEXT_FIELD, node)
            return And(()) if query is None else query


def _all_of(queries: list[Query]) -> Query:
    """AND, with all single words of the text in one node, where the first of them stood."""
    words: dict[str, None] = {}
    others: list[Query | None] = []
    for query in queries:
        if isinstance(query, Words) and query.field == TEXT_FIELD:
            if not words:
                others.append(None)
            words.update(dict.fromkeys(query.words))
        else:
            others.append(query)
    text = Words(TEXT_FIELD, tuple(words))
    parts = tuple(text if query is None else query for query in others)
    return parts[0] if len(parts) == 1 else And(parts)


def atoms(node: Node) -> Iterator[Atom]:
    """The leaves of `node`, from left to right."""
    match node:
        case Negation(part):
            yield from atoms(part)
        case Conjunction(parts) | Disjunction(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield node
