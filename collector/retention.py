"""Which days have to go: by age, by size, by free space. Whole days, the oldest first, and never today."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.retained import Sieve
from journalhub.collector.settings import CollectorSettings
from journalhub.store.arrival import DAY, day_of, start_of
from journalhub.store.contract import Partition, Store

log = logging.getLogger("journalhub.collector")


def next_day(day: str) -> str:
    """The day after."""
    return (datetime.fromisoformat(day) + timedelta(days=1)).strftime("%Y-%m-%d")


def too_old(settings: CollectorSettings, now: int) -> str:
    """The first day that is kept by age; empty without such a limit. `now` is in microseconds."""
    if settings.retention_days is None:
        return ""
    return day_of(max(0, now - round(settings.retention_days * DAY)))


def too_many(partitions: Sequence[Partition], settings: CollectorSettings, free: int, today: str) -> str:
    """The first day that is kept by size and free space; empty when everything is.

    What a day gives back is its size on disk. Days from `today` on are not looked at: a node with a clock in the
    future must not cost the present.
    """
    excess = 0
    if settings.retention_bytes is not None:
        excess = sum(partition.bytes for partition in partitions) - settings.retention_bytes
    if settings.retention_free is not None:
        excess = max(excess, settings.retention_free - free)
    kept_from = ""
    for partition in partitions:
        if excess <= 0 or partition.day >= today:
            break
        excess -= partition.bytes
        kept_from = next_day(partition.day)
    return kept_from


class Retention:
    """Removes days of a store and remembers which; `enforce` is called by one thread at a time."""

    def __init__(
        self,
        store: Store,
        settings: CollectorSettings,
        sieve: Sieve,
        file: LedgerFile | None,
        wall: Callable[[], int],
        free: Callable[[], int] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._sieve = sieve
        self._file = file
        self._wall = wall
        self._free = free or (lambda: free_bytes(settings.data_dir))
        self.removed: dict[str, dict[str, Any]] = {item["day"]: item for item in file.removed()} if file else {}
        """By day: what retention removed, for answers that would have needed it."""
        self._begin_on(next_day(max(self.removed)) if self.removed else "")

    def enforce(self) -> None:
        """Remove what has to go now. Raises StoreError."""
        now = self._wall()
        today = day_of(now)
        by_age = too_old(self._settings, now)
        self._remove(by_age, f"older than {self._settings.retention_days} days")
        self._begin_on(by_age)  # also where nothing is stored yet: old entries would only come and go
        by_size = too_many(self._store.partitions(), self._settings, self._free(), today)
        self._remove(by_size, "space")

    def status(self) -> dict[str, Any]:
        """For /api/v1/status."""
        return {
            "begins": day_of(self._sieve.start) if self._sieve.start else None,
            "removed_days": len(self.removed),
            "removed_entries": sum(item["entries"] for item in self.removed.values()),
            "removed_until": max((item["last"] for item in self.removed.values()), default=None),
        }

    def _remove(self, before: str, cause: str) -> None:
        doomed = [item for item in self._store.partitions() if item.day < before] if before else []
        if not doomed:
            return
        self._begin_on(before)  # first: what is being removed must not come in again at the same time
        for partition in self._store.drop_before(before):
            earlier = self.removed.get(partition.day, {"entries": 0})
            self.removed[partition.day] = {
                "day": partition.day,
                "entries": earlier["entries"] + partition.entries,
                "bytes": partition.bytes,
                "first": partition.first.realtime,
                "last": partition.last.realtime,
                "cause": cause,
                "at": self._wall(),
            }
            log.info("removed %s: %d entries, %d bytes (%s)", partition.day, partition.entries, partition.bytes, cause)
        if self._file:
            try:
                self._file.save_removed(self.removed.values())
            except sqlite3.Error as error:
                log.error("cannot write down which days were removed: %s", error)

    def _begin_on(self, day: str) -> None:
        if day and start_of(day) > self._sieve.start:
            self._sieve.move(start_of(day), day)


def free_bytes(directory: Path) -> int:
    """Bytes that the file system of a directory has free for us."""
    return shutil.disk_usage(directory).free
