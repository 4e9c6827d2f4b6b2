"""`POST /api/v1/ingest`: native batches, docs/formats/batch.md."""

from typing import Any

import zstandard
from aiohttp import web

from journalhub.access.guard import identity_of
from journalhub.collector.answers import answer
from journalhub.collector.bodies import length_of, read_body
from journalhub.collector.bound import check_machine
from journalhub.collector.errors import Refusal
from journalhub.collector.expecting import expected
from journalhub.collector.ingest import Job
from journalhub.collector.intake import Intake
from journalhub.collector.limits import DECODED_FACTOR, RETRY_BUSY
from journalhub.collector.node_status import parse_status
from journalhub.journal import wire
from journalhub.journal.batch import Batch
from journalhub.journal.limits import BATCH_COMPRESSED_MAX, BATCH_DECOMPRESSED_MAX
from journalhub.store.contract import Appended

PATH = "/api/v1/ingest"


class NativeHandler:
    """Answers requests with batches."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def expect(self, request: web.Request) -> web.StreamResponse | None:
        """See `expected`."""
        return await expected(request, self._intake.guard, self._check)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Store a batch; 200 only when all of it is durable, was there already, or is refused for good."""
        length = self._check(request)
        if not self._intake.bodies.try_take(length):
            what = "the collector is busy: too many batches are being sent at once"
            raise Refusal(503, what, "send it again", retry_after=RETRY_BUSY)
        try:
            body = await read_body(request, length)
            cost = DECODED_FACTOR * _decompressed_size(body)
            await self._intake.take_room(cost)
        finally:
            self._intake.bodies.give(length)
        try:
            decoded = await self._decode(body)
            del body
            status = parse_status(decoded.status) if decoded.status is not None else None
            sender = identity_of(request)
            if status is not None:
                check_machine(status.machine_id, sender.binding)
            appended = await self._intake.store(Job(decoded.batch, cost, status, peer=request.transport, sender=sender))
        finally:
            self._intake.entries.give(cost)
        return answer(_acknowledgement(decoded.batch, appended))

    def _check(self, request: web.Request) -> int:
        """The length of a request's body. Raises Refusal for what its headers say is not for us."""
        if request.content_type != wire.CONTENT_TYPE:
            what = f"content type {request.content_type[:80]!r}; want {wire.CONTENT_TYPE}"
            raise Refusal(415, what, "use a journalhub shipper that fits this collector", where="Content-Type")
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        if encoding != "zstd":
            raise Refusal(
                415, f"content encoding {encoding[:80]!r}; want zstd", "compress it", where="Content-Encoding"
            )
        length = length_of(request, BATCH_COMPRESSED_MAX)
        self._intake.ingest.admit()
        return length

    async def _decode(self, body: bytes) -> wire.Decoded:
        try:
            return await self._intake.in_thread(lambda: wire.decode(body))
        except wire.BatchVersionError as error:
            raise Refusal(415, str(error), "use a journalhub shipper of this collector's version", where="v") from error
        except wire.BatchError as error:
            raise Refusal(400, f"cannot read the batch: {error}", "see docs/formats/batch.md", where="body") from error


def _decompressed_size(body: bytes) -> int:
    """What the frame's header says; checked again by the decoder, which also words the errors."""
    try:
        size = zstandard.frame_content_size(body)
    except zstandard.ZstdError:
        return 0
    return min(max(size, 0), BATCH_DECOMPRESSED_MAX)


def _acknowledgement(batch: Batch, appended: Appended) -> dict[str, Any]:
    return {
        "acknowledged": str(batch.entry(len(batch) - 1).cursor) if batch else None,
        "stored": len(appended.stored),
        "duplicates": appended.duplicates,
        "refused": [{"cursor": str(batch.entry(row).cursor), "reason": reason} for row, reason in appended.refused],
    }
