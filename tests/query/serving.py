"""The API on a real server and a real client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import aiohttp
from aiohttp import web
from yarl import URL

from journalhub.query.api import add_routes
from journalhub.store.contract import Store

DEADLINE = 30.0
"""Seconds that a query may take where a test does not say."""

Stop = Callable[[], Coroutine[Any, Any, None]]

Pair = tuple[str, str | bytes | int]


class Client:
    """Asks one server."""

    def __init__(
        self, address: str, session: aiohttp.ClientSession, stop: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self.address = address
        self.session = session
        self.stop = stop
        """Stops the server."""

    def url(self, path: str, parameters: Sequence[Pair] = ()) -> URL:
        """The URL of a path under /api/v1/; values may be any bytes."""
        query = "&".join(
            f"{quote_from_bytes(_bytes(name))}={quote_from_bytes(_bytes(value))}" for name, value in parameters
        )
        return URL(f"{self.address}/api/v1/{path}?{query}", encoded=True)

    async def ask(self, path: str, *parameters: Pair) -> dict[str, Any]:
        """The answer to a query that must succeed."""
        status, answer = await self.try_to(path, *parameters)
        assert status == 200, answer
        return answer

    async def refused(self, path: str, *parameters: Pair, status: int = 400) -> dict[str, Any]:
        """What is said of a query that must be refused."""
        got, answer = await self.try_to(path, *parameters)
        assert (status, ["error"]) == (got, list(answer)), answer
        error: dict[str, Any] = answer["error"]
        return error

    async def try_to(self, path: str, *parameters: Pair) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        async with self.session.get(self.url(path, parameters)) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.content_type == "application/json"
            return response.status, await response.json()


def _bytes(value: str | bytes | int) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@asynccontextmanager
async def serving(
    store: Store,
    *,
    nodes: Callable[[], list[dict[str, Any]]] = list,
    status: Callable[[], dict[str, Any]] = dict,
    deadline: float = DEADLINE,
) -> AsyncIterator[Client]:
    """A server of the API over `store` on a port of its own, and a client."""
    app = web.Application()
    add_routes(app, store=store, nodes=nodes, status=status, deadline=deadline)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as session:
            yield Client(f"http://{host}:{port}", session, runner.cleanup)
    finally:
        await runner.cleanup()


def with_server(store: Store, use: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """Run `use` against a server over `store`."""

    async def run() -> None:
        async with serving(store, **options) as client:
            await use(client)

    asyncio.run(asyncio.wait_for(run(), 240))
