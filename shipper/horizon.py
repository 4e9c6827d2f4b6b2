"""How long the node's journal will keep what was not shipped yet: journald deletes its oldest files without asking."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from journalhub.journal import cursor
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import CAUGHT_UP_SECONDS, NEARLY_FULL, RISK_SHARE
from journalhub.shipper.sources import Header, Source, header

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Horizon:
    """Of one source. Times are microseconds of its entries' clock."""

    kept: int
    """Between its oldest and its newest entry."""
    margin: int | None
    """Between its oldest entry and the oldest one not shipped; None when everything is shipped.

    At the rate at which it was written, journald comes to that entry after so much time.
    """
    deletes: bool
    """Whether journald deletes old entries already, or is about to."""

    @property
    def is_at_risk(self) -> bool:
        """Whether entries will be lost unless the collector takes them soon."""
        return self.deletes and self.margin is not None and self.margin < self.kept * RISK_SHARE


def horizon(sources: Iterable[Source], positions: Mapping[str, Position]) -> Horizon | None:
    """Of the source of which entries are lost first; None where no source has entries."""
    found = [one for one in (_of(source, positions) for source in sources if source.counts_gaps) if one is not None]
    return min(found, key=_urgency, default=None)


def _urgency(one: Horizon) -> tuple[bool, float]:
    return not one.is_at_risk, 1.0 if one.margin is None else one.margin / (one.kept + 1)


def _of(source: Source, positions: Mapping[str, Position]) -> Horizon | None:
    files = source.files()
    heads = [found for found in map(header, files) if found is not None and found.newest]
    if not heads:
        return None
    oldest, newest = min(heads, key=lambda one: one.oldest), max(one.newest for one in heads)
    at = positions.get(source.name)
    shipped = cursor.parse(at.cursor).realtime if at else 0
    is_done = shipped >= newest - CAUGHT_UP_SECONDS * SECOND
    margin = None if is_done else max(0, shipped - oldest.oldest)
    return Horizon(max(0, newest - oldest.oldest), margin, _deletes(oldest, files))


def _deletes(oldest: Header, files: Iterable[str]) -> bool:
    """Whether the journal has lost its first entries, or takes nearly all that journald allows it by default."""
    if oldest.first_seqnum > 1:
        return True
    used = free = limit = 0
    for path in files:
        try:
            used += os.stat(path).st_blocks * 512
            if not limit:
                space = os.statvfs(path)
                limit = space.f_blocks * space.f_frsize
                free = space.f_bavail * space.f_frsize
        except OSError:
            continue  # rotated or vacuumed meanwhile
    # journald.conf(5): SystemMaxUse= is 10 % of the file system and at most 4 GiB, SystemKeepFree= 15 % of it.
    most = min(limit // 10, 4 << 30, used + free - limit * 15 // 100)
    return bool(limit) and used >= most * NEARLY_FULL
