"""The four questions of a log page, answered part by part: entries, count, histogram, facets.

Each generator gives the answer so far after every part, and the whole one at last.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked
from journalhub.query.api.entries import Start, parse_order, parse_start, rows_within
from journalhub.query.api.figures import (
    bounded,
    facets_body,
    histogram_body,
    nothing_to_count,
    parse_facets,
    parse_histogram,
)
from journalhub.query.api.limits import TERMS_ALL
from journalhub.query.api.parameters import LIMIT, ORDER
from journalhub.query.api.rows import parse_shape
from journalhub.query.api.walk import Reached, Walk
from journalhub.query.plan.resolve import resolve
from journalhub.query.plan.selection import TIME_MAX, Selection
from journalhub.store.contract import Budget, Histogram, Hit, Order, Scope, Store, Terms

SO_FAR = "the search goes on"
"""The reason of an answer that is not the last one."""

Step = tuple[Answer | None, Reached]
"""The answer so far, None where it is still the one before; and how far it reaches. The last one is `done`."""

Steps = Callable[[Store, Budget], Iterator[Step]]
"""The work of one request, for a thread of its own."""


def entries_in_steps(asked: Asked) -> Steps | None:
    """A page of entries; None where it begins at a cursor or is counted as well, which is not done in parts."""
    parameters = asked.parameters
    if any(parameters.peek(name) for name in ("cursor", "after_cursor", "count")):
        return None
    selection = asked.selection()
    order = parse_order(parameters, ORDER)
    limit = LIMIT.number(parameters)
    start = parse_start(parameters)
    shape = parse_shape(parameters)
    parameters.flag("count")

    def steps(store: Store, budget: Budget) -> Iterator[Step]:
        scope = _within(resolve(selection, store), order, start)
        walk = Walk(scope, store.partitions(), order)
        hits: list[Hit] = []
        reasons: list[str] = []

        def answer(more: bool, next_one: str | None, reason: str | None) -> Answer:
            rows = rows_within(hits[:limit], shape)
            if len(rows) < len(hits[:limit]):
                more, next_one = True, str(hits[len(rows) - 1].position)
            body = {"entries": rows, "more": more, "next": next_one if more else None, "read_as": selection.read_as}
            return Answer(body, None, reason)

        yield answer(True, _from(scope, order), SO_FAR), walk.reached
        for part in walk.parts():
            before = len(hits)
            page = store.search(part, order, limit + 1 - before, start.after, budget)
            hits += page.hits
            _note(reasons, page.reason)
            if len(hits) > limit or budget.reason is not None:
                own = hits[before:limit]
                reached = str(own[-1].position) if own else _from(part, order)
                yield answer(True, reached, _why(asked, selection, reasons)), walk.ended()
                return
            walk.looked_at(part)
            yield answer(True, _beyond(part, order), SO_FAR) if page.hits else None, walk.reached
        yield answer(False, None, _why(asked, selection, reasons)), walk.ended()

    return steps


def _within(scope: Scope, order: Order, start: Start) -> Scope:
    """What of `scope` may lie beyond where a page starts."""
    if start.after is None:
        return scope
    at = start.after.realtime
    return (
        replace(scope, until=min(scope.until, at))
        if order is Order.NEWEST_FIRST
        else replace(scope, since=max(scope.since, at))
    )


def _from(scope: Scope, order: Order) -> str | None:
    """The position before the first entry that `scope` can have, in `order`; None where it is open."""
    if order is Order.NEWEST_FIRST:
        return f"{scope.until + 1}.0" if scope.until < TIME_MAX else None
    return f"{scope.since - 1}.{TIME_MAX}" if scope.since > 0 else None


def _beyond(part: Scope, order: Order) -> str | None:
    """The position after the last entry that `part` can have, in `order`."""
    return f"{part.since}.0" if order is Order.NEWEST_FIRST else f"{part.until}.{TIME_MAX}"


def _note(reasons: list[str], reason: str | None) -> None:
    if reason is not None and reason not in reasons:
        reasons.append(reason)


def _why(asked: Asked, selection: Selection, reasons: list[str]) -> str | None:
    """Why an answer is partial, or None where it is whole."""
    return "; ".join(reasons) or asked.sources.cut_by_retention(selection)


def count_in_steps(asked: Asked) -> Steps:
    """How many entries match."""
    selection = asked.selection()

    def steps(store: Store, budget: Budget) -> Iterator[Step]:
        scope = resolve(selection, store)
        walk = Walk(scope, store.partitions(), Order.NEWEST_FIRST)
        matched = 0
        reasons: list[str] = []
        yield None, walk.reached
        for part in walk.parts():
            count = store.count(part, budget)
            matched += count.matched
            _note(reasons, count.reason)
            if budget.reason is not None:
                break
            walk.looked_at(part)
            yield Answer({"read_as": selection.read_as}, matched, SO_FAR), walk.reached
        yield Answer({"read_as": selection.read_as}, matched, _why(asked, selection, reasons)), walk.ended()

    return steps


def histogram_in_steps(asked: Asked) -> Steps:
    """How many entries match, over time."""
    selection, width, by, top = parse_histogram(asked)

    def steps(store: Store, budget: Budget) -> Iterator[Step]:
        scope = bounded(resolve(selection, store), store)
        if scope is None:
            yield nothing_to_count(selection, width), Reached(0, 0, 0, 0, 0, 0, done=True)
            return
        interval, buckets = width.of(scope)
        walk = Walk(scope, store.partitions(), Order.NEWEST_FIRST, interval)
        series: dict[bytes | None, list[int]] = {} if by else {None: [0] * buckets}
        reasons: list[str] = []

        def answer(reason: str | None) -> Answer:
            matched = sum(series[None]) if by is None else None
            body = histogram_body(Histogram(scope.since, interval, series, reason), top)
            return Answer(body | {"read_as": selection.read_as}, matched, reason)

        yield None, walk.reached
        for part in walk.parts():
            found = store.histogram(part, interval, by, budget)
            at = (part.since - scope.since) // interval
            for value, counts in found.series.items():
                series.setdefault(value, [0] * buckets)[at : at + len(counts)] = counts
            _note(reasons, found.reason)
            if budget.reason is not None:
                break
            walk.looked_at(part)
            yield answer(SO_FAR), walk.reached
        yield answer(_why(asked, selection, reasons)), walk.ended()

    return steps


def facets_in_steps(asked: Asked) -> Steps:
    """The most frequent values of some fields."""
    selection, fields, limit = parse_facets(asked)

    def steps(store: Store, budget: Budget) -> Iterator[Step]:
        scope = resolve(selection, store)
        walk = Walk(scope, store.partitions(), Order.NEWEST_FIRST)
        counted: dict[str, Counter[bytes]] = {name: Counter() for name in fields}
        missing: Counter[str] = Counter()
        reasons: list[str] = []

        def answer(reason: str | None) -> Answer:
            found = [_ranked(name, counted[name], missing[name], limit, "; ".join(reasons) or None) for name in fields]
            return Answer({"facets": facets_body(found), "read_as": selection.read_as}, None, reason)

        yield None, walk.reached
        for part in walk.parts():
            for terms in store.terms(part, fields, TERMS_ALL, budget):
                counted[terms.field].update(dict(terms.counts))
                missing[terms.field] += terms.missing
                _note(reasons, terms.reason)
            if budget.reason is not None:
                break
            walk.looked_at(part)
            yield answer(SO_FAR), walk.reached
        yield answer(_why(asked, selection, reasons)), walk.ended()

    return steps


def _ranked(name: str, counter: Counter[bytes], missing: int, limit: int, reason: str | None) -> Terms:
    items = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return Terms(name, items[:limit], max(0, len(items) - limit), missing, reason)
