"""Attacks on the way a request is read: smuggling, splitting, floods of headers, slowness."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import zstandard
from aiohttp import web
from tests.access.hub import SecuredCollector
from tests.attacks.raw import connected, exchange, statuses
from tests.integration.programs import wait_until
from tests.query.fleet import make_entries

from journalhub.access.roles import Role
from journalhub.collector.hub import Hub
from journalhub.collector.main import make_runner
from journalhub.collector.settings import CollectorSettings
from journalhub.store.memory import MemoryStore

SMUGGLED = b"GET /api/v1/audit?who=smuggled HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
"""What an attacker would like to be taken for the next request of somebody else."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """With authentication and without TLS, as behind a proxy."""
    with SecuredCollector(tmp_path_factory.mktemp("hub"), tls=False) as running:
        running.fill(make_entries(50))
        yield running


def post(*headers: bytes, body: bytes = b"") -> bytes:
    """A request with these lines as its headers."""
    return b"\r\n".join((b"POST /login HTTP/1.1", b"Host: hub", *headers)) + b"\r\n\r\n" + body


AMBIGUOUS = {
    "a length and chunks": post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED),
    "a list of lengths": post(b"Content-Length: 0, %d" % len(SMUGGLED), body=SMUGGLED),
    "a length with a sign": post(b"Content-Length: +%d" % len(SMUGGLED), body=SMUGGLED),
    "a negative length": post(b"Content-Length: -1", body=SMUGGLED),
    "a length in hexadecimal": post(b"Content-Length: 0x0", body=SMUGGLED),
    "a length with an underscore": post(b"Content-Length: 1_0", body=SMUGGLED),
    "an endless length": post(b"Content-Length: " + b"9" * 40, body=SMUGGLED),
    "an unknown encoding": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SMUGGLED),
    "chunks that are not last": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + SMUGGLED),
    "chunks twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "a space before the colon": post(b"Content-Length : %d" % len(SMUGGLED), body=SMUGGLED),
    "a folded header": post(b"X: y\r\n Content-Length: %d" % len(SMUGGLED), body=SMUGGLED),
    "a header without a name": post(b": %d" % len(SMUGGLED), body=SMUGGLED),
    "a NUL in a header": post(b"X: a\x00b", body=SMUGGLED),
    "a carriage return in a header": post(b"X: a\rContent-Length: 5", body=SMUGGLED),
    "chunks of a wrong size": post(b"Transfer-Encoding: chunked", body=b"-1\r\n" + SMUGGLED),
    "chunks of an endless size": post(b"Transfer-Encoding: chunked", body=b"f" * 32 + b"\r\n" + SMUGGLED),
    "chunks that end early": post(b"Transfer-Encoding: chunked", body=b"2\r\nabcd\r\n0\r\n\r\n" + SMUGGLED),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_request_that_two_readers_could_read_in_two_ways(hub: SecuredCollector, name: str) -> None:
    """It is refused, and nothing after it on the connection is taken for a request."""
    answers = exchange(hub.port, AMBIGUOUS[name])

    assert [400] == statuses(answers), answers
    records = hub.get("/api/v1/audit", hub.token(Role.ADMIN), text="smuggled")["records"]
    assert [] == [record for record in records if record["path"] == "/api/v1/audit" and record["who"] == "nobody"]


def test_requests_after_an_honest_one_are_requests(hub: SecuredCollector) -> None:
    """The test above would see a smuggled request: one that is sent openly is answered and noted."""
    answers = exchange(hub.port, post(b"Content-Length: 0") + SMUGGLED)

    assert 2 == len(statuses(answers)) and 401 == statuses(answers)[1]
    token = hub.token(Role.ADMIN)
    noted = hub.get("/api/v1/audit", token, text="smuggled")["records"]
    assert any(record["who"] == "nobody" and record["path"] == "/api/v1/audit" for record in noted)


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1",
        b"GET /healthz?" + b"a=b&" * 30_000 + b" HTTP/1.1",
        b"GET http://elsewhere.example/api/v1/audit HTTP/1.1",
        b"CONNECT elsewhere.example:443 HTTP/1.1",
        b"TRACE /healthz HTTP/1.1",
        b"GET /healthz HTTP/9.9",
        b"get /healthz HTTP/1.1",
        b"GET /healthz\x00 HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
    ids=lambda line: line[:24].decode(errors="replace"),
)
def test_odd_request_lines(hub: SecuredCollector, request_line: bytes) -> None:
    """4xx or a closed connection: nothing is passed on, nothing breaks."""
    answers = exchange(hub.port, request_line + b"\r\nHost: hub\r\nConnection: close\r\n\r\n")

    assert all(400 <= status < 500 for status in statuses(answers)), answers[:200]
    assert 200 == hub.ask("/healthz").status


@pytest.mark.parametrize(
    "headers",
    [
        b"X: " + b"a" * 1_000_000 + b"\r\n",
        b"".join(b"X-%d: y\r\n" % number for number in range(100_000)),
        b"Cookie: " + b"journalhub=a; " * 5000 + b"\r\n",
        b"Authorization: Bearer " + b"a" * 60_000 + b"\r\n",
        b"Authorization: Basic " + b"=" * 6000 + b"\r\n",
        b"Range: bytes=" + b"0-1," * 10_000 + b"\r\n",
        b"Accept-Encoding: " + b"gzip;q=0.5," * 5000 + b"\r\n",
    ],
    ids=lambda headers: headers[:16].decode(),
)
def test_floods_of_headers(hub: SecuredCollector, headers: bytes) -> None:
    """They are refused or done without, and the process lives."""
    head = b"GET /api/v1/entries HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
    answers = exchange(hub.port, head + headers + b"\r\n")

    assert all(400 <= status < 500 for status in statuses(answers)), answers[:200]
    assert 200 == hub.ask("/healthz").status


def test_what_comes_back_in_a_header_cannot_split_it(hub: SecuredCollector) -> None:
    """Line ends in paths, parameters and names stay what they are."""
    token = hub.token(Role.ADMIN)
    evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>"
    for path in (
        f"/{evil}",
        f"/api/v1/entries?q={evil}",
        f"/api/v1/values/{evil}",
        f"/login?{evil}",
        f"/fields/{evil}",
    ):
        answer = hub.ask(path, token)
        assert answer.status < 500
        assert "evil" not in str({name: value for name, value in answer.headers.items() if name != "Content-Length"})


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[tuple[Hub, int, web.Server]]:
    """A hub with authentication in this process, its port, and what knows its connections."""
    hub = Hub(MemoryStore(), CollectorSettings(data_dir=directory, auth="on"))
    runner = make_runner(hub.app, hub.settings)
    await runner.setup()
    assert isinstance(runner.server, web.Server)
    server = await asyncio.get_running_loop().create_server(hub.door.protocols(runner.server), "127.0.0.1", 0)
    try:
        yield hub, server.sockets[0].getsockname()[1], runner.server
    finally:
        server.close()
        await runner.cleanup()
        hub.close()
        hub.security.close()


async def asked(port: int, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose request is being answered: a slow machine may have closed the first ones before they asked."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        with suppress(ConnectionResetError):
            if await asyncio.wait_for(reader.readline(), 240) == b"HTTP/1.1 200 OK\r\n":
                return reader, writer
        writer.close()


def test_strangers_cannot_keep_a_place_by_asking_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a request that anybody may make the next one must come soon; who has said who they are may wait."""
    monkeypatch.setattr("journalhub.collector.listening.HEADER_SECONDS", 0.3)
    head = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n"

    async def test() -> None:
        async with served(tmp_path) as (hub, port, _):
            people = hub.security.guard.people
            assert people is not None
            named = b"Authorization: Bearer %s\r\n" % str(people.create_token("test", Role.READER)).encode()
            unended = b"GET /api/v1/entries HTTP/1.1\r\nHost: hub\r\nX: "  # and no more
            known, stranger, slow = [
                await asked(port, head + own + b"\r\n" + next_one)
                for own, next_one in ((named, b""), (b"", b""), (b"X: y\r\n", unended))
            ]
            for reader, _ in (stranger, slow):
                await asyncio.wait_for(reader.read(), 240)  # its end
            known[1].write(head + b"\r\n")
            while (line := await asyncio.wait_for(known[0].readline(), 240)) != b"HTTP/1.1 200 OK\r\n":
                assert line
            for _, writer in (stranger, slow, known):
                writer.close()

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/login", "/api/v1/enroll"])
def test_strangers_cannot_keep_a_place_by_a_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A body that is announced and does not come is given up, where anybody may send one."""
    monkeypatch.setattr("journalhub.access.handlers.BODY_SECONDS", 0.3)
    head = f"POST {path} HTTP/1.1\r\nHost: hub\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 100\r\n\r\na".encode()

    async def test() -> None:
        async with served(tmp_path) as (_, port, _server):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            answer = await asyncio.wait_for(reader.read(), 240)  # to its end
            assert [408] == statuses(answer), answer
            writer.close()

    asyncio.run(test())


def test_strangers_cannot_keep_a_place_by_not_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks on and on and takes no answer is cut off, whatever still waits to be sent to them."""
    monkeypatch.setattr("journalhub.collector.listening.HEADER_SECONDS", 0.3)

    async def test() -> None:
        async with served(tmp_path) as (_, port, server):
            with socket.socket() as link:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                link.setblocking(False)
                await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", port))
                asked = 0
                while server.connections or not asked:
                    with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                        asked += link.send(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" * 1000)
                    await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(test(), 240))


