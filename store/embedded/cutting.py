"""Rows into blocks, and blocks' rows together: what fits into one block."""

from collections.abc import Iterator, Sequence
from itertools import chain

from journalhub.store.embedded.encoding import column_keys
from journalhub.store.embedded.layout import BLOCK_BYTES, BLOCK_COLUMNS, BLOCK_ENTRIES
from journalhub.store.embedded.points import Key
from journalhub.store.embedded.rows import MemoryRows, size_of


def joined(parts: Sequence[MemoryRows]) -> MemoryRows:
    """Rows one after another."""
    rows = MemoryRows(parts[0].shapes, list(chain.from_iterable(part.ords for part in parts)))
    for part in parts:
        rows.origin += part.origin
        rows.shape += part.shape
        rows.realtime += part.realtime
        rows.monotonic += part.monotonic
        rows.seqnum += part.seqnum
        rows.xor_hash += part.xor_hash
        rows.values += part.values
    return rows


def fits_a_block(rows: MemoryRows) -> bool:
    """Whether a block's header can tell of all their columns."""
    shapes = set(rows.shape)
    if sum(len(rows.shapes[shape]) for shape in shapes) <= BLOCK_COLUMNS:
        return True
    return len(set(chain.from_iterable(column_keys(rows.shapes[shape]) for shape in shapes))) <= BLOCK_COLUMNS


def blocks_of(rows: MemoryRows) -> Iterator[MemoryRows]:
    """The rows in pieces of at most a block each."""
    start = 0
    # Full blocks that are not too large, as they nearly always are, without a look at every row.
    while start < rows.count:
        piece = rows.cut(start, min(start + BLOCK_ENTRIES, rows.count))
        if size_of(piece.values) > BLOCK_BYTES or not fits_a_block(piece):
            yield from _small_blocks(rows.cut(start, rows.count))
            return
        yield piece
        start += piece.count


def _small_blocks(rows: MemoryRows) -> Iterator[MemoryRows]:
    start = size = 0
    shapes: set[int] = set()
    columns: set[Key] = set()
    for row, values in enumerate(rows.values):
        length = sum(map(len, values))
        shape = rows.shape[row]
        keys = () if shape in shapes else column_keys(rows.shapes[shape])
        more = [key for key in keys if key not in columns]
        is_full = (
            row - start >= BLOCK_ENTRIES or size + length > BLOCK_BYTES or len(columns) + len(more) > BLOCK_COLUMNS
        )
        if row > start and is_full:
            yield rows.cut(start, row)
            start, size, shapes, columns = row, 0, set(), set()
            more = list(column_keys(rows.shapes[shape]))
        columns.update(more)
        shapes.add(shape)
        size += length
    yield rows.cut(start, rows.count)
