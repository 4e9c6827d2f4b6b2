"""What all followers share: the wake-up when entries arrive, and the gaps of the ledger."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from journalhub.query.api.limits import GAP_POLL_SECONDS, GAPS_KEPT
from journalhub.store.contract import StoreError

Gap = tuple[str, str, int, int, str]
"""machine id, seqnum id, first, last, cause: what makes a gap the same as one seen before."""


class Wakeup:
    """Wakes any number of waiting coroutines at once, from any thread.

    Appends that come while the loop is busy are one wake-up: a call is under way to the loop at most once.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduled = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to wake coroutines of `loop`."""
        self._loop = loop

    def close(self) -> None:
        """Wake everybody a last time; later calls from other threads do nothing."""
        self._loop = None
        self._event.set()

    @property
    def closed(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self._loop is None

    def from_thread(self) -> None:
        """Something was appended. Quick; for the appending thread."""
        loop = self._loop
        if loop is None or self._scheduled:
            return
        self._scheduled = True
        try:
            loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop closed in between: nobody waits any more
            self._loop = None

    def _wake(self) -> None:
        self._scheduled = False
        if self._loop is not None:
            self._event.set()
            self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """The event of the next wake-up. Take it, look at the store, then wait for it: so none is missed."""
        return self._event


class GapFeed:
    """New gaps of the ledger, numbered from 1, for all followers; the ledger is asked only while there are any."""

    def __init__(self, nodes: Callable[[], list[dict[str, Any]]], wakeup: Wakeup) -> None:
        self._nodes = nodes
        self._wakeup = wakeup
        self._followers = 0
        self._task: asyncio.Task[None] | None = None
        self._known: set[Gap] = set()
        self._recent: deque[tuple[int, dict[str, Any]]] = deque(maxlen=GAPS_KEPT)
        self._number = 0

    async def join(self) -> int:
        """Begin to follow; the number of the newest gap so far. Every `join` needs a `leave`."""
        self._followers += 1
        if self._task is None:
            self._known = {gap for gap, _ in await asyncio.to_thread(self._read)}
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        return self._number

    def leave(self) -> None:
        """Cease to follow."""
        self._followers -= 1
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None

    def since(self, number: int) -> list[tuple[int, dict[str, Any]]]:
        """The gaps after `number`, with their numbers."""
        return [(own, gap) for own, gap in self._recent if own > number]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(GAP_POLL_SECONDS)
            try:
                found = await asyncio.to_thread(self._read)
            except StoreError:
                continue  # the next look may succeed, and says the same
            new = [(gap, shown) for gap, shown in found if gap not in self._known]
            self._known = {gap for gap, _ in found}
            for _, shown in new:
                self._number += 1
                self._recent.append((self._number, shown))
            if new:
                self._wakeup.from_thread()

    def _read(self) -> list[tuple[Gap, dict[str, Any]]]:
        return [
            ((node["machine_id"], gap["seqnum_id"], gap["first"], gap["last"], gap["cause"]), _shown(node, gap))
            for node in self._nodes()
            for gap in node.get("gaps", ())
        ]


def _shown(node: dict[str, Any], gap: dict[str, Any]) -> dict[str, Any]:
    return {
        "hostname": node["hostname"],
        "machine_id": node["machine_id"],
        **{key: gap[key] for key in ("seqnum_id", "first", "last", "cause")},
    }
