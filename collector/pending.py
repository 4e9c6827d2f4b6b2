"""Stretches of a journal that its shipper is still to send while newer entries come already."""

from dataclasses import dataclass
from typing import Any

from journalhub.collector.gaps import Run
from journalhub.journal import cursor
from journalhub.journal.cursor import Cursor

_HIGHEST = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Pending:
    """One stretch: behind one entry, up to and with another."""

    after: Cursor | None
    """None: from where the journal begins."""
    until: Cursor

    def runs(self, seqnum_id: bytes) -> list[Run]:
        """The seqnums of a sequence that may be within it; none are certain to be."""
        if self.until.seqnum_id == seqnum_id:
            begins_here = self.after is not None and self.after.seqnum_id == seqnum_id
            return [(self.after.seqnum + 1 if begins_here and self.after else 0, self.until.seqnum)]
        if self.after is not None and self.after.seqnum_id == seqnum_id:
            return [(self.after.seqnum + 1, _HIGHEST)]
        return []

    def document(self) -> dict[str, Any]:
        """As docs/api.md has it."""
        return {"since": self.after.realtime if self.after else None, "until": self.until.realtime}

    def stored_document(self) -> list[str]:
        """What `parse_pending` takes, in short."""
        return [str(self.after) if self.after else "", str(self.until)]


def parse_pending(item: Any) -> Pending | None:
    """A stretch as a status has it (docs/formats/batch.md), or None when it is not one."""
    if not isinstance(item, dict):
        return None
    after, until = item.get("after"), item.get("until")
    if not (isinstance(after, str) and isinstance(until, str)):
        return None
    try:
        return Pending(cursor.parse(after) if after else None, cursor.parse(until))
    except ValueError:
        return None
