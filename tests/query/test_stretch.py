"""Neighbours out of shared searches are those out of two searches each."""

import random

import pytest
from tests.query.fleet import fill, make_entries

from journalhub.query.api.stretch import Stretch
from journalhub.store.ast import All, Eq, Query
from journalhub.store.contract import Budget, Hit, Order, Page, Scope, Store

ENTRIES = make_entries(400)
EVERYTHING = Scope(All(), 0, 2**63 - 1)


def plainly(store: Store, scope: Scope, hit: Hit, before: int, after: int) -> list[list[Hit]]:
    """The neighbours as two searches find them."""
    earlier = store.search(scope, Order.NEWEST_FIRST, before, hit.position, Budget()).hits if before else []
    later = store.search(scope, Order.OLDEST_FIRST, after, hit.position, Budget()).hits if after else []
    return [list(earlier[::-1]), list(later)]


@pytest.mark.parametrize("query", [All(), Eq("_HOSTNAME", b"db-1"), Eq("PRIORITY", b"3")])
def test_neighbours_are_the_same_whatever_was_asked_before(store: Store, query: Query) -> None:
    """In order and out of order, dense and sparse, of entries inside the scope and outside of it."""
    fill(store, ENTRIES)
    hits = store.search(EVERYTHING, Order.OLDEST_FIRST, 1000, None, Budget()).hits
    scope = Scope(query, EVERYTHING.since, EVERYTHING.until)
    chance = random.Random(7)
    for number in range(15):
        before, after = chance.choice(((0, 0), (0, 2), (2, 0), (3, 3), (40, 1), (1, 40)))
        asked = (
            chance.sample(list(hits), chance.choice((2, 10, 20)))
            if number % 4
            else list(hits[number * 5 : number * 5 + 20])
        )
        if number % 3:
            asked.sort(key=hits.index)
        stretch = Stretch(store, scope, Budget())
        for place, hit in enumerate(asked):
            *sides, reason = stretch.around(hit, before, after, asked[place + 1 :])
            assert (plainly(store, scope, hit, before, after), None) == (sides, reason)


def test_entries_close_together_share_searches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty of them cost less than half of sixty searches."""
    fill(store, ENTRIES)
    hits = store.search(EVERYTHING, Order.OLDEST_FIRST, 1000, None, Budget()).hits
    asked = hits[20:200:6]
    made: list[int] = []
    search = store.search

    def counted(scope: Scope, order: Order, limit: int, after: object, budget: Budget) -> Page:
        made.append(limit)
        return search(scope, order, limit, after, budget)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "search", counted)
    stretch = Stretch(store, EVERYTHING, Budget())
    for place, hit in enumerate(asked):
        stretch.around(hit, 2, 2, asked[place + 1 :])
    assert len(asked) == 30 and len(made) <= 30, made
