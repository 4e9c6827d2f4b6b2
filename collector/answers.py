"""Answers in the forms of docs/api.md, and what becomes of errors."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from journalhub.collector.errors import Refusal
from journalhub.collector.otlp.answers import PATH as OTLP_PATH
from journalhub.collector.otlp.answers import as_status

log = logging.getLogger("journalhub.collector")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PLAIN_PATHS = ("/upload", "/healthz", "/readyz", OTLP_PATH)
"""Answered in plain text: systemd-journal-upload shows the answer's text to its user, probes show it to theirs, and
for OTLP the text becomes part of a message."""

CLIENT_CLOSED = 499
"""Status of an answer that nobody reads; nginx's number."""


def answer(document: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=json.dumps(document, ensure_ascii=False).encode(), status=status, content_type="application/json"
    )


def refuse(request: web.BaseRequest, refusal: Refusal, *, close: bool = False) -> web.Response:
    """The answer to a request that is not done; `close` when its body was not read to the end."""
    if request.path in PLAIN_PATHS:
        response = web.Response(text=f"{refusal}\n", status=refusal.status)
    else:
        error = {"what": refusal.what, "where": refusal.where or None, "do": refusal.do}
        response = answer({"error": error}, refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if close:
        response.force_close()
    return response


@web.middleware
async def errors_as_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong becomes an answer in the right form; what nobody expected is logged as well."""
    return as_status(request, await _answered(request, handler))


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refuse(request, refusal, close=request.body_exists and not request.content.is_eof())
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = refuse(request, _said(request, error))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        return web.Response(status=CLIENT_CLOSED)
    except Exception as error:
        log.exception("unexpected error while answering %s %s", request.method, request.rel_url.path[:200].encode())
        what = f"unexpected error: {type(error).__name__}"
        return refuse(request, Refusal(500, what, "the collector's log has more"), close=True)


def _said(request: web.Request, error: web.HTTPException) -> Refusal:
    if error.status == 404:
        return Refusal(404, f"there is nothing at {request.path[:200]}", "see docs/api.md for the paths")
    if error.status == 405:
        allowed = error.headers.get("Allow", "")
        return Refusal(405, f"{request.method} is not for {request.path[:200]}", f"use {allowed}")
    return Refusal(error.status, error.text or error.reason, "")
