"""Entries that retention would remove at once are refused, so that a resend does not bring removed days back.

And those that would fill the memory with names of fields.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from journalhub.collector.apart import rows_of
from journalhub.collector.variety import REASON, Variety
from journalhub.journal.batch import Batch
from journalhub.journal.rule import Predicate, joined
from journalhub.store.contract import Appended


@dataclass(frozen=True, slots=True)
class Retained:
    """What of a batch may be stored, and the answer for the rest."""

    batch: Batch
    rows: list[int] | None
    """The row that each row had in the whole batch; None when nothing was taken out."""
    refused: list[tuple[int, str]]

    def whole(self, answer: Appended) -> Appended:
        """The answer for the whole batch, from the answer for what was kept."""
        if self.rows is None:
            return answer
        refused = [*self.refused, *((self.rows[row], reason) for row, reason in answer.refused)]
        return Appended([self.rows[row] for row in answer.stored], answer.duplicates, sorted(refused))


class Bar(NamedTuple):
    """Entries of one rule from before a time are not taken."""

    start: int
    """Microseconds."""
    reason: str
    matches: Predicate


class Sieve:
    """Takes out entries from before `start` (microseconds), and what the bars say; another thread may move both."""

    def __init__(self, clock: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._variety = Variety(clock)
        self.start = 0
        self.reason = ""
        self._bars: tuple[Bar, ...] = ()

    def move(self, start: int, day: str) -> None:
        """From now on entries from before `start`, the beginning of `day`, are refused."""
        self.reason = f"older than the retention, which begins on {day}"
        self.start = start

    def bar(self, bars: Iterable[Bar]) -> None:
        """From now on these bars hold, and no others."""
        self._bars = tuple(bars)

    def sift(self, batch: Batch) -> Retained:
        """Split a batch."""
        refused = dict(self._too_old(batch))
        refused |= dict.fromkeys(self._variety.too_many(batch), REASON)
        if not refused:
            return Retained(batch, None, [])
        gone = refused.keys()
        rows = [row for row in range(len(batch)) if row not in gone]
        return Retained(rows_of(batch, rows), rows, sorted(refused.items()))

    def _too_old(self, batch: Batch) -> Iterator[tuple[int, str]]:
        start, bars = self.start, self._bars
        latest = max((bar.start for bar in bars), default=start)
        if not batch.realtime or min(batch.realtime) >= max(start, latest):
            return
        for row, realtime in enumerate(batch.realtime):
            reason = self.reason if realtime < start else realtime < latest and _barred(batch, row, bars)
            if reason:
                yield row, reason


def _barred(batch: Batch, row: int, bars: Iterable[Bar]) -> str:
    """Why a row is not taken; empty when it is."""
    realtime, fields = batch.realtime[row], joined(batch.entry(row).fields)
    return next((bar.reason for bar in bars if realtime < bar.start and bar.matches(fields)), "")
