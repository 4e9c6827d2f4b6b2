"""Export: every matching entry, streamed, in constant memory, and honest when it is cut."""

import asyncio
import gzip
import json
import socket
import threading
import time
from typing import Any

import pytest
import zstandard
from tests.query.events import until
from tests.query.fleet import fill, make_entries
from tests.query.serving import Client, Pair, with_server

from journalhub.journal import export as export_format
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.query.api import export as export_module
from journalhub.query.api import progress as progress_module
from journalhub.query.api.limits import EXPORT_SLOW_SECONDS
from journalhub.query.api.progress import PROGRESS_HEADER
from journalhub.query.output import OutputOptions, render
from journalhub.store.contract import Budget, Order, Page, Position, Scope, Store, StoreError

ENTRIES = make_entries(900)


async def get(client: Client, *parameters: Pair, encoding: str = "identity") -> tuple[bytes, str]:
    """The body of an export, as sent, and its content type."""
    url = client.url("export", parameters)
    headers = {"Accept-Encoding": encoding}
    async with client.session.get(url, headers=headers, auto_decompress=False) as response:
        assert response.status == 200, await response.text()
        assert response.headers.get("Content-Encoding", "identity") == encoding
        return await response.read(), response.content_type


def parsed(text: bytes) -> list[Entry]:
    """The entries of export text, fields sorted."""
    parser = export_format.ExportParser()
    found = parser.feed(text) + parser.finish()
    assert not parser.dropped_entries
    assert not parser.dropped_fields
    return [entry._replace(fields=tuple(sorted(entry.fields))) for entry in found]


def canonical(entries: list[Entry]) -> list[Entry]:
    """Entries with their fields sorted, by cursor."""
    return sorted(entry._replace(fields=tuple(sorted(entry.fields))) for entry in entries)


def test_export_gives_everything_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All entries of all pages, byte for byte, in time order."""
    monkeypatch.setattr(export_module, "EXPORT_PAGE_FIRST", 7)
    monkeypatch.setattr(export_module, "EXPORT_PAGE_MAX", 50)
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        body, content_type = await get(client)
        found = parsed(body)
        assert "application/vnd.fdo.journal" == content_type
        assert canonical(ENTRIES) == sorted(found)
        assert sorted(e.realtime for e in found) == [e.realtime for e in found]
        newest, _ = await get(client, ("order", "newest"))
        assert found == parsed(newest)[::-1]
        limited, _ = await get(client, ("limit", 123))
        assert found[:123] == parsed(limited)
        after, _ = await get(client, ("after_cursor", str(found[99].cursor)), ("limit", 60))
        assert found[100:160] == parsed(after)
        chosen, _ = await get(client, ("priority", "3"), ("fields", "MESSAGE"))
        assert {"MESSAGE"} == {name for entry in parsed(chosen) for name, _ in entry.fields}
        assert (b"", content_type) == await get(client, ("match", "NOTHING=1"))

    with_server(store, use)


def test_formats(store: Store) -> None:
    """JSON is an Entry a line; the text formats are those of the output modes, in UTC."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        rows = (await client.ask("entries", ("limit", 1000), ("order", "oldest")))["entries"]
        body, content_type = await get(client, ("format", "json"))
        assert (rows, "application/x-ndjson") == ([json.loads(line) for line in body.splitlines()], content_type)
        ordered = parsed((await get(client))[0])
        for mode in ("short", "short-iso"):
            body, content_type = await get(client, ("format", mode))
            assert b"".join(render(ordered, mode, OutputOptions(show_all=True, utc=True))) == body
            assert "text/plain" == content_type

    with_server(store, use)


