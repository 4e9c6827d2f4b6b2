"""The stock program as a process, and requests whose answers can be compared."""

import http.client
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from tests.lab.ports import free_port

GATEWAYD = Path("/lib/systemd/systemd-journal-gatewayd")
REMOTE = Path("/lib/systemd/systemd-journal-remote")
TIMEOUT = 240.0
"""Seconds that a test waits before it calls something hanging."""


class Answer(NamedTuple):
    """What is compared of an answer."""

    status: int
    content_type: str
    body: bytes


def ask(url: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """The answer to one request."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers["Content-Type"], response.read())
    finally:
        connection.close()


class Gatewayd:
    """A context manager: systemd-journal-gatewayd over a journal directory, on a port of its own."""

    def __init__(self, journal: Path, program: Sequence[str] = (str(GATEWAYD),)) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # It takes its socket from a service manager only; without one it would listen on every address.
        self._command = ["systemd-socket-activate", "-l", f"127.0.0.1:{port}", *program, "-D", str(journal)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC"}
        self._process = subprocess.Popen(self._command, env=environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                ask(self.url, "/machine")
            except OSError:
                assert time.monotonic() < deadline, "the stock program does not answer"
                time.sleep(0.02)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(TIMEOUT)
