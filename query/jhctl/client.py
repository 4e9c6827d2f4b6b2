"""HTTP/1.1 to the collector, as little of it as is needed: GET, streamed bodies, trailers.

http.client would take longer to import than a small query takes in all (it brings the email package along).
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journalhub.query.jhctl.address import Address, query
from journalhub.query.jhctl.failures import NO_ANSWER, PARTIAL, FailureError

CONNECT_SECONDS = 10.0
"""Longer than three lost SYN packets take (1 + 2 + 4 s)."""

ANSWER_SECONDS = 60.0
"""Between two pieces of an answer: twice the deadline that a collector gives a query."""

HEAD_MAX = 64 * 1024
"""Bytes of a status line and headers, or of trailers."""

_RECEIVE = 256 * 1024

Headers = dict[str, str]


class Response:
    """The answer to one request; its connection ends with it."""

    def __init__(self, address: Address, connection: socket.socket, reader: "_Reader", status: int, headers: Headers):
        self.status = status
        self.headers = headers
        """Names in lower case; repeated ones joined by a comma."""
        self.trailers: Headers = {}
        self._address = address
        self._connection = connection
        self._reader = reader

    def fileno(self) -> int:
        """For poll(2). Readable means that `chunks` may have something; see `pending`."""
        return self._connection.fileno()

    def pending(self) -> bool:
        """Whether bytes have come already that poll(2) cannot see."""
        ahead = getattr(self._connection, "pending", lambda: 0)()
        return bool(self._reader.buffer) or ahead > 0

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces as they come.

        Raises FailureError with PARTIAL when the connection breaks before its end.
        """
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            yield from self._chunked()
        elif "content-length" in self.headers:
            yield from self._exactly(int(self.headers["content-length"]))
        else:
            while piece := self._reader.take(_RECEIVE):
                yield piece

    def body(self, most: int = 64 * 1024 * 1024) -> bytes:
        """The whole body, if it has at most `most` bytes."""
        pieces, size = [], 0
        for piece in self.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise FailureError(NO_ANSWER, f"{self._address.url} sends over {most} bytes where few are due")
        return b"".join(pieces)

    def close(self) -> None:
        """End the connection, and with it the work of the collector."""
        self._connection.close()

    def _chunked(self) -> Iterator[bytes]:
        while True:
            size = self._chunk_size()
            if size == 0:
                self.trailers = self._reader.headers()
                return
            for piece in self._exactly(size):
                size -= len(piece)
                if not size:
                    self._reader.line()  # before the piece is given: else `pending` would take it for more
                yield piece

    def _chunk_size(self) -> int:
        line = self._reader.line()
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise self._reader.broken("its parts have no length") from error

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._reader.take(size)
            if not piece:
                raise self._reader.broken("the connection ended early")
            size -= len(piece)
            yield piece


class _Reader:
    """Buffered reading from a socket, errors told in words."""

    def __init__(self, address: Address, connection: socket.socket) -> None:
        self.buffer = b""
        self.begun = False
        """Whether a body has begun: what breaks then makes an answer partial."""
        self._address = address
        self._connection = connection

    def take(self, most: int) -> bytes:
        """Up to `most` bytes; none at the end."""
        if not self.buffer:
            self.buffer = self._receive()
        piece, self.buffer = self.buffer[:most], self.buffer[most:]
        return piece

    def line(self) -> bytes:
        """One line without its end."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > HEAD_MAX:
                raise self.broken("an endless line instead of an answer")
            received = self._receive()
            if not received:
                raise self.broken("the connection ended early")
            self.buffer += received
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def headers(self) -> Headers:
        """Header lines up to the empty one."""
        found: Headers = {}
        size = 0
        while line := self.line():
            size += len(line)
            if size > HEAD_MAX:
                raise self.broken("endless headers instead of an answer")
            name, _, value = line.decode("latin-1").partition(":")
            key = name.strip().lower()
            found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
        return found

    def broken(self, why: str) -> FailureError:
        """The failure of this connection."""
        if self.begun:
            return FailureError(PARTIAL, f"the answer of {self._address.url} is incomplete: {why}")
        return FailureError(NO_ANSWER, f"no answer from {self._address.url}: {why}")

    def _receive(self) -> bytes:
        try:
            return self._connection.recv(_RECEIVE)
        except TimeoutError as error:
            raise self.broken(f"nothing came for {self._connection.gettimeout():g} s") from error
        except OSError as error:
            raise self.broken(error.strerror or str(error)) from error


def get(
    address: Address,
    path: str,
    parameters: Sequence[tuple[str, str | bytes]] = (),
    headers: Mapping[str, str] | None = None,
    timeout: float = ANSWER_SECONDS,
) -> Response:
    """The answer to `GET <path>?<parameters>`, its body not read yet. `path` begins with a slash and is quoted.

    Raises FailureError with NO_ANSWER where nothing answers, or not with HTTP.
    """
    connection = _connect(address)
    try:
        connection.settimeout(timeout)
        _send(address, connection, f"{address.prefix}{path}{query(parameters)}", headers or {})
        reader = _Reader(address, connection)
        status, found = _head(address, reader)
        reader.begun = True
        return Response(address, connection, reader, status, found)
    except BaseException:
        connection.close()
        raise


def _connect(address: Address) -> socket.socket:
    try:
        # As bytes a name needs no encodings.idna, which takes 2 ms to import.
        host: Any = address.host.encode() if address.host.isascii() else address.host
        plain = socket.create_connection((host, address.port), CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain if address.scheme == "http" else _encrypt(address, plain)
    except TimeoutError as error:
        raise FailureError(NO_ANSWER, f"no answer from {address.url} within {CONNECT_SECONDS:g} s") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise FailureError(
            NO_ANSWER, f"cannot reach the collector at {address.url}: {why}; is it running? set --collector URL"
        ) from error


def _encrypt(address: Address, plain: socket.socket) -> socket.socket:
    import ssl

    try:
        context = ssl.create_default_context(cafile=address.ca_file or None)
        return context.wrap_socket(plain, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        message = f"{address.url}: its certificate is not trusted: {error.verify_message}; SSL_CERT_FILE names others"
        raise FailureError(NO_ANSWER, message) from error


def _send(address: Address, connection: socket.socket, target: str, headers: Mapping[str, str]) -> None:
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {address.authority}",
        "Accept-Encoding: identity",
        "User-Agent: jhctl",
        "Connection: close",
        "TE: trailers",
        *([f"Authorization: Bearer {address.token}"] if address.token else []),
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    try:
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
    except OSError as error:
        why = error.strerror or str(error)
        raise FailureError(NO_ANSWER, f"no answer from {address.url}: {why}") from error


def _head(address: Address, reader: _Reader) -> tuple[int, Headers]:
    first = reader.line()
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        shown = first[:60].decode("ascii", "backslashreplace")
        raise FailureError(NO_ANSWER, f"{address.url} does not speak HTTP: it says {shown!r}")
    return int(words[1]), reader.headers()
