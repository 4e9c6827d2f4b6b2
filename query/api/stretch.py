"""Neighbours of entries that lie close together, out of fewer searches than two for each."""

from collections.abc import Sequence
from itertools import takewhile

from journalhub.query.api.entries import in_scope
from journalhub.store.contract import Budget, Hit, Order, Page, Position, Scope, Store

AHEAD_MAX = 250
"""Entries read ahead at once, at most: what some searches cost, and no load to hold."""


class Stretch:
    """The entries of one scope in order, as far as they were read without a break.

    Promise: `around` gives what two searches beside the entry give, whatever was asked before. It is cheaper where
    entries are asked for in order of time and `coming` tells those that are asked for next.
    """

    def __init__(self, store: Store, scope: Scope, budget: Budget) -> None:
        self._store = store
        self._scope = scope
        self._budget = budget
        self._read: list[Hit] = []
        self._at: dict[Position, int] = {}
        self._more = False
        """Whether entries follow after the last one read."""

    def around(
        self, hit: Hit, before: int, after: int, coming: Sequence[Hit] = ()
    ) -> tuple[list[Hit], list[Hit], str | None]:
        """Up to `before` and `after` entries beside `hit`, in order, and why they are not all."""
        at = self._at.get(hit.position, -1)
        if at < before:
            return self._afresh(hit, before, after, coming)
        reason = None
        if self._more and len(self._read) - 1 - at < after:
            reason = self._extend(self._worth(hit, after, coming) + after)
        return self._read[at - before : at], self._read[at + 1 : at + 1 + after], reason

    def _afresh(
        self, hit: Hit, before: int, after: int, coming: Sequence[Hit]
    ) -> tuple[list[Hit], list[Hit], str | None]:
        earlier = self._beside(Order.NEWEST_FIRST, before, hit.position)
        later = self._beside(Order.OLDEST_FIRST, after, hit.position)
        reason = earlier.reason or later.reason
        front, back = list(earlier.hits[::-1]), list(later.hits)
        self._read, self._at, self._more = [], {}, False
        if reason is None and in_scope(self._scope, hit):
            self._take([*front, hit, *back])
            self._more = later.more
            if self._more and (ahead := self._worth(hit, after, coming)):
                self._extend(ahead)
        return front, back, reason

    def _worth(self, hit: Hit, after: int, coming: Sequence[Hit]) -> int:
        """How many entries it takes to read on over the hits that come: those near enough, as entries lie here."""
        last = self._read[-1].position.realtime
        span = last - self._read[0].position.realtime
        if span <= 0 or not coming:
            return 0
        dense = (len(self._read) - 1) / span
        reach = [
            ahead
            for other in takewhile(lambda other: other.position.realtime >= hit.position.realtime, coming)
            if 0 < (ahead := (other.position.realtime - last) * dense * 1.2 + after + 1) <= AHEAD_MAX
        ]
        return int(max(reach, default=0))

    def _extend(self, number: int) -> str | None:
        """Read on."""
        page = self._beside(Order.OLDEST_FIRST, number, self._read[-1].position)
        self._take(page.hits)
        self._more = page.more  # also where it was broken off: whoever needs more is told so
        return page.reason

    def _take(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            self._at[hit.position] = len(self._read)
            self._read.append(hit)

    def _beside(self, order: Order, limit: int, place: Position) -> Page:
        return self._store.search(self._scope, order, limit, place, self._budget) if limit else Page([], True)
