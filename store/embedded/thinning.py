"""Removing entries from within a day: the others are copied into a new partition, which then takes the old one's place.

Copies keep their order and their ords. The copy is made while the old partition is read and written as before; what
arrived meanwhile is copied at the exchange. A crash leaves the old partition or the new, whole (directory.py).
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from journalhub.journal.batch import Batch, Names
from journalhub.journal.origin import Origin
from journalhub.journal.rule import joined
from journalhub.store.contract import Unwanted
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.indexer import Indexer
from journalhub.store.embedded.layout import RING_BYTES, RING_ENTRIES
from journalhub.store.embedded.partition import Partition, Piece
from journalhub.store.embedded.ring import Ring

Part = tuple[Piece, int, int]
"""Of a block: what is wanted of it, its newest ord, and how many of its entries are not wanted."""

BLOCKS_TOGETHER = 16
"""Blocks copied in one transaction: 16,384 entries, some MiB."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A copy of a partition without the unwanted entries."""

    removed: int
    kept: int
    upto: int
    """The newest ord that was looked at."""


def thin(old: Partition, unwanted: Unwanted, place: Path) -> Thinned:
    """Copy into the directory `place`, with an index. Nothing is made there when nothing is unwanted."""
    if not _has_any(old, unwanted):
        return Thinned(0, old.totals.entries, old.totals.newest_ord)
    removed = upto = 0
    with closing(Partition(place, BlockCache(0))) as made:
        for pieces in _batches(_pieces(old, 0, unwanted)):
            made.add([piece for piece, _, _ in pieces if piece[1]])
            removed += sum(left_out for _, _, left_out in pieces)
            upto = max(number for _, number, _ in pieces)
        kept = made.totals.entries
        if kept:
            with closing(Indexer(Ring(RING_ENTRIES, RING_BYTES), lambda: [made])) as indexer:
                indexer.rebuild(made, None)
    return Thinned(removed, kept, upto)


def catch_up(old: Partition, place: Path, upto: int) -> None:
    """Copy what came after `upto`, all of it. Nothing may be added to `old` meanwhile."""
    with closing(Partition(place, BlockCache(0))) as made:
        made.add([piece for piece, _, _ in _pieces(old, upto, lambda fields: False) if piece[1]])


def _batches(pieces: Iterator[Part]) -> Iterator[list[Part]]:
    together: list[Part] = []
    for piece in pieces:
        together.append(piece)
        if len(together) == BLOCKS_TOGETHER:
            yield together
            together = []
    if together:
        yield together


def _has_any(partition: Partition, unwanted: Unwanted) -> bool:
    return any(left_out for _, _, left_out in _pieces(partition, 0, unwanted))


def _pieces(partition: Partition, upto: int, unwanted: Unwanted) -> Iterator[Part]:
    """Of each block what is wanted of it beyond an ord."""
    origins, shapes = partition.origins.all(), partition.shapes.shapes
    spoken = [joined(origin.fields) | {"_BOOT_ID": origin.boot_id.hex().encode()} for origin in origins]
    for block in partition.blocks_after(upto):
        batch = _batch(block, origins, shapes)
        rows, ords = [], []
        left_out = 0
        for row, number in enumerate(block.ords):
            if number <= upto:
                continue
            own = zip(shapes[batch.shape[row]], batch.values[row], strict=True)
            if unwanted(spoken[batch.origin[row]] | joined(own)):
                left_out += 1
            else:
                rows.append(row)
                ords.append(number)
        yield (batch, rows, ords), block.ords[-1], left_out


def _batch(block: Block, origins: list[Origin], shapes: list[Names]) -> Batch:
    rows = block.to_memory(shapes)
    return Batch(
        origins, shapes, rows.origin, rows.shape, rows.realtime, rows.monotonic, rows.seqnum, rows.xor_hash, rows.values
    )
