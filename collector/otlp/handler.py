"""`POST /v1/logs`: logs of OpenTelemetry's programs and collectors."""

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass

from aiohttp import web

from journalhub.access.guard import identity_of
from journalhub.access.roles import Identity
from journalhub.collector.errors import Refusal
from journalhub.collector.expecting import expected
from journalhub.collector.export_session import cost_of
from journalhub.collector.ingest import Job
from journalhub.collector.intake import Intake
from journalhub.collector.limits import JSON_VALUE_BYTES, OTLP_BODY_MAX, OTLP_FACTOR, UPLOAD_WINDOW
from journalhub.collector.otlp.answers import JSON, PROTOBUF, accepted
from journalhub.collector.otlp.body import ENCODINGS, decompressed, received
from journalhub.collector.otlp.session import Session
from journalhub.journal.batch import Batch
from journalhub.store.contract import Appended

VERSION = "otlp"
"""What the ledger shows as the version of a node that nothing else speaks for."""


class OtlpHandler:
    """Answers requests with logs."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def expect(self, request: web.Request) -> web.StreamResponse | None:
        """See `expected`."""
        return await expected(request, self._intake.guard, self._check)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Store what a request holds; 200 only when all of it is durable, was there already, or is refused for good."""
        encoding = self._check(request)
        is_json = request.content_type == JSON
        async with received(request, self._intake.bodies) as raw:
            body = await self._intake.in_thread(lambda: decompressed(raw, encoding))
            cost = memory_for(body, is_json)
            await self._intake.take_room(cost)
        try:
            sender = identity_of(request)
            host = fallback_host(sender, request.remote or "")
            now = time.time_ns() // 1000
            session = await self._intake.in_thread(lambda: Session(body, is_json=is_json, now=now, fallback_host=host))
            rejected = await Storing(self._intake, session, request.transport, sender).run()
        finally:
            self._intake.entries.give(cost)
        self._intake.ledger.refuse(session.rejected, request.transport, host or sender.host)
        return accepted(request, rejected + session.rejected)

    def _check(self, request: web.Request) -> str:
        """How the body is compressed. Raises Refusal for what is not for us, or not now."""
        if request.content_type not in (PROTOBUF, JSON):
            what = f"content type {request.content_type[:80]!r}; want {PROTOBUF} or {JSON}"
            raise Refusal(415, what, "send logs by OTLP/HTTP", where="Content-Type")
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ENCODINGS:
            what = f"content encoding {encoding[:80]!r}; gzip, zstd and none are taken"
            raise Refusal(415, what, "set the exporter's compression to gzip", where="Content-Encoding")
        if (request.content_length or 0) > OTLP_BODY_MAX:
            what = f"the body has {request.content_length} bytes; at most {OTLP_BODY_MAX} are taken"
            raise Refusal(413, what, "send smaller batches", where="Content-Length")
        self._intake.ingest.admit()
        return encoding


@dataclass(slots=True)
class Storing:
    """One request on its way to the disk, a few batches at a time."""

    intake: Intake
    session: Session
    peer: asyncio.BaseTransport | None
    sender: Identity

    async def run(self) -> Counter[str]:
        """Store everything; what the store's side rejected for good. Raises Refusal: then the whole comes again."""
        window: deque[asyncio.Task[Appended]] = deque()
        rejected: Counter[str] = Counter()
        try:
            while batch := await self.intake.in_thread(self.session.next):
                if len(window) >= UPLOAD_WINDOW:
                    rejected.update(reason for _, reason in (await window.popleft()).refused)
                window.append(asyncio.create_task(self._store(batch)))
            while window:
                rejected.update(reason for _, reason in (await window.popleft()).refused)
        finally:
            await asyncio.gather(*window, return_exceptions=True)
        return rejected

    async def _store(self, batch: Batch) -> Appended:
        return await self.intake.store(
            Job(batch, cost_of(batch), version=VERSION, peer=self.peer, sender=self.sender, beside=True)
        )


def memory_for(body: bytes, is_json: bool) -> int:
    """Bytes of memory that a body takes at the worst while it becomes entries."""
    if not is_json:
        return OTLP_FACTOR * len(body)
    values = body.count(b",") + body.count(b"[") + body.count(b"{")
    return 3 * len(body) + JSON_VALUE_BYTES * values


def fallback_host(sender: Identity, address: str) -> str:
    """What to call the host of a sender that does not say where it runs: as it is enrolled, else its address.

    Empty where it may be neither: entries without a host name claim nothing.
    """
    if sender.binding is None:
        return address
    candidates = (sender.host, address)
    return next((name for name in candidates if sender.binding.why_not(None, name.encode()) is None), "")
