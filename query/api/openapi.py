"""The OpenAPI document, built from the tables that the routes are built from."""

from functools import cache
from typing import Any

import orjson

from journalhub.query.api.endpoints import ENDPOINTS, EXPORT, PREFIX, TAIL
from journalhub.query.api.export import FORMATS
from journalhub.query.api.parameters import Parameter
from journalhub.query.api.schemas import ANSWERS, SCHEMAS

VERSION = "1"
"""Of the API, as its paths have it."""

Json = dict[str, Any]

_ERROR = {"$ref": "#/components/schemas/Error"}

RESUME = Parameter("machine_id", "The machine, 32 hex digits.")

AUDIT = (
    Parameter("since", "Microseconds, inclusive."),
    Parameter("until", "Microseconds, inclusive."),
    Parameter("who", "Records of this identity, as records name it."),
    Parameter("text", "Records with this text in path or query."),
    Parameter("limit", "At most so many, 1 to 1000."),
    Parameter("before", "The id of the last record seen."),
)


@cache
def document_bytes() -> bytes:
    """The document as JSON."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2)


def document() -> Json:
    """The API as OpenAPI 3.1 describes it; paths are relative to the address of the collector."""
    paths: Json = {}
    for endpoint in ENDPOINTS:
        paths[PREFIX + endpoint.path] = _operation(endpoint.summary, endpoint.parameters, _json(ANSWERS[endpoint.path]))
        if "{field}" in endpoint.path:
            paths[PREFIX + endpoint.path]["get"]["parameters"].insert(0, _FIELD_IN_PATH)
    paths[PREFIX + TAIL.path] = _operation(TAIL.summary, TAIL.parameters, {"text/event-stream": _text()})
    paths[PREFIX + TAIL.path]["get"]["parameters"].append(_LAST_EVENT_ID)
    formats = {content_type: _text() for content_type in FORMATS.values()}
    paths[PREFIX + EXPORT.path] = _operation(EXPORT.summary, EXPORT.parameters, formats)
    paths[PREFIX + "openapi.json"] = _operation("This document.", (), {"application/json": {"schema": {}}})
    resume = _operation("How far each sequence of a machine is stored.", (RESUME,), _json(ANSWERS["resume"]))
    paths[PREFIX + "resume"] = resume
    paths[PREFIX + "whoami"] = _operation("Who the collector takes the asker for.", (), _json(ANSWERS["whoami"]))
    paths[PREFIX + "audit"] = _operation("Who read what, the newest first.", AUDIT, _json(ANSWERS["audit"]))
    alerts = _operation("Rules that notify, and what fires.", (), _json(ANSWERS["alerts"]))
    paths[PREFIX + "alerts"] = alerts
    authority = _operation("The certificate of the hub's own authority.", (), {"application/x-pem-file": _text()})
    paths[PREFIX + "authority"] = authority
    return {
        "openapi": "3.1.0",
        "info": {"title": "Journalhub", "version": VERSION, "description": "The journals of many hosts, searched."},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


_FIELD_IN_PATH = {
    "name": "field",
    "in": "path",
    "required": True,
    "description": "Name of the field.",
    "schema": {"type": "string"},
}
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last event received; goes before after.",
    "schema": {"type": "string"},
}


def _operation(summary: str, parameters: tuple[Parameter, ...], content: Json) -> Json:
    error = {
        "description": "Refused: what, where, and what to do.",
        "content": _json(_ERROR),
    }
    return {
        "get": {
            "summary": summary,
            "parameters": [parameter.document() for parameter in parameters],
            "responses": {"200": {"description": summary, "content": content}, "default": error},
        }
    }


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _text() -> Json:
    return {"schema": {"type": "string"}}
