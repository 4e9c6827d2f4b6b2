"""The reader as the parent sees it: a process that gives frames, and may die at any time."""

import asyncio
import sys
from contextlib import suppress

from journalhub.shipper import frames, order
from journalhub.shipper.limits import PIPE_BYTES, PROBE_SECONDS
from journalhub.shipper.order import Order
from journalhub.shipper.sources import Selection

COMMAND = (sys.executable, "-P", "-m", "journalhub.shipper.reader")


class Child:
    """One run of the reader. It ends by itself when its parent dies: its standard input ends then."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @classmethod
    async def start(cls, what: Order) -> "Child":
        """Start a reader with this order. Raises OSError when no process can be started."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        child = cls(process)
        assert process.stdin is not None
        with suppress(ConnectionError):  # it died already: `read` tells
            process.stdin.write(order.encode(what))
            await process.stdin.drain()
        return child

    async def read(self) -> frames.Frame | None:
        """The next frame; None when the process is at its end. Not reading is the back-pressure."""
        assert self._process.stdout is not None
        try:
            prefix = await self._process.stdout.readexactly(frames.LENGTH.size)
            return frames.decode(await self._process.stdout.readexactly(frames.length(prefix)))
        except asyncio.IncompleteReadError:
            return None

    async def ended(self) -> int:
        """How the process ended: its exit code, or the number of a signal, negative."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Kill the process: it keeps nothing that could be lost."""
        with suppress(ProcessLookupError):
            self._process.kill()
        # asyncio knows of the end only when the pipe is at its end too, and of that only when it is read.
        assert self._process.stdout is not None
        while await self._process.stdout.read(PIPE_BYTES):
            pass
        await self._process.wait()


async def kills_the_reader(path: str) -> int:
    """The signal that a reader dies of when it reads this file alone and through; 0 when it survives."""
    child = await Child.start(Order(Selection(), probe=path))
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            code = await child.ended()
    except TimeoutError:
        return 0
    finally:
        await child.stop()
    return -code if code < 0 else 0
