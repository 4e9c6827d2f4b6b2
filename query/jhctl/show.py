"""What jhctl does with a request: show entries, names, values or boots."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from journalhub.journal.cursor import parse as parse_cursor
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name
from journalhub.query.jhctl import stream
from journalhub.query.jhctl.address import Address, quote
from journalhub.query.jhctl.api import ask_json, incomplete
from journalhub.query.jhctl.boots import boot_json, boot_table, passed_boots
from journalhub.query.jhctl.client import Response
from journalhub.query.jhctl.failures import FAILURE, OK, FailureError
from journalhub.query.jhctl.kept import CursorFile
from journalhub.query.jhctl.marks import GapLines
from journalhub.query.jhctl.meter import Meter
from journalhub.query.jhctl.request import Parameter, Request
from journalhub.query.jhctl.sink import Sink
from journalhub.query.jhctl.zone import zone_name
from journalhub.query.output.boots import BootLines
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.render import render

VALUES_MAX = 10_000
"""Values of one field that the API gives at once."""


_NOT_KNOWN = "format is 'journalctl'"
"""How a collector refuses that is too old to print entries itself; then this process does."""


class Show:
    """Shows the entries of a request."""

    def __init__(self, address: Address, request: Request, options: OutputOptions, sink: Sink, meter: Meter) -> None:
        self._address = address
        self._request = request
        self._options = options
        self._sink = sink
        self._meter = meter
        self._count = 0
        self._last: Entry | None = None
        self._lines = _boot_lines(address, request, options)
        self._gaps: GapLines | None = None
        self._zone = "UTC" if options.utc else zone_name(os.environ)

    def run(self) -> int:
        """Print everything, and return the exit status. Raises FailureError after what could be printed."""
        request = self._request
        if request.lines == 0:
            self._last = stream.newest(self._address, request)
            self._conclude()
            return OK
        if self._may_pass_through():
            try:
                return self._pass_through()
            except FailureError as error:
                if not str(error).startswith(_NOT_KNOWN):
                    raise
        for line in render(self._noted(), request.output, self._options):
            self._sink.write(line)
        self._conclude()
        return FAILURE if request.grep is not None and not self._count else OK

    def _pass_through(self) -> int:
        """Write what comes as it comes."""
        request = self._request
        response = stream.begin(self._address, request, self._pass_through_parameters())
        self.began(response)
        is_empty = True
        for piece in stream.chunks(response):
            is_empty = False
            self._sink.write(piece)
            self._sink.flush()  # the next may be long in coming
            self._meter.printed += len(piece)
        if is_empty and not request.quiet and not self._has_entries():
            self._sink.write(b"-- No entries --\n")
            say_hints(self._address, request, self._sink)
        if self._gaps is not None and request.lines is None and request.boot is None:
            self._gaps.at_end()
        self._summarize()
        return OK

    def _has_entries(self) -> bool:
        """Whether there are entries of which the output mode shows nothing: as with journalctl that is not "none"."""
        order = stream.NEWEST if self._request.reverse else stream.OLDEST
        few = stream.begin(self._address, self._request, [order, ("limit", "1"), ("fields", "_BOOT_ID")])
        return any(True for _ in stream.parsed(few, None))

    def _summarize(self) -> None:
        """Say what is missing where no lines of ours stand between the entries."""
        stands_there = self._options.terminal and not self._request.quiet
        if self._gaps is not None and not stands_there and (lost := self._gaps.summary()):
            self._sink.say(lost)

    def began(self, response: Response) -> None:
        """The answer says what is missing before it gives the first entry."""
        self._gaps = gap_lines(self._request, response.headers.get("journalhub-gaps", ""), self._options.colors)

    def received(self, size: int) -> None:
        """Everything that came is shown, while the next has yet to come."""
        self._meter.received += size
        self._sink.flush()

    def searched(self, told: bytes) -> None:
        """The collector says how far it has come."""
        self._meter.searched(told)

    def _noted(self) -> Iterator[Entry]:
        """The entries to show, with the lines between them written where they belong."""
        for entry in self._surrounded(self._found()):
            if self._gaps is not None:
                self._tell(self._gaps.before(entry))
            if self._lines is not None and (line := self._lines.before(entry)):
                self._sink.write(line)
            self._meter.shown(entry)
            yield entry

    def _tell(self, gaps: bytes) -> None:
        """Write lines of gaps for people. A program gets journalctl's bytes, and stderr a summary at the end."""
        if gaps and self._options.terminal and not self._request.quiet:
            self._sink.write(gaps)

    def _found(self) -> Iterator[Entry]:
        """The entries that the request selects, counted."""
        for entry in stream.entries(self._address, self._request, self):
            self._count += 1
            yield entry
            self._last = entry

    def _surrounded(self, found: Iterator[Entry]) -> Iterator[Entry]:
        request = self._request
        if not request.context:
            return found
        from journalhub.query.jhctl.around import with_context

        fields = stream.fields_parameter(request)
        return with_context(self._address, request, fields, found, self._separate)

    def _separate(self) -> None:
        if not self._request.quiet:
            self._sink.write(b"--\n")

    def _conclude(self) -> None:
        request = self._request
        is_all = request.lines is None or self._count < request.lines
        is_open = is_all or not (request.reverse or request.oldest or _from_cursor(request))
        if self._gaps is not None and is_open and request.boot is None:
            self._tell(self._gaps.at_end())
        if self._lines is not None and is_all:
            self._sink.write(self._lines.at_end())
        if not self._count and not request.quiet:
            self._sink.write(b"-- No entries --\n")
            say_hints(self._address, request, self._sink)
        self._summarize()
        if self._last is not None and request.show_cursor:
            self._sink.write(f"-- cursor: {self._last.cursor}\n".encode())
        if self._last is not None and request.cursor_file is not None:
            kept = CursorFile(request.cursor_file)
            kept.shown(self._last)
            kept.written()

    def _may_pass_through(self) -> bool:
        """Whether the bytes of the collector are the output: then nothing is parsed, and memory is constant."""
        request, options = self._request, self._options
        if options.terminal or request.grep is not None or request.lines == 0:
            return False
        if request.show_cursor or request.cursor_file is not None or request.context or request.stats:
            return False
        if request.output != "export" and not self._may_be_printed_there():
            return False
        return request.lines is None or request.reverse or request.oldest or _from_cursor(request)

    def _may_be_printed_there(self) -> bool:
        """Whether the collector can print the entries as this process would."""
        request, options = self._request, self._options
        if request.output == "short-delta" or request.catalog or not options.full or options.colors:
            return False
        if not all(map(is_valid_name, options.fields)):
            return False  # names that no entry can have, and those of its address, which it has in any case
        if any(name == "q" for name, _ in request.repeated):
            return False  # of a search for text it is told how far it has come
        return self._zone is not None

    def _pass_through_parameters(self) -> list[Parameter]:
        request = self._request
        limit: list[Parameter] = [] if request.lines is None else [("limit", str(request.lines))]
        order = stream.NEWEST if request.reverse else stream.OLDEST
        chosen = [order, *limit, *stream.gaps_parameter(request)]
        if request.output == "export":
            return [*chosen, ("format", "export"), *stream.fields_parameter(request)]
        chosen += [("format", "journalctl"), ("output", request.output), ("tz", self._zone or "UTC")]
        flags = {
            "all": request.show_all,
            "no_hostname": request.no_hostname,
            "truncate_newline": request.truncate_newline,
            "quiet": self._lines is None,
        }
        fields: list[Parameter] = [("fields", ",".join(self._options.fields))] if self._options.fields else []
        return [*chosen, *fields, *((name, "1") for name, given in flags.items() if given)]


