"""Stands between a shipper and a collector, and keeps what they say."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Recorder(ThreadingHTTPServer):
    """Passes requests on."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.to = port
        self.token = ""
        """Shown to the collector, and not kept."""
        self.talk: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Recorder
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kept = {name: value for name, value in self.headers.items() if name.lower().startswith("content-")}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.to, timeout=240)
        connection.request(self.command, self.path, body, kept | {"Authorization": f"Bearer {self.server.token}"})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        self.server.talk.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": kept,
                "body": body.hex(),
                "status": str(answer.status),
                "answer": said.decode(),
            }
        )
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def recording(port: int) -> Iterator[Recorder]:
    """A recorder in front of the collector on this port."""
    server = Recorder(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
