"""The handlers: a request in, an answer out, whatever goes wrong."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from journalhub.access.guard import ENTRIES, identity_of
from journalhub.query.api.answers import JSON, accepted_encoding, encode, refused
from journalhub.query.api.asked import Asked, Sources
from journalhub.query.api.endpoints import EXPORT, TAIL, Endpoint, StreamEndpoint
from journalhub.query.api.export import FORMATS, PARTIAL_TRAILER, Exporter, ExportStream, prepare_export
from journalhub.query.api.followers import GapFeed, Wakeup
from journalhub.query.api.gaps import GAPS_HEADER
from journalhub.query.api.limits import (
    QUERY_THREADS,
    QUERY_WAITING_MAX,
    RETRY_AFTER,
    STREAM_THREADS,
    STREAMS_MAX,
)
from journalhub.query.api.progress import PROGRESS_HEADER
from journalhub.query.api.stepwise import answer_in_steps
from journalhub.query.api.tail import Follower, TailStream, prepare_tail
from journalhub.query.api.work import AskerGoneError, Workers
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.reader import Readers, seen_nodes
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Budget, StoreError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CLIENT_CLOSED = 499
"""Status of an answer that nobody reads, for the access log; nginx's number."""


class Service:
    """Everything that the handlers share, from the start of the server to its end."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.queries = Workers("queries", QUERY_THREADS, QUERY_WAITING_MAX)
        """Threads for answers."""
        self.pieces = Workers("streams", STREAM_THREADS, 2 * STREAMS_MAX)
        """Threads for pieces of streams."""
        self.wakeup = Wakeup()
        """Of followers, at appends and at the end."""
        self._gaps = GapFeed(sources.nodes, self.wakeup)
        self._streams = 0
        self._readers = Readers(sources.store)

    async def start(self, app: web.Application) -> None:
        """Begin to hear of appends; for `on_startup`."""
        self.wakeup.open(asyncio.get_running_loop())
        self.sources.store.on_append(self.wakeup.from_thread)

    async def stop(self, app: web.Application) -> None:
        """End the streams and the queries, so that the server can stop; for `on_shutdown`."""
        self.wakeup.close()
        self.queries.stop()
        self.pieces.stop()

    async def close(self, app: web.Application) -> None:
        """Wait for the threads; for `on_cleanup`. The store may be closed after that."""
        await asyncio.to_thread(self.queries.close)
        await asyncio.to_thread(self.pieces.close)

    def sources_for(self, request: web.Request) -> Sources:
        """Where the answers to this request come from: what the one who asks may see."""
        scope = identity_of(request).scope
        if not scope:
            return self.sources
        store = self._readers.store_for(scope)
        return replace(self.sources, store=store, nodes=lambda: seen_nodes(store, self.sources.nodes()))

    def _sees(self, request: web.Request) -> Callable[[dict[str, Any]], bool] | None:
        """Whether a gap is one of a node that the one who asks sees; None when all are. For a thread."""
        if not identity_of(request).scope:
            return None
        store = self.sources_for(request).store
        return lambda gap: gap["machine_id"].encode() in store.values("_MACHINE_ID")

    def query(self, endpoint: Endpoint) -> Handler:
        """The handler of an endpoint that is answered with one JSON object."""
        known = [parameter.name for parameter in endpoint.parameters]

        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.monotonic()
            asked = self._asked(request)
            budget = Budget(self.sources.deadline)
            steps = endpoint.steps(asked) if endpoint.steps is not None and PROGRESS_HEADER in request.headers else None
            if steps is not None:
                asked.parameters.finish(known)
                return await answer_in_steps(request, self.queries, budget, asked.sources.store, steps)
            job = endpoint.prepare(asked)
            asked.parameters.finish(known)
            encoding = accepted_encoding(request)

            def call() -> tuple[bytes, dict[str, str]]:
                answer = job(asked.sources.store, budget)
                if isinstance(rows := answer.body.get("entries"), list):
                    request[ENTRIES] = len(rows)
                return encode(answer.document((time.monotonic() - started) * 1000), encoding)

            body, headers = await self.queries.run(request, budget, call)
            return web.Response(body=body, content_type=JSON, headers=headers)

        return answered(handle)

    def tail(self) -> Handler:
        """The handler of /api/v1/tail."""

        async def handle(request: web.Request) -> web.StreamResponse:
            asked = self._asked(request)
            tail = prepare_tail(asked, request.headers.get("Last-Event-ID"))
            asked.parameters.finish(_names(TAIL))
            budget = Budget()
            with self.stream():
                store = asked.sources.store
                follower = await self.pieces.run(request, budget, lambda: Follower(store, tail, budget))
                stream = TailStream(request, follower, budget, tail, self._sees(request))
                try:
                    return await stream.serve(self.pieces, self.wakeup, self._gaps)
                finally:
                    request[ENTRIES] = follower.entries

        return answered(handle)

    def export(self) -> Handler:
        """The handler of /api/v1/export."""

        async def handle(request: web.Request) -> web.StreamResponse:
            asked = self._asked(request)
            export = prepare_export(asked, PROGRESS_HEADER in request.headers)
            asked.parameters.finish(_names(EXPORT))
            budget = Budget()
            encoding = accepted_encoding(request)
            exporter = Exporter(asked.sources, export, encoding, budget)
            headers = {"Content-Type": FORMATS[export.format], "Trailer": PARTIAL_TRAILER, "Vary": "Accept-Encoding"}
            if encoding is not None:
                headers["Content-Encoding"] = encoding
            with self.stream():
                first = await self.pieces.run(request, budget, exporter.piece)
                if exporter.gaps:
                    headers[GAPS_HEADER] = exporter.gaps
                try:
                    return await ExportStream(request, exporter, budget, headers).serve(self.pieces, first)
                finally:
                    request[ENTRIES] = exporter.entries

        return answered(handle)

    def _asked(self, request: web.Request) -> Asked:
        parameters = Parameters(request.rel_url.raw_query_string)
        return Asked(parameters, request.match_info, time.time_ns() // 1000, self.sources_for(request))

    @contextmanager
    def stream(self) -> Iterator[None]:
        """One stream more while it is entered; Refusal (503) when there are STREAMS_MAX."""
        if self._streams >= STREAMS_MAX:
            raise Refusal(
                f"{STREAMS_MAX} streams are open already",
                do=f"try again in {RETRY_AFTER} s",
                status=503,
                retry_after=RETRY_AFTER,
            )
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1


def _names(endpoint: StreamEndpoint) -> list[str]:
    return [parameter.name for parameter in endpoint.parameters]


def answered(handler: Handler) -> Handler:
    """`handler`, with every error that a user can meet made an answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refused(refusal)
        except StoreError as error:
            do = f"try again in {RETRY_AFTER} s, and see /api/v1/status"
            return refused(Refusal(str(error), where="store", do=do, status=503, retry_after=RETRY_AFTER))
        except AskerGoneError:
            return web.Response(status=CLIENT_CLOSED)

    return handle
