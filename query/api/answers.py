"""Answers as bytes: JSON, errors, compression, and the headers of every one of them."""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import orjson
import zstandard
from aiohttp import web

from journalhub.query.api.limits import COMPRESS_MIN
from journalhub.query.plan.refusal import Refusal

JSON = "application/json"

COMMON_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer: log text is private, and is never what a browser guesses it to be."""


@dataclass(slots=True)
class Answer:
    """What a query found."""

    body: dict[str, Any] = field(default_factory=dict)
    matched: int | None = None
    """How many entries match, or None where they were not counted."""
    reason: str | None = None
    """Why the answer is partial, or None where it is whole."""

    def document(self, took_ms: float) -> dict[str, Any]:
        """The body with the keys that every answer of a query has."""
        return self.body | {
            "took_ms": round(took_ms, 3),
            "matched": self.matched,
            "partial": self.reason is not None,
            "reason": self.reason,
        }


def accepted_encoding(request: web.Request) -> str | None:
    """`zstd` or `gzip`, the first of them that the client takes, or None."""
    accepted = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, parameter = part.partition(";")
        accepted[name.strip()] = parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ("zstd", "gzip") if accepted.get(name)), None)


def encode(document: Any, encoding: str | None) -> tuple[bytes, dict[str, str]]:
    """`document` as JSON, compressed where that pays, and the headers that belong to it."""
    body = orjson.dumps(document)
    headers = COMMON_HEADERS | {"Vary": "Accept-Encoding"}
    if encoding is None or len(body) < COMPRESS_MIN:
        return body, headers
    if encoding == "zstd":
        body = zstandard.ZstdCompressor(level=1).compress(body)
    else:
        body = zlib.compress(body, level=1, wbits=31)
    return body, headers | {"Content-Encoding": encoding}


def refused(refusal: Refusal) -> web.Response:
    """The answer to a request that was refused."""
    headers = dict(COMMON_HEADERS)
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    body = json.dumps(refusal.document()).encode()  # not orjson: text that quotes the request may hold surrogates
    return web.Response(body=body, status=refusal.status, content_type=JSON, headers=headers)
