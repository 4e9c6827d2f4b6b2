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
        end = bisect_right(rising, block.ords[-1], at)
        some = rising[at:end]
        at = end
        first = some[0] - block.ords[0]
        last = first + len(some)
        if block.ords[first:last] == some and block.may_give(len(some)):
            hits = _neighbours(partition, block, first, last)
        else:
            hits = [row.hit() for row in partition.rows(some)]
        found.update(zip(some, hits, strict=True))
    return list(map(found.__getitem__, ords))


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
