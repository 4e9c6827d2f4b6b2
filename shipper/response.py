"""HTTP/1.1 answers, read from a stream: as much of RFC 9112 as a client needs."""

import asyncio
from dataclasses import dataclass

from journalhub.shipper.limits import RESPONSE_BODY_MAX


class ResponseError(Exception):
    """What came is no answer that can be used."""


class NothingCame(ResponseError):
    """The connection ended before the first byte of an answer, as one that was idle for long does."""


@dataclass(slots=True)
class Response:
    """One answer, whole."""

    status: int
    headers: dict[str, str]
    """Names in lower case; repeated ones joined by commas."""
    body: bytes
    reusable: bool
    """Whether the connection may carry another request."""


async def read(stream: asyncio.StreamReader) -> Response:
    """The next final answer on the stream; interim ones (1xx) are passed over. Raises ResponseError, OSError."""
    while True:
        version, status, headers = await _head(stream)
        if status >= 200 or status == 101:
            break
    keep = headers.get("connection", "").lower() != "close" and version == "HTTP/1.1"
    if status == 204:
        return Response(status, headers, b"", keep)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return Response(status, headers, await _chunks(stream), keep)
    if "content-length" in headers:
        size = _number(headers["content-length"], 10)
        return Response(status, headers, await _exactly(stream, size), keep)
    return Response(status, headers, await _to_the_end(stream), False)


async def _head(stream: asyncio.StreamReader) -> tuple[str, int, dict[str, str]]:
    try:
        raw = await stream.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            raise NothingCame("the connection was closed before an answer") from error
        raise ResponseError(f"the answer breaks off after {len(error.partial)} bytes") from error
    except asyncio.LimitOverrunError as error:
        raise ResponseError("the headers of the answer do not end") from error
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit()):
        raise ResponseError(f"not an HTTP answer: {first[:60]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ResponseError(f"not a header: {line[:60]!r}")
        key = name.strip().lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return version, int(code), headers


async def _chunks(stream: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = _number((await _line(stream)).partition(b";")[0].strip().decode("latin-1"), 16)
        if size == 0:
            while await _line(stream):
                pass
            return body
        if len(body) + size > RESPONSE_BODY_MAX:
            raise ResponseError(f"the answer is longer than {RESPONSE_BODY_MAX} bytes")
        body += await _exactly(stream, size)
        await _exactly(stream, 2)


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return (await stream.readuntil(b"\r\n"))[:-2]
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ResponseError("the answer breaks off between chunks") from error


async def _exactly(stream: asyncio.StreamReader, size: int) -> bytes:
    if size > RESPONSE_BODY_MAX:
        raise ResponseError(f"an answer of {size} bytes; at most {RESPONSE_BODY_MAX} are taken")
    try:
        return await stream.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise ResponseError(f"the answer breaks off: {len(error.partial)} of {size} bytes came") from error


async def _to_the_end(stream: asyncio.StreamReader) -> bytes:
    body = await stream.read(RESPONSE_BODY_MAX + 1)
    while piece := await stream.read(RESPONSE_BODY_MAX + 1):
        body += piece
        if len(body) > RESPONSE_BODY_MAX:
            raise ResponseError(f"the answer is longer than {RESPONSE_BODY_MAX} bytes")
    return body


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0 or "_" in text or "+" in text:
        raise ResponseError(f"not a length: {text[:40]!r}")
    return number
