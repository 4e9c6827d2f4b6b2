"""Servers that are no collectors, or bad ones: they answer one connection after another with given bytes."""

import socket
import threading
from types import TracebackType
from typing import Self


class FakeServer:
    """Answers each connection with `answer` after the request's head, then closes it. A context manager.

    `instead` is a part of a head, and what answers such a request instead.
    """

    def __init__(self, answer: bytes, *, silent: bool = False, instead: tuple[bytes, bytes] | None = None) -> None:
        self._instead = instead
        self.requests: list[bytes] = []
        self._answer = answer
        self._silent = silent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """What --collector takes."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head and (received := connection.recv(65536)):
                head += received
            self.requests.append(head)
            answer = self._instead[1] if self._instead is not None and self._instead[0] in head else self._answer
            if answer:
                connection.sendall(answer)
            if self._silent:
                self._held.append(connection)
            else:
                connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(60)
        for connection in self._held:
            connection.close()


def answer(status: str, kind: str, body: bytes) -> bytes:
    """A whole HTTP answer."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(kind: str, body: bytes) -> bytes:
    """A head of a chunked answer, and `body` as it is."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body
