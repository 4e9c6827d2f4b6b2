"""The answer of a query that tells how far it has come: one JSON object where it is quick, else one a line."""

import asyncio
import threading
import time

import orjson
from aiohttp import web

from journalhub.access.guard import ENTRIES, identity_of
from journalhub.query.api.answers import COMMON_HEADERS, JSON, Answer, accepted_encoding, encode
from journalhub.query.api.limits import STEPS_EVERY_SECONDS, STEPS_FIRST_SECONDS
from journalhub.query.api.steps import Step, Steps
from journalhub.query.api.walk import Reached
from journalhub.query.api.work import AskerGoneError, Workers
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Budget, Store, StoreError

LINES = "application/x-ndjson"
"""What such an answer is where it takes longer: each line is the answer so far, the last one is the answer."""


class _Told:
    """The newest step of a thread, for the event loop."""

    def __init__(self, sees_all: bool) -> None:
        self.started = time.monotonic()
        self._sees_all = sees_all
        self._answer: Answer | None = None
        self._reached: Reached | None = None
        self._lock = threading.Lock()

    def put(self, step: Step) -> None:
        """In the thread: this far it has come."""
        answer, reached = step
        with self._lock:
            self._reached = reached
            if answer is not None:
                self._answer = answer

    def take(self) -> bytes | None:
        """On the loop: the line to send; None where nothing is new. An answer that was sent is not sent again."""
        with self._lock:
            answer, self._answer = self._answer, None
            reached, self._reached = self._reached, None
        if reached is None or reached.done:
            return None
        return orjson.dumps(self.document(answer, reached)) + b"\n"

    def document(self, answer: Answer | None, reached: Reached) -> dict[str, object]:
        """An answer and how far it reaches."""
        progress: dict[str, object] = {"progress": reached.document(self._sees_all)}
        if answer is None:
            return progress
        return progress | answer.document((time.monotonic() - self.started) * 1000)


async def answer_in_steps(
    request: web.Request, workers: Workers, budget: Budget, store: Store, steps: Steps
) -> web.StreamResponse:
    """The response to `request`. Raises as Workers.run does as long as nothing was sent."""
    told = _Told(not identity_of(request).scope)

    def call() -> tuple[Answer, Reached]:
        last: tuple[Answer, Reached] | None = None
        for step in steps(store, budget):
            if step[0] is not None:
                last = step[0], step[1]
            told.put(step)
        assert last is not None
        if isinstance(rows := last[0].body.get("entries"), list):
            request[ENTRIES] = len(rows)
        return last

    running = asyncio.ensure_future(workers.run(request, budget, call))
    try:
        await asyncio.wait((running,), timeout=STEPS_FIRST_SECONDS)
        if running.done():
            body, headers = encode(told.document(*running.result()), accepted_encoding(request))
            return web.Response(body=body, content_type=JSON, headers=headers)
        response = web.StreamResponse(headers=COMMON_HEADERS | {"Content-Type": LINES})
        await response.prepare(request)
        while not running.done():
            if line := told.take():
                await response.write(line)
            await asyncio.wait((running,), timeout=STEPS_EVERY_SECONDS)
        await response.write(_last(told, running))
        return response
    except (AskerGoneError, ConnectionResetError):
        raise AskerGoneError from None
    finally:
        if not running.done():
            running.cancel()
            await asyncio.wait((running,))


def _last(told: _Told, running: "asyncio.Future[tuple[Answer, Reached]]") -> bytes:
    """The last line: the answer, or what went wrong after the first ones were sent."""
    try:
        return orjson.dumps(told.document(*running.result())) + b"\n"
    except Refusal as refusal:
        return orjson.dumps(refusal.document()) + b"\n"
    except StoreError as error:
        return orjson.dumps(Refusal(str(error), where="store", do="try again", status=503).document()) + b"\n"
