"""One UTC day of entries: its log, what is known of it, and how entries get into it."""

import os
import threading
from bisect import bisect_right, insort_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from pyroaring import BitMap64

from journalhub.journal.batch import Batch
from journalhub.store.contract import StoreError
from journalhub.store.embedded import log as tables
from journalhub.store.embedded.appending import Addition
from journalhub.store.embedded.block import Block, BlockError
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.cutting import blocks_of, fits_a_block, joined
from journalhub.store.embedded.encoding import encode
from journalhub.store.embedded.layout import (
    BLOCK_ENTRIES,
    INDEX_DIRECTORY,
    LOG_FILE,
    MERGE_BELOW,
    MERGE_BYTES,
    MERGE_WAITING,
    ZSTD_HOT,
    ZSTD_MERGED,
    ZSTD_SEALED,
)
from journalhub.store.embedded.log import BlockMeta, Log, explained
from journalhub.store.embedded.origins import OriginTable, ShapeTable
from journalhub.store.embedded.rows import MemoryRows, Row, rows_by, taken
from journalhub.store.embedded.state import BootKey, BootState, StreamKey, StreamState, Totals

Piece = tuple[Batch, Sequence[int], Sequence[int]]
"""A batch, rows of it, and their ords."""

_AT_HAND = 16
"""Blocks that one walk over rows keeps hold of, beside the cache: their columns stay decoded meanwhile."""


class BlocksChanged(StoreError):
    """Blocks that were to be replaced are not there any more: look again which there are."""


_start_of = attrgetter("first_realtime")
_end_of = attrgetter("last_realtime")


def _falling_end_of(meta: BlockMeta) -> int:
    return -meta.last_realtime


class InTime(NamedTuple):
    """The blocks of a partition by time."""

    metas: list[BlockMeta]
    """As `Partition.metas` gave them: another list when blocks came or went."""
    by_start: list[BlockMeta]
    """Rising by their least realtime."""
    by_end: list[BlockMeta]
    """Falling by their greatest."""

    @staticmethod
    def of(metas: list[BlockMeta]) -> "InTime":
        """These blocks."""
        by_start = sorted(metas, key=_start_of)
        return InTime(metas, by_start, sorted(metas, key=_end_of, reverse=True))

    def grown(self, metas: list[BlockMeta]) -> "InTime":
        """The same and more: `metas` begins with the blocks of these. What they are does not change."""
        by_start, by_end = self.by_start.copy(), self.by_end.copy()
        for meta in metas[len(self.metas) :]:
            insort_right(by_start, meta, key=_start_of)
            insort_right(by_end, meta, key=_falling_end_of)
        return InTime(metas, by_start, by_end)


