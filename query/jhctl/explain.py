"""--explain: what a command line means to the collector, and what it costs to look."""

from typing import Any

from journalhub.query.jhctl.address import Address, query, quote
from journalhub.query.jhctl.api import ask_json, printable
from journalhub.query.jhctl.getopt import UsageError
from journalhub.query.jhctl.request import Request
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.clock import timestamp
from journalhub.query.output.options import OutputOptions

NAMES_SHOWN = 10
"""Hosts and units that are named; of more the number is told."""

_LABEL = 12
"""Columns of what stands in front."""


def explain(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """Print it. The collector counts the selection for this, which shows how long it takes to find."""
    for label, text in _rows(address, request):
        sink.write(f"{label:<{_LABEL}}{printable(text)}\n".encode())
    return 0


def _rows(address: Address, request: Request) -> list[tuple[str, str]]:
    selection = request.selection()
    days = ask_json(address, "status", [])["partitions"]
    count = ask_json(address, "count", selection)
    rows = [("Collector", address.url)]
    rows += [(name, _shown(value)) for name, value in selection if name not in ("q", "since", "until")]
    rows += _search(address, request)
    rows += [("Hosts", _names(address, request, "_HOSTNAME")), ("Units", _names(address, request, "_SYSTEMD_UNIT"))]
    rows += [("Time", _time(request)), ("Days", _days(days, request))]
    unsure = f", at least: {count['reason']}" if count["partial"] else ""
    rows.append(("Entries", f"{count['matched']}, counted in {count['took_ms']:.0f} ms{unsure}"))
    rows.append(("API", f"{address.scheme}://{address.authority}{address.prefix}/api/v1/export{query(selection)}"))
    return rows + _page(address, request)


def _search(address: Address, request: Request) -> list[tuple[str, str]]:
    text = next((value for name, value in request.repeated if name == "q"), None)
    if text is None:
        return []
    read = ask_json(address, "parse", [("q", text)])
    how = "" if read["why"] is None else f" (as text: {read['why']})"
    return [("Search", f"{read['canonical']}{how}"), *(("Warning", str(warning)) for warning in read["warnings"])]


def _names(address: Address, request: Request, field: str) -> str:
    """The values of a field within the selection."""
    found = ask_json(address, f"values/{quote(field)}", [*request.selection(), ("limit", "1000")])
    names = [_shown(value if isinstance(value, str) else bytes(value)) for value in found["values"]]
    more = f" and {len(names) - NAMES_SHOWN}{' or more' if found['more'] else ''} others"
    return ", ".join(names[:NAMES_SHOWN]) + (more if len(names) > NAMES_SHOWN else "") or "none"


def _time(request: Request) -> str:
    since = "the first" if request.since is None else timestamp(request.since, request.utc, precise=True)
    until = "the last" if request.until is None else timestamp(request.until, request.utc, precise=True)
    return f"{since} to {until}"


def _days(days: list[dict[str, Any]], request: Request) -> str:
    """How much of the store lies within the time: a search looks nowhere else."""
    since, until = request.since or 0, 2**63 if request.until is None else request.until
    within = [day for day in days if day["last"] >= since and day["first"] <= until]
    entries, whole = sum(day["entries"] for day in within), sum(day["entries"] for day in days)
    said = f"{len(within)} of {len(days)}, with {entries} of {whole} entries"
    waiting = [day["day"] for day in within if not day["indexed"]]
    return f"{said}; not indexed yet: {', '.join(waiting)}" if waiting else said


def _page(address: Address, request: Request) -> list[tuple[str, str]]:
    from journalhub.query.jhctl.web import page_address

    try:
        return [("Page", page_address(address, request))]
    except UsageError:
        return []  # the page cannot show it


def _shown(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
