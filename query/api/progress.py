"""How far a streamed answer has come: an item between its entries, for who asks for it by a header."""

import time
from collections.abc import Callable, Sequence

from journalhub.journal.exportparser import PROGRESS
from journalhub.query.api.limits import EXPORT_PROGRESS_SECONDS
from journalhub.store.contract import Partition, Scope

PROGRESS_HEADER = "Journalhub-Progress"
"""The header of a request that wants such items. A header, so that a collector that knows it not passes it over."""

_FORMS: dict[str, Callable[[int, int, int, int], bytes]] = {
    "export": lambda *numbers: b"%b=%d/%d %d/%d\n\n" % (PROGRESS, *numbers),
    "json": lambda *numbers: b'{"%b":{"days":%d,"of_days":%d,"entries":%d,"of_entries":%d}}\n' % (PROGRESS, *numbers),
}


class Progress:
    """Counts the days that were searched, of those that a scope touches, and their entries."""

    def __init__(self, format: str, scope: Scope, partitions: Sequence[Partition]) -> None:
        self._form = _FORMS.get(format)
        self._left = [partition for partition in partitions if _touches(partition, scope)]
        self._of = self._left
        self._told_at = time.monotonic()

    def searched(self, part: Scope) -> None:
        """All of `part` was looked at."""
        self._left = [partition for partition in self._left if not _touches(partition, part)]

    def item(self) -> bytes:
        """What to tell; nothing where it was told a moment ago, or where the format has no form for it."""
        now = time.monotonic()
        if self._form is None or now - self._told_at < EXPORT_PROGRESS_SECONDS:
            return b""
        self._told_at = now
        days, entries = (len(self._of), sum(partition.entries for partition in self._of))
        left = sum(partition.entries for partition in self._left)
        return self._form(days - len(self._left), days, entries - left, entries)


def _touches(partition: Partition, scope: Scope) -> bool:
    return partition.first.realtime <= scope.until and partition.last.realtime >= scope.since
