"""Counts of values of a whole day: the index is asked for what came since they were last asked for, and for no more."""

from contextlib import closing
from pathlib import Path
from typing import Any, Never

import pytest
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Scope, Store
from journalhub.store.embedded.bounds import TQuery
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.embedded.view import View
from journalhub.store.memory import MemoryStore

NAMES = ["PRIORITY", "TAG", "ABSENT", "_COMM", "_HOSTNAME", "MESSAGE"]
ALL = Scope(ast.All())
SOME = Scope(ast.All(), START + 10, START + 20)


def append(stores: list[Store], numbers: range) -> None:
    """An entry of each number: two in three have a priority, one in two a tag of its own, one in seven two of them."""
    made = []
    for number in numbers:
        fields: dict[str, Any] = {"PRIORITY": b"%d" % (number % 4)} if number % 3 else {}
        own: dict[str, Any] = {"_COMM": b"speaker %d" % (number % 5 + number // 40)} if number % 4 else {}
        tags = (b"first %d" % number, b"second") if number % 7 == 0 else (b"tag %d" % number,) if number % 2 else ()
        one = entry(number, START + number, b"message", **fields, **own)
        made.append(one._replace(fields=(*one.fields, *(("TAG", tag) for tag in tags))))
    for store in stores:
        store.append([from_entries(made)])


def test_whole_days_need_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dictionaries of the index tell is not counted entry by entry; a part of the day is."""
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for numbers in (range(1, 60), range(60, 100)):
            append([store, oracle], numbers)
            store.refresh()
            for scope in (ALL, SOME, ALL, SOME):
                assert oracle.terms(scope, NAMES, 50, Budget()) == store.terms(scope, NAMES, 50, Budget())
        expected = oracle.terms(ALL, ["PRIORITY", "TAG", "ABSENT"], 50, Budget())
        monkeypatch.setattr(View, "number_of", counted)

        assert expected == store.terms(ALL, ["PRIORITY", "TAG", "ABSENT"], 50, Budget())
        with pytest.raises(AssertionError, match="counted"):
            store.terms(SOME, ["TAG"], 50, Budget())


def test_only_what_came_since_is_counted_by_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of origins go on from those of an older state of the index, over any number of states between."""
    later: list[int] = []
    later_than = View.later_than

    def seen(view: View, number: int) -> TQuery:
        later.append(number)
        return later_than(view, number)

    monkeypatch.setattr(View, "later_than", seen)
    names = ["_COMM", "_HOSTNAME"]
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for at, numbers in enumerate((range(1, 50), range(50, 70), range(70, 71), range(71, 200), range(200, 260))):
            append([store, oracle], numbers)
            store.refresh()
            if at != 1:
                for _ in range(2):
                    assert oracle.terms(ALL, names, 50, Budget()) == store.terms(ALL, names, 50, Budget())
        store.refresh()

        assert oracle.terms(ALL, names, 50, Budget()) == store.terms(ALL, names, 50, Budget())
        assert len(later) == 3
        assert sorted(later) == later


def counted(view: View, query: object) -> Never:
    """In the place of what asks the index."""
    raise AssertionError("counted")
