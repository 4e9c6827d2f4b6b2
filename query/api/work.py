"""Store calls off the event loop: bounded, and stopped when the asker goes away."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        self._budgets.add(budget)
        future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        future.add_done_callback(lambda done: self._finished(done, budget))
        try:
            while not future.done():
                await asyncio.wait((future,), timeout=GONE_POLL_SECONDS)
                if not future.done() and is_gone(request):
                    raise AskerGoneError
        finally:
            if not future.done():
                budget.cancel()
                future.cancel()
        return future.result()

    def _finished(self, future: "asyncio.Future[T]", budget: Budget) -> None:
        self._budgets.discard(budget)
        if not future.cancelled():
            future.exception()  # of an abandoned call: nobody else looks at it

    def stop(self) -> None:
        """Cancel what runs. The pool takes no more once `close` is called."""
        for budget in self._budgets:
            budget.cancel()

    def close(self) -> None:
        """Cancel what runs and wait for the threads."""
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)


def is_gone(request: web.Request) -> bool:
    """Whether the client closed the connection of `request`."""
    return request.transport is None or request.transport.is_closing()
