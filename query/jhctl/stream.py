"""Entries from the collector, one after another, as they come over the wire."""

from collections.abc import Callable, Iterator

from journalhub.journal.cursor import parse as parse_cursor
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser
from journalhub.journal.fields import is_valid_name
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask, incomplete
from journalhub.query.jhctl.client import Response
from journalhub.query.jhctl.failures import FailureError
from journalhub.query.jhctl.request import Parameter, Request

NEWEST = ("order", "newest")
OLDEST = ("order", "oldest")

LINES_HELD = 20_000
"""Entries that -n may turn round in memory; for more the collector is asked twice."""

_SHORT_FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,SYSLOG_PID,_COMM,_HOSTNAME,_MACHINE_ID,_PID"
_SHORT_RARE = "_SOURCE_MONOTONIC_TIMESTAMP,_SOURCE_REALTIME_TIMESTAMP,_TRANSPORT"
_UNITS = "_SYSTEMD_UNIT,_SYSTEMD_USER_UNIT"


def fields_parameter(request: Request) -> list[Parameter]:
    """The fields that the output mode looks at: what nobody sees is not sent. None for all."""
    if request.catalog and (request.output.startswith("short") or request.output in ("with-unit", "verbose")):
        return []  # a text can name any field
    if request.output.startswith("short"):
        return [("fields", f"{_SHORT_FIELDS},{_SHORT_RARE}")]
    if request.output == "with-unit":
        return [("fields", f"{_SHORT_FIELDS},{_SHORT_RARE},{_UNITS}")]
    asked = [name for name in request.output_fields if is_valid_name(name)]
    if request.output == "cat":
        return [("fields", ",".join(("PRIORITY", *(asked if request.output_fields else ["MESSAGE"]))))]
    if request.output == "verbose" and request.output_fields:
        asked += ("_SOURCE_REALTIME_TIMESTAMP", "_MACHINE_ID", "_HOSTNAME")
    if request.output_fields:
        return [("fields", ",".join(asked or ["_BOOT_ID"]))]
    return []


def begin(address: Address, request: Request, more: list[Parameter]) -> Response:
    """The export of the request's selection, from its cursor on where it has one.

    Where that cursor is not stored, from its time on: as journalctl, which goes to the nearest entry.
    """
    parameters = [*request.selection(), *more, ("format", "export")]
    start = _start(request)
    try:
        return ask(address, "export", [*parameters, *start])
    except FailureError as error:
        if error.code != "unknown-cursor":
            raise
    time = parse_cursor(str(start[0][1])).realtime
    bound = "until" if NEWEST in more else "since"
    beyond = time if bound == "until" else max(time, request.since or 0)
    near: list[Parameter] = [(bound, f"@{beyond // 1_000_000}.{beyond % 1_000_000:06d}")]
    return ask(address, "export", [pair for pair in parameters if pair[0] != bound] + near)


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


def parsed(pieces: Iterator[bytes], idle: Callable[[], None]) -> Iterator[Entry]:
    """The entries of export text; `idle` is called whenever the next ones have yet to come."""
    parser = ExportParser()
    try:
        for piece in pieces:
            yield from parser.feed(piece)
            idle()
        yield from parser.finish()
    except ExportError as error:
        raise incomplete(str(error)) from error
    if lost := parser.dropped_entries.total() + parser.dropped_fields.total():
        raise incomplete(f"{lost} entries or fields of it cannot be read")


def entries(address: Address, request: Request, idle: Callable[[], None]) -> Iterator[Entry]:
    """The entries that the request asks for, in the order in which they are shown."""
    fields = fields_parameter(request)
    from_cursor = request.cursor is not None or request.after_cursor is not None
    turned = request.lines is not None and not (request.reverse or request.oldest or from_cursor)
    if turned and request.lines is not None and request.lines > LINES_HELD:
        yield from _many_newest(address, request, request.lines, fields, idle)
        return
    limit: list[Parameter] = [] if request.lines is None else [("limit", str(request.lines))]
    order: Parameter = NEWEST if request.reverse or turned else OLDEST
    found = parsed(chunks(begin(address, request, [order, *limit, *fields])), idle)
    yield from _turned(found) if turned else found


def newest(address: Address, request: Request) -> Entry | None:
    """The last entry of the selection: where `-n 0` stands, for --show-cursor."""
    parameters = [*request.selection(grep=False), NEWEST, ("limit", "1"), ("fields", "_BOOT_ID"), ("format", "export")]
    return next(reversed(list(parsed(chunks(ask(address, "export", parameters)), lambda: None))), None)


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
    address: Address, request: Request, lines: int, fields: list[Parameter], idle: Callable[[], None]
) -> Iterator[Entry]:
    """The newest `lines` entries, oldest first, in constant memory: the oldest of them is found first."""
    bare: list[Parameter] = [("fields", "_BOOT_ID")]
    oldest: Entry | None = None
    for entry in parsed(chunks(begin(address, request, [NEWEST, ("limit", str(lines)), *bare])), idle):
        oldest = entry
    if oldest is not None:
        more: list[Parameter] = [OLDEST, ("limit", str(lines)), ("cursor", str(oldest.cursor)), *fields]
        yield from parsed(chunks(begin(address, request, more)), idle)
