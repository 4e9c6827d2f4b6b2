"""`POST /upload`: export text from systemd-journal-upload, stored as it streams in.

Captured requests and the stock receiver's answers are described in docs/operations.md.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from journalhub.access.guard import identity_of
from journalhub.collector.errors import Refusal
from journalhub.collector.expecting import expected
from journalhub.collector.export_session import ExportSession, cost_of
from journalhub.collector.inflate import INFLATERS
from journalhub.collector.ingest import Job
from journalhub.collector.intake import Intake
from journalhub.collector.limits import FLUSH_SECONDS, LARGE_ENTRY, RETRY_BUSY, UPLOAD_WINDOW
from journalhub.journal.batch import Batch
from journalhub.journal.export import CONTENT_TYPE
from journalhub.store.contract import Appended

PATH = "/upload"
SENDER_GONE = (ConnectionError, ClientPayloadError, HttpProcessingError)

log = logging.getLogger("journalhub.collector")


class UploadHandler:
    """Answers uploads."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def expect(self, request: web.Request) -> web.StreamResponse | None:
        """See `expected`."""
        return await expected(request, self._intake.guard, self._check)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Store what streams in; 202 when all of it is durable, with what a stock receiver answers."""
        encoding = self._check(request)
        self._intake.uploads.add(request.content)
        try:
            await Upload(self._intake, request, ExportSession(encoding)).run()
        finally:
            self._intake.uploads.discard(request.content)
        # systemd 258 and newer compress the next request when the answer to this one offers it.
        return web.Response(text="OK.\n", status=202, headers={"Accept-Encoding": "zstd"})

    def _check(self, request: web.Request) -> str:
        """How the body is compressed, empty for not at all. Raises Refusal for what is not for us, or not now."""
        if request.content_type != CONTENT_TYPE:
            what = f"content type {request.content_type[:80]!r}; Content-Type: {CONTENT_TYPE} is required"
            raise Refusal(415, what, "send the Journal Export Format", where="Content-Type")
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        encoding = "" if encoding == "identity" else encoding
        if encoding and encoding not in INFLATERS:
            what = f"content encoding {encoding[:80]!r}; {', '.join(INFLATERS)} and none are taken"
            raise Refusal(415, what, "set Compression=zstd in journal-upload.conf", where="Content-Encoding")
        self._intake.ingest.admit()
        if len(self._intake.uploads) >= self._intake.settings.uploads:
            what = f"{len(self._intake.uploads)} uploads are under way, which is the limit"
            raise Refusal(503, what, "try again, or raise --uploads", retry_after=RETRY_BUSY)
        return encoding


class Upload:
    """One request under way."""

    def __init__(self, intake: Intake, request: web.Request, session: ExportSession) -> None:
        self._intake = intake
        self._request = request
        self._session = session
        self._version = request.headers.get("User-Agent", "")[:80]
        self._window: deque[asyncio.Task[Appended]] = deque()
        self._large: AsyncExitStack | None = None
        self._peer = request.transport
        self._sender = identity_of(request)

    async def run(self) -> None:
        """Read to the end and store everything. Raises Refusal; then what was complete is stored nevertheless."""
        try:
            async for chunk in self._chunks():
                self._session.push(chunk)
                await self._drain()
                await self._mind_large_entry()
            await self._send(await self._intake.in_thread(self._session.finish))
            while self._window:
                await self._window.popleft()
        except SENDER_GONE as error:
            await self._save()
            raise ConnectionResetError("the sender went away") from error
        except Refusal:
            await self._save()
            raise
        finally:
            if self._large:
                await self._large.aclose()
            await asyncio.gather(*self._window, return_exceptions=True)
        self._account()

    async def _chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body. In a pause, what is complete is stored."""
        content = self._request.content
        timeout = self._intake.settings.upload_timeout
        while True:
            try:
                async with asyncio.timeout(FLUSH_SECONDS):
                    chunk = await content.readany()
            except TimeoutError:
                await self._send(self._session.take())
                try:
                    async with asyncio.timeout(timeout):
                        chunk = await content.readany()
                except TimeoutError:
                    what = f"nothing came for {timeout:g} s; what was complete before is stored"
                    raise Refusal(408, what, "send it again") from None
            if not chunk:
                return
            yield chunk

    async def _drain(self) -> None:
        """Hand in the full batches of the newest chunk."""
        while batch := await self._intake.in_thread(self._session.next):
            await self._send(batch)

    async def _send(self, batch: Batch | None) -> None:
        """Hand in a batch; wait while too many are on their way. Raises Refusal when an earlier one was refused."""
        if batch is None:
            return
        while len(self._window) >= UPLOAD_WINDOW:
            await self._window.popleft()
        cost = cost_of(batch)
        await self._intake.take_room(cost)
        self._window.append(asyncio.create_task(self._store(batch, cost)))

    async def _store(self, batch: Batch, cost: int) -> Appended:
        try:
            return await self._intake.store(
                Job(batch, cost, version=self._version, peer=self._peer, sender=self._sender)
            )
        finally:
            self._intake.entries.give(cost)

    async def _save(self) -> None:
        """Store what is complete of an upload that ends early: its resend then finds it here."""
        with suppress(Refusal):
            await self._send(self._session.take())
        done = await asyncio.gather(*self._window, return_exceptions=True)
        self._window.clear()
        for failure in done:
            if isinstance(failure, BaseException) and not isinstance(failure, Refusal):
                raise failure
        self._account()

    def _account(self) -> None:
        """Enter what was left out of the text into the ledger."""
        self._intake.ledger.refuse(self._session.refused, self._peer, self._request.remote or "")

    async def _mind_large_entry(self) -> None:
        """Hold one of few places while an unfinished entry is large."""
        if self._session.unfinished < LARGE_ENTRY:
            if self._large:
                await self._large.aclose()
                self._large = None
        elif self._large is None:
            self._large = AsyncExitStack()
            await self._large.enter_async_context(self._intake.large_entries)
