"""Entries that retention would remove at once are refused, so that a resend does not bring removed days back."""

from dataclasses import dataclass

from journalhub.collector.apart import rows_of
from journalhub.journal.batch import Batch
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


class Sieve:
    """Takes out entries from before `start` (microseconds), which another thread may move."""

    def __init__(self) -> None:
        self.start = 0
        self.reason = ""

    def move(self, start: int, day: str) -> None:
        """From now on entries from before `start`, the beginning of `day`, are refused."""
        self.reason = f"older than the retention, which begins on {day}"
        self.start = start

    def sift(self, batch: Batch) -> Retained:
        """Split a batch."""
        start = self.start
        if not batch.realtime or min(batch.realtime) >= start:
            return Retained(batch, None, [])
        rows = [row for row, realtime in enumerate(batch.realtime) if realtime >= start]
        refused = [(row, self.reason) for row, realtime in enumerate(batch.realtime) if realtime < start]
        return Retained(rows_of(batch, rows), rows, refused)
