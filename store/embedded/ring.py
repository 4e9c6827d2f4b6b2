"""The newest entries in memory: live tails and the indexer read them without touching the disk."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import MemoryRows, size_of


@dataclass(slots=True)
class Arrival:
    """What one call of `append` stored: rows by partition. The ords of the parts may interleave."""

    parts: list[tuple[Partition, MemoryRows]] = field(default_factory=list)

    @property
    def first_ord(self) -> int:
        return min(rows.ords[0] for _, rows in self.parts)

    @property
    def last_ord(self) -> int:
        return max(rows.ords[-1] for _, rows in self.parts)

    @property
    def entries(self) -> int:
        return sum(rows.count for _, rows in self.parts)

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(size_of(rows.values) for _, rows in self.parts)


class Ring:
    """Arrivals in their order, the oldest dropped beyond the limits; the newest is always kept whole."""

    def __init__(self, entries: int, size: int) -> None:
        self._limits = entries, size
        self._arrivals: deque[tuple[Arrival, int]] = deque()
        self._entries = 0
        self._size = 0
        self._lock = threading.Lock()

    def push(self, arrival: Arrival) -> None:
        size = arrival.size
        with self._lock:
            self._arrivals.append((arrival, size))
            self._entries += arrival.entries
            self._size += size
            while len(self._arrivals) > 1 and (self._entries > self._limits[0] or self._size > self._limits[1]):
                oldest, its_size = self._arrivals.popleft()
                self._entries -= oldest.entries
                self._size -= its_size

    def after(self, number: int) -> list[Arrival] | None:
        """All arrivals with entries beyond an ord, or None when some of them are here no more."""
        with self._lock:
            if not self._arrivals or self._arrivals[0][0].first_ord > number + 1:
                return None
            newest_first: list[Arrival] = []
            for arrival, _ in reversed(self._arrivals):
                if arrival.last_ord <= number:
                    break
                newest_first.append(arrival)
        return newest_first[::-1]

    def of_partition(self, day: str, after: int) -> Sequence[MemoryRows] | None:
        """What came into one partition beyond an ord, or None when some of it may be here no more."""
        arrivals = self.after(after)
        if arrivals is None:
            return None
        parts = [part for arrival in arrivals for part in arrival.parts]
        return [rows for partition, rows in parts if partition.day == day and rows.ords[-1] > after]

    def clear(self) -> None:
        """Forget everything: partitions were removed."""
        with self._lock:
            self._arrivals.clear()
            self._entries = self._size = 0
