"""What the node says of itself: the status within batches, the status line, the summary of `--once`."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from journalhub import __version__
from journalhub.journal.wire import Status
from journalhub.shipper.checkpoint import Remembered
from journalhub.shipper.commands import Post, State
from journalhub.shipper.frames import Position, ReadBatch
from journalhub.shipper.horizon import Horizon, horizon
from journalhub.shipper.limits import HORIZON_SECONDS, STATUS_SECONDS
from journalhub.shipper.parts import pending
from journalhub.shipper.session import Counts, Session
from journalhub.shipper.sources import Source, newest
from journalhub.shipper.users import users


class Node:
    """This node, as the collector's ledger knows it."""

    def __init__(
        self,
        machine_id: bytes,
        hostname: str,
        is_local: bool,
        discover: Callable[[], Sequence[Source]],
        *,
        has_users: bool = False,
    ) -> None:
        self.machine_id = machine_id
        self._hostname = hostname
        self._is_local = is_local
        self._discover = discover
        self._has_users = has_users
        self.left_out: set[str] = set()
        """Journal files that cannot be opened, in this run."""
        self._looked_at = self._looked_far_at = float("-inf")
        self._newest_seen = 0
        self.behind: int | None = None
        """Microseconds between the newest entry of the journal and the newest acknowledged one, as last looked at."""
        self._users: list[tuple[int, str]] = []
        """To be told with the next status."""
        self.horizon: Horizon | None = None
        """How long the journal keeps what is not shipped, as last looked at."""

    def look(self, acknowledged: int, positions: Mapping[str, Position], now: float) -> None:
        """Refresh `behind` and `horizon`, at most every STATUS_SECONDS and HORIZON_SECONDS: it opens files."""
        if now >= self._looked_at + STATUS_SECONDS:
            self._looked_at = now
            self._newest_seen = newest(self._discover())
        if now >= self._looked_far_at + HORIZON_SECONDS:
            self._looked_far_at = now
            self.horizon = horizon(self._discover(), positions)
            self._users = users() if self._has_users else []
        self.behind = max(0, self._newest_seen - acknowledged) if acknowledged and self._newest_seen else None

    def status(self, post: Post, remembered: Remembered, now_ns: int) -> Status:
        """The status map of docs/formats/batch.md."""
        # The journal of another machine speaks in that machine's name.
        name = self._hostname if self._is_local else remembered.hostname or self._hostname
        status: Status = {
            "machine_id": self.machine_id,
            "hostname": name,
            "version": __version__,
            "sent_at": now_ns // 1000,
            "behind": self.behind,
            "kept": self.horizon.kept if self.horizon and self.horizon.deletes else None,
            "margin": self.horizon.margin if self.horizon and self.horizon.deletes else None,
            "gaps": post.gaps,
            "dropped": post.dropped,
            "quarantined": sorted({*remembered.quarantined, *self.left_out}),
            "pending": [{"after": one.after, "until": one.until} for one in pending(remembered.positions)],
        }
        if self._users:
            status["users"], self._users = self._users, []
        return status


@dataclass(slots=True)
class _Sample:
    at: float
    acknowledged: int


class Meter:
    """Counts of one run, and their rate."""

    def __init__(self, now: float) -> None:
        self.entries = 0
        """Read from the journal."""
        self.missing = 0
        self._started = now
        self._moved_at = now
        self._seen = -1
        self._samples: list[_Sample] = []

    def read(self, batch: ReadBatch, now: float) -> None:
        """A batch came from the reader."""
        self.entries += batch.entries
        self.missing += sum(gap["last"] - gap["first"] + 1 for gap in batch.gaps)
        self._moved_at = now

    def is_stuck(self, counts: Counts, seconds: float, now: float) -> bool:
        """Whether nothing was read or acknowledged for so long."""
        if counts.acknowledged != self._seen:
            self._seen, self._moved_at = counts.acknowledged, now
        return now >= self._moved_at + seconds

    def line(self, session: Session, behind: int | None, now: float) -> str:
        """How it goes, in one line."""
        self._samples = [*self._samples[-10:], _Sample(now, session.counts.acknowledged)]
        first = self._samples[0]
        rate = (session.counts.acknowledged - first.acknowledged) / max(now - first.at, 0.001)
        parts = [f"{session.counts.acknowledged:,} entries acknowledged", f"{rate:,.0f}/s"]
        if behind is not None:
            parts.append(f"{behind / 1_000_000:,.1f} s behind")
        if self.missing:
            parts.append(f"{self.missing:,} missing")
        if session.counts.dropped:
            parts.append(f"{session.counts.dropped:,} left out")
        if session.state is not State.UP:
            parts.append(f"collector {session.state.value}: {session.why}" if session.why else session.state.value)
        return ", ".join(parts)

    def summary(self, counts: Counts, collector: str, now: float | None = None) -> str:
        """What one run did."""
        took = (time.monotonic() if now is None else now) - self._started
        return (
            f"{counts.acknowledged:,} entries acknowledged by {collector} in {took:.1f} s"
            f" ({counts.acknowledged / max(took, 0.001):,.0f}/s), {self.missing:,} missing in the journal,"
            f" {counts.dropped:,} left out, {counts.refused:,} refused"
        )
