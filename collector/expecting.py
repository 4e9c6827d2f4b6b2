"""`Expect: 100-continue`: a request that would be refused is refused before its body is sent."""

from collections.abc import Callable

from aiohttp import web

from journalhub.access.guard import DeniedError, Guard, denied_answer
from journalhub.collector.answers import refuse
from journalhub.collector.errors import Refusal
from journalhub.collector.otlp.answers import as_status


async def expected(
    request: web.Request, guard: Guard, check: Callable[[web.Request], object]
) -> web.StreamResponse | None:
    """The answer that is to come in any case, or None after the word to go on: it saves a whole body.

    `check` reads the head of the request, and raises Refusal.
    """
    try:
        await guard.admit(request)
        check(request)
    except DeniedError as denied:
        return as_status(request, denied_answer(request, denied))
    except Refusal as refusal:
        return as_status(request, refuse(request, refusal, close=True))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None
