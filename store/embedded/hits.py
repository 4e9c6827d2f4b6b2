"""Entries of a partition in bulk: neighbours are taken out of their block's columns together."""

from bisect import bisect_right
from collections.abc import Sequence

from journalhub.store.contract import Hit, Parts, Position
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.layout import TOGETHER_FROM
from journalhub.store.embedded.partition import Partition


def hits_at(partition: Partition, ords: Sequence[int]) -> list[Hit]:
    """The entries with these ords, in the order given; StoreError at one that the partition does not have."""
    if len(ords) < TOGETHER_FROM:
        return [row.hit() for row in partition.rows(ords)]
    rising = sorted(ords)
    found: dict[int, Hit] = {}
    at = 0
    while at < len(rising):
        block = partition.block_of(rising[at])
        end = bisect_right(rising, block.last_ord, at)
        some = rising[at:end]
        at = end
        found.update(zip(some, _of_block(partition, block, some), strict=True))
    return list(map(found.__getitem__, ords))


def _of_block(partition: Partition, block: Block, ords: list[int]) -> list[Hit]:
    if block.may_give(len(ords)):
        first = block.row_of(ords[0])
        if first is not None and block.ords[first : first + len(ords)] == ords:
            return _neighbours(partition, block, first, first + len(ords))
    rows = [row for row in map(block.row_of, ords) if row is not None]
    if len(rows) < len(ords):
        return [row.hit() for row in partition.rows(ords)]  # which says what is not here
    return _scattered(partition, block, rows)


def _scattered(partition: Partition, block: Block, rows: list[int]) -> list[Hit]:
    """The entries of some rows of a block."""
    origins, shapes, hashes = partition.origins.origins, partition.shapes.shapes, block.xor_hash
    numbers, own = block.numbers, block.own
    hits: list[Hit] = []
    for row in rows:
        number, origin, shape, realtime, monotonic, seqnum = numbers(row)
        parts = Parts(origins[origin], shapes[shape], own(row), seqnum, monotonic, hashes[row])
        hits.append(Hit(Position(realtime, number), None, parts))
    return hits


def _neighbours(partition: Partition, block: Block, first: int, last: int) -> list[Hit]:
    """The entries of the rows first..last (exclusive) of a block."""
    rows = slice(first, last)
    parts = map(
        Parts._make,
        zip(
            map(partition.origins.origins.__getitem__, block.origin[rows]),
            map(partition.shapes.shapes.__getitem__, block.shape[rows]),
            block.every_own[rows],
            block.seqnum[rows],
            block.monotonic[rows],
            block.xor_hash[rows],
            strict=True,
        ),
    )
    places = map(Position._make, zip(block.realtime[rows], block.ords[rows], strict=True))
    return [Hit(place, None, part) for place, part in zip(places, parts, strict=True)]
