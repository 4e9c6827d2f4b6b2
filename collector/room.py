"""Memory that several share: each takes what it needs, and waits while there is none."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """`size` bytes, taken and given back by coroutines of one event loop; who waits is served in order.

    Who wants more than all of it gets all of it, and so is alone.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def try_take(self, wanted: int) -> bool:
        """Take it at once, or not at all."""
        wanted = min(wanted, self.size)
        if self._waiting or self.used + wanted > self.size:
            return False
        self.used += wanted
        return True

    async def take(self, wanted: int) -> None:
        """Return when it is taken."""
        if self.try_take(wanted):
            return
        turn = (min(wanted, self.size), asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        try:
            await turn[1]
        except asyncio.CancelledError:
            if not turn[1].cancelled():
                self.give(wanted)  # it was granted in the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
                self._serve()
            raise

    def give(self, taken: int) -> None:
        """Give back what was taken, by the number it was asked with."""
        self.used -= min(taken, self.size)
        self._serve()

    @asynccontextmanager
    async def part(self, wanted: int) -> AsyncIterator[None]:
        """Hold a part within the block."""
        await self.take(wanted)
        try:
            yield
        finally:
            self.give(wanted)

    def _serve(self) -> None:
        while self._waiting and self.used + self._waiting[0][0] <= self.size:
            wanted, turn = self._waiting.popleft()
            if not turn.cancelled():
                self.used += wanted
                turn.set_result(None)
