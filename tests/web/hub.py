"""A collector for the browser's tests, fed as shippers feed it, at its own address or under a path prefix."""

import asyncio
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from aiohttp import web
from tests.integration.programs import Collector, wait_until

from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry

BATCH = 1000
"""Entries of one request."""


def feed(
    collector: Collector, entries: Iterable[Entry], *, searchable: bool = True, status: wire.Status | None = None
) -> None:
    """Send entries as native batches; with `searchable`, return when the index finds them too.

    `status` is what a shipper says of itself.
    """
    waiting = list(entries)
    before = collector.count() if searchable else 0
    for at in range(0, len(waiting), BATCH):
        ingest(collector, wire.encode(from_entries(waiting[at : at + BATCH]), status))
    if searchable:
        wait_until("everything sent is found", lambda: collector.count() == before + len(waiting))


def ingest(collector: Collector, body: bytes) -> None:
    """Send one encoded batch, which must be taken."""
    headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
    request = urllib.request.Request(f"{collector.url}/api/v1/ingest", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


@contextmanager
def under_prefix(url: str, prefix: str) -> Iterator[str]:
    """A reverse proxy that shows `url` under `prefix` ("/logs/sub/"), and tells the server nothing of it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def on_loop(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    runner, session, address = on_loop(_start_proxy(url, prefix))
    try:
        yield f"{address}{prefix}"
    finally:
        on_loop(session.close())
        on_loop(runner.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _start_proxy(url: str, prefix: str) -> tuple[web.AppRunner, aiohttp.ClientSession, str]:
    session = aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None))

    async def forward(request: web.Request) -> web.StreamResponse:
        target = f"{url}/{request.rel_url.raw_path_qs[len(prefix) :]}"
        own = {"Host", "Connection"}
        headers = {name: value for name, value in request.headers.items() if name not in own}
        async with session.get(target, headers=headers) as answer:
            hop = {"Transfer-Encoding", "Connection", "Content-Length"}
            kept = {name: value for name, value in answer.headers.items() if name not in hop}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            return response

    app = web.Application()
    app.router.add_get(prefix + "{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, session, f"http://{host}:{port}"
