"""Answers as OTLP/HTTP has them: in the encoding of the request, errors as google.rpc.Status."""

from collections import Counter

import orjson
from aiohttp import web

from journalhub.collector.limits import RETRY_BUSY, RETRY_FULL, TEXT_MAX
from journalhub.collector.otlp.protobuf import bytes_field, varint_field

PATH = "/v1/logs"

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

REASONS_SHOWN = 3


def accepted(request: web.Request, rejected: Counter[str]) -> web.Response:
    """ExportLogsServiceResponse: all was taken, or all but what was rejected for good, with the reasons."""
    count = rejected.total()
    reasons = [f"{reason} ({number})" for reason, number in rejected.most_common(REASONS_SHOWN)]
    if len(rejected) > REASONS_SHOWN:
        reasons.append("and others")
    message = "; ".join(reasons)
    if request.content_type == JSON:
        partial = {"partialSuccess": {"rejectedLogRecords": str(count), "errorMessage": message}}
        return web.Response(body=orjson.dumps(partial if count else {}), content_type=JSON)
    body = bytes_field(1, varint_field(1, count) + bytes_field(2, message.encode())) if count else b""
    return web.Response(body=body, content_type=PROTOBUF)


def as_status(request: web.BaseRequest, response: web.StreamResponse) -> web.StreamResponse:
    """`response` itself, or for an error on the path of logs the same as a Status.

    Senders throw away what is answered with 408 or 500, and come again after 503: what is not the fault of a request
    is said so.
    """
    if request.path != PATH or response.status < 400 or not isinstance(response, web.Response):
        return response
    status = 503 if response.status in (408, 500) else response.status
    message = (response.text or "").strip()[: 4 * TEXT_MAX]
    if request.content_type == JSON:
        told = web.Response(body=orjson.dumps({"message": message}), status=status, content_type=JSON)
    else:
        told = web.Response(body=bytes_field(2, message.encode()), status=status, content_type=PROTOBUF)
    for name in ("Retry-After", "Allow", "WWW-Authenticate", "Cache-Control"):
        if name in response.headers:
            told.headers[name] = response.headers[name]
    if status == 503:
        told.headers.setdefault("Retry-After", str(RETRY_FULL if response.status == 500 else RETRY_BUSY))
    if response.keep_alive is False:
        told.force_close()
    return told
