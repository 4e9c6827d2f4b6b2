"""The way to the collector: its address, HTTP answers, connections that fail in every way."""

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.shipper import address, response, resume, uplink
from journalhub.shipper.answer import read_answer
from journalhub.shipper.credentials import Proof
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.limits import RESPONSE_BODY_MAX
from journalhub.shipper.response import NothingCame, Response, ResponseError
from journalhub.shipper.uplink import Uplink, UplinkError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://hub", "http://hub:19532"),
        ("http://hub:80/", "http://hub:80"),
        ("https://hub/logs/", "https://hub:443/logs"),
        ("http://[::1]:5", "http://[::1]:5"),
        ("HTTP://Hub", "http://hub:19532"),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    """Port and path may be left out."""
    assert str(address.parse(url)) == expected


@pytest.mark.parametrize(
    "url", ["", "hub", "ftp://hub", "http://", "http://:80", "http://u@hub", "http://hub?x", "http://h:x", "http://a b"]
)
def test_bad_addresses(url: str) -> None:
    """What cannot be used says so, with an example."""
    with pytest.raises(ShipperError, match="want http://HOST:19532") as caught:
        address.parse(url)
    assert caught.value.code == Exit.BAD_URL


def parsed(raw: bytes, at_once: int = 10**9) -> Response:
    """The answer in these bytes, which come in pieces."""

    async def run() -> Response:
        stream = asyncio.StreamReader()
        for start in range(0, len(raw), at_once):
            stream.feed_data(raw[start : start + at_once])
        stream.feed_eof()
        return await response.read(stream)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("raw", "status", "body", "reusable"),
    [
        (OK, 200, b"hi", True),
        (OK.replace(b"1.1", b"1.0"), 200, b"hi", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 200, b"", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"hi", True),
        (b"HTTP/1.1 500 x\r\n\r\nto the end", 500, b"to the end", False),
        (CHUNKED + b"2;x=y\r\nhi\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n", 200, b"hi!", True),
    ],
)  # fmt: skip
def test_answers(raw: bytes, status: int, body: bytes, reusable: bool) -> None:
    """Every framing of HTTP/1.1 is understood."""
    found = parsed(raw)

    assert (found.status, found.body, found.reusable) == (status, body, reusable)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nhi" % (RESPONSE_BODY_MAX + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 70_000,
    ],
)
def test_broken_answers(raw: bytes) -> None:
    """What is no answer raises the one error that the uplink expects."""
    with pytest.raises(ResponseError):
        parsed(raw)


def test_nothing_came() -> None:
    """A connection closed before the first byte is told from a broken answer."""
    with pytest.raises(NothingCame):
        parsed(b"")


@given(st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    """Garbage never raises anything else."""
    try:
        parsed(b"HTTP/1.1 200 OK\r\n" + raw)
    except ResponseError:
        return


@given(st.integers(1, 7))
def test_any_pieces(at_once: int) -> None:
    """An answer may come in any pieces."""
    assert parsed(OK, at_once).body == b"hi"


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def with_server(serve: Serve, use: Callable[[Uplink, int], Awaitable[None]]) -> None:
    """Run `use` against a server on a real socket."""
    done = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            done.append(writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Uplink(address.parse(f"http://127.0.0.1:{port}"), "test")
    try:
        await use(client, port)
    finally:
        client.close()
        server.close()
        await server.wait_closed()


def test_connection_is_kept() -> None:
    """One connection carries several requests; one that the other end closed meanwhile is replaced unseen."""
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        while connections[-1] < 2:
            await reader.readuntil(b"\r\n\r\n")
            connections[-1] += 1
            writer.write(OK)

    async def use(client: Uplink, port: int) -> None:
        for _ in range(5):
            assert (await client.request("GET", "/")).body == b"hi"

    asyncio.run(with_server(serve, use))
    assert connections == [2, 2, 1]


def test_request_is_plain_http() -> None:
    """What is sent is a request that any server takes, with the body whole."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n"))
        got.append(await reader.readexactly(300_000))
        writer.write(OK)

    async def use(client: Uplink, port: int) -> None:
        await client.request("POST", "/api", b"x" * 300_000, {"Content-Type": "a/b"})
        assert got[0].split(b"\r\n")[:2] == [b"POST /api HTTP/1.1", f"Host: 127.0.0.1:{port}".encode()]
        assert b"Content-Length: 300000\r\n" in got[0]

    asyncio.run(with_server(serve, use))


def test_silent_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes everything and never answers is given up, with a reason."""
    monkeypatch.setattr(uplink, "ANSWER_SECONDS", 0.1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def use(client: Uplink, port: int) -> None:
        with pytest.raises(UplinkError, match="no answer within"):
            await client.request("GET", "/")

    asyncio.run(with_server(serve, use))


def test_server_that_stops_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes no byte any more is given up, however open the connection looks."""
    monkeypatch.setattr(uplink, "STALL_SECONDS", 0.2)
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()

    async def use(client: Uplink, port: int) -> None:
        with pytest.raises(UplinkError, match="took no byte"):
            await client.request("POST", "/", bytes(50_000_000))
        over.set()

    asyncio.run(with_server(serve, use))


def test_nobody_listens() -> None:
    """A refused connection and a name that does not exist are told apart."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(UplinkError, match="is the collector running there"):
            asyncio.run(Uplink(address.parse(f"http://127.0.0.1:{port}"), "t").request("GET", "/"))
    with pytest.raises(UplinkError, match="name cannot be resolved"):
        asyncio.run(Uplink(address.parse("http://nothing.invalid"), "t").request("GET", "/"))


def test_plain_server_behind_https() -> None:
    """TLS with something that does not speak it is an UplinkError like any other."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(OK)

    async def use(client: Uplink, port: int) -> None:
        secure = Uplink(address.parse(f"https://127.0.0.1:{port}"), "t", Proof(ssl.create_default_context()))
        with pytest.raises(UplinkError, match="https://127"):
            await secure.request("GET", "/")

    asyncio.run(with_server(serve, use))


def test_what_a_collector_answers() -> None:
    """Fields of the answer are taken when they are there; foreign bodies are not understood."""
    good = read_answer(200, {}, b'{"acknowledged": "c", "stored": 1, "duplicates": 0, "refused": [{"cursor": "x"}]}')
    full = read_answer(503, {"retry-after": "7"}, b'{"error": {"what": "full", "where": "disk", "do": "wait"}}')
    page = read_answer(400, {"retry-after": "Wed, 21 Oct"}, b"<html>Bad Request")

    assert (good.acknowledged, good.understood, good.refused) == ("c", True, 1)
    assert (full.understood, full.retry_after, full.error) == (True, 7.0, "full, disk, wait")
    assert (page.understood, page.retry_after, page.error) == (False, None, "<html>Bad Request")


CURSOR = f"s={'a' * 32};i=9;b={'b' * 32};m=1;t=2;x=3"


def test_what_the_collector_has() -> None:
    """Per seqnum id the newest cursor counts; none is none."""
    cursors = (None, CURSOR, CURSOR.replace("i=9", "i=8"))
    streams = [{"seqnum_id": "a" * 32, "cursor": cursor, "first_seqnum": 3, "last_seqnum": 12} for cursor in cursors]
    body = json.dumps({"streams": streams})

    assert resume.known(body.encode()) == {b"\xaa" * 16: (3, 9, CURSOR)}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"streams": [1]}', b'{"streams": [{"cursor": "x"}]}', b"\xff"])
def test_not_an_answer_to_resume(body: bytes) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError):
        resume.known(body)