def say_hints(address: Address, request: Request, sink: Sink) -> None:
    """Say on stderr what was perhaps meant."""
    from journalhub.query.jhctl.hints import hints

    for hint in hints(address, request):
        sink.say(hint)


def _from_cursor(request: Request) -> bool:
    return request.cursor is not None or request.after_cursor is not None


def gap_lines(request: Request, header: str, colors: int) -> GapLines | None:
    """The lines of the gaps that the header tells, for what the request shows; None for none."""
    if not header:
        return None
    cursor = request.cursor or request.after_cursor
    floor = parse_cursor(cursor).realtime if cursor and not request.reverse else 0
    is_open = request.lines is None or request.reverse or request.oldest or cursor is not None
    return GapLines(header, colors, reverse=request.reverse, open_start=is_open and request.boot is None, floor=floor)


def _boot_lines(address: Address, request: Request, options: OutputOptions) -> BootLines | None:
    if request.quiet or request.merge:
        return None
    if request.grep is None or request.follow or request.context:
        return BootLines(options.colors)
    boots = ask_json(address, "boots", [])["boots"]
    if len({boot["machine_id"] for boot in boots}) == len(boots):
        return BootLines(options.colors)
    parameters = [*_passed_selection(request), ("field", "_BOOT_ID"), ("limit", "1000")]
    facets = ask_json(address, "facets", parameters)["facets"][0]
    found = [value["value"] for value in facets["values"]]
    return BootLines(options.colors, passed_boots(boots, found, request.reverse))


