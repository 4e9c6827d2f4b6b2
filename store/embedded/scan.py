"""Looking at entries where they lie, block by block, newest or oldest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.store import ast
from journalhub.store.contract import Budget, Order
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row
from journalhub.store.evaluate import Compiled, Leaf, ValuePredicate
from journalhub.store.patterns import required_literal

Place = tuple[int, int]
Check = Callable[[Budget], None]

_CHECK_EVERY = 256
"""Entries between two looks at the budget: at most some 3 ms with the slowest predicates on usual entries."""

_PAUSE_EVERY = 16
"""Values between two looks at the budget: a pattern that runs into its limit takes milliseconds for one."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A predicate on entries, and what of it can be asked of whole columns first."""

    predicate: Compiled
    wanted: tuple[tuple[Leaf, ValuePredicate], ...]
    """Leaves on own fields that every matching entry matches."""

    @staticmethod
    def of(query: ast.Query, predicate: Compiled, pause: Callable[[], None]) -> "Filter":
        """`pause` is called every few values, and may raise to end the scan."""
        parts = query.parts if isinstance(query, ast.And) else (query,)
        plain = (ast.All, ast.And, ast.Or, ast.Not)
        leaves = [part for part in parts if not isinstance(part, plain)]
        own = [leaf for leaf in leaves if leaf.field not in ORIGIN_FIELDS and leaf.field != "_BOOT_ID"]
        return Filter(predicate, tuple((leaf, _pausing(predicate.value_predicate(leaf), pause)) for leaf in own))

    def candidates(self, block: Block) -> Sequence[int]:
        """The rows of a block that may match, rising."""
        rows: set[int] | None = None
        for leaf, predicate in self.wanted:
            if isinstance(leaf, ast.Contains) and not leaf.caseless and leaf.needle:
                found = block.rows_containing(leaf.field, leaf.needle)
            elif isinstance(leaf, ast.Regex) and (required := required_literal(_raw(leaf.pattern), leaf.caseless)):
                found = block.rows_containing(leaf.field, required, leaf.caseless, predicate)
            else:
                found = block.rows_with(leaf.field, predicate)
            rows = set(found) if rows is None else rows.intersection(found)
            if not rows:
                return ()
        return range(block.count) if rows is None else sorted(rows)


def _raw(pattern: str) -> bytes:
    return pattern.encode(errors="surrogateescape")


def _pausing(predicate: ValuePredicate, pause: Callable[[], None]) -> ValuePredicate:
    calls = 0

    def paused(value: bytes) -> bool:
        nonlocal calls
        calls += 1
        if calls % _PAUSE_EVERY == 0:
            pause()
        return predicate(value)

    return paused


def scan_blocks(
    partition: Partition,
    only: Filter | None,
    order: Order,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[list[Place]]:
    """Places (realtime, ord) of the entries with low <= realtime <= high and ord <= upto that match.

    In runs in order; entries of equal realtime are in one run, by ord. Stops reading as soon as the caller does.
    """
    oldest_first = order is Order.OLDEST_FIRST
    metas = [
        m for m in partition.metas() if m.first_ord <= upto and m.first_realtime <= high and m.last_realtime >= low
    ]
    metas = [meta for meta in metas if meta.first_ord <= upto]
    metas.sort(key=attrgetter("first_realtime" if oldest_first else "last_realtime"), reverse=not oldest_first)
    waiting: list[Place] = []
    for at, meta in enumerate(metas):
        check(budget)
        waiting += _matching(partition, meta, only, low, high, upto, budget, check)
        if at + 1 == len(metas):
            break
        # Whatever lies before the next block's first (or newest) entry can get no company any more.
        if oldest_first:
            edge = metas[at + 1].first_realtime
            ready = [place for place in waiting if place[0] < edge]
            waiting = [place for place in waiting if place[0] >= edge]
        else:
            edge = metas[at + 1].last_realtime
            ready = [place for place in waiting if place[0] > edge]
            waiting = [place for place in waiting if place[0] <= edge]
        if ready:
            yield sorted(ready, reverse=not oldest_first)
    if waiting:
        yield sorted(waiting, reverse=not oldest_first)


def _matching(
    partition: Partition,
    meta: BlockMeta,
    only: Filter | None,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[Place]:
    block = partition.block_with(meta)
    first, last = meta.first_ord, min(meta.last_ord, upto)
    origins, shapes = partition.origins.origins, partition.shapes.shapes
    realtimes, ords = block.realtime, block.ords
    rows = range(block.count) if only is None else only.candidates(block)
    for done, index in enumerate(rows):
        realtime, number = realtimes[index], ords[index]
        if not (low <= realtime <= high and first <= number <= last):
            continue
        if only is None:
            yield realtime, number
            continue
        if done % _CHECK_EVERY == 0:
            check(budget)
        if only.predicate(Row(block, index, origins, shapes)):
            yield realtime, number
