"""What many entries come down to: --events."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, incomplete, printable
from journalhub.query.jhctl.failures import OK
from journalhub.query.jhctl.fleet import table
from journalhub.query.jhctl.request import Request
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.clock import timestamp
from journalhub.query.output.options import OutputOptions

NAMED = 3
"""Hosts and units that a row names; what is left out is counted."""


def list_events(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--events: a row for each kind of which there are any, the worst first; as JSON what the API says of each."""
    limit = 1 if request.lines is None else min(request.lines, 100)
    answer = ask_json(address, "events", [*request.selection(), ("limit", str(limit)), ("buckets", "24")])
    kinds = [kind for kind in answer["kinds"] if kind["matched"]]
    if request.output.startswith("json"):
        for kind in kinds:
            sink.write(_json(kind, request.output == "json-pretty"))
    else:
        rows = [
            [
                str(kind["title"]),
                str(kind["matched"]),
                _newest(kind, request.utc),
                _named(kind["hosts"], kind["other_hosts"]),
                _named(kind["subjects"], 0),
            ]
            for kind in kinds
        ]
        marks = [kind["level"] == "bad" for kind in kinds]
        head = ["EVENT", "COUNT", "NEWEST", "HOSTS", "ABOUT"]
        for line in table(head, rows, not request.quiet, options.colors, marks, right=("COUNT",)):
            sink.write(line)
        if not rows and not request.quiet:
            sink.write(b"-- No events --\n")
    if answer["partial"]:
        raise incomplete(str(answer["reason"]))
    return OK


def _newest(kind: Mapping[str, Any], utc: bool) -> str:
    newest = kind["newest"]
    return timestamp(int(newest[0]["__REALTIME_TIMESTAMP"]), utc) if newest else "-"


def _named(values: Sequence[Mapping[str, Any]], others: int) -> str:
    """The first of some counted values in words."""
    words = [f"{_text(item['value'])} {item['count']}" for item in values[:NAMED]]
    left = len(values) + others - len(words)
    return ", ".join([*words, *([f"and {left} more"] if left else [])]) or "-"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return printable(value if isinstance(value, str) else bytes(value).decode(errors="backslashreplace"))


def _json(row: Mapping[str, Any], pretty: bool) -> bytes:
    if pretty:
        return json.dumps(row, indent="\t", separators=(",", " : ")).encode() + b"\n"
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"
