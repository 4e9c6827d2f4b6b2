"""The gatewayd API over a fleet: what the stock program, which serves one machine, cannot be asked."""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from tests.gatewayd.serving import Client, with_server
from tests.query.events import until
from tests.query.fleet import HOSTS, START, fill, machine_id, make_entries
from tests.query.test_work import Slow

from journalhub.journal.entry import Entry
from journalhub.query.plan.boots import count_boots
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Page, Position, Scope, Store, StoreError
from journalhub.store.memory import MemoryStore

ENTRIES = make_entries(400)


def cursors(entries: list[Entry]) -> list[str]:
    """What entries are told by."""
    return [str(entry.cursor) for entry in entries]


def in_order(store: Store) -> list[Entry]:
    """Everything stored, in order."""
    return [hit.entry for hit in store.search(Scope(All()), Order.OLDEST_FIRST, 10_000, None, Budget()).hits]


def test_every_range_of_time(store: Store) -> None:
    """`realtime=` begins at the first entry of its time, or before, and ends with the last."""
    fill(store, ENTRIES)
    ordered = in_order(store)
    low, high = START + 3_600_000_000, START + 40_000_000_000
    first = next(n for n, entry in enumerate(ordered) if entry.realtime >= low)
    end = next((n for n, entry in enumerate(ordered) if entry.realtime > high), len(ordered))
    last_before = max(n for n, entry in enumerate(ordered) if entry.realtime <= low)
    since, before = f"{low // 10**6}", f"{high // 10**6}"

    async def use(client: Client) -> None:
        for header, expected in (
            (f"realtime={since}:{before}", ordered[first:end]),
            (f"realtime={since}:", ordered[first:]),
            (f"realtime=:{before}", ordered[:end]),
            (f"realtime={since}:{before}:3", ordered[first:end][:3]),
            (f"realtime={since}:{before}:2:3", ordered[first:end][2:5]),
            (f"realtime={since}:{before}:-2:3", ordered[last_before - 2 :][:3]),
            (f"realtime=:{before}:-9:100", ordered[end - 10 : end]),
            (f"realtime={since}:{before}:{end}:1", []),
            ("realtime=1:2", []),
        ):
            answer = await client.get("/entries", Range=header)
            assert (200, cursors(expected)) == (answer.status, cursors(answer.entries)), header

    with_server(store, use)


