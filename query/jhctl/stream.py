"""Entries from the collector, one after another, as they come over the wire."""

import time
from collections.abc import Iterator
from typing import Protocol

from journalhub.journal.cursor import parse as parse_cursor
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser
from journalhub.journal.fields import is_valid_name
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import EXPORT, TEXT, ask, incomplete
from journalhub.query.jhctl.client import ANSWER_SECONDS, Response
from journalhub.query.jhctl.failures import FailureError
from journalhub.query.jhctl.request import Parameter, Request

NEWEST = ("order", "newest")
OLDEST = ("order", "oldest")

PROGRESS = {"Journalhub-Progress": "1"}
"""The header that asks an export to tell how far it has come; a collector that knows it not passes it over."""

LINES_HELD = 20_000
"""Entries that -n may turn round in memory; for more the collector is asked twice."""

_SHORT_FIELDS = (
    *("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID"),
    *("_COMM", "_HOSTNAME", "_MACHINE_ID", "_PID"),
)
_SHORT_RARE = ("_SOURCE_MONOTONIC_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "_TRANSPORT")
_UNITS = ("_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT")


class Listener(Protocol):
    """Who hears of an answer while it comes."""

    def began(self, response: Response) -> None:
        """The entries that are shown begin to come."""

    def received(self, size: int) -> None:
        """So many bytes of an answer have come, and the entries in them are given; the next have yet to come."""

    def searched(self, told: bytes) -> None:
        """How far the collector has come, as it says: `DAYS/OF ENTRIES/OF`."""


def fields_parameter(request: Request) -> list[Parameter]:
    """The fields that the output mode looks at: what nobody sees is not sent. None for all."""
    names = _fields(request)
    if names is not None and (request.follow or request.context):
        names = [*names, "_MACHINE_ID", "_HOSTNAME"]  # entries are told apart by host
    return [] if names is None else [("fields", ",".join(dict.fromkeys(names)))]


def _fields(request: Request) -> list[str] | None:
    if request.catalog and (request.output.startswith("short") or request.output in ("with-unit", "verbose")):
        return None  # a text can name any field
    if request.output.startswith("short"):
        return [*_SHORT_FIELDS, *_SHORT_RARE]
    if request.output == "with-unit":
        return [*_SHORT_FIELDS, *_SHORT_RARE, *_UNITS]
    asked = [name for name in request.output_fields if is_valid_name(name)]
    if request.output == "cat":
        return ["PRIORITY", *(asked if request.output_fields else ["MESSAGE"])]
    if request.output == "verbose" and request.output_fields:
        asked += ("_SOURCE_REALTIME_TIMESTAMP", "_MACHINE_ID", "_HOSTNAME")
    return (asked or ["_BOOT_ID"]) if request.output_fields else None


def begin(address: Address, request: Request, more: list[Parameter], progress: bool = False) -> Response:
    """The export of the request's selection, from its cursor on where it has one; `parsed` reads its progress.

    Where that cursor is not stored, from its time on: as journalctl, which goes to the nearest entry.
    """
    parameters = [*request.selection(), *more]
    kind = EXPORT
    if ("format", "journalctl") in more:
        kind = TEXT
    elif ("format", "export") not in more:
        parameters.append(("format", "export"))
    start = _start(request)
    headers = PROGRESS if progress else None
    try:
        return ask(address, "export", [*parameters, *start], kind, headers, _patience(request))
    except FailureError as error:
        if error.code != "unknown-cursor":
            raise
    time = parse_cursor(str(start[0][1])).realtime
    bound = "until" if NEWEST in more else "since"
    beyond = time if bound == "until" else max(time, request.since or 0)
    near: list[Parameter] = [(bound, f"@{beyond // 1_000_000}.{beyond % 1_000_000:06d}")]
    return ask(address, "export", [pair for pair in parameters if pair[0] != bound] + near, kind, headers)


def _patience(request: Request) -> float:
    """Seconds to wait for the next piece: never beyond --timeout."""
    if request.deadline is None:
        return ANSWER_SECONDS
    return min(ANSWER_SECONDS, max(request.deadline - time.monotonic(), 0.001))


def _start(request: Request) -> list[Parameter]:
    if request.cursor is not None:
        return [("cursor", request.cursor)]
    if request.after_cursor is not None:
        return [("after_cursor", request.after_cursor)]
    return []


def chunks(response: Response) -> Iterator[bytes]:
    """The body. Raises FailureError at its end when the collector says that it is incomplete."""
    try:
        yield from response.chunks()
    finally:
        response.close()
    if reason := response.trailers.get("journalhub-partial"):
        raise incomplete(reason)


def parsed(response: Response, listener: Listener | None) -> Iterator[Entry]:
    """The entries of an answer in the export format."""
    parser = ExportParser()
    try:
        for piece in chunks(response):
            yield from parser.feed(piece)
            if listener is not None:
                if parser.progress is not None:
                    listener.searched(parser.progress)
                listener.received(len(piece))
        yield from parser.finish()
    except ExportError as error:
        raise incomplete(str(error)) from error
    if lost := parser.dropped_entries.total() + parser.dropped_fields.total():
        raise incomplete(f"{lost} entries or fields of it cannot be read")


def entries(address: Address, request: Request, listener: Listener) -> Iterator[Entry]:
    """The entries that the request asks for, in the order in which they are shown."""
    fields = fields_parameter(request)
    from_cursor = request.cursor is not None or request.after_cursor is not None
    turned = request.lines is not None and not (request.reverse or request.oldest or from_cursor)
    if turned and request.lines is not None and request.lines > LINES_HELD:
        yield from _many_newest(address, request, request.lines, fields, listener)
        return
    limit: list[Parameter] = [] if request.lines is None else [("limit", str(request.lines))]
    order: Parameter = NEWEST if request.reverse or turned else OLDEST
    more = [order, *limit, *fields, *gaps_parameter(request)]
    response = _announced(begin(address, request, more, progress=True), listener)
    found = parsed(response, listener)
    yield from _turned(found) if turned else found


def _announced(response: Response, listener: Listener) -> Response:
    listener.began(response)
    return response


def gaps_parameter(request: Request) -> list[Parameter]:
    """Whether to be told of gaps."""
    return [] if request.silent else [("gaps", "1")]


def newest(address: Address, request: Request) -> Entry | None:
    """The last entry of the selection: where `-n 0` stands, for --show-cursor."""
    parameters = [*request.selection(grep=False), NEWEST, ("limit", "1"), ("fields", "_BOOT_ID"), ("format", "export")]
    return next(reversed(list(parsed(ask(address, "export", parameters), None))), None)


def _turned(found: Iterator[Entry]) -> Iterator[Entry]:
    """The entries the other way round; what came of an incomplete answer is shown before it fails."""
    held: list[Entry] = []
    failure: FailureError | None = None
    try:
        held.extend(found)
    except FailureError as error:
        failure = error
    yield from reversed(held)
    if failure is not None:
        raise failure


def _many_newest(
    address: Address, request: Request, lines: int, fields: list[Parameter], listener: Listener
) -> Iterator[Entry]:
    """The newest `lines` entries, oldest first, in constant memory: the oldest of them is found first."""
    bare: list[Parameter] = [("fields", "_BOOT_ID")]
    oldest: Entry | None = None
    for entry in parsed(begin(address, request, [NEWEST, ("limit", str(lines)), *bare], progress=True), listener):
        oldest = entry
    if oldest is not None:
        more: list[Parameter] = [OLDEST, ("limit", str(lines)), ("cursor", str(oldest.cursor)), *fields]
        response = _announced(begin(address, request, [*more, *gaps_parameter(request)]), listener)
        yield from parsed(response, listener)
