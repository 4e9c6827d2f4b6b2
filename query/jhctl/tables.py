"""What jhctl lists beside entries: invocations, namespaces, how much is stored, the nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, incomplete, printable
from journalhub.query.jhctl.boots import id_json, id_table
from journalhub.query.jhctl.failures import FAILURE, OK, FailureError
from journalhub.query.jhctl.request import Parameter, Request
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.clock import timestamp
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import format_bytes

UNITS = ("unit", "user_unit")
"""Parameters that name units."""

_COUNTED_WITHIN = frozenset({*UNITS, "host", "namespace", "journal", "uid", "boot", "q", "exclude_unit"})
"""Parameters that say which invocations there are. As with journalctl others choose among entries, once it is known
which invocation is meant; those that journalctl has not narrow everything."""

INVOCATIONS_MAX = 1000
"""Invocations of one machine that the API gives."""


def list_invocations(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--list-invocations: a table as that of boots, machine by machine."""
    rows, more = _invocations(address, request, request.lines, request.oldest)
    if not rows:
        raise FailureError(FAILURE, f"No invocation ID for {_unit_of(request)} found.")
    rows = _by_machine(rows, newest_first=request.reverse, is_newest_first=not request.oldest)
    if request.output.startswith("json"):
        sink.write(id_json(rows, "invocation_id", request.output, options.colors))
    else:
        for line in id_table(rows, "invocation_id", options.utc, not request.quiet, options.colors):
            sink.write(line)
    if more and request.lines is None:
        raise incomplete(f"there are more than {INVOCATIONS_MAX} invocations; the newest are listed")
    return OK


def chosen_invocations(address: Address, request: Request, invocation: str) -> list[Parameter]:
    """The parameters that select what `--invocation=N` or `ID±N` means on each machine, in the place of the unit.

    Raises FailureError where no machine has such a one.
    """
    given, sign, offset = invocation[:32], invocation[32:33], invocation[33:]
    if sign:
        found = _beside(address, request, given.lower(), int(sign + offset))
    else:
        number = int(invocation) if len(invocation) < 32 else 0
        oldest, wanted = number > 0, number if number > 0 else 1 - number
        rows, _ = _invocations(address, request, wanted, oldest)
        found = [row["invocation_id"] for row in rows if row["index"] == number]
    if not found:
        name = f"{given}{sign}{offset}" if sign else f"{int(invocation):+d}"
        raise FailureError(FAILURE, f"No journal entry found for the invocation ({name}).")
    kept = [pair for pair in request.repeated if pair[0] not in UNITS]
    return [*kept, *(("invocation", str(one)) for one in found)]


def _beside(address: Address, request: Request, given: str, offset: int) -> list[str]:
    """The invocation so many after, or before, a given one."""
    rows, _ = _invocations(address, request, INVOCATIONS_MAX, oldest=False)
    found = []
    for own in _machines(rows):
        ids = [str(row["invocation_id"]) for row in reversed(own)]
        if given in ids and 0 <= ids.index(given) + offset < len(ids):
            found.append(ids[ids.index(given) + offset])
    return found


def _invocations(
    address: Address, request: Request, lines: int | None, oldest: bool
) -> tuple[list[dict[str, Any]], bool]:
    """The rows of the API, at most `lines` of each machine, and whether there are more."""
    if lines == 0:
        return [], False
    wanted = INVOCATIONS_MAX if lines is None else min(lines, INVOCATIONS_MAX)
    ways: list[Parameter] = [("order", "oldest" if oldest else "newest"), ("limit", str(wanted))]
    chosen = [pair for pair in request.selection() if pair[0] in _COUNTED_WITHIN]
    answer = ask_json(address, "invocations", [*chosen, *ways])
    if answer.get("partial"):
        raise incomplete(str(answer.get("reason")))
    return list(answer["invocations"]), bool(answer["more"])


def _machines(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    machines: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        machines.setdefault(str(row["machine_id"]), []).append(row)
    return list(machines.values())


def _by_machine(rows: Sequence[dict[str, Any]], newest_first: bool, is_newest_first: bool) -> list[dict[str, Any]]:
    turned = newest_first != is_newest_first
    return [row for own in _machines(rows) for row in (reversed(own) if turned else own)]


def _unit_of(request: Request) -> str:
    from journalhub.journal.units import mangle

    name = next(value for name, value in request.repeated if name in UNITS)
    return mangle(name.decode("utf-8", "replace") if isinstance(name, bytes) else name)


def list_namespaces(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--list-namespaces: the names, with those of the selection only."""
    answer = ask_json(address, "values/_NAMESPACE", [*request.selection(), ("limit", "10000")])
    names = [printable(name) for name in answer["values"] if isinstance(name, str)]
    if request.output.startswith("json"):
        import json

        indent, separators = ("\t", (",", " : ")) if request.output == "json-pretty" else (None, (",", ":"))
        rows = [{"namespace": name} for name in names]
        sink.write(json.dumps(rows, indent=indent, separators=separators).encode() + b"\n")
        return OK
    if not names and not request.quiet:
        sink.write(b"No namespaces found.\n")
    if names and not request.quiet:
        sink.write(b"NAMESPACE\n")
    sink.write("".join(f"{name}\n" for name in names).encode())
    return OK


def disk_usage(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--disk-usage: of the collector, in journalctl's words; `stock` refuses what it cannot be told apart by."""
    status = ask_json(address, "status", [])
    size = format_bytes(int(status["bytes"]))
    sink.write(f"The journals of all hosts take up {size} in the collector's file system.\n".encode())
    return OK


def header(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--header: what the collector knows of each node, in the place of journal files."""
    from journalhub.query.jhctl.fleet import nodes_of

    nodes = nodes_of(address, request)
    sink.write(b"\n".join(_node(node, options.utc) for node in nodes))
    return OK


def _node(node: Mapping[str, Any], utc: bool) -> bytes:
    def time(value: Any) -> str:
        return timestamp(int(value), utc) if value else "never"

    rows = [
        ("Host", node["hostname"]),
        ("Machine ID", node["machine_id"]),
        *([("Namespace", node["namespace"])] if node.get("namespace") else []),
        ("Shipper", node["version"] or "none of ours"),
        ("State", node["state"].upper()),
        ("Last seen", time(node["last_seen"])),
        ("Tail realtime timestamp", time(node["last_entry"])),
        ("Behind", "unknown" if node["behind"] is None else f"{node['behind'] / 1_000_000:.3f}s"),
        ("Entry objects", node["entries"]),
        ("Duplicates", node["duplicates"]),
        ("Refused", node["refused"]),
        ("Missing", node["missing"]),
        ("Suppressed by journald", node["suppressed"]),
        ("At risk", "yes" if node["at_risk"] else "no"),
        *(("Pending", f"until {time(one['until'])}") for one in node["pending"]),
        ("Gaps", len(node["gaps"])),
    ]
    return "".join(f"{name}: {printable(str(value))}\n" for name, value in rows).encode()
