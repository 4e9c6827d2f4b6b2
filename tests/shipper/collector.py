"""A collector for tests: the ingest contract over real sockets, each entry kept once; it misbehaves on demand."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from journalhub.journal import wire
from journalhub.journal.entry import Entry

Key = tuple[bytes, bytes, int, int]


def key(entry: Entry) -> Key:
    """What makes two entries the same."""
    return entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        """`/api/v1/resume`."""
        self.server.collector.asked.append(self.path)
        self.answer(200, {"streams": self.server.collector.resume_streams})

    def do_POST(self) -> None:
        """`/api/v1/ingest`."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        collector = self.server.collector
        collector.requests += 1
        if (misbehave := collector.misbehave) is not None and misbehave(self, body):
            return
        try:
            decoded = wire.decode(body)
        except wire.BatchError as error:
            self.answer(400, {"error": {"what": str(error), "where": "body", "do": "fix it"}})
            return
        stored = collector.store(decoded)
        entries = list(decoded.batch)
        last = str(entries[-1].cursor) if entries else None
        self.answer(200, {"acknowledged": last, "stored": stored, "duplicates": len(entries) - stored, "refused": []})

    def answer(self, status: int, document: Any, **headers: str) -> None:
        """Send one."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Close the connection without an answer."""
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Knows the collector it belongs to."""

    daemon_threads = True
    collector: "FakeCollector"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A shipper that is killed breaks its connections."""


class FakeCollector:
    """Context manager; `url` is where it listens."""

    def __init__(self) -> None:
        self.entries: dict[Key, Entry] = {}
        self.duplicates = 0
        self.statuses: list[wire.Status] = []
        self.asked: list[str] = []
        self.resume_streams: list[dict[str, Any]] = []
        self.requests = 0
        self.misbehave: Callable[[Handler, bytes], bool] | None = None
        self.on_entry: Callable[[Entry], None] | None = None
        """Called with each new entry."""
        self.changed = threading.Condition()
        self.port = 0
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Address for `--collector`."""
        return f"http://127.0.0.1:{self.port}"

    def store(self, decoded: wire.Decoded) -> int:
        """Keep what is new; how much that is."""
        with self.changed:
            stored = 0
            for entry in decoded.batch:
                if key(entry) not in self.entries:
                    self.entries[key(entry)] = entry
                    stored += 1
                    if self.on_entry is not None:
                        self.on_entry(entry)
            self.duplicates += len(decoded.batch) - stored
            if decoded.status is not None:
                self.statuses.append(decoded.status)
            self.changed.notify_all()
            return stored

    def wait(self, condition: Callable[[], bool], seconds: float = 240.0) -> None:
        """Return when the condition holds, which is looked at whenever something was stored."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"not in {seconds} s; {len(self.entries)} entries"

    def messages(self) -> list[str]:
        """MESSAGE of every entry, sorted."""
        return sorted(
            (entry.first("MESSAGE") or b"").decode("utf-8", "replace") for entry in list(self.entries.values())
        )

    def gaps(self) -> list[tuple[int, int]]:
        """Distinct seqnum ranges reported missing, in the order they came."""
        found: dict[tuple[int, int], None] = {}
        for status in self.statuses:
            found |= {(gap["first"], gap["last"]): None for gap in status["gaps"]}
        return list(found)

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = Server(("127.0.0.1", self.port), Handler)
        self._server.collector = self
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self) -> None:
        """Stop listening. Connections that are open stay until their next request is answered."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()
