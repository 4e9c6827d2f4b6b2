"""How many distinct sets of field names one machine may bring in a day: each is kept in memory while the day is."""

from collections import Counter
from collections.abc import Callable

from journalhub.collector.limits import SHAPE_NAMES_MAX, SHAPES_MAX
from journalhub.journal.batch import Batch, Names
from journalhub.store.arrival import day_of

REASON = (
    f"more than {SHAPES_MAX} distinct sets of field names, or {SHAPE_NAMES_MAX} names in those, "
    "from one machine in a day"
)


class Variety:
    """Counts by machine. `clock` gives microseconds since the epoch; a new day begins with nothing counted."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._day = ""
        self._seen: dict[bytes, set[int]] = {}
        self._names: Counter[bytes] = Counter()

    def too_many(self, batch: Batch) -> list[int]:
        """The rows whose set of field names is new and one too many; counts the others."""
        today = day_of(self._clock())
        if today != self._day:
            self._day, self._seen, self._names = today, {}, Counter()
        machines = [origin.first("_MACHINE_ID") or b"" for origin in batch.origins]
        refused = {
            (origin, shape)
            for origin, shape in sorted(set(zip(batch.origin, batch.shape, strict=True)))
            if not self._has_room(machines[origin], batch.shapes[shape])
        }
        if not refused:
            return []
        return [row for row, pair in enumerate(zip(batch.origin, batch.shape, strict=True)) if pair in refused]

    def _has_room(self, machine: bytes, names: Names) -> bool:
        seen = self._seen.setdefault(machine, set())
        mark = hash(names)
        if mark in seen:
            return True
        if len(seen) >= SHAPES_MAX or self._names[machine] + len(names) > SHAPE_NAMES_MAX:
            return False
        seen.add(mark)
        self._names[machine] += len(names)
        return True