@pytest.mark.parametrize(
    "path", ["/api/v1/ingest", "/upload", "/v1/logs", "/login", "/api/v1/enroll", "/api/v1/alerts/x"]
)
def test_bombs_stay_small(hub: SecuredCollector, path: str) -> None:
    """A gigabyte of nothing in a few kilobytes: refused wherever it is sent, without the memory for it."""
    compressor = zstandard.ZstdCompressor(level=1).compressobj()
    block = bytes(1024 * 1024)
    bomb = b"".join(compressor.compress(block) for _ in range(1024)) + compressor.flush()
    types = {"/upload": "application/vnd.fdo.journal", "/v1/logs": "application/x-protobuf"}
    headers = {"Content-Encoding": "zstd", "Content-Type": types.get(path, "application/vnd.journalhub.batch+msgpack")}
    assert hub.process is not None
    before = _memory(hub.process.pid)
    answer = hub.ask(
        path, hub.token(Role.ADMIN), method="PUT" if "alerts" in path else "POST", body=bomb, headers=headers
    )

    assert 400 <= answer.status < 500 or answer.status == 303, answer
    assert _memory(hub.process.pid) - before < 300 * 1024 * 1024
    wait_until("it lives", lambda: hub.ask("/readyz").status == 200)


def _memory(pid: int) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize(
    "body", [b"[" * 16_000, b'{"a":' * 3000, b'{"above": ' + b"9" * 10_000 + b"}", b"\xff\xfe{}", b"NaN"]
)
def test_json_that_hurts(hub: SecuredCollector, body: bytes) -> None:
    """Depth, endless numbers and what is no UTF-8 are refused."""
    answer = hub.ask("/api/v1/alerts/x", hub.token(Role.ADMIN), method="PUT", body=body)

    assert 400 == answer.status


def test_patterns_that_never_end(hub: SecuredCollector) -> None:
    """A pattern that backtracks without end is given up, and the answer says so or comes at once."""
    answer = hub.ask("/api/v1/entries?q=/(a%2B)%2B%24/&limit=10", hub.token(Role.READER))

    assert answer.status in (200, 400)


def test_many_at_once(hub: SecuredCollector) -> None:
    """Hundreds of connections that say nothing do not keep others out."""
    links = [connected(hub.port) for _ in range(300)]
    opened = [link.__enter__() for link in links]
    try:
        assert 200 == hub.ask("/healthz").status
    finally:
        for link in opened:
            link.close()
