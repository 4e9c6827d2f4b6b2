"""Bytes to a collector and back: what no HTTP library would send."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SECONDS = 240
"""For an answer, or the end of the connection."""


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A connection to 127.0.0.1."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as link:
        yield link


def exchange(port: int, content: bytes) -> bytes:
    """Everything that comes back until the other side closes."""
    with connected(port) as link:
        received = b""
        # It may have closed, and said why, before it has read all.
        with suppress(BrokenPipeError, ConnectionResetError):
            link.sendall(content)
        with suppress(ConnectionResetError):
            while piece := link.recv(65536):
                received += piece
        return received


def statuses(answers: bytes) -> list[int]:
    """The status of each answer."""
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3}) ", answers, re.MULTILINE)]
