"""The gatewayd API on a real server, and clients that read its streams piece by piece."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web

from journalhub.journal.entry import Entry
from journalhub.journal.export import CONTENT_TYPE, ExportParser
from journalhub.query import gatewayd
from journalhub.query.api import add_routes
from journalhub.store.contract import Store

EXPORT = {"Accept": CONTENT_TYPE}


class Said(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def entries(self) -> list[Entry]:
        """The entries of export text."""
        return parsed(self.body)


def parsed(text: bytes) -> list[Entry]:
    """The entries of export text."""
    parser = ExportParser()
    return [*parser.feed(text), *parser.finish()]


class Client:
    """Asks one server."""

    def __init__(self, address: str, session: aiohttp.ClientSession, stop: Callable[[], Awaitable[None]]) -> None:
        self.address = address
        self.session = session
        self.stop = stop

    async def get(self, path: str, **headers: str) -> Said:
        """The whole answer to a request for export text, or what `headers` say."""
        async with self.session.get(self.address + path, headers=EXPORT | headers, allow_redirects=False) as response:
            return Said(response.status, response.headers, await response.read())

    @contextlib.asynccontextmanager
    async def stream(self, path: str, **headers: str) -> AsyncIterator["Stream"]:
        """An answer while it comes."""
        async with self.session.get(self.address + path, headers=EXPORT | headers) as response:
            assert response.status == 200
            yield Stream(response)


class Stream:
    """Entries as they come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._parser = ExportParser()
        self._waiting: list[Entry] = []

    async def take(self, count: int) -> list[Entry]:
        """The next `count` entries, or those until the end."""
        while len(self._waiting) < count:
            chunk = await asyncio.wait_for(self._response.content.readany(), 240)
            if not chunk:
                break
            self._waiting += self._parser.feed(chunk)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def rest(self) -> list[Entry]:
        """All entries until the end."""
        body = await asyncio.wait_for(self._response.content.read(), 240)
        return [*self._waiting, *self._parser.feed(body), *self._parser.finish()]


def with_server(store: Store, use: Callable[[Client], Awaitable[None]], status: Callable[[], Any] = dict) -> None:
    """Run `use` against a server over `store`."""

    async def run() -> None:
        app = web.Application()
        gatewayd.add_routes(app, add_routes(app, store=store, nodes=list, status=status, deadline=30))
        runner = web.AppRunner(app, shutdown_timeout=5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            async with aiohttp.ClientSession() as session:
                await use(Client(f"http://{host}:{port}", session, runner.cleanup))
        finally:
            await runner.cleanup()

    asyncio.run(asyncio.wait_for(run(), 240))
