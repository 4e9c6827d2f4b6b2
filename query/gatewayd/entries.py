"""`/entries`: entries in one of five forms, of a range, followed if asked for."""

from dataclasses import replace

from aiohttp import web

from journalhub.journal.export import CONTENT_TYPE
from journalhub.query.api.service import Service
from journalhub.query.gatewayd.answers import Handler, SaidError, answered, headers
from journalhub.query.gatewayd.arguments import Arguments, parse_arguments
from journalhub.query.gatewayd.ranges import Range, parse_range
from journalhub.query.gatewayd.reading import Reading, Wanted
from journalhub.query.gatewayd.seeking import Address, parse_address
from journalhub.query.gatewayd.streaming import EntryStream
from journalhub.query.output import OutputOptions
from journalhub.query.plan.boots import boot_query, count_boots
from journalhub.query.plan.resolve import resolve
from journalhub.query.plan.selection import Selection
from journalhub.store.ast import And, In, Not, Or, Query
from journalhub.store.contract import Budget, Scope, Store

MODES = {
    "application/json": "json",
    "text/event-stream": "json-sse",
    "application/json-seq": "json-seq",
    CONTENT_TYPE: "export",
}
"""The output mode by the whole of an Accept header. Any other, also a list of these, is the first of all: short."""

FLAGS = ("follow", "discrete", "boot", "all")


def accepted(request: web.Request) -> str:
    """The content type of the answer."""
    accept = request.headers.get("Accept", "")
    return accept if accept in MODES else "text/plain"


def entries_handler(service: Service) -> Handler:
    """The handler of /entries."""

    async def handle(request: web.Request) -> web.StreamResponse:
        content_type = accepted(request)
        asked = _range(request)
        arguments = _arguments(request)
        if arguments.has("discrete") and asked.cursor is None:
            raise SaidError("Discrete seeks require a cursor specification.")
        address = _address(asked)
        budget = Budget()

        def begin() -> tuple[Reading, bytes, str | None]:
            store = service.sources_for(request).store
            wanted = Wanted(
                scope_of(arguments, store),
                asked,
                address,
                arguments.has("discrete"),
                arguments.has("follow"),
                MODES.get(content_type, "short"),
                OutputOptions(show_all=arguments.has("all") and content_type in MODES),
            )
            reading = Reading(store, wanted, budget)
            first = reading.piece()
            return reading, first, _incomplete(service, asked, reading)

        with service.stream():
            reading, first, reason = await service.pieces.run(request, budget, begin)
            stream = EntryStream(request, reading, budget, headers(reason) | {"Content-Type": content_type})
            return await stream.serve(service.pieces, service.wakeup, first)

    return answered(handle)


def _range(request: web.Request) -> Range:
    try:
        return parse_range(request.headers.get("Range"))
    except ValueError as error:
        raise SaidError("Failed to parse Range header.") from error


def _arguments(request: web.Request) -> Arguments:
    try:
        return parse_arguments(request.rel_url.raw_query_string, FLAGS)
    except ValueError as error:
        raise SaidError("Failed to parse URL arguments.") from error


def _address(asked: Range) -> Address | None:
    try:
        return None if asked.cursor is None else parse_address(asked.cursor)
    except ValueError as error:
        raise SaidError("Failed to seek in journal.") from error


def scope_of(arguments: Arguments, store: Store) -> Scope:
    """The entries that match. `boot` is one more value of _BOOT_ID, as in the stock program: that of this boot."""
    if not arguments.has("boot"):
        return resolve(Selection(matches=arguments.expression()), store)
    scope = resolve(Selection(matches=arguments.expression(without=("_BOOT_ID",))), store)
    boot = this_boot(store)
    others = arguments.matches.get("_BOOT_ID")
    return replace(scope, query=And((scope.query, Or((boot, In("_BOOT_ID", frozenset(others)))) if others else boot)))


def this_boot(store: Store) -> Query:
    """The newest boot of every machine: all entries but those of the boots before it.

    So a follower also sees the boot that comes next, which nobody could name yet.
    """
    boots = store.boots()
    return Not(boot_query([counted.boot for counted in count_boots(boots) if counted.index < 0], boots))


def _incomplete(service: Service, asked: Range, reading: Reading) -> str | None:
    """Why the answer is not all that was asked for, as far as it is known at its beginning."""
    since = asked.since if reading.lost_since is None else reading.lost_since
    reason = service.sources.cut_by_retention(Selection(since=since or 0))
    if reason is None and reading.lost_since is not None:
        return "no entry is stored at the cursor; this begins at its time"
    return reason
