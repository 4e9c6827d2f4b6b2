"""JSON Schemas of the answers, as docs/api.md has them."""

from typing import Any

Json = dict[str, Any]


def _object(required: Json, **optional: Json) -> Json:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _or_null(schema: Json) -> Json:
    return {"oneOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Json = {"type": "string"}
INTEGER: Json = {"type": "integer"}
BOOLEAN: Json = {"type": "boolean"}

SCHEMAS: Json = {
    "Value": {"oneOf": [TEXT, _array({"type": "integer", "minimum": 0, "maximum": 255})]},
    "Entry": {
        "type": "object",
        "description": "journalctl's -o json --all object with __POSITION and, where values are cut, __CLIPPED.",
        "properties": {
            "__CURSOR": TEXT,
            "__REALTIME_TIMESTAMP": TEXT,
            "__MONOTONIC_TIMESTAMP": TEXT,
            "__SEQNUM": TEXT,
            "__SEQNUM_ID": TEXT,
            "_BOOT_ID": TEXT,
            "__POSITION": TEXT,
            "__CLIPPED": {"type": "object", "additionalProperties": INTEGER},
        },
        "required": [
            *("__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP"),
            *("__SEQNUM", "__SEQNUM_ID", "_BOOT_ID", "__POSITION"),
        ],
        "additionalProperties": {"oneOf": [_ref("Value"), _array(_ref("Value"))]},
    },
    "ReadAs": _or_null(
        _object({"as": {"type": "string", "enum": ["query", "text"]}, "canonical": TEXT, "why": _or_null(TEXT)})
    ),
    "Error": _object(
        {
            "error": _object(
                {"what": TEXT, "where": TEXT, "do": TEXT},
                at={"type": "integer", "description": "Character of the parameter where it breaks."},
                code={"type": "string", "description": "Names the cases that clients tell apart."},
                journalctl={"type": "string", "description": "What journalctl says in this case."},
            )
        }
    ),
    "Partition": _object(
        {"day": TEXT, "entries": INTEGER, "bytes": INTEGER, "first": INTEGER, "last": INTEGER, "indexed": BOOLEAN}
    ),
    "Boot": _object(
        {
            "machine_id": _ref("Value"),
            "hostname": _ref("Value"),
            "boot_id": TEXT,
            "first": INTEGER,
            "last": INTEGER,
            "index": INTEGER,
        }
    ),
    "Invocation": _object(
        {
            "machine_id": _ref("Value"),
            "hostname": _ref("Value"),
            "invocation_id": _ref("Value"),
            "first": INTEGER,
            "last": INTEGER,
            "index": INTEGER,
        }
    ),
    "Node": {"type": "object", "description": "See docs/api.md, Node."},
    "Progress": _object(
        {
            **dict.fromkeys(("days", "of_days", "since", "until"), INTEGER),
            "entries": _or_null(INTEGER),
            "of_entries": _or_null(INTEGER),
            "done": BOOLEAN,
        }
    ),
}


def _answer(required: Json, **optional: Json) -> Json:
    """The schema of a query's answer with these keys and the common ones."""
    common = {
        "took_ms": {"type": "number"},
        "matched": _or_null(INTEGER),
        "partial": BOOLEAN,
        "reason": _or_null(TEXT),
    }
    return _object(required | common, **optional)


_ENTRIES = _array(_ref("Entry"))
_READ_AS = {"read_as": _ref("ReadAs")}
_PROGRESS = _ref("Progress")
"""For who asks for it by the header Journalhub-Progress."""

ANSWERS: Json = {
    "entries": _answer({"entries": _ENTRIES, "more": BOOLEAN, "next": _or_null(TEXT)} | _READ_AS, progress=_PROGRESS),
    "count": _answer(_READ_AS, progress=_PROGRESS),
    "histogram": _answer(
        {
            "start": INTEGER,
            "interval": INTEGER,
            "series": _array(_object({"value": _or_null(_ref("Value")), "counts": _array(INTEGER)})),
            "other": _or_null(_object({"values": INTEGER, "counts": _array(INTEGER)})),
        }
        | _READ_AS,
        progress=_PROGRESS,
    ),
    "facets": _answer(
        {
            "facets": _array(
                _object(
                    {
                        "field": TEXT,
                        "values": _array(_object({"value": _ref("Value"), "count": INTEGER})),
                        "other": INTEGER,
                        "missing": INTEGER,
                        "reason": _or_null(TEXT),
                    }
                )
            )
        }
        | _READ_AS,
        progress=_PROGRESS,
    ),
    "events": _answer(
        {
            "start": INTEGER,
            "interval": INTEGER,
            "kinds": _array(
                _object(
                    {
                        "kind": TEXT,
                        "title": TEXT,
                        "level": {"type": "string", "enum": ["bad", "warning", "note"]},
                        "advice": TEXT,
                        "search": _or_null(TEXT),
                        "matched": INTEGER,
                        "counts": _array(INTEGER),
                        "hosts": _array(
                            _object({"value": _or_null(_ref("Value")), "count": INTEGER, "counts": _array(INTEGER)})
                        ),
                        "other_hosts": INTEGER,
                        "subjects": _array(_object({"field": TEXT, "value": _ref("Value"), "count": INTEGER})),
                        "lost": _or_null(INTEGER),
                        "newest": _ENTRIES,
                    }
                )
            ),
        }
        | _READ_AS
    ),
    "patterns": _answer(
        {
            **dict.fromkeys(("start", "interval", "scanned", "since", "other", "unlike"), INTEGER),
            "patterns": _array(
                _object(
                    {
                        **dict.fromkeys(("template", "search"), TEXT),
                        **dict.fromkeys(("count", "first", "last"), INTEGER),
                        "share": {"type": "number"},
                        "counts": _array(INTEGER),
                        "new": _or_null(BOOLEAN),
                    }
                )
            ),
        }
        | _READ_AS
    ),
    "fields": _answer({"fields": _array(_object({"name": TEXT, "count": INTEGER}))} | _READ_AS),
    "values/{field}": _answer({"values": _array(_ref("Value")), "more": BOOLEAN} | _READ_AS),
    "context": _answer({"before": _ENTRIES, "entry": _ref("Entry"), "after": _ENTRIES} | _READ_AS),
    "contexts": _answer(
        {"contexts": _array(_or_null(_object({"before": _ENTRIES, "entry": _ref("Entry"), "after": _ENTRIES})))}
        | _READ_AS
    ),
    "boots": _answer({"boots": _array(_ref("Boot"))}),
    "invocations": _answer({"invocations": _array(_ref("Invocation")), "more": BOOLEAN} | _READ_AS),
    "catalog": _answer({"texts": _array(_object({"id": TEXT, "language": TEXT, "text": TEXT}))}),
    "nodes": _answer({"nodes": _array(_ref("Node"))}),
    "users": _answer(
        {"users": _array(_object({"machine_ids": _array(TEXT), "names": {"type": "object", "description": "By uid."}}))}
    ),
    "parse": _answer(
        {
            "read_as": {"type": "string", "enum": ["query", "text"]},
            "canonical": TEXT,
            "why": _or_null(TEXT),
            "warnings": _array(TEXT),
        }
    ),
    "status": _answer(
        {
            "healthy": BOOLEAN,
            "health": _array(TEXT),
            "entries": INTEGER,
            "bytes": INTEGER,
            "newest_ord": INTEGER,
            "partitions": _array(_ref("Partition")),
        }
    ),
    "resume": _object(
        {
            "streams": _array(
                _object(
                    {
                        "seqnum_id": TEXT,
                        "boot_id": TEXT,
                        "cursor": TEXT,
                        "first_seqnum": INTEGER,
                        "last_seqnum": INTEGER,
                    }
                )
            )
        }
    ),
    "whoami": _object({"name": TEXT, "role": TEXT, "scope": _or_null(TEXT), "authentication": BOOLEAN}),
    "audit": _object(
        {
            "records": _array(
                _object(
                    {
                        **dict.fromkeys(("id", "at", "status"), INTEGER),
                        **dict.fromkeys(("who", "address", "method", "path", "query"), TEXT),
                        "entries": _or_null(INTEGER),
                        "milliseconds": {"type": "number"},
                    }
                )
            )
        }
    ),
    "alerts": _object(
        {
            "alerts": _array(
                _object(
                    {
                        **dict.fromkeys(("name", "kind"), TEXT),
                        "within": {"type": "number"},
                        "notify": _array(TEXT),
                        "enabled": BOOLEAN,
                        "trouble": _or_null(TEXT),
                        "told": _array(
                            _object(
                                {
                                    **dict.fromkeys(("state", "target"), TEXT),
                                    **dict.fromkeys(("at", "subjects"), INTEGER),
                                    "taken": _or_null(INTEGER),
                                    "why": _or_null(TEXT),
                                }
                            )
                        ),
                        "firing": _array(
                            _object(
                                {
                                    **dict.fromkeys(("since", "value"), INTEGER),
                                    **dict.fromkeys(("key", "subject", "summary"), TEXT),
                                }
                            )
                        ),
                    },
                    query=TEXT,
                    above=INTEGER,
                    by=_or_null(TEXT),
                    hosts=TEXT,
                )
            ),
            "waiting": INTEGER,
        }
    ),
}
