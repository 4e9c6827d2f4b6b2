"""Live tail: everything that arrives, once, in order of arrival, whatever happens to the connection."""

import asyncio
import random
from typing import Any

import pytest
from tests.query.events import cursors, following, until
from tests.query.fleet import fill, make_entries
from tests.query.oracle import of_unit
from tests.query.serving import Client, with_server

from journalhub.journal.batch import from_entries
from journalhub.query.api import service, tail
from journalhub.store.ast import Query
from journalhub.store.contract import Budget, Hit, Store

ENTRIES = make_entries(400)


async def append(store: Store, low: int, high: int) -> None:
    """Append some of ENTRIES from a thread, as the collector does."""
    await asyncio.to_thread(store.append, [from_entries(ENTRIES[low:high])])


def expected(low: int, high: int) -> list[str]:
    """The cursors of some of ENTRIES."""
    return [str(entry.cursor) for entry in ENTRIES[low:high]]


def test_follows_what_arrives(store: Store) -> None:
    """A tail begins with what arrives after it, and its ids are arrival numbers."""
    fill(store, ENTRIES[:50])

    async def use(client: Client) -> None:
        async with following(client) as reader:
            for low in range(50, 100, 10):
                await append(store, low, low + 10)
                events = await reader.take(10)
                assert expected(low, low + 10) == cursors(events)
                assert [event.data["__POSITION"].partition(".")[2] for event in events] == [e.id for e in events]

    with_server(store, use)


def test_lines_first(store: Store) -> None:
    """`lines` newest entries come first, oldest of them first, then exactly what follows."""
    fill(store, ENTRIES[:100])

    async def use(client: Client) -> None:
        newest = (await client.ask("entries", ("limit", 7)))["entries"]
        async with following(client, ("lines", 7)) as reader:
            await append(store, 100, 120)
            events = await reader.take(27)
            assert [row["__CURSOR"] for row in reversed(newest)] == cursors(events[:7])
            assert expected(100, 120) == cursors(events[7:])

    with_server(store, use)


def test_selects(store: Store) -> None:
    """A tail shows what is selected; globs hold for hosts and units that come later."""

    is_unit = of_unit("session-*")
    wanted = [e for e in ENTRIES if (e.first("_HOSTNAME") or b"").startswith(b"web") and is_unit(e)]

    async def use(client: Client) -> None:
        async with following(client, ("host", "web-*"), ("unit", "session-*")) as reader:
            await append(store, 0, 400)
            assert [str(entry.cursor) for entry in wanted] == cursors(await reader.take(len(wanted)))

    with_server(store, use)


@pytest.mark.parametrize("seed", range(6))
def test_exactly_once_over_broken_connections(store: Store, seed: int) -> None:
    """A reader that is cut off anywhere, and comes back with the last id, gets everything once while more arrives."""
    rng = random.Random(seed)
    fill(store, ENTRIES[:60])
    lines = rng.choice((0, 5, 60))
    match = ("priority", "3..6")
    wanted = [e for e in ENTRIES if e.first("PRIORITY") in (b"3", b"4", b"5", b"6")]
    old = {str(e.cursor) for e in wanted if e in ENTRIES[:60]}

    async def feed() -> None:
        at = 60
        while at < len(ENTRIES):
            size = rng.randint(1, 40)
            await append(store, at, at + size)
            at += size
            await asyncio.sleep(0)

    async def use(client: Client) -> None:
        first = (await client.ask("entries", match, ("limit", max(lines, 1))))["entries"][:lines]
        filled = [row["__CURSOR"] for row in reversed(first)]
        live = [str(e.cursor) for e in wanted if str(e.cursor) not in old]
        seen: list[str] = []
        last_id = ""
        feeding: asyncio.Task[None] | None = None
        while len(seen) < len(filled) + len(live):
            async with following(client, match, ("lines", lines), last_id=last_id) as reader:
                feeding = feeding or asyncio.create_task(feed())
                left = len(filled) + len(live) - len(seen)
                seen += cursors(await reader.take(min(left, rng.randint(1, 30))))
                last_id = reader.last_id
        assert filled + live == seen
        assert feeding is not None
        await feeding

    with_server(store, use)


def test_resumes_by_after(store: Store) -> None:
    """`after` does what Last-Event-ID does, and the header goes before it."""
    fill(store, ENTRIES[:30])

    async def use(client: Client) -> None:
        async with following(client, ("after", 10)) as reader:
            assert expected(10, 30) == cursors(await reader.take(20))
        async with following(client, ("after", 10), last_id="20") as reader:
            assert expected(20, 30) == cursors(await reader.take(10))

    with_server(store, use)


