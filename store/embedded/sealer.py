"""Seals the days of a store that no longer change, one after the other, in a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from shutil import disk_usage
from time import monotonic

from journalhub.store.contract import StoreError
from journalhub.store.embedded.indexer import Indexer
from journalhub.store.embedded.layout import FREE_BYTES, SEAL_POLL_SECONDS, SEAL_QUIET_SECONDS, SEAL_SHARE
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.sealing import Child, NotSealed, seal_log


class Sealer:
    """Looks for such days every SEAL_POLL_SECONDS."""

    def __init__(
        self, partitions: Callable[[], Iterable[Partition]], indexer: Indexer, today: Callable[[], str]
    ) -> None:
        """`today` is the day that is under way, which is never sealed."""
        self._partitions = partitions
        self._indexer = indexer
        self._today = today
        self._seen: dict[str, tuple[int, float]] = {}
        """By day: its newest ord, and since when it is that."""
        self._stop = threading.Event()
        self._skip = threading.Event()
        """Leave the day at hand."""
        self._day: str | None = None
        self._child: Child | None = None
        self._looking = threading.Lock()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self.trouble: list[str] = []
        """Why days could not be sealed at the last look, a sentence each."""

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._loop, name="sealer", daemon=True)
        self._thread.start()

    def _loop(self) -> None:
        while not self._stop.wait(SEAL_POLL_SECONDS):
            self.look()

    def look(self) -> list[str]:
        """Seal what can be sealed now, and return the days that were."""
        with self._looking:  # a test asks from another thread
            return self._look()

    def _look(self) -> list[str]:
        sealed = []
        self.trouble = []
        for partition in self._due():
            if self._stop.is_set():
                break
            if partition not in self._partitions():
                continue  # it was removed while others were sealed
            try:
                if self.seal(partition):
                    sealed.append(partition.day)
            except (NotSealed, StoreError, OSError) as error:
                if not self._skip.is_set() and not self._stop.is_set():
                    self.trouble.append(f"{partition.day} is not sealed: {error}")
        return sealed

    def _due(self) -> list[Partition]:
        """Days that are over, have been quiet, and have much that is not sealed."""
        now, today = monotonic(), self._today()
        due = []
        for partition in self._partitions():
            newest, entries = partition.totals.newest_ord, partition.totals.entries
            if self._seen.get(partition.day, (None, 0))[0] != newest:
                self._seen[partition.day] = newest, now
            is_quiet = now - self._seen[partition.day][1] >= SEAL_QUIET_SECONDS
            if partition.day < today and is_quiet and (entries - partition.sealed_entries) * SEAL_SHARE > entries:
                due.append(partition)
        return due

    def seal(self, partition: Partition) -> bool:
        """Seal one day now; False when it changed meanwhile, so that it must wait."""
        if disk_usage(partition.directory).free < FREE_BYTES + 2 * partition.size():
            raise NotSealed("there is not enough space for a second copy of it")
        with self._lock:
            self._day = partition.day
            self._skip.clear()
        try:
            seal_log(partition, self._skip)
            return not self._skip.is_set() and self._seal_index(partition)
        finally:
            with self._idle:
                self._day = self._child = None
                self._idle.notify_all()

    def _seal_index(self, partition: Partition) -> bool:
        newest, entries = partition.totals.newest_ord, partition.totals.entries
        with self._lock:
            if self._skip.is_set():
                return False
            self._child = Child(partition.directory)
        self._child.wait()
        if not self._indexer.replace(partition, newest):
            return False
        partition.note_sealed(entries)
        return True

    def forget(self, day: str) -> None:
        """The partition is removed: leave it, and return when it is left."""
        with self._idle:
            self._seen.pop(day, None)
            if self._day == day:
                self._interrupt()
                self._idle.wait_for(lambda: self._day != day)

    def close(self) -> None:
        """Leave what is under way; it is done again when the store is open."""
        self._stop.set()
        with self._idle:
            self._interrupt()
        if self._thread is not None:
            self._thread.join()

    def _interrupt(self) -> None:
        self._skip.set()
        if self._child is not None:
            self._child.stop()