class Partition:
    """Appended to by one thread, read by any."""

    def __init__(self, directory: Path, cache: BlockCache, used: Callable[["Partition"], None] | None = None) -> None:
        """Open, or create where nothing is. `used` is told when what `unload` lets go is needed. Raises StoreError."""
        self.directory = directory
        self.day = directory.name
        self._cache = cache
        if has_lost_its_log(directory):
            raise StoreError(f"{directory / LOG_FILE} is lost, and with it what was stored of the day")
        with explained(f"create {directory}"):
            _make_directory(directory)
        self.log = Log(directory / LOG_FILE)
        self.totals = Totals(*(self.log.totals() or ()))
        self.repacked_upto, self.sealed_entries = self.log.sealed()
        """How far the log is packed for good, and how many entries the day had when all of it was."""
        self.streams: dict[StreamKey, StreamState] = {}
        self.boots: dict[BootKey, BootState] = {}
        self.shapes = ShapeTable()
        self._used = used or (lambda partition: None)
        self._loading = threading.Lock()
        self._adding = threading.Lock()
        self._origins: OriginTable | None = None
        self._metas: list[BlockMeta] | None = None
        self._firsts: list[int] = []
        self._metas_lock = threading.Lock()
        self._in_time: InTime | None = None
        self._apart: set[int] = set()
        """First ords of small blocks that have too many columns together to be merged."""
        self._counting = threading.Lock()
        self._origin_counts: Counter[int] = Counter()
        self._counted_upto = 0
        self.known_names: tuple[int, Counter[str]] | None = None
        """Kept by `listing`: (entries of the partition then, its field names)."""
        self._load()

    def _load(self) -> None:
        self.streams = {(row.seqnum_id, row.boot_id): StreamState.load(row) for row in self.log.streams()}
        self.boots = {(row.machine_id, row.boot_id): BootState.load(row) for row in self.log.boots()}
        shapes = self.log.shapes()
        self.shapes.add([names for names, _ in shapes])
        self.shapes.entries = [entries for _, entries in shapes]

    @cached_property
    def index_directory(self) -> Path:
        return self.directory / INDEX_DIRECTORY

    def size(self) -> int:
        """On disk, log and index."""
        total = 0
        for directory, _, files in os.walk(self.directory):
            for name in files:
                try:
                    total += (Path(directory) / name).stat().st_size
                except FileNotFoundError:
                    continue  # a segment that was merged away meanwhile
        return total

    @property
    def origins(self) -> OriginTable:
        """All origins; their rows are taken from the log when first needed, and read one by one."""
        table = self._origins
        if table is None:
            with self._loading:
                table = self._origins
                if table is None:
                    table = self._origins = OriginTable(self.log.origins())
            self._used(self)
        return table

    def unload(self) -> bool:
        """Give back memory and files, which the next use gets again; False when entries are being added."""
        if not self._adding.acquire(blocking=False):
            return False
        try:
            with self._loading, self._metas_lock:
                self._origins = None
                self._metas = self._in_time = None
                self._firsts = []
            self.log.release()
        finally:
            self._adding.release()
        return True

    # -- blocks

    def _change_metas(self, removed: Sequence[BlockMeta], added: Sequence[BlockMeta]) -> None:
        with self._metas_lock:
            if self._metas is None:
                return
            if not removed and self._metas[-1:] < sorted(added)[:1]:  # a day has thousands, so they are not sorted anew
                self._metas = self._metas + sorted(added)
                self._firsts = self._firsts + [meta.first_ord for meta in self._metas[len(self._firsts) :]]
                return
            # Who read the log meanwhile may have seen the new ones already.
            self._metas = sorted({*self._metas, *added}.difference(removed))
            self._firsts = [meta.first_ord for meta in self._metas]
            self._in_time = None

    def _index(self) -> tuple[list[BlockMeta], list[int]]:
        """All blocks, and their first ords."""
        with self._metas_lock:
            if self._metas is None:
                self._metas = self.log.block_metas()
                self._firsts = [meta.first_ord for meta in self._metas]
            return self._metas, self._firsts

    def metas(self) -> list[BlockMeta]:
        """All blocks, rising by ord. Do not change the list."""
        return self._index()[0]

    def in_time(self) -> InTime:
        """All blocks by time."""
        metas = self.metas()
        with self._metas_lock:
            if self._metas is None:  # unloaded meanwhile
                return InTime.of(metas)
            known = self._in_time
            if known is None:
                known = InTime.of(self._metas)
            elif known.metas is not self._metas:
                known = known.grown(self._metas)
            self._in_time = known
            return known

    def block(self, meta: BlockMeta, keep: bool = True) -> Block | None:
        """The block, or None when it was merged away since `meta` was read."""
        key = (self.day, meta.first_ord, meta.entries)
        block = self._cache.get(key)
        if block is None:
            body = self.log.block_body(meta.first_ord)
            if body is None:
                return None
            try:
                block = Block(body, self.shapes.shapes, self.log.dictionary)
            except (BlockError, StoreError) as error:
                raise StoreError(
                    f"{self.log.path}: block {meta.first_ord} cannot be read: {error}. "
                    "Restore the partition from a backup, or move it away to go on without it"
                ) from error
            if block.count != meta.entries:
                return None
            if keep:
                self._cache.put(key, block)
        return block

    def meta_of(self, number: int) -> BlockMeta | None:
        """The block that `ord` lies in, or None."""
        metas, firsts = self._index()
        at = bisect_right(firsts, number) - 1
        meta = metas[at] if at >= 0 else None
        return meta if meta is not None and meta.last_ord >= number else None

    def row(self, number: int) -> Row:
        """The entry with this ord; StoreError when the partition does not have it."""
        return next(self.rows([number]))

    def rows(self, ords: Iterable[int]) -> Iterator[Row]:
        """The entries with these ords, in the order given; StoreError at one that the partition does not have."""
        at_hand: dict[int, Block] = {}
        origins, shapes = self.origins.origins, self.shapes.shapes
        firsts = self._index()[1]
        for number in ords:
            at = bisect_right(firsts, number) - 1
            first = firsts[at] if at >= 0 else -1
            block = at_hand.get(first)
            if block is None or block.last_ord < number:
                block = at_hand[first] = self.block_of(number)
                if len(at_hand) > _AT_HAND:
                    at_hand = {first: block}
            index = block.row_of(number)
            if index is None:
                raise self._not_here(number)
            yield Row(block, index, origins, shapes)

    def block_of(self, number: int) -> Block:
        """The block that an ord lies in; StoreError when there is none."""
        while True:
            meta = self.meta_of(number)
            if meta is None:
                raise self._not_here(number)
            block = self.block(meta)
            if block is not None:
                return block

    def _not_here(self, number: int) -> StoreError:
        return StoreError(f"{self.log.path}: entry {number} is in the index and not in the log; run reindex")

    def blocks_after(self, number: int, keep: bool = True) -> Iterator[Block]:
        """Blocks that have entries beyond an ord, rising. They may begin with entries up to it.

        Without `keep` they do not push others out of the cache.
        """
        while True:
            metas, firsts = self._index()
            at = max(0, bisect_right(firsts, number) - 1)
            for meta in metas[at : at + 2]:
                if meta.last_ord > number:
                    break
            else:
                return
            block = self.block(meta, keep)
            if block is not None:
                yield block
                number = meta.last_ord

    def blocks_beyond(self, number: int) -> int:
        """How many blocks begin beyond an ord."""
        firsts = self._index()[1]
        return len(firsts) - bisect_right(firsts, number)

    def hashes(self, key: StreamKey, seqnums: BitMap64) -> Iterator[tuple[int, int, int]]:
        """(seqnum, xor hash, ord) of the stored entries of a stream with these seqnums."""
        stream = self.streams.get(key)
        if stream is None:
            return
        for meta in self.metas():
            spans = [(low, high) for number, low, high in meta.streams if number == stream.number]
            if not any(high in seqnums or seqnums.range_cardinality(low, high) for low, high in spans):
                continue
            block = self.block_with(meta)
            ours = {n for n in set(block.origin) if self.origins.origins[n][:2] == key}
            columns = zip(block.origin, block.seqnum, block.xor_hash, block.ords, strict=True)
            for origin, seqnum, its_hash, number in columns:
                if seqnum in seqnums and origin in ours:
                    yield seqnum, its_hash, number

    def block_with(self, meta: BlockMeta) -> Block:
        """The block of `meta`, or the bigger one that it was merged into meanwhile."""
        block = self.block(meta)
        while block is None:
            rows = self.row(meta.first_ord).rows
            block = rows if isinstance(rows, Block) else None
        return block

    def entries_by_origin(self) -> dict[int, int]:
        """Entries of each origin. Reads all blocks once; then only what came since."""
        with self._counting:
            for block in self.blocks_after(self._counted_upto):
                self._origin_counts.update(
                    origin
                    for origin, number in zip(block.origin, block.ords, strict=True)
                    if number > self._counted_upto
                )
                self._counted_upto = block.ords[-1]
            return dict(self._origin_counts)

    # -- merging

    def merge(self, metas: Sequence[BlockMeta]) -> None:
        """Replace neighbouring blocks by one with the same entries; not at all when one cannot hold them."""
        rows = joined([self.block_with(meta).to_memory(self.shapes.shapes) for meta in metas])
        if not fits_a_block(rows):
            self._apart.update(meta.first_ord for meta in metas)
            return
        self._replace(metas, rows, encode(rows, ZSTD_MERGED), self.repacked_upto)

    def repack(self, metas: Sequence[BlockMeta]) -> None:
        """The same, packed for good, and read again before it takes the place of what was there.

        Blocks that one cannot hold are packed each by itself.
        """
        rows = joined([self._uncached(meta).to_memory(self.shapes.shapes) for meta in metas])
        if len(metas) > 1 and not fits_a_block(rows):
            for meta in metas:
                self.repack([meta])
            return
        dictionary = self.log.dictionary()
        body = encode(rows, ZSTD_SEALED, dictionary)
        if Block(body, self.shapes.shapes, lambda: dictionary).to_memory(self.shapes.shapes) != rows:
            raise StoreError(f"{self.log.path}: block {rows.ords[0]} comes back different when it is packed")
        self._replace(metas, rows, body, rows.ords[-1])

    def _uncached(self, meta: BlockMeta) -> Block:
        block = self.block(meta, keep=False)
        if block is None:
            raise BlocksChanged(f"{self.log.path}: block {meta.first_ord} was merged with others meanwhile")
        return block

    def _replace(self, metas: Sequence[BlockMeta], rows: MemoryRows, body: bytes, repacked_upto: int) -> None:
        """One transaction: a block in the place of others. BlocksChanged, and nothing done, when they are not there."""
        meta = block_meta(rows, self.stream_numbers(rows, {}), len(body))
        with self.log.write_lock, explained(f"write to {self.log.path}"):
            with self.log.transaction("merge") as connection:
                if not tables.has_blocks(connection, metas):
                    raise BlocksChanged(f"{self.log.path}: block {meta.first_ord} was merged with others meanwhile")
                tables.delete_blocks(connection, [meta.first_ord for meta in metas])
                tables.save_block(connection, meta, body)
                tables.save_sealed(connection, repacked_upto, self.sealed_entries)
            self.repacked_upto = repacked_upto
            self._change_metas(metas, [meta])

    def note_sealed(self, entries: int) -> None:
        """The log and the index are packed for good, and the day has so many entries."""
        with self.log.write_lock, explained(f"write to {self.log.path}"), self.log.transaction("seal") as connection:
            tables.save_sealed(connection, self.repacked_upto, entries)
            self.sealed_entries = entries
        self.log.shrink()

    def mergeable(self) -> list[list[BlockMeta]]:
        """Runs of neighbouring small blocks that are worth a merge, each of at most one full block."""
        runs: list[list[BlockMeta]] = [[]]
        for meta in self.metas():
            if meta.entries >= MERGE_BELOW or meta.size >= MERGE_BYTES or meta.first_ord in self._apart:
                runs.append([])
            elif sum(other.entries for other in runs[-1]) + meta.entries > BLOCK_ENTRIES:
                runs.append([meta])
            else:
                runs[-1].append(meta)
        return [run for run in runs if len(run) >= MERGE_WAITING]

    # -- appending

    def add(self, pieces: Sequence[Piece]) -> MemoryRows:
        """Store rows of batches; durable on return. Raises with nothing stored."""
        with self._adding:
            return self._add(pieces)

    def _add(self, pieces: Sequence[Piece]) -> MemoryRows:
        addition = Addition(self)
        try:
            for batch, which, ords in pieces:
                addition.take(batch, which, ords)
            addition.finish()
            metas = self._save(addition)
        except BaseException:
            addition.undo()
            raise
        self._publish(addition, metas)
        return addition.rows

    def _save(self, addition: Addition) -> list[BlockMeta]:
        blocks = [self._encode(rows, addition.streams) for rows in blocks_of(addition.rows)]
        with self.log.write_lock, explained(f"write to {self.log.path}"), self.log.transaction() as connection:
            for meta, body in blocks:
                tables.save_block(connection, meta, body)
            tables.save_origins(connection, addition.first_new_origin, addition.new_origins)
            tables.save_shapes(connection, addition.shape_rows())
            tables.save_streams(connection, [stream.save() for stream in addition.streams.values()])
            tables.save_boots(connection, [boot.save() for boot in addition.boots.values()])
            tables.save_totals(connection, addition.totals)
        return [meta for meta, _ in blocks]

    def _encode(self, rows: MemoryRows, streams: dict[StreamKey, StreamState]) -> tuple[BlockMeta, bytes]:
        body = encode(rows, ZSTD_HOT)
        return block_meta(rows, self.stream_numbers(rows, streams), len(body)), body

    def stream_numbers(self, rows: MemoryRows, streams: dict[StreamKey, StreamState]) -> dict[int, int]:
        """The stream number of each origin in `rows`. `streams` are looked at before those of the partition."""
        numbers: dict[int, int] = {}
        origins = self.origins.origins
        for number in dict.fromkeys(rows.origin):
            origin = origins[number]
            key = (origin.seqnum_id, origin.boot_id)
            numbers[number] = (streams.get(key) or self.streams[key]).number
        return numbers

    def _publish(self, addition: Addition, metas: list[BlockMeta]) -> None:
        self.streams = {**self.streams, **addition.streams}
        self.boots = {**self.boots, **addition.boots}
        for number, count in addition.shape_counts.items():
            self.shapes.entries[number] += count
        self.totals = addition.totals
        self._change_metas([], metas)

    def close(self) -> None:
        self.log.close()


def has_lost_its_log(directory: Path) -> bool:
    """Whether a partition has an index, which is begun after the log, and no log: an empty one must not replace it."""
    log = directory / LOG_FILE
    return (directory / INDEX_DIRECTORY).is_dir() and not (log.exists() and log.stat().st_size)


def block_meta(rows: MemoryRows, stream_of: dict[int, int], size: int) -> BlockMeta:
    """The meta of a block of `rows`; `stream_of` gives each origin's stream."""
    seqnums = [(stream, taken(rows.seqnum, which)) for stream, which in rows_by(stream_of, rows.origin).items()]
    streams = tuple((stream, min(theirs), max(theirs)) for stream, theirs in seqnums)
    return BlockMeta(rows.ords[0], rows.ords[-1], rows.count, min(rows.realtime), max(rows.realtime), size, streams)


def _make_directory(directory: Path) -> None:
    if directory.is_dir():
        return
    directory.mkdir()
    parent = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
