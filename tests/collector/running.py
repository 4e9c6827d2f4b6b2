"""A collector in this process, on a real socket, without its main program."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web

from journalhub.collector.answers import errors_as_answers
from journalhub.collector.ledger import Ledger
from journalhub.collector.listening import Doorkeeper
from journalhub.collector.main import make_runner
from journalhub.collector.server import add_routes
from journalhub.collector.settings import CollectorSettings
from journalhub.store.contract import Store

DEADLINE = 240.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Running:
    """Routes, ledger and ingest over `store`, served from a thread."""

    def __init__(self, store: Store, settings: CollectorSettings, ledger: Ledger | None = None) -> None:
        self.store = store
        self.settings = settings
        self.ledger = ledger or Ledger(settings)
        self.door = Doorkeeper(settings.connections)
        self.app = web.Application(middlewares=[self.door.middleware, errors_as_answers])
        self.intake = add_routes(self.app, store=store, ledger=self.ledger, settings=settings)
        self.port = 0
        self.connections: Callable[[], int] = lambda: 0
        """How many are open."""
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(DEADLINE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        runner = make_runner(self.app, self.settings)
        await runner.setup()
        assert runner.server is not None
        self.connections = lambda: len(runner.server.connections) if runner.server else 0
        server = await self._loop.create_server(self.door.protocols(runner.server), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._end.wait()
        server.close()
        await runner.cleanup()

    def connect(self) -> socket.socket:
        """A plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)

    def request(self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str) -> Answer:
        """One request on a connection of its own; an iterator as body is sent in chunks."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=named, encode_chunked=isinstance(body, Iterator))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())

    def ingest(self, body: bytes, **headers: str) -> Answer:
        """Post a batch with the right headers, or with others."""
        wanted = {"Content-Type": "application/vnd.journalhub.batch+msgpack", "Content-Encoding": "zstd"}
        named = wanted | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/api/v1/ingest", body, **named)

    def upload(self, body: bytes | Iterator[bytes], **headers: str) -> Answer:
        """Post export text."""
        named = {"Content-Type": "application/vnd.fdo.journal"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.request("POST", "/upload", body, **named)
