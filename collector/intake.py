"""What the two protocols share: the ingest thread, memory for entries, threads that decode."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import StreamReader

from journalhub.access.guard import Guard
from journalhub.collector.errors import Refusal
from journalhub.collector.ingest import Ingest, Job
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import DECODE_THREADS, LARGE_ENTRIES, RETRY_BUSY, ROOM_SECONDS
from journalhub.collector.room import Room
from journalhub.collector.settings import CollectorSettings
from journalhub.store.contract import Appended

T = TypeVar("T")

STOPPING = "the collector is stopping; what was complete is stored"


class Intake:
    """Of one event loop, between its `start` and `close`."""

    def __init__(self, ingest: Ingest, ledger: Ledger, settings: CollectorSettings, guard: Guard) -> None:
        self.ingest = ingest
        self.ledger = ledger
        self.settings = settings
        self.guard = guard
        """Asked before a body is sent; behind it the middleware asks again."""
        self.bodies = Room(settings.ingest_memory)
        """Compressed bodies that are being read or wait to be decoded."""
        self.entries = Room(settings.ingest_memory)
        """Entries from their decoding until they are stored."""
        self.uploads: set[StreamReader] = set()
        """Bodies of the uploads under way."""
        self.large_entries = asyncio.Semaphore(LARGE_ENTRIES)
        self._threads = ThreadPoolExecutor(DECODE_THREADS, thread_name_prefix="decode")

    def stop(self) -> None:
        """Take no new requests, and end uploads where they are: they can last for hours."""
        self.ingest.stop_taking()
        for reader in self.uploads:
            reader.set_exception(Refusal(503, STOPPING, "send it again", retry_after=RETRY_BUSY))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run decoding beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def store(self, job: Job) -> Appended:
        """Hand in a batch and wait until it is stored. Raises Refusal."""
        return await asyncio.wrap_future(self.ingest.submit(job))

    @asynccontextmanager
    async def room(self, cost: int) -> AsyncIterator[None]:
        """Hold memory for entries within the block; raises Refusal when there is none for too long."""
        await self.take_room(cost)
        try:
            yield
        finally:
            self.entries.give(cost)

    async def take_room(self, cost: int) -> None:
        """Take memory for entries, to be given back to `entries`."""
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                await self.entries.take(cost)
        except TimeoutError:
            what = "the collector is busy: entries arrive faster than they can be stored"
            raise Refusal(503, what, "send it again", retry_after=RETRY_BUSY) from None
