"""Looking at entries where they lie, block by block, newest or oldest first."""

from collections.abc import Callable, Iterator
from operator import attrgetter

from journalhub.store.contract import Budget, Order
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row
from journalhub.store.evaluate import HasValues

Place = tuple[int, int]
Check = Callable[[Budget], None]

_CHECK_EVERY = 256
"""Entries between two looks at the budget: at most some 3 ms with the slowest predicates on usual entries."""


def scan_blocks(
    partition: Partition,
    predicate: Callable[[HasValues], bool] | None,
    order: Order,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[list[Place]]:
    """Places (realtime, ord) of the entries with low <= realtime <= high and ord <= upto that the predicate likes.

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
        waiting += _matching(partition, meta, predicate, low, high, upto, budget, check)
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
    predicate: Callable[[HasValues], bool] | None,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[Place]:
    block = partition.block_with(meta)
    first, last = meta.first_ord, min(meta.last_ord, upto)
    origins, shapes = partition.origins.origins, partition.shapes.shapes
    for index, (realtime, number) in enumerate(zip(block.realtime, block.ords, strict=True)):
        if low <= realtime <= high and first <= number <= last:
            if predicate is None:
                yield realtime, number
                continue
            if index % _CHECK_EVERY == 0:
                check(budget)
            if predicate(Row(block, index, origins, shapes)):
                yield realtime, number
