"""Runs of seqnums that are not there: what shippers report, what never came, and how the two fit together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from journalhub.collector.limits import GAP_SETTLED_SECONDS, GAPS_MAX, TEXT_MAX

Run = tuple[int, int]
"""First and last seqnum, inclusive."""

NOT_RECEIVED = "not received"
"""Cause of a gap that nobody explained."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries that a node wrote and the collector does not have."""

    seqnum_id: str
    """Hexadecimal, as is `boot_id`; empty for none."""
    boot_id: str
    first: int
    last: int
    since: int
    """Microseconds: the entries are from between `since` and `until`, as far as known; 0 for unknown."""
    until: int
    cause: str

    @property
    def size(self) -> int:
        """How many entries."""
        return self.last - self.first + 1

    def spanning(self, other: "Gap") -> "Gap":
        """From the first of both to the last."""
        times = [since for since in (self.since, other.since) if since]
        return Gap(
            self.seqnum_id,
            self.boot_id if self.boot_id == other.boot_id else "",
            min(self.first, other.first),
            max(self.last, other.last),
            min(times, default=0),
            max(self.until, other.until),
            self.cause,
        )

    def document(self) -> dict[str, Any]:
        """As docs/api.md has it."""
        return {
            "seqnum_id": self.seqnum_id,
            "boot_id": self.boot_id or None,
            "first": self.first,
            "last": self.last,
            "since": self.since,
            "until": self.until,
            "cause": self.cause,
        }


def parse_gap(item: Any) -> Gap | None:
    """A gap as a status has it (docs/formats/batch.md), or None when it is not one."""
    if not isinstance(item, dict):
        return None
    numbers = [_number(item.get(key)) for key in ("first", "last", "since", "until")]
    seqnum_id, boot_id, cause = _id(item.get("seqnum_id")), _id(item.get("boot_id")), item.get("cause", "")
    if not seqnum_id or (item.get("boot_id") is not None and not boot_id) or not isinstance(cause, str):
        return None
    first, last, since, until = numbers
    if min(numbers) < 0 or first > last:
        return None
    return Gap(seqnum_id, boot_id, first, last, since, until, printable(cause))


def _number(value: Any) -> int:
    """The unsigned 64-bit integer that `value` is, or -1."""
    return value if type(value) is int and 0 <= value < 2**64 else -1


def _id(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) and len(value) == 16 else ""


def printable(text: str) -> str:
    """`text` without what a terminal would obey, cut to TEXT_MAX characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:TEXT_MAX])


def subtract(runs: Iterable[Run], known: Iterable[Run]) -> list[Run]:
    """The parts of `runs` (sorted, disjoint) that no run of `known` covers."""
    left: list[Run] = []
    covers = _merged(known)
    at = 0
    for first, last in runs:
        while at < len(covers) and covers[at][1] < first:
            at += 1
        while at < len(covers) and covers[at][0] <= last and first <= last:
            low, high = covers[at]
            if low > first:
                left.append((first, low - 1))
            first = high + 1
            at += high <= last  # one that reaches further may cover some of the next run, too
        if first <= last:
            left.append((first, last))
    return left


def _merged(runs: Iterable[Run]) -> list[Run]:
    """Sorted and disjoint."""
    merged: list[Run] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def overlap(runs: Iterable[Run], others: Iterable[Run]) -> int:
    """How many seqnums are in both."""
    runs = list(runs)
    return sum(last - first + 1 for first, last in runs) - sum(b - a + 1 for a, b in subtract(runs, others))


class HoleWatch:
    """Which holes of one sequence have been there so long that nothing will fill them."""

    def __init__(self) -> None:
        self._since: dict[Run, float] = {}

    def settled(self, holes: Sequence[Run], now: float) -> list[Run]:
        """The newest of `holes` that were the same for GAP_SETTLED_SECONDS; `now` is monotonic seconds.

        A hole that shrinks is being filled, and starts anew.
        """
        self._since = {run: self._since.get(run, now) for run in holes[-GAPS_MAX:]}
        return [run for run, since in self._since.items() if now - since >= GAP_SETTLED_SECONDS]
