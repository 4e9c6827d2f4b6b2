"""Which days have to go: by age, by size, by free space. Whole days, the oldest first, and never today.

And which entries before that: those of a rule that keeps them for less. They are removed from within their days, one
day at a time, so that what has to go whole is never waited for.
"""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from journalhub.collector.gaps import Run, subtract
from journalhub.collector.keeping import Keeping, parse_keeping
from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.retained import Bar, Sieve
from journalhub.collector.settings import CollectorSettings
from journalhub.journal import steps
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
        explain: Callable[[bytes, Sequence[Run]], None] = lambda seqnum_id, runs: None,
    ) -> None:
        """`explain` is told which seqnums of a sequence are missing from now on because they were removed."""
        self._store = store
        self._settings = settings
        self._sieve = sieve
        self._file = file
        self._wall = wall
        self._free = free or (lambda: free_bytes(settings.data_dir))
        self.removed: dict[str, dict[str, Any]] = {item["day"]: item for item in file.removed()} if file else {}
        """By day: what retention removed, for answers that would have needed it."""
        self._explain = explain
        self._keeping = parse_keeping(settings.retention_rule)
        self.thinned: dict[str, dict[str, Any]] = {item["day"]: item for item in file.thinned()} if file else {}
        """By day: the rules by which entries were removed from within it, and how many by each."""
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
        self._sieve.bar(self._bars(now))
        self._thin_one(now)

    def _bars(self, now: int) -> Iterator[Bar]:
        for rule in self._keeping:
            day = rule.first_day(now)
            yield Bar(start_of(day), f"older than the retention of {rule.text!r}, which begins on {day}", rule.matches)

    def _thin_one(self, now: int) -> None:
        """Remove what a rule says from the oldest day that still has it."""
        for partition in self._store.partitions():
            done = self.thinned.setdefault(partition.day, {"day": partition.day, "rules": {}})
            for rule in self._keeping:
                if partition.day < rule.first_day(now) and rule.text not in done["rules"]:
                    self._thin(rule, done)
                    return

    def _thin(self, rule: Keeping, done: dict[str, Any]) -> None:
        before = self._holes()
        count = self._store.thin(done["day"], rule.matches)
        self._tell_holes(before)
        done["rules"][rule.text] = count
        if count:
            log.info("removed %d entries from %s (%s)", count, done["day"], rule.text)
        if self._file:
            try:
                self._file.save_thinned(done)
            except sqlite3.Error as error:
                log.error("cannot write down what was removed from %s: %s", done["day"], error)

    def _holes(self) -> dict[bytes, list[Run]]:
        return {seqnum_id: self._store.missing(seqnum_id) for seqnum_id in {s.seqnum_id for s in self._store.streams()}}

    def _tell_holes(self, before: Mapping[bytes, list[Run]]) -> None:
        """What has become a hole is none that anybody should look for."""
        for seqnum_id, holes in self._holes().items():
            if new := subtract(holes, before.get(seqnum_id, [])):
                self._explain(seqnum_id, new)

    def status(self) -> dict[str, Any]:
        """For /api/v1/status."""
        return {
            "begins": day_of(self._sieve.start) if self._sieve.start else None,
            "removed_days": len(self.removed),
            "removed_entries": sum(item["entries"] for item in self.removed.values()),
            "removed_until": max((item["last"] for item in self.removed.values()), default=None),
            "rules": self._rules_status(),
        }

    def _rules_status(self) -> list[dict[str, Any]]:
        """Of each rule that removed something how much, and from up to when (microseconds)."""
        found: dict[str, dict[str, Any]] = {}
        for day, item in sorted(self.thinned.items()):
            for text, count in item["rules"].items():
                if count:
                    so_far = found.setdefault(text, {"rule": text, "removed_entries": 0, "removed_until": None})
                    so_far["removed_entries"] += count
                    so_far["removed_until"] = start_of(next_day(day)) - 1
        return list(found.values())

    def _remove(self, before: str, cause: str) -> None:
        doomed = [item for item in self._store.partitions() if item.day < before] if before else []
        if not doomed:
            return
        self._begin_on(before)  # first: what is being removed must not come in again at the same time
        for partition in doomed:
            earlier = self.removed.get(partition.day, {"entries": 0})
            # A crash between writing this down and removing it must not count it twice.
            gone = earlier.get("before", 0) if earlier.get("doomed") else earlier["entries"]
            self.removed[partition.day] = {
                "day": partition.day,
                "entries": gone + partition.entries,
                "before": gone,
                "doomed": True,
                "bytes": partition.bytes,
                "first": partition.first.realtime,
                "last": partition.last.realtime,
                "cause": cause,
                "at": self._wall(),
            }
        self._save_removed()
        steps.reached("removal: written down")
        holes = self._holes()
        for partition in self._store.drop_before(before):
            log.info("removed %s: %d entries, %d bytes (%s)", partition.day, partition.entries, partition.bytes, cause)
        self._tell_holes(holes)
        for item in self.removed.values():
            item["doomed"] = False
        self._save_removed()

    def _save_removed(self) -> None:
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
