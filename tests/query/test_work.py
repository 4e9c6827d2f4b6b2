"""Queries end when they must: at their deadline, with their asker, and when there are too many."""

import asyncio
import threading
from typing import Any

import pytest
from tests.query.events import until
from tests.query.fleet import START, fill, make_entries
from tests.query.serving import DEADLINE, Client, with_server

from journalhub.query.api.limits import QUERY_THREADS
from journalhub.store.contract import Budget, Count, Order, Page, Position, Scope, Store, StoreError

ENTRIES = make_entries(100)


class Slow:
    """A store whose searches go on until their budget ends; they return the first entries then."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.running = 0
        self.ended: list[str] = []
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """Look for nothing, every 2 ms, until told to stop."""
        page = self._store.search(scope, order, 3, after, Budget())
        return Page(page.hits, True, self._spend(budget))

    def count(self, scope: Scope, budget: Budget) -> Count:
        """The same."""
        return Count(1, self._spend(budget))

    def _spend(self, budget: Budget) -> str:
        with self._lock:
            self.running += 1
        while budget.reason is None:
            threading.Event().wait(0.002)
        with self._lock:
            self.running -= 1
            self.ended.append(budget.reason)
        return budget.reason


def test_a_deadline_makes_the_answer_partial(store: Store) -> None:
    """At the deadline an answer has what was found, and says why that is not all."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        answer = await client.ask("entries")
        assert (3, True, True) == (len(answer["entries"]), answer["more"], answer["partial"])
        assert "deadline of 0.05 s reached" == answer["reason"]
        assert 50 <= answer["took_ms"]
        assert answer["entries"][-1]["__POSITION"] == answer["next"]
        counted = await client.ask("count")
        assert (1, True) == (counted["matched"], counted["partial"])

    with_server(Slow(store), use, deadline=0.05)


@pytest.mark.parametrize("path", ["entries", "count", "export", "tail?lines=5"])
def test_a_client_that_leaves_stops_the_work(store: Store, path: str) -> None:
    """When the connection closes before the answer, the search ends."""
    fill(store, ENTRIES)
    slow = Slow(store)

    async def use(client: Client) -> None:
        name, _, value = path.partition("?lines=")
        asking = asyncio.create_task(client.try_to(name, *([("lines", value)] if value else [])))
        await until(lambda: slow.running == 1)
        asking.cancel()
        await until(lambda: slow.ended == ["cancelled"])

    with_server(slow, use)


def test_too_many_queries_are_told_to_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries beyond the bound are refused with 503 and Retry-After, and nothing piles up."""
    monkeypatch.setattr("journalhub.query.api.service.QUERY_WAITING_MAX", 10)
    slow = Slow(store)

    async def use(client: Client) -> None:
        asking = [asyncio.create_task(client.try_to("count")) for _ in range(10)]
        await until(lambda: slow.running == 8)
        async with client.session.get(client.url("count")) as response:
            assert (503, "1") == (response.status, response.headers["Retry-After"])
        for task in asking:
            task.cancel()
        await until(lambda: slow.running == 0)
        slow.count = lambda scope, budget: Count(7)  # type: ignore[method-assign]
        assert 7 == (await client.ask("count"))["matched"]

    with_server(slow, use)


def test_shutdown_ends_queries(store: Store) -> None:
    """A server that stops does not wait for the deadlines of its queries."""
    slow = Slow(store)

    async def use(client: Client) -> None:
        asking = asyncio.create_task(client.try_to("entries"))
        await until(lambda: slow.running == 1)
        await asyncio.wait_for(client.stop(), DEADLINE / 2)
        assert ["cancelled"] == slow.ended
        _, answer = await asking
        assert (True, "cancelled") == (answer["partial"], answer["reason"])

    with_server(slow, use)


def test_shutdown_ends_queries_that_wait(store: Store) -> None:
    """Nor is anything left of those that no thread has begun with."""
    slow = Slow(store)

    async def use(client: Client) -> None:
        asking = [asyncio.create_task(client.try_to("count")) for _ in range(QUERY_THREADS + 4)]
        await until(lambda: slow.running == QUERY_THREADS)
        await asyncio.wait_for(client.stop(), DEADLINE / 2)
        await asyncio.wait(asking)
        assert slow.running == 0
        assert {"cancelled"} == set(slow.ended)

    with_server(slow, use)


def test_a_store_that_fails(store: Store) -> None:
    """A store that cannot answer is a 503 with its own words, and the next query is answered."""

    def fail(scope: Scope, budget: Budget) -> Count:
        raise StoreError("the index of 2025-10-09 is being rebuilt; wait")

    plain, store.count = store.count, fail  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        error = await client.refused("count", status=503)
        assert "the index of 2025-10-09 is being rebuilt; wait" == error["what"]
        store.count = plain  # type: ignore[method-assign]
        assert 0 == (await client.ask("count"))["matched"]

    with_server(store, use)


def test_retention_is_admitted(store: Store) -> None:
    """Who asks from a time on whose entries the retention removed is told that they are not all there."""
    fill(store, ENTRIES)
    removed = {"retention": {"removed_until": START - 1}}
    said = "entries until 2025-10-09 08:53:19 UTC were removed by the retention"

    async def use(client: Client) -> None:
        for path in ("entries", "count", "histogram", "facets", "values/_HOSTNAME"):
            for since, reason in (("2025-10-09 08:53:19", said), ("2025-10-09 08:53:20", None), (None, None)):
                answer = await client.ask(path, *([("since", since)] if since else []))
                assert (reason is not None, reason) == (answer["partial"], answer["reason"]), (path, since)

    with_server(store, use, status=lambda: removed)


def test_large_answers_are_compressed(store: Store) -> None:
    """JSON is compressed where the client takes it and it pays; small answers are not."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        for accept, encoding in (("gzip", "gzip"), ("zstd, gzip", "zstd"), ("gzip;q=0, br", None), ("", None)):
            headers = {"Accept-Encoding": accept}
            async with client.session.get(client.url("entries"), headers=headers, auto_decompress=False) as response:
                assert encoding == response.headers.get("Content-Encoding")
            async with client.session.get(client.url("count"), headers=headers) as response:
                assert "Content-Encoding" not in response.headers

    with_server(store, use)


def test_other_methods_are_refused(store: Store) -> None:
    """The API is read only: GET and nothing else."""

    async def use(client: Client) -> None:
        for method in ("HEAD", "POST", "PUT", "DELETE"):
            async with client.session.request(method, client.url("entries")) as response:
                assert 405 == response.status

    with_server(store, use)
