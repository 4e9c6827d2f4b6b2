"""Values beside a word: each is counted by itself, and the most frequent one by what the others leave."""

from contextlib import closing
from pathlib import Path
from typing import Any, Never

import pytest
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Scope, Store
from journalhub.store.embedded import aggregating
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.embedded.view import View
from journalhub.store.memory import MemoryStore

NAMES = ["PRIORITY", "SOURCE", "LONG", "TAG", "ABSENT", "MANY", "ALWAYS", "_COMM"]

WORDS = [ast.Words("MESSAGE", (word,)) for word in ("all", "some", "few", "single", "none")]
QUERIES: list[ast.Query] = [
    *WORDS,
    ast.All(),
    ast.Eq("PRIORITY", b"1"),
    ast.Eq("TAG", b"second"),
    ast.Eq("MANY", b"value 3"),
    ast.And((WORDS[1], ast.Eq("PRIORITY", b"1"))),
]


def fill(stores: list[Store], numbers: range) -> None:
    """An entry of each number: with fields that some have, all have, some have twice, or that are hashed."""
    made = []
    for number in numbers:
        words = ["all", *(["some"] if number % 3 else []), *(["few"] if number % 11 == 0 else [])]
        words += ["single"] if number == 17 else []
        fields: dict[str, Any] = {"ALWAYS": b"%d" % (number % 2), "MANY": b"value %d" % (number % 40)}
        fields |= {"PRIORITY": b"%d" % (number % 5)} if number % 7 else {}
        fields |= {"SOURCE": b"only"} if number % 5 == 0 else {}
        fields |= {"LONG": b"x" * 5000 if number % 4 == 0 else b"short"} if number % 3 else {}
        one = entry(number, START + number, " ".join(words).encode(), _COMM=b"speaker %d" % (number % 3), **fields)
        tags = (b"first", b"second") if number % 9 == 0 else (b"second",) if number % 2 else ()
        made.append(one._replace(fields=(*one.fields, *(("TAG", tag) for tag in tags))))
    for store in stores:
        store.append([from_entries(made)])


@pytest.mark.parametrize("seek", [0, aggregating._SEEK, 10**9])
def test_values_are_counted_as_by_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seek: int) -> None:
    """Whatever it is found to cost, of the whole day and of a part of it."""
    monkeypatch.setattr(aggregating, "_SEEK", seek)
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for numbers in (range(1, 150), range(150, 260)):
            fill([store, oracle], numbers)
            store.refresh()
            for query in QUERIES:
                for scope in (Scope(query), Scope(query, START + 15, START + 90)):
                    assert oracle.terms(scope, NAMES, 50, Budget()) == store.terms(scope, NAMES, 50, Budget())


def test_entries_of_a_word_are_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most frequent value is not counted; nor are those without a value, where all of them are."""
    monkeypatch.setattr(aggregating, "_SEEK", 0)
    asked: list[object] = []
    number_of = View.number_of

    def seen(view: View, query: Any) -> int:
        asked.append(query)
        return number_of(view, query)

    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        fill([store, oracle], range(1, 200))
        store.refresh()
        monkeypatch.setattr(View, "number_of", seen)
        monkeypatch.setattr(aggregating, "_values_found", not_to_be_asked)
        for name, searches in (("ALWAYS", 1), ("SOURCE", 1), ("PRIORITY", 5)):
            expected = oracle.terms(Scope(WORDS[1]), [name], 50, Budget())

            assert expected == store.terms(Scope(WORDS[1]), [name], 50, Budget())
            assert len(asked) == searches
            asked.clear()


def not_to_be_asked(*arguments: object) -> Never:
    """In the place of what looks through all entries of every value."""
    raise AssertionError("looked through")