def _passed_selection(request: Request) -> list[Parameter]:
    """What is read in search of a pattern: everything selected without it, from the cursor on where there is one."""
    chosen = request.selection(grep=False)
    cursor = request.cursor or request.after_cursor
    try:
        time = None if cursor is None else parse_cursor(cursor).realtime
    except ValueError:
        time = None  # the collector will say so
    if time is None:
        return chosen
    name = "until" if request.reverse else "since"
    bound = request.until if request.reverse else request.since
    if bound is not None:
        time = min(time, bound) if request.reverse else max(time, bound)
    kept = [pair for pair in chosen if pair[0] != name]
    return [*kept, (name, f"@{time // 1_000_000}.{time % 1_000_000:06d}")]


def field_names(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """-N: every field name within the selection, sorted. (journalctl's order is that of a hash table.)"""
    answer = ask_json(address, "fields", request.selection())
    for field in answer["fields"]:
        sink.write(f"{field['name']}\n".encode())
    if answer.get("partial"):
        raise incomplete(str(answer.get("reason")))
    return OK


def field_values(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """-F: every value of a field within the selection, sorted, at most -n."""
    wanted = VALUES_MAX if request.lines is None else request.lines
    limit: Parameter = ("limit", str(max(min(wanted, VALUES_MAX), 1)))
    answer = ask_json(address, f"values/{quote(request.field)}", [*request.selection(), limit])
    for value in answer["values"][:wanted]:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        sink.write(_shown(options)(raw) + b"\n")
    if not answer["values"] and not request.quiet:
        say_hints(address, request, sink)
    if answer.get("more") and request.lines is None:
        raise incomplete(f"{request.field} has more than {VALUES_MAX} values; select fewer entries")
    if answer.get("partial"):
        raise incomplete(str(answer.get("reason")))
    return OK


def _shown(options: OutputOptions) -> Callable[[bytes], bytes]:
    from journalhub.query.output.text import visible

    return visible if options.terminal else bytes


def _counted(boots: list[Mapping[str, Any]], request: Request) -> list[Mapping[str, Any]]:
    """At most -n of them for each machine: the newest, or with + the oldest, which are then counted from 1."""
    if request.lines is None:
        return boots
    oldest = {str(boot["machine_id"]): int(boot["index"]) for boot in reversed(boots)}
    if not request.oldest:
        return [boot for boot in boots if int(boot["index"]) > -request.lines]
    counted = [{**boot, "index": int(boot["index"]) - oldest[str(boot["machine_id"])] + 1} for boot in boots]
    return [boot for boot in counted if boot["index"] <= request.lines]


def list_boots(address: Address, request: Request, options: OutputOptions, sink: Sink) -> int:
    """--list-boots: a table, or with -o json an array; by machine, and within it in order.

    Of the hosts and the journals that the options name: whatever else they select, a boot is one with all its entries.
    """
    chosen = [pair for pair in request.repeated if pair[0] in ("host", "namespace", "journal", "uid")]
    boots: list[Mapping[str, Any]] = ask_json(address, "boots", chosen)["boots"]
    boots = _counted(boots, request)
    if not boots:
        raise FailureError(FAILURE, "No boot found.")
    if request.reverse:
        boots.reverse()
    if request.output.startswith("json"):
        sink.write(boot_json(boots, request.output, options.colors))
    else:
        for line in boot_table(boots, options.utc, not request.quiet, options.colors):
            sink.write(line)
    return OK
