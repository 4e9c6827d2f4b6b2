"""A view of a store that shows the entries of one query only: whatever is asked of it, the rest is not there.

Readers of a limited role are given one, so that no answer can forget the limit.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from journalhub.journal.batch import Batch
from journalhub.journal.cursor import Cursor
from journalhub.store.ast import And, Exists, Prefix, Query
from journalhub.store.contract import (
    Appended,
    Boot,
    Budget,
    Count,
    Histogram,
    Hit,
    Order,
    Page,
    Partition,
    Position,
    Scope,
    Store,
    StoreError,
    Stream,
    Terms,
    Texts,
    Unwanted,
)
from journalhub.store.evaluate import matches

VALUES_MAX = 1_000_000
"""Distinct values of a field that are looked through."""

NAMES_SECONDS = 60.0
"""How long a list of field names holds: making one asks a count for every name."""


class LimitedStore:
    """The entries of `store` that match `query`, for reading."""

    def __init__(self, store: Store, query: Query, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._query = query
        self._clock = clock
        self._names: tuple[float, dict[str, int]] | None = None

    def _within(self, scope: Scope) -> Scope:
        return replace(scope, query=And((scope.query, self._query)))

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """See Store."""
        return self._store.search(self._within(scope), order, limit, after, budget)

    def count(self, scope: Scope, budget: Budget) -> Count:
        """See Store."""
        return self._store.count(self._within(scope), budget)

    def histogram(self, scope: Scope, interval: int, by: str | None, budget: Budget) -> Histogram:
        """See Store."""
        return self._store.histogram(self._within(scope), interval, by, budget)

    def terms(self, scope: Scope, fields: Sequence[str], limit: int, budget: Budget) -> list[Terms]:
        """See Store."""
        return self._store.terms(self._within(scope), fields, limit, budget)

    def texts(self, scope: Scope, field: str, limit: int, clip: int, budget: Budget) -> Texts:
        """See Store."""
        return self._store.texts(self._within(scope), field, limit, clip, budget)

    def field_names(self) -> dict[str, int]:
        """See Store; counted anew after NAMES_SECONDS."""
        if self._names is None or self._clock() - self._names[0] > NAMES_SECONDS:
            counts = {name: self.count(Scope(Exists(name)), Budget()).matched for name in self._store.field_names()}
            self._names = self._clock(), {name: count for name, count in counts.items() if count}
        return dict(self._names[1])

    def values(self, field: str, prefix: bytes = b"", limit: int | None = None) -> list[bytes]:
        """See Store."""
        scope = Scope(Prefix(field, prefix) if prefix else Exists(field))
        terms = self.terms(scope, [field], VALUES_MAX, Budget())[0]
        # An entry that has the field twice brings values along that were not asked for.
        found = sorted(value for value, _ in terms.counts if value.startswith(prefix))
        return found if limit is None else found[:limit]

    def get(self, cursor: Cursor) -> Hit | None:
        """See Store."""
        hit = self._store.get(cursor)
        return hit if hit is not None and matches(self._query, hit.entry) else None

    def tail(self, query: Query, after_ord: int, limit: int, budget: Budget) -> tuple[list[Hit], int]:
        """See Store."""
        return self._store.tail(And((query, self._query)), after_ord, limit, budget)

    def newest_ord(self) -> int:
        """See Store; of all entries, for followers."""
        return self._store.newest_ord()

    def refresh(self) -> int:
        """See Store."""
        return self._store.refresh()

    def on_append(self, listener: Callable[[], None]) -> None:
        """See Store; called for entries that are not seen, too."""
        self._store.on_append(listener)

    def boots(self) -> list[Boot]:
        """Boots of which an entry is seen. Their first and last position are those of all their entries."""
        seen = set(self.values("_BOOT_ID"))
        machines = set(self.values("_MACHINE_ID"))
        return [
            boot
            for boot in self._store.boots()
            if boot.boot_id.hex().encode() in seen and (not boot.machine_id or boot.machine_id in machines)
        ]

    def partitions(self) -> list[Partition]:
        """See Store; of all entries."""
        return self._store.partitions()

    def health(self) -> list[str]:
        """See Store."""
        return self._store.health()

    def streams(self) -> list[Stream]:
        """None: who sends what is for the hub itself."""
        return []

    def missing(self, seqnum_id: bytes, siblings: Collection[bytes] = ()) -> list[tuple[int, int]]:
        """None, likewise."""
        return []

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        """Refused."""
        raise StoreError("cannot store through a view: it is for reading")

    def drop_before(self, day: str) -> list[Partition]:
        """Refused."""
        raise StoreError("cannot remove through a view: it is for reading")

    def thin(self, day: str, unwanted: Unwanted) -> int:
        """Refused."""
        raise StoreError("cannot remove through a view: it is for reading")

    def close(self) -> None:
        """Nothing: the store is somebody else's."""
