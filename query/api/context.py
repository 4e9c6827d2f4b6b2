"""`/api/v1/context` and `/contexts`: what stands around an entry, or around each of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from journalhub.journal.entry import Entry
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.entries import find_cursor, parse_cursor, position, raw_rows_within
from journalhub.query.api.limits import ANSWER_BYTES_MAX, CONTEXTS_MAX
from journalhub.query.api.parameters import BEFORE, CONTEXT_AFTER, SAME
from journalhub.query.api.rows import Shape, parse_shape
from journalhub.query.api.stretch import Stretch
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import resolve
from journalhub.query.plan.selection import Selection
from journalhub.store.ast import All, And, Eq, Query
from journalhub.store.contract import Budget, Hit, Order, Position, Scope, Store

LOOKUP_PAGE = 1000
"""Entries of one microsecond that are looked through at a time for a position."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a request wants to see around an entry."""

    selection: Selection
    before: int
    after: int
    same: str | None
    shape: Shape

    def scope(self, selected: Scope, entry: Entry) -> Scope:
        """Among which entries of the selection its neighbours are looked for."""
        if self.same is None:
            return selected
        return replace(selected, query=And((selected.query, same_as(entry, self.same))))

    def look(self, stretch: Stretch, hit: Hit, coming: Sequence[Hit] = ()) -> "Surroundings":
        """The entry and its neighbours in time order."""
        earlier, later, reason = stretch.around(hit, self.before, self.after, coming)
        most = ANSWER_BYTES_MAX // 2
        return Surroundings(
            before=raw_rows_within(earlier[::-1], self.shape, most)[::-1],
            entry=[self.shape.row(hit)],
            after=raw_rows_within(later, self.shape, most),
            reason=reason,
        )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """An entry with its neighbours, as rows."""

    before: list[bytes]
    entry: list[bytes]
    after: list[bytes]
    reason: str | None
    """Why they are not all."""

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(map(len, (*self.before, *self.entry, *self.after)))

    def body(self) -> dict[str, Any]:
        """As it is answered."""
        before, (entry,), after = (list(map(orjson.Fragment, rows)) for rows in (self.before, self.entry, self.after))
        return {"before": before, "entry": entry, "after": after}


def parse_around(asked: Asked) -> Around:
    """What both requests say in the same words."""
    parameters = asked.parameters
    sides = BEFORE.number(parameters), CONTEXT_AFTER.number(parameters)
    return Around(asked.selection(), *sides, SAME.choice(parameters), parse_shape(parameters))


def prepare_context(asked: Asked) -> Job:
    """The entries before and after one, in time order, of its host, its unit, or a selection."""
    find = parse_entry(asked.parameters)
    around = parse_around(asked)

    def job(store: Store, budget: Budget) -> Answer:
        hit = find(store, budget)
        found = around.look(Stretch(store, around.scope(resolve(around.selection, store), hit.entry), budget), hit)
        return Answer(found.body() | {"read_as": around.selection.read_as}, None, found.reason)

    return job


def prepare_contexts(asked: Asked) -> Job:
    """The same around each of several entries, those of the first cursors: as many as fit into time and size, one at
    least. None stands for an entry that is not stored (any more)."""
    cursors = [parse_cursor("cursor", text) for text in asked.parameters.texts("cursor")]
    if not 1 <= len(cursors) <= CONTEXTS_MAX:
        raise Refusal(f"{len(cursors)} cursors", where="cursor", do=f"give the __CURSOR of 1 to {CONTEXTS_MAX} entries")
    around = parse_around(asked)

    def job(store: Store, budget: Budget) -> Answer:
        hits = [store.get(cursor) for cursor in cursors]
        selected = resolve(around.selection, store)
        scopes = [None if hit is None else around.scope(selected, hit.entry) for hit in hits]
        stretches = {scope: Stretch(store, scope, budget) for scope in scopes if scope is not None}
        found: list[Surroundings | None] = []
        left = ANSWER_BYTES_MAX
        reason = None
        for number, (hit, scope) in enumerate(zip(hits, scopes, strict=True)):
            one = None
            if hit is not None and scope is not None:
                coming = [hits[other] for other in range(number + 1, len(hits)) if scopes[other] == scope]
                one = around.look(stretches[scope], hit, [other for other in coming if other is not None])
                left -= one.size
                if found and (one.reason is not None or left < 0):
                    break  # who asks again for the rest gets it whole
                reason = one.reason
            found.append(one)
            if reason is not None:
                break
        bodies = [None if one is None else one.body() for one in found]
        return Answer({"contexts": bodies, "read_as": around.selection.read_as}, None, reason)

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
