"""A view of a store is a store without the entries that it hides."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import NAMES, entries, queries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope, StoreError
from journalhub.store.embedded import open_store
from journalhub.store.evaluate import matches
from journalhub.store.limited import LimitedStore
from journalhub.store.memory import MemoryStore

DAY = 86_400_000_000


def filled(items: list[Entry]) -> MemoryStore:
    """A store with these entries."""
    store = MemoryStore()
    store.append([from_entries(items)])
    store.refresh()
    return store


@given(st.lists(entries, max_size=12), queries, queries)
def test_a_view_equals_a_store_of_what_it_shows(items: list[Entry], limit: ast.Query, query: ast.Query) -> None:
    """Every kind of question has the answer of a store that never had the rest."""
    with closing(filled(items)) as whole:
        kept = [hit.entry for hit in whole.search(Scope(limit), Order.OLDEST_FIRST, 100, None, Budget()).hits]
        with closing(filled(kept)) as part:
            view, scope = LimitedStore(whole, limit), Scope(query)
            for order in Order:
                want, got = (store.search(scope, order, 100, None, Budget()).hits for store in (part, view))
                assert [hit.entry for hit in want] == [hit.entry for hit in got]
            assert part.count(scope, Budget()) == view.count(scope, Budget())
            for name in NAMES:
                texts = (sorted(store.texts(scope, name, 100, 9, Budget()).rows) for store in (part, view))
                assert next(texts) == next(texts)
            assert part.terms(scope, NAMES, 5, Budget()) == view.terms(scope, NAMES, 5, Budget())
            assert part.field_names() == view.field_names()
            for name in NAMES:
                assert part.values(name) == view.values(name)
                assert part.values(name, b"n", 1) == view.values(name, b"n", 1)
            tails = [store.tail(query, 0, 100, Budget())[0] for store in (part, view)]
            assert {hit.entry.cursor for hit in tails[0]} == {hit.entry.cursor for hit in tails[1]}
            assert {boot.boot_id for boot in part.boots()} == {boot.boot_id for boot in view.boots()}
            for item in {entry.cursor: entry for entry in items}.values():
                # Of two entries with one identity the first is stored, whatever the other says.
                stored = whole.get(item.cursor)
                is_seen = stored is not None and matches(limit, stored.entry)
                assert (stored if is_seen else None) == view.get(item.cursor)


@pytest.fixture
def view(tmp_path: Path) -> Iterator[LimitedStore]:
    """A view of the real store."""
    with closing(open_store(tmp_path / "data")) as store:
        yield LimitedStore(store, ast.All())


def test_a_view_is_for_reading(view: LimitedStore) -> None:
    """It stores and removes nothing."""
    with pytest.raises(StoreError, match="for reading"):
        view.append([])
    with pytest.raises(StoreError, match="for reading"):
        view.drop_before("2020-01-01")
