"""The HTTP client, against servers that answer bytes of every kind."""

import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jhctl.fakes import FakeServer, answer, chunked

from journalhub.query.jhctl import client
from journalhub.query.jhctl.address import parse
from journalhub.query.jhctl.failures import NO_ANSWER, PARTIAL, FailureError

PLAIN = "text/plain"


def fetch(server: FakeServer, timeout: float = 60.0) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and trailers of one request."""
    response = client.get(parse(server.url + "/prefix"), "/api/v1/x", [("a", "ü b")], timeout=timeout)
    try:
        body = response.body()
        return response.status, body, response.trailers
    finally:
        response.close()


@pytest.mark.parametrize(
    ("bytes_sent", "expected"),
    [
        (answer("200 OK", PLAIN, b"hello"), (200, b"hello", {})),
        (answer("404 Not Found", PLAIN, b""), (404, b"", {})),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", (200, b"until the end", {})),
        (chunked(PLAIN, b"5\r\nhello\r\n0\r\n\r\n"), (200, b"hello", {})),
        (chunked(PLAIN, b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), (200, b"hello!", {})),
        (chunked(PLAIN, b"0\r\n\r\n"), (200, b"", {})),
        (chunked(PLAIN, b"1\r\nx\r\n0\r\nWhy: because\r\n\r\n"), (200, b"x", {"why": "because"})),
    ],
)
def test_answers_are_read(bytes_sent: bytes, expected: tuple[int, bytes, dict[str, str]]) -> None:
    """Bodies with a length, in chunks, with trailers, and up to the end of the connection."""
    with FakeServer(bytes_sent) as server:
        assert expected == fetch(server)
        assert server.requests[0].startswith(b"GET /prefix/api/v1/x?a=%C3%BC%20b HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    ("bytes_sent", "status", "message"),
    [
        (b"", NO_ANSWER, "the connection ended early"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NO_ANSWER, "does not speak HTTP: it says 'SSH-2.0-OpenSSH_9.2'"),
        (b"x" * 70_000, NO_ANSWER, "an endless line"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, NO_ANSWER, "endless headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", PARTIAL, "is incomplete: the connection ended early"),
        (chunked(PLAIN, b"9\r\nhello"), PARTIAL, "is incomplete: the connection ended early"),
        (chunked(PLAIN, b"5\r\nhello\r\n"), PARTIAL, "is incomplete: the connection ended early"),
        (chunked(PLAIN, b"zz\r\nhello\r\n"), PARTIAL, "is incomplete: its parts have no length"),
    ],
)
def test_broken_answers_are_told_in_words(bytes_sent: bytes, status: int, message: str) -> None:
    """What breaks before the body is no answer, what breaks within it a partial one."""
    with FakeServer(bytes_sent) as server, pytest.raises(FailureError) as failed:
        fetch(server)
    assert status == failed.value.status
    assert message in str(failed.value)


def test_silence_ends() -> None:
    """A server that accepts and says nothing is given up."""
    with FakeServer(b"", silent=True) as server, pytest.raises(FailureError) as failed:
        fetch(server, timeout=0.1)
    assert (NO_ANSWER, True) == (failed.value.status, "nothing came for 0.1 s" in str(failed.value))


def test_a_name_that_is_unknown_is_told() -> None:
    """A host name that does not resolve is no traceback."""
    with pytest.raises(FailureError, match=r"cannot reach the collector at http://hub\.invalid:1: "):
        client.get(parse("http://hub.invalid:1"), "/")


@given(st.lists(st.binary(max_size=40)), st.integers(1, 7))
def test_chunks_of_any_size_give_the_same_body(pieces: list[bytes], size: int) -> None:
    """However the network cuts it, the body is what was sent."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"
    hub, sent, none = parse("http://hub"), _socket(body, size), _socket(b"", 1)
    reader = client._Reader(hub, sent)
    response = client.Response(hub, none, reader, 200, {"transfer-encoding": "chunked"})
    assert b"".join(pieces) == response.body()


def _socket(data: bytes, size: int) -> socket.socket:
    return cast(socket.socket, _Pieces(data, size))


class _Pieces:
    """A socket that gives its bytes in pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = data
        self._size = size

    def recv(self, most: int) -> bytes:
        """The next piece."""
        piece, self._data = self._data[: self._size], self._data[self._size :]
        return piece
