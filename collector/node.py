"""One node of the ledger: what came from it, what did not, and how it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from journalhub.collector.gaps import Gap, Run, overlap, subtract
from journalhub.collector.limits import GAPS_MAX, REASONS_MAX, REPORTS_MAX, RISK_SHARE
from journalhub.collector.node_status import Dropped, NodeStatus
from journalhub.collector.pending import Pending, parse_pending
from journalhub.collector.seqnum_sets import SeqnumSets

SECOND = 1_000_000


class Key(NamedTuple):
    """Which node: a machine, or where entries do not name one its host name, and a journal namespace."""

    machine_id: str
    hostname: str
    """Empty when there is a machine id: a machine may be renamed."""
    namespace: str


class Rate:
    """Entries per second over the last minute, in slices of 5 s."""

    SLICE = 5.0
    SLICES = 12

    def __init__(self) -> None:
        self._counts = [0] * self.SLICES
        self._newest = 0

    def add(self, count: int, now: float) -> None:
        """Count entries; `now` is monotonic seconds."""
        self._turn(now)
        self._counts[self._newest % self.SLICES] += count

    def per_second(self, now: float) -> float:
        """The mean over the last minute."""
        self._turn(now)
        return sum(self._counts) / (self.SLICE * self.SLICES)

    def _turn(self, now: float) -> None:
        current = int(now / self.SLICE)
        for number in range(max(self._newest + 1, current - self.SLICES + 1), current + 1):
            self._counts[number % self.SLICES] = 0
        self._newest = max(self._newest, current)


@dataclass(slots=True)
class Node:
    """The account of one node. Times are microseconds since the epoch."""

    key: Key
    hostname: str = ""
    version: str = ""
    shipper: str = ""
    """Machine id of the shipper that brought the entries; empty for export text."""
    last_seen: int = 0
    last_entry: int = 0
    behind: int | None = None
    clock_skew: int | None = None
    kept: int | None = None
    """How far its journal reaches back, once journald deletes from it."""
    margin: int | None = None
    """Between the oldest entry of its journal and the oldest that is not shipped; None when all is."""
    pending: list[Pending] = field(default_factory=list)
    suppressed: int = 0
    """Entries that its journald says it lost before they were written."""
    entries: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)
    """Reported by its shipper."""
    older_gaps: int = 0
    """Entries missing in gaps that are no longer listed."""
    dropped: list[Dropped] = field(default_factory=list)
    """By rule and sequence, added up."""
    older_dropped: int = 0
    heard: list[str] = field(default_factory=list)
    """Marks of the newest reports that do not say which entries: a batch that is sent again brings them again."""
    seqnums: SeqnumSets = field(default_factory=SeqnumSets)
    """Of each sequence the seqnums that were left out, and by each rule those of entries that it changed."""
    quarantined: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    """Names by uid, of the machine's own passwd."""
    holes: dict[str, list[Gap]] = field(default_factory=dict)
    """By seqnum id: what is missing in the store and nobody reported. Found anew after a start."""
    rate: Rate = field(default_factory=Rate)
    changed: bool = True
    """Since it was last written to disk."""

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count entries that were not taken."""
        if reason not in self.refused and len(self.refused) >= REASONS_MAX:
            reason = "other"
        self.refused[reason] += count

    def hear(self, status: NodeStatus, now: int) -> None:
        """Take over what its shipper says of it as a machine."""
        self.version = status.version or self.version
        self.behind, self.kept, self.margin = status.behind, status.kept, status.margin
        self.pending = list(status.pending)
        if status.sent_at is not None:
            self.clock_skew = status.sent_at - now
        if status.quarantined is not None:
            self.quarantined = list(status.quarantined)
        if status.users and status.machine_id == self.key.machine_id:
            self.users = dict(status.users)
        self.last_seen = now
        self.changed = True

    def lose(self, gap: Gap) -> None:
        """Enter a reported gap, once."""
        if gap in self.gaps:
            return
        self.gaps.append(gap)
        if len(self.gaps) > GAPS_MAX:
            self.older_gaps += self.gaps.pop(0).size
        self.changed = True

    def came(self, seqnum_id: str, stored: Sequence[Run]) -> None:
        """Take back from reported gaps what is stored after all."""
        left: dict[Gap, None] = {}
        for gap in self.gaps:
            runs = subtract([(gap.first, gap.last)], stored) if gap.seqnum_id == seqnum_id else [(gap.first, gap.last)]
            left.update((replace(gap, first=first, last=last), None) for first, last in runs)
        if list(left) != self.gaps:
            self.gaps, self.changed = list(left), True

    def leave_out(self, seqnum_id: str, runs: Iterable[Run]) -> None:
        """Enter seqnums that the store does not have, for a reason that is told otherwise: they are no gap."""
        if self.seqnums.add(seqnum_id, runs):
            self.changed = True

    def drop(self, dropped: Dropped) -> None:
        """Add a report of dropped entries to what the same rule has dropped of the same sequence, once."""
        if dropped.runs:
            new = self.seqnums.add(dropped.set_name, dropped.runs)
            dropped = Dropped(dropped.rule, new, dropped.where)
        elif dropped.mark in self.heard:
            return
        else:
            self.heard.append(dropped.mark)
            del self.heard[:-REPORTS_MAX]
        for number, before in enumerate(self.dropped):
            if before.is_alike(dropped):
                self.dropped[number] = before.plus(dropped)
                break
        else:
            self.dropped.append(dropped)
        if len(self.dropped) > REPORTS_MAX:
            self.older_dropped += self.dropped.pop(0).count
        self.changed = True

    def left_out(self) -> int:
        """Entries that its shipper left out or could not read."""
        return self.older_dropped + sum(item.count for item in self.dropped if item.is_absence)

    def explained(self, seqnum_id: str) -> list[Run]:
        """Seqnums whose absence its shipper has explained."""
        gaps = [(gap.first, gap.last) for gap in self.gaps if gap.seqnum_id == seqnum_id]
        return gaps + self.seqnums.runs(seqnum_id)

    def all_gaps(self) -> list[Gap]:
        """Reported and found, by time."""
        found = [gap for gaps in self.holes.values() for gap in gaps]
        return sorted([*self.gaps, *found], key=lambda gap: (gap.since, gap.first))

    def missing(self) -> int:
        """Entries in all gaps; overlapping reports count once."""
        total = self.older_gaps
        for seqnum_id in {gap.seqnum_id for gap in self.gaps}:
            seen: list[Run] = []
            for gap in self.gaps:
                if gap.seqnum_id == seqnum_id:
                    run = (gap.first, gap.last)
                    total += gap.size - overlap([run], seen)
                    seen.append(run)
        return total + sum(gap.size for gaps in self.holes.values() for gap in gaps)

    def state(self, now: int, silent_after: float, behind_after: float) -> str:
        """`silent`, `behind` or `live`."""
        if now - self.last_seen > silent_after * SECOND:
            return "silent"
        if self.behind is not None and self.behind > behind_after * SECOND:
            return "behind"
        return "live"

    def is_at_risk(self, now: int) -> bool:
        """Whether journald will delete entries that were not shipped, unless something is done soon."""
        if self.kept is None:
            return False
        if self.margin is not None and self.margin < self.kept * RISK_SHARE:
            return True
        # What it has said nothing of since is nearly as old as all that its journal keeps.
        return now - self.last_seen > self.kept * (1 - RISK_SHARE)

    def document(self, now: int, at: float, silent_after: float, behind_after: float) -> dict[str, Any]:
        """As docs/api.md has it, at a time of day in microseconds, and on the clock of `rate`."""
        return {
            "machine_id": self.key.machine_id,
            "hostname": self.hostname,
            "namespace": self.key.namespace,
            "version": self.version,
            "state": self.state(now, silent_after, behind_after),
            "last_seen": self.last_seen,
            "last_entry": self.last_entry,
            "behind": self.behind,
            "clock_skew": self.clock_skew,
            "kept": self.kept,
            "at_risk": self.is_at_risk(now),
            "pending": [stretch.document() for stretch in self.pending],
            "suppressed": self.suppressed,
            "rate": self.rate.per_second(at),
            "entries": self.entries,
            "duplicates": self.duplicates,
            "refused": self.refused.total(),
            "refused_reasons": dict(self.refused),
            "gaps": [gap.document() for gap in self.all_gaps()],
            "missing": self.missing(),
            "dropped": [item.document() for item in self.dropped],
            "quarantined": self.quarantined,
            "users": self.users,
        }

    def stored_document(self) -> dict[str, Any]:
        """What survives a restart, as JSON."""
        return {
            "key": list(self.key),
            **{name: getattr(self, name) for name in (*_PLAIN, *_LATER)},
            "pending": [one.stored_document() for one in self.pending],
            "refused": dict(self.refused),
            "gaps": [asdict(gap) for gap in self.gaps],
            "dropped": [
                {"rule": item.rule, "count": item.count, "where": asdict(item.where) if item.where else None}
                for item in self.dropped
            ],
            "heard": self.heard,
            "quarantined": self.quarantined,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Node":
        """Read `stored_document` back. Raises KeyError, TypeError or ValueError when it is none."""
        node = cls(Key(*document["key"]), **{name: document[name] for name in _PLAIN})
        node.refused = Counter(document["refused"])
        node.gaps = [Gap(**gap) for gap in document["gaps"]]
        node.dropped = [
            Dropped(item["rule"], item["count"], Gap(**item["where"]) if item["where"] else None)
            for item in document["dropped"]
        ]
        node.heard = list(document.get("heard", ()))
        node.quarantined = list(document["quarantined"])
        for name in _LATER:
            setattr(node, name, document.get(name, getattr(node, name)))
        stretches = [parse_pending({"after": after, "until": until}) for after, until in document.get("pending", ())]
        node.pending = [one for one in stretches if one is not None]
        node.changed = False
        return node


_PLAIN = (
    "hostname",
    "version",
    "shipper",
    "last_seen",
    "last_entry",
    "behind",
    "clock_skew",
    "entries",
    "duplicates",
    "older_gaps",
    "older_dropped",
)

_LATER = ("kept", "margin", "suppressed", "users")
"""Not in what earlier versions have written."""
