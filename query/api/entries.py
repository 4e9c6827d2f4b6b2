"""`/api/v1/entries`: pages of entries by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from journalhub.journal import cursor as cursors
from journalhub.journal.cursor import Cursor
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.limits import ANSWER_BYTES_MAX
from journalhub.query.api.parameters import LIMIT, ORDER, Parameter
from journalhub.query.api.rows import Shape, parse_shape
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import resolve
from journalhub.store.bulk import Found
from journalhub.store.contract import Budget, Hit, Order, Page, Position, Scope, Store, parse_position
from journalhub.store.evaluate import matches


@dataclass(frozen=True, slots=True)
class Start:
    """Where an answer begins: beyond a position, at or beyond the entry of a cursor, or at the end of the store."""

    after: Position | None = None
    cursor: Cursor | None = None
    inclusive: bool = False
    """Whether the entry of `cursor` is part of the answer, if it matches."""


def parse_start(parameters: Parameters) -> Start:
    """`after`, `cursor` and `after_cursor`, of which one may be given."""
    after, cursor, after_cursor = (parameters.text(name) for name in ("after", "cursor", "after_cursor"))
    given = [name for name, value in (("after", after), ("cursor", cursor), ("after_cursor", after_cursor)) if value]
    if len(given) > 1:
        raise Refusal(f"{' and '.join(given)} exclude each other", where=given[1], do="give one of them")
    if after:
        return Start(after=position("after", after))
    if cursor:
        return Start(cursor=parse_cursor("cursor", cursor), inclusive=True)
    if after_cursor:
        return Start(cursor=parse_cursor("after_cursor", after_cursor))
    return Start()


def position(name: str, text: str) -> Position:
    """The position that a parameter spells."""
    try:
        return parse_position(text)
    except ValueError as error:
        raise Refusal(str(error), where=name, do="send back what an answer gave as next or __POSITION") from error


def parse_cursor(name: str, text: str) -> Cursor:
    """The cursor that a parameter spells."""
    try:
        return cursors.parse(text)
    except ValueError as error:
        raise Refusal(str(error), where=name, do="give the __CURSOR of an entry", code="cursor") from error


def find_cursor(store: Store, name: str, cursor: Cursor) -> Hit:
    """The entry at `cursor`; refused with 404 when it is not stored."""
    hit = store.get(cursor)
    if hit is None:
        raise Refusal(
            f"no entry is stored at the cursor {cursor}",
            where=name,
            do=f"it is not shipped yet or removed by age; its time is since=@{cursor.realtime / 1e6:.6f}",
            status=404,
            code="unknown-cursor",
        )
    return hit


def parse_order(parameters: Parameters, order: Parameter) -> Order:
    """`order`: newest or oldest."""
    return Order(order.choice(parameters))


def first_page(store: Store, scope: Scope, order: Order, limit: int, start: Start, budget: Budget) -> Page:
    """The first `limit` entries of `scope` from `start` on."""
    if start.cursor is None:
        return store.search(scope, order, limit, start.after, budget)
    hit = find_cursor(store, "cursor" if start.inclusive else "after_cursor", start.cursor)
    own = [hit] if start.inclusive and in_scope(scope, hit) else []
    page = store.search(scope, order, max(limit - len(own), 1), hit.position, budget)
    hits = [*own, *page.hits][:limit] if own else page.hits
    return Page(hits, page.more or len(own) + len(page.hits) > limit, page.reason)


def in_scope(scope: Scope, hit: Hit) -> bool:
    """Whether an entry belongs to `scope`."""
    return scope.since <= hit.position.realtime <= scope.until and matches(scope.query, hit.entry)


def rows_within(hits: Sequence[Hit], shape: Shape, most: int = ANSWER_BYTES_MAX) -> list[orjson.Fragment]:
    """Rows of `hits` as long as they come to at most `most` bytes; one at least."""
    return list(map(orjson.Fragment, raw_rows_within(hits, shape, most)))


def raw_rows_within(hits: Sequence[Hit], shape: Shape, most: int) -> list[bytes]:
    """The same as the bytes that they are."""
    rows: list[bytes] = []
    size = 0
    for hit in hits.passing() if isinstance(hits, Found) else hits:
        row = shape.row(hit)
        size += len(row)
        if rows and size > most:
            break
        rows.append(row)
    return rows


def prepare_entries(asked: Asked) -> Job:
    """A page of entries in order."""
    parameters = asked.parameters
    selection = asked.selection()
    order = parse_order(parameters, ORDER)
    limit = LIMIT.number(parameters)
    start = parse_start(parameters)
    shape = parse_shape(parameters)
    counted = parameters.flag("count")

    def job(store: Store, budget: Budget) -> Answer:
        scope = resolve(selection, store)
        page = first_page(store, scope, order, limit, start, budget)
        count = store.count(scope, budget) if counted else None
        rows = rows_within(page.hits, shape)
        more = page.more or len(rows) < len(page.hits)
        last = page.hits[len(rows) - 1].position if rows else start.after
        body = {
            "entries": rows,
            "more": more,
            "next": str(last) if more and last is not None else None,
            "read_as": selection.read_as,
        }
        reason = page.reason or (f"count: {count.reason}" if count and count.reason else None)
        reason = reason or asked.sources.cut_by_retention(selection)
        return Answer(body, count.matched if count else None, reason)

    return job
