"""Counts of values that are kept with a snapshot of the index: of everything in it, and not where values are many."""

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

NAMES = ["PRIORITY", "TAG", "ABSENT"]
ALL = Scope(ast.All())
SOME = Scope(ast.All(), START + 10, START + 20)


def append(stores: list[Store], numbers: range) -> None:
    """An entry of each number: two in three have a priority, one in two a tag of its own."""
    made = []
    for number in numbers:
        fields: dict[str, Any] = {"PRIORITY": b"%d" % (number % 4)} if number % 3 else {}
        tag: dict[str, Any] = {"TAG": b"tag %d" % number} if number % 2 else {}
        made.append(entry(number, START + number, b"message", **fields, **tag))
    for store in stores:
        store.append([from_entries(made)])


def test_kept_with_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, the index need not count; what came since is counted; so is a part of the day."""
    monkeypatch.setattr(aggregating, "VALUES_KEPT", 10)
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for numbers in (range(1, 60), range(60, 100)):
            append([store, oracle], numbers)
            store.refresh()
            for scope in (ALL, SOME, ALL, SOME):
                assert oracle.terms(scope, NAMES, 50, Budget()) == store.terms(scope, NAMES, 50, Budget())
        expected = oracle.terms(ALL, ["PRIORITY"], 50, Budget())
        monkeypatch.setattr(View, "number_of", counted)

        assert expected == store.terms(ALL, ["PRIORITY"], 50, Budget())
        with pytest.raises(AssertionError, match="counted"):
            store.terms(ALL, ["TAG"], 50, Budget())  # too many values


def counted(view: View, query: object) -> Never:
    """In the place of what asks the index."""
    raise AssertionError("counted")
