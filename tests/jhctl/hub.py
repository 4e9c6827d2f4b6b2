"""The API of a collector in a thread of the test, over the oracle store, and jhctl run against it as a process."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.query.api import add_routes
from journalhub.store.contract import Store
from journalhub.store.memory import MemoryStore

JHCTL = [sys.executable, "-m", "journalhub.query.jhctl"]
TIMEOUT = 240.0
"""Seconds that a test waits before it calls something hanging."""


class Hub:
    """A context manager: the server runs while it is entered. `stop` and `start` make an outage on the same port."""

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        store: Store | None = None,
        deadline: float = 30.0,
        catalogs: Sequence[Path] = (),
        nodes: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.store: Store = store or MemoryStore()
        self.deadline = deadline
        self.catalogs = catalogs
        self.nodes = list(nodes)
        self.port = 0
        self.tails = 0
        """Tails that were begun: their place in the store is taken."""
        self.asked: Counter[str] = Counter()
        """How often each path was answered."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped: asyncio.Event | None = None
        self.append(entries)

    @property
    def url(self) -> str:
        """What --collector takes."""
        return f"http://127.0.0.1:{self.port}"

    def append(self, entries: Iterable[Entry]) -> None:
        """Store entries."""
        batch = from_entries(entries)
        if len(batch):
            self.store.append([batch])
            self.store.refresh()

    def start(self) -> None:
        """Serve; returns when the port answers."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(TIMEOUT)

    def stop(self) -> None:
        """End the server and every connection."""
        assert self._loop is not None and self._stopped is not None and self._thread is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.on_response_prepare.append(self._note_tail)
        add_routes(
            app, store=self.store, nodes=lambda: self.nodes, status=dict, deadline=self.deadline, catalogs=self.catalogs
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = runner.addresses[0][1]
        ready.set()
        await self._stopped.wait()
        await runner.cleanup()

    def empty(self) -> None:
        """Begin again with another, empty store; for a hub that is stopped."""
        self.store.close()
        self.store = MemoryStore()

    async def _note_tail(self, request: web.Request, response: web.StreamResponse) -> None:
        self.tails += request.path.endswith("/tail")
        self.asked[request.path] += 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.store.close()


def environment(**more: str) -> dict[str, str]:
    """An environment without anything of the machine's that changes what jhctl prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"TZ": "UTC", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | more


def jhctl(url: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run jhctl against a collector, its output into pipes."""
    command: Sequence[str] = [*JHCTL, f"--collector={url}", *words]
    return subprocess.run(command, env=environment(**(env or {})), capture_output=True, timeout=TIMEOUT, check=False)


def unused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
