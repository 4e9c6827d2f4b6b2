"""The API and the page over a store whose searches take as long as a test wants."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from journalhub.query.api import add_routes
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Count, Histogram, Order, Page, Position, Scope, Store, Terms
from journalhub.store.limited import LimitedStore
from journalhub.web import routes

KINDS = ("search", "count", "histogram", "terms")


class HeldStore(LimitedStore):
    """Looks at the first part of a query at once, and at the others while its kind is not held."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, All())
        self._changed = threading.Condition()
        self._held: set[str] = set()
        self._begun: list[Budget] = []

    def hold(self, *kinds: str) -> None:
        """From now on only the first part of queries of these kinds is looked at; of all others everything."""
        with self._changed:
            self._held = set(kinds)
            self._changed.notify_all()

    def _wait(self, kind: str, budget: Budget) -> None:
        with self._changed:
            if not any(one is budget for one in self._begun):
                self._begun.append(budget)
                return
            while kind in self._held and budget.reason is None:
                self._changed.wait(0.01)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """See Store."""
        self._wait("search", budget)
        return super().search(scope, order, limit, after, budget)

    def count(self, scope: Scope, budget: Budget) -> Count:
        """See Store."""
        self._wait("count", budget)
        return super().count(scope, budget)

    def histogram(self, scope: Scope, interval: int, by: str | None, budget: Budget) -> Histogram:
        """See Store."""
        self._wait("histogram", budget)
        return super().histogram(scope, interval, by, budget)

    def terms(self, scope: Scope, fields: Sequence[str], limit: int, budget: Budget) -> list[Terms]:
        """See Store."""
        self._wait("terms", budget)
        return super().terms(scope, fields, limit, budget)


@contextmanager
def served(store: Store) -> Iterator[str]:
    """The page over `store`, at the address that is given."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, url = asyncio.run_coroutine_threadsafe(_start(store), loop).result(30)
    try:
        yield url
    finally:
        asyncio.run_coroutine_threadsafe(_stop(runner), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _start(store: Store) -> tuple[web.AppRunner, str]:
    app = web.Application()
    add_routes(app, store=store, nodes=list, status=dict, deadline=600)
    routes.add_routes(app)
    app.router.add_get("/api/v1/whoami", _whoami)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


async def _stop(runner: web.AppRunner) -> None:
    await runner.cleanup()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _whoami(request: web.Request) -> web.Response:
    return web.json_response({"name": "somebody", "role": "reader", "scope": None, "authentication": False})
