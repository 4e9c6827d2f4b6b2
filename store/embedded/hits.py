"""Entries of a partition in bulk: neighbours are taken out of their block's columns together."""

from bisect import bisect_right
from collections.abc import Sequence

from journalhub.store.bulk import ROW_BITS, Found
from journalhub.store.contract import Hit, Parts, Position
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.layout import HELD_FROM, TOGETHER_FROM
from journalhub.store.embedded.partition import Partition


def find_at(partition: Partition, ords: Sequence[int], found: Found) -> None:
    """Add the entries with these ords, in the order given; StoreError at one that the partition does not have."""
    if len(ords) < TOGETHER_FROM:
        found.add([row.hit() for row in partition.rows(ords)])
        return
    rising = sorted(ords)
    places: dict[int, int] = {}
    at = 0
    while at < len(rising):
        block = partition.block_of(rising[at])
        end = bisect_right(rising, block.last_ord, at)
        some = rising[at:end]
        at = end
        places.update(zip(some, _places(partition, block, some, found), strict=True))
    found.places.extend(map(places.__getitem__, ords))


def _places(partition: Partition, block: Block, ords: list[int], found: Found) -> Sequence[int]:
    """Where in `found` these entries of a block, rising, are from now on."""
    rows = block.rows_of(ords)
    if rows is None:
        return found.hold([row.hit() for row in partition.rows(ords)])  # which says what is not here
    if not block.may_give(len(ords)):
        return found.hold(_scattered(partition, block, rows))
    columns = block.bulk(partition.origins.origins)
    if len(rows) * HELD_FROM < block.count or found.is_full:
        return found.hold_rows(columns, rows)
    base = found.number_of(columns) << ROW_BITS
    return [base + row for row in rows]


def _scattered(partition: Partition, block: Block, rows: Sequence[int]) -> list[Hit]:
    """The entries of some rows of a block, one by one."""
    origins, shapes, hashes = partition.origins.origins, partition.shapes.shapes, block.xor_hash
    numbers, own = block.numbers, block.own
    hits: list[Hit] = []
    for row in rows:
        number, origin, shape, realtime, monotonic, seqnum = numbers(row)
        parts = Parts(origins[origin], shapes[shape], own(row), seqnum, monotonic, hashes[row])
        hits.append(Hit(Position(realtime, number), None, parts))
    return hits
