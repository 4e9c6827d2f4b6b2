"""`/api/v1/context`: what stands around an entry."""

from collections.abc import Callable
from dataclasses import replace

import orjson

from journalhub.journal.entry import Entry
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.entries import find_cursor, parse_cursor, position, rows_within
from journalhub.query.api.limits import ANSWER_BYTES_MAX
from journalhub.query.api.parameters import BEFORE, CONTEXT_AFTER, SAME
from journalhub.query.api.rows import parse_shape
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import resolve
from journalhub.store.ast import All, And, Eq, Query
from journalhub.store.contract import Budget, Hit, Order, Page, Position, Scope, Store

LOOKUP_PAGE = 1000
"""Entries of one microsecond that are looked through at a time for a position."""


def prepare_context(asked: Asked) -> Job:
    """The entries before and after one, in time order, of its host, its unit, or a selection."""
    parameters = asked.parameters
    selection = asked.selection()
    find = parse_entry(parameters)
    before = BEFORE.number(parameters)
    after = CONTEXT_AFTER.number(parameters)
    same = SAME.choice(parameters)
    shape = parse_shape(parameters)

    def job(store: Store, budget: Budget) -> Answer:
        hit = find(store, budget)
        scope = resolve(selection, store)
        if same is not None:
            scope = replace(scope, query=And((scope.query, same_as(hit.entry, same))))
        earlier = _beside(store, scope, Order.NEWEST_FIRST, before, hit.position, budget)
        later = _beside(store, scope, Order.OLDEST_FIRST, after, hit.position, budget)
        body = {
            "before": rows_within(earlier.hits, shape, ANSWER_BYTES_MAX // 2)[::-1],
            "entry": orjson.Fragment(shape.row(hit)),
            "after": rows_within(later.hits, shape, ANSWER_BYTES_MAX // 2),
            "read_as": selection.read_as,
        }
        return Answer(body, None, earlier.reason or later.reason)

    return job


def parse_entry(parameters: Parameters) -> Callable[[Store, Budget], Hit]:
    """`cursor` or `position`, as what finds the entry."""
    cursor, where = parameters.text("cursor"), parameters.text("position")
    if cursor is not None and where is None:
        address = parse_cursor("cursor", cursor)
        return lambda store, budget: find_cursor(store, "cursor", address)
    if where is not None and cursor is None:
        place = position("position", where)
        return lambda store, budget: find_position(store, place, budget)
    raise Refusal("give cursor or position, and one of them", where="cursor", do="give the __CURSOR of an entry")


def _beside(store: Store, scope: Scope, order: Order, limit: int, place: Position, budget: Budget) -> Page:
    return store.search(scope, order, limit, place, budget) if limit else Page([], False)


def same_as(entry: Entry, same: str) -> Query:
    """Entries of the same host, or of the same unit on it.

    An entry outside any unit has neighbours of the same identifier instead, or of the same transport (the kernel).
    """
    host = _first_of(entry, "_MACHINE_ID", "_HOSTNAME")
    unit = _first_of(entry, "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "_TRANSPORT") if same == "unit" else None
    parts = tuple(part for part in (host, unit) if part is not None)
    return And(parts) if parts else All()


def _first_of(entry: Entry, *names: str) -> Query | None:
    for name in names:
        value = entry.first(name)
        if value is not None:
            return Eq(name, value)
    return None


def find_position(store: Store, place: Position, budget: Budget) -> Hit:
    """The entry at `place`; refused with 404 when it is not stored (any more)."""
    moment = Scope(All(), place.realtime, place.realtime)
    # Within one microsecond the order need not be that of `ord` (seqnum order goes before it): try beside, then look.
    page = store.search(moment, Order.OLDEST_FIRST, 1, Position(place.realtime, place.ord - 1), budget)
    after: Position | None = None
    while not page.hits or page.hits[-1].position != place:
        page = store.search(moment, Order.OLDEST_FIRST, LOOKUP_PAGE, after, budget)
        found = next((hit for hit in page.hits if hit.position == place), None)
        if found is not None:
            return found
        if not page.more or not page.hits:
            raise Refusal(
                f"no entry is stored at the position {place}",
                where="position",
                do="give the __POSITION of an entry, or its cursor",
                status=404,
                code="unknown-position",
            )
        after = page.hits[-1].position
    return page.hits[-1]
