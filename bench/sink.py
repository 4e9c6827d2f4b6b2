"""A receiver that takes whatever a node sends, acknowledges it, and keeps nothing but the count: a process of its own.

What a node's programs cost is measured against it, so that no store's speed is theirs.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import zstandard
from aiohttp import web

from bench.process import START_SECONDS, free_port
from journalhub.journal import wire

CURSOR = b"__CURSOR=s="
"""Begins every entry of export text."""

BODY_MAX = 1 << 30
"""Bytes of a request: systemd-journal-upload sends a whole journal in one, piece by piece."""

LOOK_SECONDS = 0.05
"""Between two looks at what has come."""


class Sink:
    """The counting; `application` serves it."""

    def __init__(self) -> None:
        self.entries = 0

    def application(self) -> web.Application:
        """The paths of both programs, and `/came`, which tells how many entries did."""
        application = web.Application(client_max_size=BODY_MAX)
        application.add_routes(
            [
                web.get("/came", self._came),
                web.get("/api/v1/resume", self._resume),
                web.post("/api/v1/ingest", self._native),
                web.post("/upload", self._text),
            ]
        )
        return application

    async def _came(self, request: web.Request) -> web.Response:
        return web.json_response({"entries": self.entries})

    async def _resume(self, request: web.Request) -> web.Response:
        return web.json_response({"streams": []})

    async def _native(self, request: web.Request) -> web.Response:
        packed = zstandard.ZstdDecompressor().decompress(await request.read())
        count, last = wire.describe(packed)
        self.entries += count
        acknowledged = None if last is None else str(last)
        return web.json_response({"acknowledged": acknowledged, "stored": count, "duplicates": 0, "refused": []})

    async def _text(self, request: web.Request) -> web.Response:
        before = b""
        async for piece in request.content.iter_any():
            held = before + piece
            self.entries += held.count(CURSOR)
            before = held[-(len(CURSOR) - 1) :]
        return web.Response(status=202, text="OK.\n")


class Counter:
    """What has come to a sink that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def came(self) -> int:
        """Entries so far."""
        with urllib.request.urlopen(self.url + "/came", timeout=60) as answer:
            return int(json.load(answer)["entries"])


@contextlib.contextmanager
def started() -> Iterator[Counter]:
    """A sink on a free port; it has ended afterwards. Raises RuntimeError when it does not start."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], stdout=subprocess.DEVNULL)
    counter = Counter(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                counter.came()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sink of the benchmark does not start")
            time.sleep(LOOK_SECONDS)
        yield counter
    finally:
        process.terminate()
        process.wait(60)


async def serve(port: int) -> None:
    """Until the process is told to end."""
    runner = web.AppRunner(Sink().application(), access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
