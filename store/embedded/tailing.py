"""Entries in the order of their arrival: from memory while they are there, else from the logs."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter

from journalhub.store.ast import Query
from journalhub.store.contract import Budget, Hit
from journalhub.store.embedded.layout import TAIL_SCAN
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.ring import Ring
from journalhub.store.embedded.rows import Row, Rows
from journalhub.store.evaluate import Compiled

_CHECK_EVERY = 64
"""Entries between two looks at the budget."""


def tail(
    ring: Ring, partitions: Iterable[Partition], query: Query, after: int, newest: int, limit: int, budget: Budget
) -> tuple[list[Hit], int]:
    """As `contract.Store.tail`. `newest` is the newest ord acknowledged when it was asked."""
    compiled = Compiled(query)
    hits: list[Hit] = []
    at = after
    examined = 0
    for number, row in islice(_arrivals(ring, partitions, after), TAIL_SCAN):
        if number > newest or len(hits) == limit or (examined % _CHECK_EVERY == 0 and budget.reason):
            return hits, at
        if compiled(row):
            hits.append(row.hit())
        at = number
        examined += 1
    return hits, (at if examined == TAIL_SCAN else max(at, newest))


def _arrivals(ring: Ring, partitions: Iterable[Partition], after: int) -> Iterator[tuple[int, Row]]:
    recent = ring.after(after)
    if recent is not None:
        for arrival in recent:
            yield from merge(*(_rows(*part, after) for part in arrival.parts), key=itemgetter(0))
        return
    streams = [_from_log(partition, after) for partition in partitions if partition.totals.newest_ord > after]
    yield from merge(*streams, key=itemgetter(0))


def _from_log(partition: Partition, after: int) -> Iterator[tuple[int, Row]]:
    for block in partition.blocks_after(after):
        yield from _rows(partition, block, after)
        after = block.ords[-1]


def _rows(partition: Partition, rows: Rows, after: int) -> Iterator[tuple[int, Row]]:
    origins, shapes = partition.origins.origins, partition.shapes.shapes
    for index, number in enumerate(rows.ords):
        if number > after:
            yield number, Row(rows, index, origins, shapes)
