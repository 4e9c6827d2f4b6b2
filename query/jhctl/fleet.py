"""What the hub knows of its nodes, as tables: --list-hosts and --list-gaps; and how many entries there are: --count."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, incomplete, printable
from journalhub.query.jhctl.failures import BAD_QUERY, FAILURE, OK, FailureError
from journalhub.query.jhctl.request import Request
from journalhub.query.jhctl.show import say_hints
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.clock import timestamp
from journalhub.query.output.colors import NORMAL, RED, UNDERLINE
from journalhub.query.output.options import OutputOptions

SECOND = 1_000_000

VALUES = 1000
"""Values that --count=FIELD lists at most: the API's own limit."""

_NUMBERS = ("LAG", "RATE", "ENTRIES", "MISSING")
"""Columns of --list-hosts that stand to the right."""

_ORDER = {"silent": 0, "behind": 1, "live": 2}

Row = Mapping[str, Any]


def list_hosts(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--list-hosts: every node, trouble first."""
    nodes = nodes_of(address, request)
    nodes.sort(key=lambda node: (_ORDER.get(node["state"], 3), node["hostname"], node["namespace"]))
    if request.output.startswith("json"):
        sink.write(_json(nodes, request.output == "json-pretty"))
        return OK
    several = any(node["namespace"] for node in nodes)
    now = time.time_ns() // 1000
    head = [
        "HOST",
        *(["NAMESPACE"] if several else []),
        "STATE",
        "SEEN",
        "LAG",
        "RATE",
        "ENTRIES",
        "MISSING",
        "VERSION",
    ]
    rows = [
        [
            str(node["hostname"]),
            *([str(node["namespace"])] if several else []),
            _state(node),
            _ago(now - node["last_seen"]) if node["last_seen"] else "never",
            _span(node["behind"]) if node["behind"] is not None else "-",
            f"{node['rate']:.1f}/s",
            str(node["entries"]),
            str(node["missing"]) if node["missing"] else "-",
            str(node["version"]) or "-",
        ]
        for node in nodes
    ]
    marks = [node["state"] != "live" or node["at_risk"] or bool(node["missing"]) for node in nodes]
    for line in table(
        head, rows, not request.quiet, options.colors, marks, right=("LAG", "RATE", "ENTRIES", "MISSING")
    ):
        sink.write(line)
    return OK


def _state(node: Row) -> str:
    """In a word, and what else should be known at once."""
    more = [word for word, is_so in (("at risk", node["at_risk"]), ("pending", bool(node["pending"]))) if is_so]
    return ", ".join((str(node["state"]), *more))


def list_gaps(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--list-gaps: what nodes wrote and the hub does not have, and what they left out on purpose; by time."""
    gaps = [
        {"hostname": node["hostname"], "machine_id": node["machine_id"], "namespace": node["namespace"], **gap}
        for node in nodes_of(address, request)
        for gap in (
            *({**gap, "count": gap["last"] - gap["first"] + 1} for gap in node["gaps"]),
            *({**item, "cause": f"left out: {item['rule']}"} for item in node["dropped"]),
        )
    ]
    gaps = [gap for gap in gaps if _overlaps(gap, request)]
    gaps.sort(key=lambda gap: (gap.get("since") or 0, gap["hostname"]))
    if request.output.startswith("json"):
        sink.write(_json(gaps, request.output == "json-pretty"))
        return OK
    rows = [
        [
            str(gap["hostname"]),
            str(gap["count"]),
            timestamp(gap["since"], request.utc) if gap.get("since") else "-",
            timestamp(gap["until"], request.utc) if gap.get("until") else "-",
            f"{gap['first']}..{gap['last']}" if "first" in gap else "-",
            _plain(str(gap["cause"])),
        ]
        for gap in gaps
    ]
    head = ["HOST", "ENTRIES", "SINCE", "UNTIL", "SEQNUMS", "CAUSE"]
    for line in table(head, rows, not request.quiet, options.colors, [False] * len(rows), right=("ENTRIES",)):
        sink.write(line)
    if not rows and not request.quiet:
        sink.write(b"-- No gaps --\n")
    return OK


def count(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--count: how many entries are selected; with a field, how many of each value, the most frequent first."""
    if not request.count_by:
        answer = ask_json(address, "count", request.selection())
        sink.write(b"%d\n" % answer["matched"])
        if not answer["matched"] and not request.quiet:
            say_hints(address, request, sink)
        if answer["partial"]:
            raise incomplete(f"there are at least so many: {answer['reason']}")
        return FAILURE if request.grep is not None and not answer["matched"] else OK
    limit = VALUES if request.lines is None else max(1, min(request.lines, VALUES))
    parameters = [*request.selection(), ("field", request.count_by), ("limit", str(limit))]
    answer = ask_json(address, "facets", parameters)
    (facet,) = answer["facets"]
    width = max((len(str(row["count"])) for row in facet["values"]), default=1)
    for row in facet["values"]:
        value = row["value"] if isinstance(row["value"], str) else bytes(row["value"]).decode(errors="backslashreplace")
        sink.write(f"{row['count']:>{width}} {_plain(value) if options.terminal else value}\n".encode())
    if not facet["values"] and not request.quiet:
        say_hints(address, request, sink)
    if answer["partial"]:
        raise incomplete(str(answer["reason"]))
    return OK


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    with_head: bool,
    colors: int,
    marks: Sequence[bool],
    right: Sequence[str] = (),
) -> Iterator[bytes]:
    """Aligned columns; rows with a mark in red where there are colours."""
    if not rows:
        return
    rows = [[_plain(cell) for cell in row] for row in rows]
    shown = [head, *rows] if with_head else rows
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    sides = [name in right for name in head]

    def line(cells: Sequence[str]) -> bytes:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, sides, strict=True)
        ]
        return "  ".join(padded).rstrip(" ").encode()

    if with_head:
        yield (UNDERLINE + line(head) + NORMAL if colors else line(head)) + b"\n"
    for row, marked in zip(rows, marks, strict=True):
        yield (RED + line(row) + NORMAL if colors and marked else line(row)) + b"\n"


def nodes_of(address: Address, request: Request) -> list[dict[str, Any]]:
    """The nodes of the hosts that -H names, and of the namespaces of --namespace.

    Raises FailureError where there is no such host, as for entries.
    """
    from fnmatch import fnmatchcase

    patterns = [
        value if isinstance(value, str) else value.decode(errors="replace")
        for name, value in request.repeated
        if name == "host"
    ]
    nodes: list[dict[str, Any]] = ask_json(address, "nodes", [])["nodes"]
    if (namespace := _namespace(request)) is not None:
        nodes = [node for node in nodes if node["namespace"] in namespace]
    if not patterns:
        return nodes
    found = [
        node
        for node in nodes
        if any(fnmatchcase(node["hostname"], pattern) or node["machine_id"] == pattern for pattern in patterns)
    ]
    if not found:
        raise FailureError(
            BAD_QUERY, f"no host matches {' or '.join(map(printable, patterns))}; jhctl --list-hosts lists all"
        )
    return found


def _namespace(request: Request) -> set[str] | None:
    """The names of the namespaces that are meant, the empty one for the default; None for all."""
    given = next((value for name, value in request.repeated if name == "namespace"), None)
    name = given.decode(errors="replace") if isinstance(given, bytes) else given
    if name is None or name == "*":
        return None
    return {name[1:], ""} if name.startswith("+") else {name}


def _overlaps(gap: Row, request: Request) -> bool:
    """Whether a gap touches the time between -S and -U."""
    since, until = gap.get("since") or 0, gap.get("until") or 2**63
    return (request.since is None or until >= request.since) and (request.until is None or since <= request.until)


def _ago(microseconds: int) -> str:
    return f"{_span(max(microseconds, 0))} ago"


def _span(microseconds: int) -> str:
    """A time span in its largest unit: 12s, 5min, 3h, 4d."""
    seconds = microseconds // SECOND
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _plain(text: str) -> str:
    """Text from elsewhere, without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _json(rows: Sequence[Row], pretty: bool) -> bytes:
    import json

    if pretty:
        return json.dumps(rows, indent="\t", separators=(",", " : ")).encode() + b"\n"
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)
