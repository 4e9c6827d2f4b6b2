"""Sealing: a day that no longer changes is packed tighter, at low priority and in steps that a crash may interrupt.

The log first: each block is compressed better, small ones joined, looked at again, and replaced in a transaction of its
own. Then the index: a child process makes another one from the log, of one segment, which is looked at and put in place
by renames. Whatever comes for the day afterwards is stored as ever; when that is much, the day is sealed again.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from time import monotonic

from journalhub.store.arrival import start_of
from journalhub.store.contract import StoreError
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.dictionary import trained
from journalhub.store.embedded.grouping import Grouped
from journalhub.store.embedded.index import IndexBroken, PartitionIndex
from journalhub.store.embedded.layout import (
    BLOCK_BYTES,
    BLOCK_ENTRIES,
    DICTIONARY_BYTES,
    DICTIONARY_ENTRIES,
    DICTIONARY_SAMPLES,
    GROUPED_BYTES,
    INDEX_BUILT,
    INDEX_DIRECTORY,
    INDEX_REPLACED,
    SEALED_CHUNK,
    WORDS_FROM,
)
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import BlocksChanged, Partition
from journalhub.store.embedded.words import Gathering, Words, save

_FAN_IN = 8
"""Segments of about one size that tantivy joins to one as soon as there are so many (its LogMergePolicy)."""

_AT_ONCE = 4096
"""Documents in memory beside those that are compressed."""

_CACHE = 4 * 1024 * 1024
"""Bytes of decoded blocks of a walk through a log, which needs none twice."""


class NotSealed(Exception):
    """The day could not be sealed now; the message says why."""


def seal_log(partition: Partition, stop: threading.Event) -> None:
    """Compress every block that is not yet, until `stop`. Ends where the log ends now."""
    learn(partition)
    while True:
        try:
            for metas in _runs(partition):
                if stop.is_set():
                    return
                begun = monotonic()
                partition.repack(metas)
                stop.wait(monotonic() - begun)  # half of the time at most is taken from others
        except BlocksChanged:
            continue  # small blocks were merged meanwhile: go on with what they became
        return


def learn(partition: Partition) -> None:
    """Give the day a dictionary of its messages, if it has none and enough of them."""
    if partition.log.dictionary() is not None:
        return
    samples: list[list[bytes]] = []
    entries = size = 0
    # Every so many blocks, not so many of them: where they are small, more are looked at.
    for meta in partition.metas()[:: max(1, partition.totals.entries // DICTIONARY_ENTRIES)]:
        if size >= DICTIONARY_SAMPLES:
            break
        block = partition.block(meta, keep=False)
        if block is None:
            continue  # merged with others meanwhile
        entries += block.count
        for column in block.columns_of("MESSAGE")[:1]:
            samples.append([text for text in column.values() if len(text) <= DICTIONARY_BYTES])
            size += sum(map(len, samples[-1]))
    if entries:
        dictionary = trained(samples, size * partition.totals.entries // entries)
        if dictionary is not None:
            partition.log.keep_dictionary(dictionary)


def _runs(partition: Partition) -> Iterator[list[BlockMeta]]:
    """Neighbouring blocks that become one, of those beyond what is sealed."""
    run: list[BlockMeta] = []
    entries = size = 0
    for meta in list(partition.metas()):
        if meta.last_ord <= partition.repacked_upto:
            continue
        # Bodies are compressed: a block of values at the limit has a small fraction of it.
        if run and (entries + meta.entries > BLOCK_ENTRIES or size + meta.size > BLOCK_BYTES // 8):
            yield run
            run, entries, size = [], 0, 0
        run.append(meta)
        entries += meta.entries
        size += meta.size
    if run:
        yield run


def build_index(directory: Path) -> None:
    """Make the new index of a partition beside the old one. For a process of its own: takes memory, and all of a core.

    Raises IndexBroken and StoreError; what is there then is no index.
    """
    shutil.rmtree(directory / INDEX_BUILT, ignore_errors=True)
    with closing(Partition(directory, BlockCache(_CACHE))) as partition:
        entries, newest = partition.totals.entries, partition.totals.newest_ord
        index = PartitionIndex(directory / INDEX_BUILT, partition.day, partition.log.identity())
        due = deque(_commits(entries))
        grouped = Grouped(partition.origins.origins, start_of(partition.day))
        words = _words_of(partition) if entries >= WORDS_FROM else None  # before the rest: both take memory
        for block in partition.blocks_after(0, keep=False):
            grouped.add(block.to_memory(partition.shapes.shapes))
            if grouped.size >= GROUPED_BYTES:
                _write(index, grouped.taken(), due)
        _write(index, grouped.taken(), due)
        index.commit(newest)
        index.close_writer()
        found = PartitionIndex(directory / INDEX_BUILT, partition.day, partition.log.identity()).snapshot()
        if (found.searcher.num_docs, found.upto) != (entries, newest):
            raise IndexBroken(f"{directory / INDEX_BUILT} has {found.searcher.num_docs} of {entries} entries")
        if words is not None:
            save(directory / INDEX_BUILT, words)


def _words_of(partition: Partition) -> Words:
    gathering = Gathering()
    for block in partition.blocks_after(0, keep=False):
        gathering.add(block)
    return gathering.words()


def _write(index: PartitionIndex, documents: Iterator[str], due: deque[int]) -> None:
    """Add documents, and commit whenever so many were added as the first of `due` says is left.

    They do not come in order of their ords, so that the index is of use only when it has all of them.
    """
    while some := list(islice(documents, min(due[0], _AT_ONCE) if due else _AT_ONCE)):
        index.add_documents(some)
        if due:
            due[0] -= len(some)
            if not due[0]:
                index.commit(0)
                due.popleft()


def _commits(entries: int) -> list[int]:
    """Entries of each commit, so that tantivy joins all segments to one: eight, or eight times eight, …"""
    count = 1
    while entries > count * SEALED_CHUNK:
        count *= _FAN_IN
    return [size for at in range(count) if (size := entries * (at + 1) // count - entries * at // count)]


def put_in_place(directory: Path) -> None:
    """Let the new index take the place of the old one, which nobody writes to any more."""
    old = directory / INDEX_REPLACED
    shutil.rmtree(old, ignore_errors=True)
    os.rename(directory / INDEX_DIRECTORY, old)
    os.rename(directory / INDEX_BUILT, directory / INDEX_DIRECTORY)
    shutil.rmtree(old, ignore_errors=True)


_CHILD = "from journalhub.store.embedded.sealing import main; raise SystemExit(main())"


class Child:
    """The process that makes an index. It ends with its parent, whose end of the pipe closes."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(directory)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def wait(self) -> None:
        """Until it is done; NotSealed when it failed or was stopped."""
        with self._process:  # not communicate(), which closes the pipe at once
            assert self._process.stderr is not None
            said = self._process.stderr.read()
        if self._process.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise NotSealed(f"the process ended with {self._process.returncode}: {last[:300]}")

    def stop(self) -> None:
        """End it, from any thread."""
        with suppress(ProcessLookupError):
            self._process.kill()


def main() -> int:
    """The child: build the index of the partition that the command line names."""
    with suppress(OSError):  # where a sandbox forbids it
        os.nice(19)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        build_index(Path(sys.argv[1]))
    except (IndexBroken, StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _end_with_parent() -> None:
    os.read(0, 1)  # nothing is ever written to it
    os._exit(3)
