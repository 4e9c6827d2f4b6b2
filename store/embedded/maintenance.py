"""What an administrator runs on a store that is not open: build the indexes anew, and look at everything."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pyroaring import BitMap64

from journalhub.store.contract import StoreError
from journalhub.store.embedded import wordlists
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.directory import Directory
from journalhub.store.embedded.index import Progress
from journalhub.store.embedded.indexer import Indexer, entries_upto
from journalhub.store.embedded.layout import CACHE_BYTES, RING_BYTES, RING_ENTRIES
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.ring import Ring
from journalhub.store.embedded.words import Chunk, WordsDamaged, load, words_of


def reindex(directory: Path, progress: Progress | None = None) -> int:
    """Build the index of every partition anew from its log, and return how many entries were indexed.

    `progress` is told (day, entries indexed, entries of the day). Raises StoreError when the store is in use or a
    log cannot be read; partitions done before that stay done.
    """
    total = 0
    with closing(Directory(directory)) as held:
        for day in held.days():
            with closing(Partition(held.partition(day), BlockCache(CACHE_BYTES))) as partition:
                with closing(_indexer(partition)) as indexer:
                    indexer.rebuild(partition, progress)
                wordlists.make(partition)
                total += partition.totals.entries
    return total


def _indexer(partition: Partition) -> Indexer:
    return Indexer(Ring(RING_ENTRIES, RING_BYTES), lambda: [partition])


def verify(directory: Path, progress: Progress | None = None) -> Iterator[str]:
    """Read everything and compare it with what is said of it; a sentence for each thing that is wrong.

    Finds damaged blocks by their checksums, wrong counts, sets of seqnums that are not those of the entries, and
    indexes that lack entries. Raises StoreError when the store is in use or of another version.
    """
    with closing(Directory(directory)) as held:
        for day in held.days():
            try:
                with closing(Partition(held.partition(day), BlockCache(CACHE_BYTES))) as partition:
                    for wrong in _verify_partition(partition, progress):
                        yield f"{day}: {wrong}"
            except StoreError as error:
                yield f"{day}: {error}"


def _verify_partition(partition: Partition, progress: Progress | None) -> Iterator[str]:
    yield from (f"{partition.log.path}: {wrong}" for wrong in partition.log.integrity())
    yield from (f"{partition.log.path}: the dictionary: {wrong}" for wrong in partition.log.damages())
    seqnums: dict[int, BitMap64] = {}
    entries: dict[int, int] = {}
    done = newest = 0
    known = _KnownWords(partition)
    for meta in partition.metas():
        if meta.first_ord <= newest:
            yield f"block {meta.first_ord} begins before the one before it ends ({newest})"
        newest = meta.last_ord
        try:
            yield from _verify_block(partition, meta, seqnums, entries)
            known.look(meta)
        except (StoreError, ValueError, IndexError, KeyError) as error:
            yield f"block {meta.first_ord}: {error}"
        done += meta.entries
        if progress:
            progress(partition.day, done, partition.totals.entries)
    if done != partition.totals.entries:
        yield f"the blocks have {done} entries, the totals say {partition.totals.entries}"
    for stream in partition.streams.values():
        name = f"stream {stream.seqnum_id.hex()}, boot {stream.boot_id.hex()}"
        if seqnums.get(stream.number, BitMap64()) != stream.seqnums:
            yield f"{name}: its set of {len(stream.seqnums)} seqnums is not that of its entries"
        if entries.get(stream.number, 0) != stream.entries:
            yield f"{name}: {entries.get(stream.number, 0)} entries, its row says {stream.entries}"
    yield from _verify_index(partition)
    yield from known.wrong


class _KnownWords:
    """The stored list of words, beside the words of the blocks."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self.wrong: list[str] = []
        """A sentence when the list is not what it should be."""
        self._chunks: list[Chunk] = []
        self._held: tuple[Chunk, set[str]] | None = None
        try:
            words = load(partition.index_directory)
        except (WordsDamaged, OSError) as error:
            self.wrong.append(f"{error}; another list is made when it is needed, or by reindex")
            return
        self._chunks = list(words.chunks) if words else []

    def look(self, meta: BlockMeta) -> None:
        """The next block."""
        chunk = next((chunk for chunk in self._chunks if chunk.upto >= meta.last_ord), None)
        if chunk is None or self.wrong:
            return
        if self._held is None or self._held[0] is not chunk:
            self._held = chunk, chunk.words()
        lacking = words_of(self._partition.block_with(meta)) - self._held[1]
        if lacking:
            some = len(lacking)
            self.wrong.append(f"the list of words lacks {some} of block {meta.first_ord}; reindex makes another")


def _verify_block(
    partition: Partition, meta: BlockMeta, seqnums: dict[int, BitMap64], entries: dict[int, int]
) -> Iterator[str]:
    rows = partition.block_with(meta).to_memory(partition.shapes.shapes)
    if rows.count != meta.entries or (rows.ords[0], rows.ords[-1]) != (meta.first_ord, meta.last_ord):
        yield f"block {meta.first_ord} has {rows.count} entries, {rows.ords[0]} to {rows.ords[-1]}; its row says {meta}"
    if (min(rows.realtime), max(rows.realtime)) != (meta.first_realtime, meta.last_realtime):
        yield f"block {meta.first_ord}: its row is wrong about its time"
    stream_of = partition.stream_numbers(rows, {})
    for origin, seqnum in zip(rows.origin, rows.seqnum, strict=True):
        stream = stream_of[origin]
        seqnums.setdefault(stream, BitMap64()).add(seqnum)
        entries[stream] = entries.get(stream, 0) + 1


def _verify_index(partition: Partition) -> Iterator[str]:
    with closing(_indexer(partition)) as indexer:
        upto = indexer.upto(partition)
        if upto < partition.totals.newest_ord:
            lacking = partition.totals.entries - entries_upto(partition, upto)
            yield f"the index lacks {lacking} entries; it is completed when the store is opened"
