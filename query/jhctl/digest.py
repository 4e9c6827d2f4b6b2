"""What many entries come down to: --events and --patterns."""

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

PATTERNS = 40
"""Patterns that are shown unless -n says how many."""

TREND = 12
"""Bars of a trend."""

UNICODE_BARS = " ▁▂▃▄▅▆▇█"
ASCII_BARS = " .:-=#"

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


def list_patterns(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--patterns: a row for each template, the most frequent first; as JSON what the API says of each."""
    limit = PATTERNS if request.lines is None else max(1, min(request.lines, 1000))
    ways = [("limit", str(limit)), ("buckets", str(TREND)), ("new", "1")]
    answer = ask_json(address, "patterns", [*request.selection(), *ways])
    patterns = answer["patterns"]
    if request.output.startswith("json"):
        for pattern in patterns:
            sink.write(_json(pattern, request.output == "json-pretty"))
    else:
        bars = UNICODE_BARS if options.unicode else ASCII_BARS
        rows = [
            [
                str(pattern["count"]),
                f"{100 * pattern['share']:.1f}%",
                _trend(pattern["counts"], bars),
                "new" if pattern["new"] else "",
                printable(str(pattern["template"])),
            ]
            for pattern in patterns
        ]
        marks = [bool(pattern["new"]) for pattern in patterns]
        head = ["COUNT", "SHARE", "TREND", "NEW", "PATTERN"]
        for line in table(head, rows, not request.quiet, options.colors, marks, right=("COUNT", "SHARE")):
            sink.write(line)
        if not rows and not request.quiet:
            sink.write(b"-- No patterns --\n")
    if answer["other"] and not request.quiet and request.lines is None:
        sink.write(f"-- {answer['other']} more patterns; -n shows more --\n".encode())
    if answer["partial"]:
        raise incomplete(str(answer["reason"]))
    return OK


def _trend(counts: Sequence[int], bars: str) -> str:
    """A bar for each of `counts`; what is there at all is seen."""
    highest = max(counts, default=0)
    steps = len(bars) - 1
    return "".join(bars[-(-count * steps // highest) if count else 0] for count in counts)


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
