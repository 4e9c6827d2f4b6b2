"""Keeps every partition's index up with its log: after appends, after a crash, and when an index is lost."""

import threading
from collections.abc import Callable, Iterable, Iterator
from shutil import disk_usage
from time import monotonic

from journalhub.store.contract import StoreError
from journalhub.store.embedded.index import IndexBroken, PartitionIndex, Progress, Snapshot
from journalhub.store.embedded.layout import (
    ADD_SECONDS,
    FREE_BYTES,
    LAG_SECONDS,
    MANY_ENTRIES,
    OPEN_WRITERS,
    REFRESH_SECONDS,
)
from journalhub.store.embedded.partition import BlocksChanged, Partition
from journalhub.store.embedded.ring import Ring
from journalhub.store.embedded.rows import MemoryRows
from journalhub.store.embedded.sealing import put_in_place

_COMMIT_EVERY = 200_000
"""Entries between commits of a long catch-up, so that a crash does not start it over."""


FAILURES = IndexBroken, StoreError, OSError
"""What goes wrong with one partition, and must not hold up the others."""

_RETRY_SECONDS = 5.0
"""Between attempts at an index that fails, when nothing arrives that would wake the thread."""


class NotIndexed(Exception):
    """The partition cannot be searched yet; the message says why."""


class Indexer:
    """Owns the indexes. Work is done by one thread at a time: its own every REFRESH_SECONDS, or who calls `run`."""

    def __init__(
        self,
        ring: Ring,
        partitions: Callable[[], Iterable[Partition]],
        settled: Callable[[Partition], object] = lambda partition: None,
    ) -> None:
        """`settled` is called with partitions that have grown, whenever little arrives."""
        self._ring = ring
        self._partitions = partitions
        self._settled = settled
        self._grown: set[str] = set()
        """Days with entries of which `settled` was not told."""
        self._indexes: dict[str, PartitionIndex] = {}
        # Examining an index may let go of another partition, which closes its index: same thread, same lock.
        self._opening = threading.RLock()
        self._working = threading.Lock()
        self._behind: dict[str, str] = {}
        """Days whose index lacks entries that were there when it was opened, and why."""
        self._troubles: dict[str, str] = {}
        self._merge_trouble: list[str] = []
        self._writers: list[str] = []
        """Days with an open writer, the least recently used first."""
        self._dirty: set[str] = set()
        self._marking = threading.Lock()
        self._worked_on: set[str] = set()
        """Days that may have got small blocks."""
        self._indexed = 0
        """Entries indexed so far."""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="indexer", daemon=True)

    def start(self) -> None:
        """Begin with everything: what a crash left unindexed is found out by looking."""
        self._dirty = {partition.day for partition in self._partitions()}
        self._wake.set()
        self._thread.start()

    def touch(self, day: str) -> None:
        """Entries were appended to a partition."""
        with self._marking:
            self._dirty.add(day)
        self._wake.set()

    def _loop(self) -> None:
        found = 0
        while not self._stop.is_set():
            self._wake.wait(_RETRY_SECONDS if self._dirty else REFRESH_SECONDS if self._grown else None)
            self._wake.clear()
            if self._stop.is_set():
                return
            begun = monotonic()
            self.run()
            took, are_many = monotonic() - begun, self._indexed - found > MANY_ENTRIES
            found = self._indexed
            self._merge_small_blocks()
            if are_many:
                now = monotonic()
                self._add_until(now + pause_of_many(took, now - begun))
            else:
                self._settle()
                self._stop.wait(REFRESH_SECONDS)

    def _add_until(self, due: float) -> None:
        """Let entries gather for the next commit; add them meanwhile, while the ring has them."""
        while (left := due - monotonic()) > 0 and not self._stop.wait(min(left, ADD_SECONDS)):
            self.add_arrived()

    def add_arrived(self) -> None:
        """Add what the ring has to indexes that are being written to; the next `run` makes it found."""
        with self._working:
            for partition in self._partitions():
                index = self._indexes.get(partition.day)
                if index is None or not index.has_writer or index.must_start_anew:
                    continue
                try:
                    for rows in self._ring.of_partition(partition.day, index.added) or ():
                        self._add(index, partition.day, beyond(rows, index.added))
                except FAILURES as error:
                    self._fail(partition, error)

    def _settle(self) -> None:
        grown, self._grown = self._grown, set()
        for partition in self._partitions():
            if partition.day in grown:
                self._settled(partition)

    # -- indexes

    def index_of(self, partition: Partition) -> PartitionIndex:
        """The partition's index, opened when it is not yet. May raise IndexBroken."""
        with self._opening:
            index = self._indexes.get(partition.day)
            if index is None:
                index = PartitionIndex(partition.index_directory, partition.day, partition.log.identity())
                self._examine(partition, index)
                self._indexes[partition.day] = index
            return index

    def _examine(self, partition: Partition, index: PartitionIndex) -> None:
        snapshot = index.snapshot()
        if snapshot.upto > partition.totals.newest_ord or snapshot.searcher.num_docs != entries_upto(
            partition, snapshot.upto
        ):
            index.start_anew()
            index.why_new = "it does not fit the log"
        if index.snapshot().upto < partition.totals.newest_ord:
            what = "is being rebuilt" if index.why_new else "is catching up"
            self._behind[partition.day] = f"the index of {partition.day} {what}"
            self.touch(partition.day)

    def snapshot(self, partition: Partition) -> Snapshot:
        """What can be found of a partition; NotIndexed while that is not all that was there when it was opened."""
        try:
            index = self.index_of(partition)
        except IndexBroken as error:
            raise NotIndexed(f"the index of {partition.day} cannot be opened: {error}") from error
        if partition.day in self._behind:
            raise NotIndexed(self._behind[partition.day])
        return index.snapshot()

    def release(self, day: str) -> None:
        """Close an index that nothing is being done with; the next search opens it again."""
        with self._opening:
            index = self._indexes.get(day)
            if index is None or index.has_writer or day in self._dirty or day in self._behind or day in self._troubles:
                return
            del self._indexes[day]

    def lagging(self) -> list[str]:
        """Days of which some entries cannot be found yet."""
        return [*self._behind, *self._troubles]

    def upto(self, partition: Partition) -> int:
        """The highest ord of a partition that can be found, 0 when its index cannot be opened."""
        try:
            return self.index_of(partition).snapshot().upto
        except IndexBroken:
            return 0

    def trouble(self, day: str) -> str | None:
        """Why a partition that can be searched may lack its newest entries, or None."""
        return self._troubles.get(day)

    def is_behind(self, day: str) -> bool:
        """Whether a partition cannot be searched fully."""
        return day in self._behind or day in self._troubles

    def broken(self, day: str, why: str) -> None:
        """A search found the index unusable: make it anew."""
        self._behind[day] = f"the index of {day} is being rebuilt: {why}"
        with self._opening:
            index = self._indexes.get(day)
            if index is not None:
                index.must_start_anew = True
        self.touch(day)

    def rebuild(self, partition: Partition, progress: Progress | None) -> None:
        """Throw the index away and make it anew, now."""
        index = self.index_of(partition)
        self._behind[partition.day] = f"the index of {partition.day} is being rebuilt"
        index.must_start_anew = True
        with self._working:
            self._catch_up(partition, progress)

    # -- work

    def run(self) -> None:
        """Index all that is not. What fails is told by `troubles` and tried again."""
        with self._working:
            with self._marking:
                dirty, self._dirty = self._dirty, set()
            self._worked_on |= dirty
            for partition in sorted(self._partitions(), key=lambda partition: partition.day, reverse=True):
                if partition.day not in dirty or self._stop.is_set():
                    continue
                try:
                    self._catch_up(partition, None)
                    self._troubles.pop(partition.day, None)
                except FAILURES as error:
                    self._fail(partition, error)

    def _fail(self, partition: Partition, error: Exception) -> None:
        day = partition.day
        self._troubles[day] = f"the index of {day} is not kept up: {error}"
        index = self._indexes.get(day)
        if index is not None:
            index.forget_writer()
            # What cannot be written though there is space may be damaged; a second failure in a row starts anew.
            if disk_usage(partition.directory).free > FREE_BYTES:
                index.must_start_anew = index.failed_before
                index.failed_before = True
        self._writers = [other for other in self._writers if other != day]
        with self._marking:
            self._dirty.add(day)

    def _catch_up(self, partition: Partition, progress: Progress | None) -> None:
        day = partition.day
        index = self.index_of(partition)
        if index.must_start_anew:
            self._behind.setdefault(day, f"the index of {day} is being rebuilt")
            index.start_anew()
        done = committed = 0
        target = partition.totals.newest_ord
        due = monotonic() + REFRESH_SECONDS
        for rows in self._unindexed(partition, index.added):
            if self._stop.is_set():
                break
            self._add(index, day, rows)
            done += rows.count
            # Nobody finds anything while an index is behind, so it need not be fresh, and few segments are better.
            if done - committed >= _COMMIT_EVERY or (monotonic() > due and day not in self._behind):
                index.commit(index.added)
                committed, due = done, monotonic() + REFRESH_SECONDS
            if progress:
                progress(day, done, partition.totals.entries)
            if index.added >= target:
                break  # what came meanwhile has marked the day as dirty again
        index.commit(index.added)
        index.failed_before = False
        if not self._stop.is_set():
            self._behind.pop(day, None)

    def _add(self, index: PartitionIndex, day: str, rows: MemoryRows) -> None:
        self._use_writer(index, day)
        index.add(rows)
        self._indexed += rows.count
        self._grown.add(day)

    def _unindexed(self, partition: Partition, upto: int) -> Iterator[MemoryRows]:
        """What is beyond an ord: out of the log until the ring has the rest, which costs half as much."""
        while (recent := self._ring.of_partition(partition.day, upto)) is None:
            block = next(partition.blocks_after(upto, keep=False), None)
            if block is None:
                return
            rows = beyond(block.to_memory(partition.shapes.shapes), upto)
            yield rows
            upto = rows.ords[-1]
        for rows in recent:
            yield beyond(rows, upto)

    def _use_writer(self, index: PartitionIndex, day: str) -> None:
        if self._writers[-1:] == [day] and index.has_writer:
            return
        self._writers = [*(other for other in self._writers if other != day), day]
        while len(self._writers) > OPEN_WRITERS:
            other = self._writers.pop(0)
            if other in self._indexes:
                self._indexes[other].close_writer()

    def _merge_small_blocks(self) -> None:
        days, self._worked_on = self._worked_on, set()
        for partition in [partition for partition in self._partitions() if partition.day in days]:
            if disk_usage(partition.directory).free < FREE_BYTES:
                return  # a merge writes before it frees
            for run in partition.mergeable():
                if self._stop.is_set():
                    return
                try:
                    partition.merge(run)
                except BlocksChanged:
                    continue  # the day is being sealed
                except StoreError as error:
                    self._merge_trouble = [f"small blocks of {partition.day} are not merged: {error}"]
                    return
        self._merge_trouble = []

    @property
    def troubles(self) -> list[str]:
        """What does not work, a sentence each."""
        return [*self._troubles.values(), *self._behind.values(), *self._merge_trouble]

    def replace(self, partition: Partition, upto: int) -> bool:
        """Let the index that was built of a partition take the place of its own.

        False when there are entries beyond `upto`, or the own one is being worked on. What searches now goes on with
        the old one.
        """
        day = partition.day
        with self._working, self._opening:
            if partition.totals.newest_ord != upto or self.is_behind(day) or day in self._dirty:
                return False
            index = self._indexes.pop(day, None)
            self._writers = [other for other in self._writers if other != day]
            if index is not None:
                index.forget_writer()
            put_in_place(partition.directory)
        return True

    def forget(self, day: str) -> None:
        """The partition is removed: close its index."""
        with self._working, self._opening:
            index = self._indexes.pop(day, None)
            self._behind.pop(day, None)
            self._troubles.pop(day, None)
            self._writers = [other for other in self._writers if other != day]
            if index is not None:
                index.forget_writer()

    def close(self) -> None:
        """Finish what runs; what is not indexed will be when the store is opened again."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._working:
            for index in self._indexes.values():
                index.forget_writer()


def pause_of_many(took: float, spent: float) -> float:
    """Seconds until the next commit, as many as LAG_SECONDS allow, while many entries arrive.

    What came just after this one began has waited for all that was `spent` since; then it waits for the pause, and for
    as long as the commit itself `took`, which the next one takes again.
    """
    return max(REFRESH_SECONDS, LAG_SECONDS - took - spent)


def beyond(rows: MemoryRows, upto: int) -> MemoryRows:
    """The rows with an ord beyond `upto`."""
    skipped = sum(1 for number in rows.ords if number <= upto) if rows.ords[0] <= upto else 0
    return rows.cut(skipped, rows.count) if skipped else rows


def entries_upto(partition: Partition, upto: int) -> int:
    """How many entries of the partition have an ord up to `upto`."""
    total = 0
    for meta in partition.metas():
        if meta.last_ord <= upto:
            total += meta.entries
        elif meta.first_ord <= upto:
            total += sum(1 for number in partition.block_with(meta).ords if number <= upto)
    return total
