"""A scope in parts, day after day: so that it can be told how far a query has come, and what it found so far."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from journalhub.query.api.limits import STEP_SECONDS
from journalhub.store.contract import Order, Partition, Scope


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a query has come."""

    days: int
    """Days that were looked at, of `of_days` that its scope touches."""
    of_days: int
    entries: int
    """Entries that those days hold, of `of_entries`."""
    of_entries: int
    since: int
    """Microseconds, inclusive: from here to `until` everything was looked at. `since` > `until`: nothing yet."""
    until: int
    done: bool = False
    """Whether nothing follows: the whole scope was looked at, enough was found, or the time was over."""

    def document(self, sees_all: bool) -> dict[str, object]:
        """As answers tell it; how many entries a day has only to who sees them all."""
        return {
            "days": self.days,
            "of_days": self.of_days,
            "entries": self.entries if sees_all else None,
            "of_entries": self.of_entries if sees_all else None,
            "since": self.since,
            "until": self.until,
            "done": self.done,
        }


class Walk:
    """Parts of `scope` in `order`, together all of it. Each is a day, or several where days are quick.

    With `grid`, parts begin at whole multiples of so many microseconds from the beginning of the scope; `order` has to
    be NEWEST_FIRST then.
    """

    def __init__(self, scope: Scope, partitions: Sequence[Partition], order: Order, grid: int = 1) -> None:
        touched = [one for one in partitions if one.last.realtime >= scope.since and one.first.realtime <= scope.until]
        self._scope = scope
        self._newest_first = order is Order.NEWEST_FIRST
        self._days = touched[::-1] if self._newest_first else touched
        self._grid = grid
        self._left = scope
        self._at = self._upto = 0
        self._step = 1
        self._began = 0.0
        self._ended = False
        edge = scope.until if self._newest_first else scope.since
        since, until = (edge + 1, edge) if self._newest_first else (edge, edge - 1)
        self.reached = Reached(0, len(touched), 0, sum(one.entries for one in touched), since, until)

    def parts(self) -> Iterator[Scope]:
        """The parts. Each is to be followed by `looked_at`, after which `reached` counts it."""
        while not self._ended:
            part, self._upto = self._part(self._left, self._at, self._step)
            self._began = time.monotonic()
            yield part

    def looked_at(self, part: Scope) -> None:
        """Everything in `part` was looked at."""
        self._step = self._step * 2 if time.monotonic() - self._began < STEP_SECONDS else max(1, self._step // 2)
        self._at = self._upto
        self._ended = self._at >= len(self._days)
        left = self._left
        self._left = replace(left, until=part.since - 1) if self._newest_first else replace(left, since=part.until + 1)
        entries = sum(one.entries for one in self._days[: self._at])
        since = part.since if self._newest_first else self._scope.since
        until = self._scope.until if self._newest_first else part.until
        self.reached = replace(self.reached, days=self._at, entries=entries, since=since, until=until)

    def ended(self) -> Reached:
        """Where it has come to, when nothing follows."""
        return replace(self.reached, done=True)

    def _part(self, left: Scope, at: int, step: int) -> tuple[Scope, int]:
        """The next part, of at least `step` days from the one at `at` on; and the day that follows it."""
        upto = at + step
        while upto < len(self._days):
            following = self._days[upto]
            if self._newest_first:
                low = self._on_grid(following.last.realtime + 1)
                if left.since < low <= left.until:
                    return replace(left, since=low), upto
            elif left.since < following.first.realtime <= left.until:
                return replace(left, until=following.first.realtime - 1), upto
            upto += 1
        return left, len(self._days)

    def _on_grid(self, time: int) -> int:
        return self._scope.since + -(-(time - self._scope.since) // self._grid) * self._grid
