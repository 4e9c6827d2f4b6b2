"""The entries of one request, in pieces of constant size: from where it begins, to its end or on and on."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from journalhub.journal.entry import Entry
from journalhub.query.api.entries import in_scope
from journalhub.query.api.limits import (
    EXPORT_PAGE_BYTES,
    EXPORT_PAGE_FIRST,
    EXPORT_PAGE_MAX,
    EXPORT_PIECE_BYTES,
    EXPORT_PIECE_SECONDS,
    TAIL_PIECE,
    TAIL_PIECE_BYTES,
    TAIL_PIECE_FIRST,
)
from journalhub.query.api.rows import entries_of
from journalhub.query.gatewayd.ranges import TIME_MAX, Range
from journalhub.query.gatewayd.seeking import Address, find
from journalhub.query.output import OutputOptions, render
from journalhub.store.contract import Budget, Hit, Order, Position, Scope, Store

NOTHING_NOW = None
"""In a stream of pages or chunks: a follower has all there is for now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for."""

    scope: Scope
    """Which entries match; its times are open."""
    range: Range
    address: Address | None
    """What the range's cursor says."""
    discrete: bool
    """Whether only the entry at the cursor is wanted."""
    follow: bool
    mode: str
    """Output mode."""
    options: OutputOptions


class Reading:
    """One answer, as pieces of bytes. All methods block: they belong in a thread, one call at a time."""

    def __init__(self, store: Store, wanted: Wanted, budget: Budget) -> None:
        self.ended = False
        """Whether `piece` has nothing more, ever."""
        self.caught_up = False
        """Whether the last `piece` came to the end of what there is for now."""
        self.reason: str | None = None
        """Why what was read is incomplete, or None."""
        self.lost_since: int | None = None
        """The time of a cursor whose entry is not stored, once `piece` was called; the answer begins there."""
        self._store = store
        self._wanted = wanted
        self._budget = budget
        self._chunks = self._rendered()

    def piece(self) -> bytes:
        """The next bytes; few or none when they take long to find, or there are none for now, or none any more."""
        started = time.monotonic()
        self.caught_up = False
        chunks: list[bytes] = []
        size = 0
        for chunk in self._chunks:
            if chunk is NOTHING_NOW:
                self.caught_up = True
                break
            chunks.append(chunk)
            size += len(chunk)
            if size >= EXPORT_PIECE_BYTES or time.monotonic() - started > EXPORT_PIECE_SECONDS:
                break
        else:
            self.ended = True
        return b"".join(chunks)

    def _rendered(self) -> Iterator[bytes | None]:
        wanted = self._wanted
        for hits in self._trimmed():
            if hits is NOTHING_NOW:
                yield NOTHING_NOW
                continue
            entries: Iterator[Entry] = (hit.entry for hit in hits)
            yield from render(entries, wanted.mode, wanted.options)
            yield b""  # a page of which nothing is shown took its time, too

    def _trimmed(self) -> Iterator[list[Hit] | None]:
        """The pages without what is skipped, up to the end of the range."""
        asked = self._wanted.range
        skip, left = max(asked.skip, 0), 1 if self._wanted.discrete else asked.limit
        for hits in self._pages():
            if hits is NOTHING_NOW:
                yield NOTHING_NOW
                continue
            passed = min(skip, len(hits))
            skip -= passed
            page = hits[passed:] if left is None else hits[passed : passed + left]
            kept = [hit for hit in page if hit.position.realtime <= (TIME_MAX if asked.until is None else asked.until)]
            if self._wanted.discrete:
                address = self._wanted.address
                kept = [hit for hit in kept if address is not None and address.is_of(hit)]
            yield kept
            left = None if left is None else left - len(page)
            if left == 0 or len(kept) < len(page):
                return

    def _pages(self) -> Iterator[list[Hit] | None]:
        """Everything from the start on, in order of time; then, for a follower, what arrives, in that order."""
        follow = self._wanted.follow and not self._wanted.discrete
        newest = self._store.refresh() if follow else None
        for hits in self._stored():
            yield hits if newest is None else [hit for hit in hits if hit.position.ord <= newest]
        if newest is not None:
            yield from self._arriving(newest)

    def _arriving(self, at: int) -> Iterator[list[Hit] | None]:
        scope = self._wanted.scope
        since = self._wanted.range.since or 0
        limit = TAIL_PIECE_FIRST
        while self._budget.reason is None:
            hits, at = self._store.tail(scope.query, at, limit, self._budget)
            limit = entries_of(hits, TAIL_PIECE_BYTES, TAIL_PIECE)
            yield [hit for hit in hits if hit.position.realtime >= since]
            if at >= self._store.newest_ord():
                yield NOTHING_NOW

    def _stored(self) -> Iterator[list[Hit]]:
        """What is stored from the start on: a cursor's entry, a time, the head, or so many entries before."""
        scope, asked, address = self._wanted.scope, self._wanted.range, self._wanted.address
        most = None if asked.limit is None else max(asked.skip, 0) + asked.limit
        hit = None if address is None else find(self._store, address)
        since = asked.since
        if address is not None and hit is None:
            since = self.lost_since = min(address.realtime or 0, TIME_MAX)
        if asked.skip < 0:
            before = replace(scope, until=_first_given(since, asked.until, TIME_MAX)) if hit is None else scope
            hit = self._back(before, hit, 1 - asked.skip)
            if hit is None:
                return
            since = None
        if not self._wanted.follow and asked.until is not None:
            scope = replace(scope, until=asked.until)
        if hit is None:
            scope = scope if since is None else replace(scope, since=since)
            yield from self._walk(scope, Order.OLDEST_FIRST, None, most)
            return
        if in_scope(scope, hit):
            yield [hit]
        yield from self._walk(scope, Order.OLDEST_FIRST, hit.position, most)

    def _back(self, scope: Scope, start: Hit | None, steps: int) -> Hit | None:
        """The entry `steps` entries back from `start` or the end of `scope`, or the first; `start` counts as one."""
        found = None
        if start is not None and in_scope(scope, start):
            found, steps = start, steps - 1
        if not steps:
            return found
        for hits in self._walk(scope, Order.NEWEST_FIRST, None if start is None else start.position, steps):
            found = hits[min(steps, len(hits)) - 1]
            steps -= len(hits)
            if steps <= 0:
                break
        return found

    def _walk(self, scope: Scope, order: Order, after: Position | None, most: int | None = None) -> Iterator[list[Hit]]:
        """The entries of `scope` beyond `after`, page by page; a page is about EXPORT_PAGE_BYTES of entries."""
        wanted = EXPORT_PAGE_FIRST if most is None else min(EXPORT_PAGE_FIRST, most)
        while True:
            page = self._store.search(scope, order, wanted, after, self._budget)
            self.reason = page.reason or self.reason
            if page.hits:
                yield list(page.hits)
                after = page.hits[-1].position
                wanted = entries_of(page.hits, EXPORT_PAGE_BYTES, EXPORT_PAGE_MAX)
            if not page.more or not page.hits:
                return


def _first_given(*times: int | None) -> int:
    return next(moment for moment in times if moment is not None)