def test_compressed(store: Store) -> None:
    """A client that takes gzip or zstd gets it, the same bytes."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        plain, _ = await get(client)
        zipped, _ = await get(client, encoding="gzip")
        packed, _ = await get(client, encoding="zstd")
        assert plain == gzip.decompress(zipped) == zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        assert len(zipped) < len(plain) / 3

    with_server(store, use)


class Failing:
    """A store whose searches go wrong from the second page on."""

    def __init__(self, store: Store, failure: str | StoreError) -> None:
        self._store = store
        self._failure = failure
        self._pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """A good page first, then the failure."""
        self._pages += 1
        if self._pages == 1:
            return self._store.search(scope, order, limit, after, budget)
        if isinstance(self._failure, StoreError):
            raise self._failure
        return Page([], True, self._failure)


def raw_export(address: str) -> bytes:
    """All bytes that the server sends for an export, until it closes the connection."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=240) as connection:
        connection.sendall(b"GET /api/v1/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def test_a_partial_export_says_so(store: Store) -> None:
    """What could not be read is named in the trailer, after all that could."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        raw = await asyncio.to_thread(raw_export, client.address)
        assert b"\r\nTrailer: Journalhub-Partial\r\n" in raw
        assert raw.endswith(b"\r\n0\r\nJournalhub-Partial: partition 2025-10-09 cannot be read?\r\n\r\n")

    with_server(Failing(store, "partition 2025-10-09 cannot be read\n"), use)


def test_a_failed_export_breaks_off(store: Store) -> None:
    """An export that fails half way ends without the final chunk, which no client takes for the end."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        raw = await asyncio.to_thread(raw_export, client.address)
        assert b"\r\n0\r\n" not in raw[-40:]

    with_server(Failing(store, StoreError("the disk is gone")), use)


def test_a_whole_export_ends_plainly(store: Store) -> None:
    """The last chunk of a whole export has no trailer, and the connection can be used again."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        assert (await asyncio.to_thread(raw_export, client.address)).endswith(b"\r\n0\r\n\r\n")
        for _ in range(3):
            assert len(parsed((await get(client))[0])) == 900

    with_server(store, use)


def test_a_slow_reader_is_waited_for(store: Store) -> None:
    """The store is read no further than a little ahead of the reader."""
    blob = (("BLOB", b"y" * 60_000),)
    big = [entry._replace(fields=(*entry.fields, *blob)) for entry in ENTRIES]
    for low in range(0, 900, 100):
        store.append([from_entries(big[low : low + 100])])
    store.refresh()
    found: list[int] = []
    plain_search = store.search

    def watched(scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        page = plain_search(scope, order, limit, after, budget)
        found.append(len(page.hits))
        return page

    store.search = watched  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        async with client.session.get(client.url("export"), headers={"Accept-Encoding": "identity"}) as response:
            calls = -1
            while calls != len(found):  # until the server has nothing more to do
                calls = len(found)
                await asyncio.sleep(0.2)
            assert sum(found) < 700
            parser = export_format.ExportParser()
            read = 0
            async for chunk in response.content.iter_any():
                read += len(parser.feed(chunk))
            assert read + len(parser.finish()) == 900

    with_server(store, use)


@pytest.mark.parametrize("direction", ["oldest", "newest"])
def test_what_one_day_has_is_given_before_the_next_is_searched(store: Store, direction: str) -> None:
    """A search for a text that takes long shows what it has found, and finds everything nevertheless."""
    day = 86_400_000_000
    spread = [entry._replace(realtime=entry.realtime + number % 3 * day) for number, entry in enumerate(ENTRIES)]
    fill(store, spread)
    days = sorted(partition.day for partition in store.partitions())
    assert len(days) >= 3
    go_on = threading.Event()
    plain_search = store.search
    searched: list[Scope] = []

    def slow(scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        searched.append(scope)
        assert len(searched) == 1 or go_on.wait(240)
        time.sleep(2 * EXPORT_SLOW_SECONDS)  # what a search of much text takes
        return plain_search(scope, order, limit, after, budget)

    store.search = slow  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        parameters: list[Pair] = [("grep", "e"), ("order", direction)]
        async with client.session.get(client.url("export", parameters), auto_decompress=True) as response:
            begun = await response.content.readany()
            assert begun and not go_on.is_set()
            go_on.set()
            whole = parsed(begun + await response.content.read())
        store.search = plain_search  # type: ignore[method-assign]
        expected = [entry for entry in spread if b"e" in (entry.first("MESSAGE") or b"")]
        assert canonical(expected) == sorted(whole)
        times = [entry.realtime for entry in whole]
        assert sorted(times, reverse=direction == "newest") == times
        few, _ = await get(client, *parameters, ("limit", 7))
        assert [entry.realtime for entry in parsed(few)] == times[:7]

    with_server(store, use)


def test_how_far_it_has_come_is_told_to_who_asks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the days stands an item that counts them and their entries; without the header there is none."""
    monkeypatch.setattr(progress_module, "EXPORT_PROGRESS_SECONDS", 0)
    day = 86_400_000_000
    fill(store, [entry._replace(realtime=entry.realtime + number % 3 * day) for number, entry in enumerate(ENTRIES)])
    sizes = [partition.entries for partition in store.partitions()]
    sums = [sum(sizes[: number + 1]) for number in range(len(sizes) - 1)]
    items = [(number + 1, len(sizes), entries, 900) for number, entries in enumerate(sums)]

    async def told(client: Client, *parameters: Pair) -> list[bytes]:
        headers = {PROGRESS_HEADER: "1"}
        async with client.session.get(client.url("export", [("grep", "e"), *parameters]), headers=headers) as response:
            return [line for line in (await response.read()).splitlines() if b"__PROGRESS" in line]

    async def use(client: Client) -> None:
        assert [b"__PROGRESS=%d/%d %d/%d" % numbers for numbers in items] == await told(client)
        names = ("days", "of_days", "entries", "of_entries")
        rows = [json.loads(line)["__PROGRESS"] for line in await told(client, ("format", "json"))]
        assert [dict(zip(names, numbers, strict=True)) for numbers in items] == rows
        assert [] == await told(client, ("format", "short"))
        assert [] == await told(client, ("until", f"@{store.partitions()[0].last.realtime // 1_000_000}"))
        assert b"__PROGRESS" not in (await get(client, ("grep", "e")))[0]

    assert len(items) >= 2
    with_server(store, use)


def test_a_reader_that_leaves_ends_the_work(store: Store) -> None:
    """When the reader closes the connection, the search stops."""
    fill(store, ENTRIES)
    budgets: list[Budget] = []
    plain_search = store.search

    def endless(scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        budgets.append(budget)
        return Page(plain_search(scope, order, 200, None, budget).hits, True)

    store.search = endless  # type: ignore[method-assign]

    async def use(client: Client) -> None:
        async with client.session.get(client.url("export")) as response:
            await response.content.readexactly(1000)
        await until(lambda: budgets[0].reason == "cancelled")

    with_server(store, use)