def test_many_followers(store: Store) -> None:
    """Any number of followers see the same."""

    async def use(client: Client) -> None:
        async def follow(ready: asyncio.Semaphore) -> list[str]:
            async with following(client) as reader:
                ready.release()
                return cursors(await reader.take(100))

        ready = asyncio.Semaphore(0)
        followers = [asyncio.create_task(follow(ready)) for _ in range(40)]
        for _ in followers:
            await ready.acquire()
        for low in range(0, 100, 5):
            await append(store, low, low + 5)
        assert [expected(0, 100)] * 40 == await asyncio.gather(*followers)

    with_server(store, use)


def test_keep_alive(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is broken by comments, which carry the id past entries that do not match."""
    monkeypatch.setattr(tail, "KEEP_ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(tail, "IDLE_LOOK_SECONDS", 0.02)

    async def use(client: Client) -> None:
        async with following(client, ("match", "NOTHING=1")) as reader:
            await append(store, 0, 30)
            waiting = asyncio.create_task(reader.next())
            await until(lambda: reader.comments >= 3 and reader.last_id == "30")
            waiting.cancel()

    with_server(store, use)


def test_gaps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap that the ledger learns of is an event, for those who follow its host."""
    monkeypatch.setattr("journalhub.query.api.followers.GAP_POLL_SECONDS", 0.01)
    gap = {"seqnum_id": "ab", "first": 5, "last": 9, "since": 1, "until": 2, "cause": "rotated"}
    old = {"seqnum_id": "ab", "first": 1, "last": 2, "since": 1, "until": 2, "cause": "rotated"}
    nodes: list[dict[str, Any]] = [{"machine_id": "m1", "hostname": "web-1", "gaps": [old]}]

    async def use(client: Client) -> None:
        async with following(client, ("host", "web-*")) as reader, following(client, ("host", "db-*")) as other:
            nodes[0]["gaps"] = [old, gap]
            event = await reader.next()
            assert event is not None
            assert ("gap", "web-1", 5, 9, "rotated") == (
                event.kind,
                *(event.data[key] for key in ("hostname", "first", "last", "cause")),
            )
            await append(store, 0, 400)
            event = await other.next()
            assert event is not None
            assert "entry" == event.kind

    with_server(store, use, nodes=lambda: nodes)


def test_a_slow_reader_is_waited_for(store: Store) -> None:
    """Nobody's buffers grow while a reader sleeps; it gets everything when it wakes."""
    big = [entry._replace(fields=(*entry.fields, ("BLOB", b"x" * 100_000))) for entry in ENTRIES]
    asked: list[int] = []
    plain_tail = store.tail

    def watched_tail(query: Query, after_ord: int, limit: int, budget: Budget) -> tuple[list[Hit], int]:
        asked.append(after_ord)
        return plain_tail(query, after_ord, limit, budget)

    store.tail = watched_tail  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        async with following(client) as reader:
            for low in range(0, 400, 20):
                await asyncio.to_thread(store.append, [from_entries(big[low : low + 20])])
            calls = -1
            while calls != len(asked):  # until the server has nothing more to do
                calls = len(asked)
                await asyncio.sleep(0.2)
            assert max(asked) < 300
            assert expected(0, 400) == cursors(await reader.take(400))

    with_server(store, use)


def test_the_server_stops_while_followed(store: Store) -> None:
    """A server that stops says so to its followers, and does not wait for them."""

    async def use(client: Client) -> None:
        async with following(client) as reader:
            stopping = asyncio.create_task(client.stop())
            event = await reader.next()
            assert event is not None
            assert ("end", False) == (event.kind, event.data["partial"])
            assert await reader.next() is None
            await asyncio.wait_for(stopping, 30)

    with_server(store, use)


def test_a_follower_that_leaves_is_forgotten(store: Store) -> None:
    """A connection that is closed ends its follower, and frees its place among the streams."""

    async def use(client: Client) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "STREAMS_MAX", 1)
            patch.setattr(tail, "IDLE_LOOK_SECONDS", 0.01)
            async with following(client):
                error = await client.refused("tail", status=503)
                assert "open already" in error["what"]

            while True:  # `with_server` gives up when the place stays taken
                async with client.session.get(client.url("tail")) as response:
                    if response.status == 200:
                        return
                await asyncio.sleep(0.01)

    with_server(store, use)
