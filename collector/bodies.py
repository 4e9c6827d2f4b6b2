"""Reading the body of a request that must fit into memory, with limits of size and time."""

import asyncio

from aiohttp import web

from journalhub.collector.errors import Refusal
from journalhub.collector.limits import BODY_BYTES_PER_SECOND, BODY_SECONDS


def length_of(request: web.Request, limit: int) -> int:
    """The length that the request says its body has. Raises Refusal when it does not say, or says too much."""
    length = request.content_length
    if length is None:
        what = "the request does not tell the length of its body"
        raise Refusal(411, what, "send Content-Length instead of chunks", where="Content-Length")
    if length > limit:
        what = f"the body has {length} bytes; at most {limit} are taken"
        raise Refusal(413, what, "send smaller batches", where="Content-Length")
    return length


async def read_body(request: web.Request, length: int) -> bytes:
    """The whole body. Raises Refusal when it comes too slowly, ConnectionError when the sender goes away."""
    seconds = BODY_SECONDS + length / BODY_BYTES_PER_SECOND
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(seconds):
            while chunk := await request.content.readany():
                pieces.append(chunk)
    except TimeoutError:
        raise Refusal(408, f"the body did not arrive within {seconds:.0f} s", "send it again") from None
    return b"".join(pieces)
