"""The invocations of a unit, found as journalctl finds them: from one of its entries to the end of its invocation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from journalhub.journal.entry import Entry
from journalhub.journal.units import is_glob, mangle
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import invocation_query, resolve
from journalhub.query.plan.selection import Selection
from journalhub.store.ast import And, Eq, Exists, Not, Or, Query
from journalhub.store.contract import Budget, Order, Page, Position, Scope, Store

_SYSTEM = (
    ("_SYSTEMD_UNIT", "_SYSTEMD_INVOCATION_ID"),
    ("UNIT", "INVOCATION_ID"),
    ("OBJECT_SYSTEMD_UNIT", "OBJECT_SYSTEMD_INVOCATION_ID"),
)
_USER = (
    ("_SYSTEMD_USER_UNIT", "_SYSTEMD_INVOCATION_ID"),
    ("USER_UNIT", "USER_INVOCATION_ID"),
    ("OBJECT_SYSTEMD_USER_UNIT", "OBJECT_SYSTEMD_INVOCATION_ID"),
)
"""(where the unit's name stands, where the id of its invocation stands)."""

_NULL = b"0" * 32


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a unit on one machine."""

    machine_id: bytes
    hostname: bytes
    invocation_id: bytes
    """In hexadecimal."""
    first: int
    """Microseconds."""
    last: int


@dataclass(slots=True)
class Found:
    """The invocations asked for, by machine, each machine's in the order of the walk."""

    invocations: list[Invocation]
    more: bool
    """Whether a machine has further ones."""
    reason: str | None = None


def find_invocations(selection: Selection, order: Order, limit: int, store: Store, budget: Budget) -> Found:
    """The newest or oldest `limit` invocations, machine by machine, of the one unit that `selection` names."""
    walk = _Walk(selection, order, store, budget)
    found = Found([], False)
    for machine in walk.machines():
        own = list(islice(walk.invocations(machine), limit + 1))
        found.invocations += own[:limit]
        found.more = found.more or len(own) > limit
    found.reason = walk.reason
    return found


class _Walk:
    def __init__(self, selection: Selection, order: Order, store: Store, budget: Budget) -> None:
        unit, pairs = _unit(selection)
        value = unit.encode("utf-8", "surrogateescape")
        scope = resolve(selection, store)
        named = Or(tuple(And((Eq(field, value), Exists(id_field))) for field, id_field in pairs))
        self.reason: str | None = None
        self._scope = replace(scope, query=And((scope.query, named)))
        self._unit = value
        self._pairs = pairs
        self._order = order
        self._store = store
        self._budget = budget

    def machines(self) -> list[Query]:
        """What selects the entries of each machine that has the unit."""
        terms = self._store.terms(self._scope, ["_MACHINE_ID"], _MACHINES_MAX, self._budget)[0]
        self.reason = terms.reason
        machines: list[Query] = [Eq("_MACHINE_ID", value) for value, _ in sorted(terms.counts)]
        return [*machines, *([Not(Exists("_MACHINE_ID"))] if terms.missing else [])]

    def invocations(self, machine: Query) -> Iterator[Invocation]:
        """Those of one machine."""
        scope = replace(self._scope, query=And((self._scope.query, machine)))
        seen: set[bytes] = set()
        at: Position | None = None
        while hits := self._search(scope, self._order, at).hits:
            entry = hits[0].entry
            at = hits[0].position
            invocation = self._invocation_of(entry)
            if invocation in (None, _NULL) or invocation in seen:
                continue
            seen.add(invocation)
            own = replace(scope, query=And((machine, invocation_query(frozenset({invocation})))))
            first, last = (
                self._search(own, order, None).hits[0].position for order in (Order.OLDEST_FIRST, Order.NEWEST_FIRST)
            )
            yield Invocation(
                entry.first("_MACHINE_ID") or b"",
                entry.first("_HOSTNAME") or b"",
                invocation,
                first.realtime,
                last.realtime,
            )
            beyond, at_least = (last, max) if self._order is Order.OLDEST_FIRST else (first, min)
            at = at_least(at, beyond)

    def _search(self, scope: Scope, order: Order, after: Position | None) -> Page:
        page = self._store.search(scope, order, 1, after, self._budget)
        self.reason = page.reason or self.reason
        return page

    def _invocation_of(self, entry: Entry) -> bytes | None:
        for field, id_field in self._pairs:
            if self._unit in entry.values(field) and (invocation := entry.first(id_field)):
                return invocation
        return None


_MACHINES_MAX = 100_000
"""Machines of one answer: all there are, in any fleet that one collector serves."""


def _unit(selection: Selection) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The one unit, and where it and its invocations stand."""
    names = [*selection.units, *selection.user_units]
    if len(names) != 1:
        raise Refusal(
            "invocations are those of one unit" + (f", not of {len(names)}" if names else ""),
            where="unit",
            do="name one unit, with unit or user_unit",
            code="one-unit",
        )
    unit = mangle(names[0]) if names[0] else ""
    if not unit or is_glob(unit):
        raise Refusal(f"{names[0]!r} names no single unit", where="unit", do="name one unit", code="one-unit")
    return unit, _SYSTEM if selection.units else _USER
