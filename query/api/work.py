"""Store calls off the event loop: bounded, and stopped when the asker goes away."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from aiohttp import web

from journalhub.query.api.limits import GONE_POLL_SECONDS, RETRY_AFTER
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Budget

T = TypeVar("T")


class AskerGoneError(Exception):
    """The client closed its connection before the answer."""


class Workers:
    """A bounded pool of threads, and a bounded queue before it."""

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._name = name
        self._most = most
        self._budgets: set[Budget] = set()

    async def run(self, request: web.Request, budget: Budget, call: Callable[[], T]) -> T:
        """The result of `call`, which stops when `budget` says so; the budget is cancelled with the request.

        Raises AskerGoneError when the client is gone, Refusal (503) when too many calls wait.
        """
        if len(self._budgets) >= self._most:
            raise Refusal(
                f"{self._most} {self._name} are under way already",
                do=f"try again in {RETRY_AFTER} s",
                status=503,
                retry_after=RETRY_AFTER,
            )
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        work = self._pool.submit(call)
        self._budgets.add(budget)
        # What asyncio has for this takes a turn of the loop more, and three futures for one.
        work.add_done_callback(lambda done: _tell(loop, waiting))
        watch = _Watch(loop, request, waiting)
        try:
            await waiting
        finally:
            watch.end()
            self._budgets.discard(budget)
            if not work.done():
                budget.cancel()
                work.cancel()
        if work.cancelled():  # the pool is closed, and took it out of its queue
            raise asyncio.CancelledError
        return work.result()

    def stop(self) -> None:
        """Cancel what runs. The pool takes no more once `close` is called."""
        for budget in self._budgets:
            budget.cancel()

    def close(self) -> None:
        """Cancel what runs and wait for the threads."""
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Watch:
    """Looks now and then whether the asker is gone; then who waits for the work meets AskerGoneError."""

    def __init__(self, loop: asyncio.AbstractEventLoop, request: web.Request, waiting: "asyncio.Future[None]") -> None:
        self._loop = loop
        self._request = request
        self._waiting = waiting
        self._next = loop.call_later(GONE_POLL_SECONDS, self._look)

    def end(self) -> None:
        self._next.cancel()

    def _look(self) -> None:
        if is_gone(self._request) and not self._waiting.done():
            self._waiting.set_exception(AskerGoneError())
        else:
            self._next = self._loop.call_later(GONE_POLL_SECONDS, self._look)


def _tell(loop: asyncio.AbstractEventLoop, waiting: "asyncio.Future[None]") -> None:
    """In a thread that is done: wake who waits."""
    with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
        loop.call_soon_threadsafe(_wake, waiting)


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


def is_gone(request: web.Request) -> bool:
    """Whether the client closed the connection of `request`."""
    return request.transport is None or request.transport.is_closing()