def test_all_pages_come(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of many pages has each entry once, in order, in both directions of a skip."""
    monkeypatch.setattr("journalhub.query.gatewayd.reading.EXPORT_PAGE_FIRST", 7)
    monkeypatch.setattr("journalhub.query.gatewayd.reading.EXPORT_PAGE_MAX", 30)
    fill(store, ENTRIES)
    ordered = cursors(in_order(store))

    async def use(client: Client) -> None:
        assert ordered == cursors((await client.get("/entries")).entries)
        for skip, limit in ((0, 50), (123, 100), (-1, 9), (-200, 50), (-399, 400), (-(10**18), 3), (10**18, 3)):
            expected = ordered[skip:][:limit] if skip >= 0 else ordered[skip - 1 :][:limit]
            answer = await client.get("/entries", Range=f"entries=:{skip}:{limit}")
            assert expected == cursors(answer.entries), skip
            middle = await client.get("/entries", Range=f"entries={ordered[200]}:{skip}:{limit}")
            at = max(200 + skip, 0)
            assert ordered[at : at + limit] == cursors(middle.entries), skip

    with_server(store, use)


def test_hosts_are_told_apart(store: Store) -> None:
    """All hosts by default; `_HOSTNAME` and `_MACHINE_ID` choose, for entries, values, boots and machine."""
    fill(store, ENTRIES)
    newest = max(entry.realtime for entry in ENTRIES)

    async def use(client: Client) -> None:
        assert len(ENTRIES) == len((await client.get("/entries")).entries)
        for host in HOSTS:
            own = [entry for entry in ENTRIES if entry.first("_HOSTNAME") == host.encode()]
            for match in (f"_HOSTNAME={host}", f"_MACHINE_ID={machine_id(host).decode()}"):
                assert len(own) == len((await client.get(f"/entries?{match}")).entries)
                assert f"{host}\n".encode() == (await client.get(f"/fields/_HOSTNAME?{match}")).body
                machine = json.loads((await client.get(f"/machine?{match}")).body)
                assert (host, machine_id(host).decode()) == (machine["hostname"], machine["machine_id"])
                assert str(max(entry.realtime for entry in own)) == machine["cutoff_to_realtime"]
        two = await client.get("/entries?_HOSTNAME=web-1&_HOSTNAME=db-1")
        assert {b"web-1", b"db-1"} == {entry.first("_HOSTNAME") for entry in two.entries}
        assert str(newest) == json.loads((await client.get("/machine")).body)["cutoff_to_realtime"]
        unknown = await client.get("/machine?_HOSTNAME=nobody")
        assert (404, b"No entries of this machine are stored.\n") == (unknown.status, unknown.body)
        for path in ("/machine?PRIORITY=3", "/boots?host=web-1", "/fields/MESSAGE?host=web-1", "/entries?host=web-1"):
            refused = await client.get(path)
            assert (400, b"Failed to parse URL arguments.\n") == (refused.status, refused.body), path

    with_server(store, use)


def test_boots(store: Store) -> None:
    """/boots is json-seq as of systemd 258, the newest first, each machine counted by itself and named."""
    fill(store, ENTRIES)
    counted = count_boots(store.boots())[::-1]

    async def use(client: Client) -> None:
        answer = await client.get("/boots")
        assert "application/json-seq" == answer.headers["Content-Type"]
        lines = answer.body.splitlines()
        assert {b"\x1e"} == {line[:1] for line in lines}
        shown = [json.loads(line[1:]) for line in lines]
        assert [
            (index, boot.boot_id.hex(), boot.first.realtime, boot.last.realtime, boot.hostname.decode())
            for boot, index in ((one.boot, one.index) for one in counted)
        ] == [(s["index"], s["boot_id"], s["first_entry"], s["last_entry"], s["hostname"]) for s in shown]
        some = (await client.get("/boots?_HOSTNAME=db-1")).body.splitlines()
        assert [0, -1, -2] == [json.loads(line[1:])["index"] for line in some]
        assert b"" == (await client.get("/boots?_HOSTNAME=nobody")).body

    with_server(store, use)


def test_boot_is_the_newest_of_each_machine(store: Store) -> None:
    """`boot` selects what /boots calls 0, also where machines share boot ids, or another boot that is asked for."""
    fill(store, ENTRIES)
    newest = {(one.boot.machine_id, one.boot.boot_id) for one in count_boots(store.boots()) if one.index == 0}
    oldest = min(ENTRIES, key=lambda entry: entry.realtime).boot_id

    async def use(client: Client) -> None:
        own = [e for e in in_order(store) if (e.first("_MACHINE_ID"), e.boot_id) in newest]
        assert cursors(own) == cursors((await client.get("/entries?boot")).entries)
        answer = await client.get(f"/entries?boot&_BOOT_ID={oldest.hex()}")
        either = [e for e in in_order(store) if (e.first("_MACHINE_ID"), e.boot_id) in newest or e.boot_id == oldest]
        assert cursors(either) == cursors(answer.entries)

    with_server(store, use)


def test_follow(store: Store) -> None:
    """A follower gets what is stored, then what arrives, each once, and the boot that comes next."""
    fill(store, ENTRIES[:350])
    ordered = in_order(store)

    async def use(client: Client) -> None:
        async with (
            client.stream("/entries?follow") as whole,
            client.stream("/entries?follow&boot", Range="entries=:-3:") as last,
            client.stream("/entries?follow", Range=f"entries={ordered[-1].cursor}:1:") as after,
        ):
            assert cursors(ordered) == cursors(await whole.take(350))
            assert 4 == len(await last.take(4))
            rebooted = [entry._replace(boot_id=b"the boot of next") for entry in ENTRIES[350:]]
            await asyncio.to_thread(fill, store, rebooted)
            for stream in (whole, last, after):
                assert cursors(rebooted) == cursors(await stream.take(50))

    with_server(store, use)


def test_a_follower_that_starts_with_nothing(store: Store) -> None:
    """On an empty store every start waits for the first entry; a skip passes over new ones, a limit ends."""

    async def use(client: Client) -> None:
        async with (
            client.stream("/entries?follow&boot") as plain,
            client.stream("/entries?follow", Range="entries=:-5:3") as back,
            client.stream("/entries?follow", Range="entries=:2:3") as skipping,
            client.stream("/entries?follow&_HOSTNAME=web-1", Range="entries=:0:2") as one,
        ):
            await asyncio.to_thread(fill, store, ENTRIES[:60])
            assert cursors(ENTRIES[:60]) == cursors(await plain.take(60))
            assert cursors(ENTRIES[:3]) == cursors(await back.rest())
            assert cursors(ENTRIES[2:5]) == cursors(await skipping.rest())
            own = [entry for entry in ENTRIES if entry.first("_HOSTNAME") == b"web-1"]
            assert cursors(own[:2]) == cursors(await one.rest())

    with_server(store, use)


def test_a_follower_ends_behind_its_time(store: Store) -> None:
    """With an end of time, following ends at the first entry behind it."""
    fill(store, ENTRIES[:300])
    ordered = in_order(store)
    end = ordered[-1].realtime // 10**6 + 1

    async def use(client: Client) -> None:
        async with client.stream("/entries?follow", Range=f"realtime=:{end}") as stream:
            assert cursors(ordered) == cursors(await stream.take(300))
            late = [entry._replace(realtime=end * 10**6 + 1) for entry in ENTRIES[300:310]]
            await asyncio.to_thread(fill, store, [*ENTRIES[300:301], *late])
            rest = await stream.rest()
            assert all(entry.realtime <= end * 10**6 for entry in rest)

    with_server(store, use)


def test_a_follower_ends_with_the_server(store: Store) -> None:
    """A server that stops ends its followers properly."""
    fill(store, ENTRIES[:10])

    async def use(client: Client) -> None:
        async with client.stream("/entries?follow") as stream:
            await stream.take(10)
            stopping = asyncio.ensure_future(client.stop())
            assert [] == await stream.rest()
            await asyncio.wait_for(stopping, 30)

    with_server(store, use)


def test_a_cursor_that_is_not_stored(store: Store) -> None:
    """The answer begins at the cursor's time, and a header says that its entry is not there."""
    fill(store, ENTRIES)
    ordered = in_order(store)
    gone = ordered[100].cursor._replace(seqnum=10**6)
    start = next(n for n, entry in enumerate(ordered) if entry.realtime >= gone.realtime)

    async def use(client: Client) -> None:
        answer = await client.get("/entries", Range=f"entries={gone}")
        assert cursors(ordered[start:]) == cursors(answer.entries)
        assert "no entry is stored at the cursor; this begins at its time" == answer.headers["Journalhub-Partial"]
        assert b"" == (await client.get("/entries?discrete", Range=f"entries={gone}")).body

    with_server(store, use)


def test_what_the_retention_removed_is_told(store: Store) -> None:
    """An answer whose beginning was removed says so in a header."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        cut = await client.get("/entries", Range=f"realtime={START // 10**6}:")
        said = cut.headers["Journalhub-Partial"]
        assert "entries until 2025-10-09 08:53:30 UTC were removed by the retention" == said
        whole = await client.get("/entries", Range=f"realtime={START // 10**6 + 60}:")
        assert "Journalhub-Partial" not in whole.headers

    with_server(store, use, status=lambda: {"retention": {"removed_until": START + 10**7}})


def test_browse_leads_to_the_page() -> None:
    """/browse leads to the page, relative to itself."""

    async def use(client: Client) -> None:
        answer = await client.get("/browse")
        assert (302, "./") == (answer.status, answer.headers["Location"])

    with_server(MemoryStore(), use)


@pytest.mark.parametrize("path", ["/entries", "/entries?follow", "/entries?boot"])
def test_a_client_that_leaves_stops_the_work(store: Store, path: str) -> None:
    """When the connection closes before the answer, the search ends."""
    fill(store, ENTRIES)
    slow = Slow(store)

    async def use(client: Client) -> None:
        asking = asyncio.create_task(client.get(path))
        await until(lambda: slow.running == 1)
        asking.cancel()
        await until(lambda: slow.ended == ["cancelled"])

    with_server(slow, use)


class Counting:
    """A store whose pages of large entries never end; it counts them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """The same page again and again."""
        self.pages += 1
        page = self._store.search(scope, order, 1, None, budget)
        return Page(page.hits, True, budget.reason)


def test_a_slow_reader_is_waited_for(store: Store) -> None:
    """What a client does not read is not fetched: the work stands still, and ends when the client goes."""
    large = ENTRIES[0]._replace(fields=(("MESSAGE", b"x" * 1_000_000),))
    fill(store, [large])
    counting = Counting(store)

    async def use(client: Client) -> None:
        host, port = client.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /entries HTTP/1.1\r\nHost: x\r\nAccept: application/vnd.fdo.journal\r\n\r\n")
            pages = -1
            while pages < 1 or pages != counting.pages:
                pages = counting.pages
                await asyncio.sleep(0.5)
            assert 0 < pages < 100
        await asyncio.sleep(0.5)
        assert counting.pages < pages + 20

    with_server(counting, use)


class Failing:
    """A store whose searches go wrong from the second page on."""

    def __init__(self, store: Store, failure: Callable[[], Page]) -> None:
        self._store = store
        self._failure = failure
        self._pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """A good page first, then the failure."""
        self._pages += 1
        return self._store.search(scope, order, limit, after, budget) if self._pages == 1 else self._failure()


def _raise() -> Page:
    raise StoreError("the index of 2025-10-09 is being rebuilt; wait")


@pytest.mark.parametrize("failure", [_raise, lambda: Page([], True, "a day cannot be read")], ids=["error", "partial"])
def test_what_cannot_be_finished_is_broken_off(
    store: Store, failure: Callable[[], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that fails half way ends without the final chunk, which a client reports."""
    monkeypatch.setattr("journalhub.query.gatewayd.reading.EXPORT_PIECE_BYTES", 1000)
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        with pytest.raises(aiohttp.ClientError):
            await client.get("/entries")

    with_server(Failing(store, failure), use)


def test_a_store_that_fails(store: Store) -> None:
    """A store that cannot answer is a 503 in plain text, with its own words."""

    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError("the index of 2025-10-09 is being rebuilt; wait")

    store.search = fail  # type: ignore[method-assign]
    store.values = fail  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        for path in ("/entries", "/fields/MESSAGE"):
            answer = await client.get(path)
            assert (503, b"the index of 2025-10-09 is being rebuilt; wait\n") == (answer.status, answer.body)
            assert ("text/plain", "1") == (answer.headers["Content-Type"], answer.headers["Retry-After"])

    with_server(store, use)


def test_streams_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of all faces count together; one too many is told to come back."""
    monkeypatch.setattr("journalhub.query.api.service.STREAMS_MAX", 1)

    async def use(client: Client) -> None:
        async with client.stream("/entries?follow"):
            refused = await client.get("/entries")
            assert (503, "1") == (refused.status, refused.headers["Retry-After"])
            assert b"1 streams are open already; try again in 1 s\n" == refused.body

    with_server(store, use)
