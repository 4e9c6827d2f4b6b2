"""The body of a request, with limits of size, time and memory, on the wire and decompressed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from journalhub.collector.errors import Refusal
from journalhub.collector.inflate import INFLATERS, InflateError
from journalhub.collector.limits import (
    BODY_BYTES_PER_SECOND,
    BODY_SECONDS,
    INFLATE_SLICE,
    OTLP_BODY_MAX,
    OTLP_PIECE,
    RETRY_BUSY,
)
from journalhub.collector.room import Room

ENCODINGS = ("", "identity", "gzip", "zstd")


@asynccontextmanager
async def received(request: web.Request, room: Room) -> AsyncIterator[bytes]:
    """The body as it came, its memory held within the block. Raises Refusal; ConnectionError when the sender goes."""
    held: list[int] = []
    try:
        yield await _read(request, room, held)
    finally:
        for size in held:
            room.give(size)


async def _read(request: web.Request, room: Room, held: list[int]) -> bytes:
    if (request.content_length or 0) > OTLP_BODY_MAX:
        raise _too_large()
    started = asyncio.get_running_loop().time()
    pieces: list[bytes] = []
    size = taken = 0
    while True:
        try:
            async with asyncio.timeout_at(started + BODY_SECONDS + size / BODY_BYTES_PER_SECOND):
                chunk = await request.content.readany()
        except TimeoutError:
            raise Refusal(408, "the body comes too slowly", "send it again") from None
        if not chunk:
            return b"".join(pieces)
        size += len(chunk)
        if size > OTLP_BODY_MAX:
            raise _too_large()
        while taken < size:
            if not room.try_take(OTLP_PIECE):
                what = "the collector is busy: too much is being sent at once"
                raise Refusal(503, what, "send it again", retry_after=RETRY_BUSY)
            held.append(OTLP_PIECE)
            taken += OTLP_PIECE
        pieces.append(chunk)


def decompressed(body: bytes, encoding: str) -> bytes:
    """What the encoding of ENCODINGS stands for. Raises Refusal where it is something else, or too much."""
    if encoding not in INFLATERS:
        return body
    inflater = INFLATERS[encoding]()
    out = bytearray()
    try:
        # In slices: a library copies what is left behind each of a million small frames.
        for at in range(0, len(body), INFLATE_SLICE):
            out += inflater.decompress(body[at : at + INFLATE_SLICE])
            if len(out) > OTLP_BODY_MAX:
                raise _too_large()
        if not inflater.at_boundary:
            raise InflateError("it ends too early")
    except InflateError as error:
        raise Refusal(400, f"the body is not {encoding}: {error}", "send it whole", where="body") from error
    return bytes(out)


def _too_large() -> Refusal:
    what = f"the body has more than {OTLP_BODY_MAX} bytes"
    return Refusal(413, what, "send smaller batches", where="body")
