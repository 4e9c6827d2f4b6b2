"""Keeps a reader running: starts it again where it was, and finds the file that kills it."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing

from journalhub.shipper import child, frames
from journalhub.shipper.child import Child
from journalhub.shipper.frames import Ended, Fatal, Frame, Quarantined, ReadBatch, Trouble
from journalhub.shipper.limits import CRASH_PAUSE_MAX, CRASHES
from journalhub.shipper.order import Order
from journalhub.shipper.sources import discover


class Supervisor:
    """Gives the frames of one reader after the other, without a hole and without anything twice."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._child: Child | None = None
        self._crashes = 0
        self._ended = False

    @property
    def pid(self) -> int | None:
        """Of the reader that runs now."""
        return self._child.pid if self._child is not None else None

    async def frames(self) -> AsyncGenerator[Frame]:
        """Every frame, until the reader ended by itself. Quarantined and Trouble also come from here."""
        while not self._ended:
            self._child = await Child.start(self._order)
            try:
                async with aclosing(self._of(self._child)) as run:
                    async for frame in run:
                        yield frame
                code = await self._child.ended()
            finally:
                await self._child.stop()
            if not self._ended:
                async for frame in self._recover(code):
                    yield frame

    async def _of(self, reader: Child) -> AsyncGenerator[Frame]:
        while (frame := await reader.read()) is not None:
            if isinstance(frame, ReadBatch):
                self._went_on(frame)
            elif isinstance(frame, Quarantined) and frame.deadly:
                self._order.excluded = (*self._order.excluded, frame.path)
            elif isinstance(frame, Ended | Fatal):
                self._ended = True
            yield frame

    def _went_on(self, batch: ReadBatch) -> None:
        """A reader started from now on continues behind this batch."""
        frames.move(self._order.positions, batch.positions)
        self._crashes = 0

    async def _recover(self, code: int) -> AsyncGenerator[Frame]:
        """The reader died at one place: try again, and after CRASHES deaths look for the file that is at fault."""
        self._crashes += 1
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        yield Trouble("the reader died; starting it again where it was", how)
        if self._crashes % CRASHES == 0:
            async for frame in self._find_deadly():
                yield frame
        else:
            await asyncio.sleep(min(CRASH_PAUSE_MAX, 0.1 * 4.0 ** min(self._crashes, 8)))

    async def _find_deadly(self) -> AsyncGenerator[Frame]:
        files = {path for source in discover(self._order.selection) for path in source.files()}
        found = False
        for path in sorted(files.difference(self._order.excluded)):
            number = await child.kills_the_reader(path)
            if number:
                found = True
                self._order.excluded = (*self._order.excluded, path)
                yield Quarantined(path, f"kills the reader with {signal.Signals(number).name}", deadly=True)
        if not found:
            yield Trouble("the reader keeps dying, and no journal file alone does that to it")
            await asyncio.sleep(CRASH_PAUSE_MAX)
