"""Everything but a word, which as typed is a text of its own as well: found by the index and by columns."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Never

import pytest
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.query.plan.selection import parse_search
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope, Store
from journalhub.store.embedded import view as views
from journalhub.store.embedded.scan import Filter
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.memory import MemoryStore

TEXTS = [b"a request came", b"-request", b"request", b"another thing", b"the request -request", b"-request completed"]
TYPED = ["-request", "-request -thing", '-"request completed"', "NOT request", "-request OR a"]
OTHERS: list[ast.Query] = [
    ast.Contains("MESSAGE", b"quest", False),
    ast.Contains("MESSAGE", b"QUEST", True),
    ast.Regex("MESSAGE", "re(quest|st)", False),
    ast.Or((ast.Contains("MESSAGE", b"thing", False), ast.Eq("OTHER", b"1"))),
    ast.And((ast.Contains("MESSAGE", b"quest", False), ast.Range("OTHER", 1, 2))),
    ast.Not(ast.Contains("MESSAGE", b"quest", False)),
    ast.And((ast.Contains("MESSAGE", b"quest", False), ast.Not(ast.Eq("OTHER", b"1")))),
    ast.And((ast.Contains("MESSAGE", b"quest", False), ast.Eq("_HOSTNAME", b"web-1"))),
]


def typed(text: str) -> ast.Query:
    """What is searched when somebody types it."""
    parsed = parse_search(text)
    assert parsed is not None
    return parsed.query


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[EmbeddedStore, MemoryStore]]:
    """Of the same entries; every text stands there 100 times, some with a second message."""
    made = []
    for number in range(600):
        one = entry(number + 1, START + number, TEXTS[number % 6], OTHER=b"%d" % (number % 4))
        if number % 50 == 7:
            one = one._replace(fields=(*one.fields, ("MESSAGE", TEXTS[number % 5])))
        made.append(one)
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for each in (store, oracle):
            each.append([from_entries(made)])
        store.refresh()
        yield store, oracle


def answers(store: Store, scope: Scope) -> list[object]:
    """All that is asked for beside a search."""
    found: list[object] = [store.count(scope, Budget()), store.terms(scope, ["OTHER", "_COMM", "ABSENT"], 9, Budget())]
    found += [store.histogram(scope, 97, by, Budget()) for by in (None, "OTHER", "_HOSTNAME")]
    for order in Order:
        page = store.search(scope, order, 1000, None, Budget())
        found.append([hit.entry for hit in page.hits])
    return found


@pytest.mark.parametrize("few", [0, 10**9])
@pytest.mark.parametrize("query", [*map(typed, TYPED), *OTHERS], ids=[*TYPED, *(f"other-{n}" for n in range(8))])
def test_the_answers_of_the_reference(
    stores: tuple[EmbeddedStore, MemoryStore], monkeypatch: pytest.MonkeyPatch, query: ast.Query, few: int
) -> None:
    """Of all of the day and of a part of it, whether what columns found is looked for one by one or together."""
    monkeypatch.setattr(views, "_FEW_FOUND", few)
    store, oracle = stores
    for scope in (Scope(query, START, START + 700), Scope(query, START + 40, START + 333)):
        assert answers(oracle, scope) == answers(store, scope)


def test_no_entry_is_looked_at_in_vain(
    stores: tuple[EmbeddedStore, MemoryStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting all but a word decides of no entry by its values: the index and the columns of blocks tell."""
    store, oracle = stores
    scope = Scope(typed("-request"))
    expected = oracle.count(scope, Budget())
    monkeypatch.setattr(Filter, "predicate", property(not_to_be_asked, lambda self, predicate: None), raising=False)

    assert expected == store.count(scope, Budget())
    for query in OTHERS[:4]:
        assert oracle.count(Scope(query), Budget()) == store.count(Scope(query), Budget())


def not_to_be_asked(*arguments: Any) -> Never:
    """In the place of what decides by the values of one entry."""
    raise AssertionError("an entry was looked at")
