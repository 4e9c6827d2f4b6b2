"""The embedded store: partitions by day, and what is asked of all of them."""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from pyroaring import BitMap64

from journalhub.journal import steps
from journalhub.journal.batch import Batch
from journalhub.journal.cursor import Cursor
from journalhub.journal.limits import REALTIME_MAX
from journalhub.store.arrival import DAY, bucket_count, canonical, day_of, refusals
from journalhub.store.ast import Query
from journalhub.store.bulk import Found
from journalhub.store.contract import (
    Appended,
    Boot,
    Budget,
    Count,
    Histogram,
    Hit,
    Order,
    Page,
    Position,
    Scope,
    StoreError,
    Stream,
    Terms,
    Texts,
    Unwanted,
)
from journalhub.store.contract import (
    Partition as PublicPartition,
)
from journalhub.store.embedded import aggregating, listing
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.dedupe import Dedupe, Hashes
from journalhub.store.embedded.directory import Directory
from journalhub.store.embedded.index import IndexBroken
from journalhub.store.embedded.indexer import Indexer, NotIndexed
from journalhub.store.embedded.layout import (
    CACHE_BYTES,
    OPEN_PARTITIONS,
    RING_BYTES,
    RING_ENTRIES,
    TIMES_BYTES,
    WORDS_BYTES,
)
from journalhub.store.embedded.partition import Partition, Piece
from journalhub.store.embedded.ring import Arrival, Ring
from journalhub.store.embedded.rows import MemoryRows
from journalhub.store.embedded.sealer import Sealer
from journalhub.store.embedded.searching import find_after
from journalhub.store.embedded.state import StreamKey, join_boots, join_streams
from journalhub.store.embedded.tailing import tail
from journalhub.store.embedded.texts import texts_of
from journalhub.store.embedded.thinning import catch_up, thin
from journalhub.store.embedded.times import BlockTimes
from journalhub.store.embedded.view import Stopped, View
from journalhub.store.embedded.wordlists import WordLists
from journalhub.store.evaluate import Compiled


class EmbeddedStore:
    """Implements `contract.Store` in one directory that it holds alone."""

    def __init__(self, path: Path) -> None:
        self._directory = Directory(path)
        self._cache = BlockCache(CACHE_BYTES)
        self.words = WordLists(WORDS_BYTES)
        self.times = BlockTimes(TIMES_BYTES)
        """Both made in the background; for tests that wait for them."""
        self._ring = Ring(RING_ENTRIES, RING_BYTES)
        self._partitions: dict[str, Partition] = {}
        """By day. Replaced, never changed, so that readers need no lock."""
        self._unreadable: dict[str, str] = {}
        """Days whose log cannot be read, and why."""
        self._newest = self._directory.newest_ord()
        self._appending = threading.Lock()
        self._open: OrderedDict[str, Partition] = OrderedDict()
        """Partitions with open files, the least recently used first."""
        self._open_lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        # A list that is made while little arrives is there when the first piece of a word is asked for.
        self._indexer = Indexer(self._ring, lambda: self._partitions.values(), self.words.of)
        self.sealer = Sealer(
            lambda: list(self._partitions.values()), self._indexer, lambda: day_of(time.time_ns() // 1000)
        )
        """For tests that do not wait until a day is over."""
        self._open_partitions()
        self._indexer.start()
        self.sealer.start()

    def _open_partitions(self) -> None:
        for day in self._directory.days():
            try:
                partition = self._partitions[day] = Partition(self._directory.partition(day), self._cache, self._used)
                partition.log.release()
            except StoreError as error:
                self._unreadable[day] = str(error)
        self._newest = max([self._newest, *(p.totals.newest_ord for p in self._partitions.values())])

    def _used(self, partition: Partition) -> None:
        """Keep the files of the least recently used partitions closed."""
        with self._open_lock:
            self._open[partition.day] = partition
            self._open.move_to_end(partition.day)
            idle = list(self._open.values())[:-OPEN_PARTITIONS]
            for victim in idle:
                del self._open[victim.day]
        for victim in idle:
            if victim.unload():
                self._indexer.release(victim.day)
            else:
                self._used(victim)

    # -- appending

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        with self._appending:
            answers, pieces = self._sort_out([canonical(batch) for batch in batches])
            arrival = Arrival()
            steps.reached("append: begun")
            try:
                for day in sorted(pieces):
                    arrival.parts.append(self._add(day, pieces[day]))
                    if len(arrival.parts) < len(pieces):
                        steps.reached("append: one day of several stored")
                steps.reached("append: all stored, not shown")
            finally:
                self._publish(arrival)
        if pieces:
            for listener in self._listeners:
                listener()
        return answers

    def _sort_out(self, batches: list[Batch]) -> tuple[list[Appended], dict[str, list[Piece]]]:
        """What is new in each batch, and by day where it goes."""
        dedupe = Dedupe(self._stored_seqnums, self._stored_hashes)
        answers: list[Appended] = []
        pieces: dict[str, list[Piece]] = {}
        number = self._newest + 1
        for batch in batches:
            refused = refusals(batch)
            new = dedupe.new_rows(batch, {row for row, _ in refused}) if len(batch) else ()
            answers.append(Appended(new, len(batch) - len(new) - len(refused), refused))
            for day, rows, ords in _by_day(batch, new, number):
                pieces.setdefault(day, []).append((batch, rows, ords))
            number += len(new)
        return answers, pieces

    def _stored_seqnums(self, key: StreamKey) -> list[BitMap64]:
        return [p.streams[key].seqnums for p in self._partitions.values() if key in p.streams]

    def _stored_hashes(self, key: StreamKey, seqnums: BitMap64) -> Hashes:
        hashes: Hashes = {}
        for partition in self._partitions.values():
            for seqnum, its_hash, _ in partition.hashes(key, seqnums):
                hashes.setdefault(seqnum, set()).add(its_hash)
        return hashes

    def _add(self, day: str, pieces: list[Piece]) -> tuple[Partition, MemoryRows]:
        if day in self._unreadable:
            raise StoreError(f"cannot store entries of {day}: {self._unreadable[day]}")
        partition = self._partitions.get(day)
        if partition is None:
            partition = Partition(self._directory.partition(day), self._cache, self._used)
            self._partitions = dict(sorted({**self._partitions, day: partition}.items()))
            with suppress(IndexBroken):  # the indexer tries again, and tells
                self._indexer.index_of(partition)
        return partition, partition.add(pieces)

    def _publish(self, arrival: Arrival) -> None:
        """Show what was committed, all of a call at once: a tail must not run past what is still to come."""
        if arrival.parts:
            self._ring.push(arrival)
            self._newest = arrival.last_ord
            for partition, _ in arrival.parts:
                self._indexer.touch(partition.day)

    def on_append(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def refresh(self) -> int:
        newest = self._newest
        self._indexer.run()
        lagging = self._indexer.lagging()
        return min([newest, *(self._indexer.upto(p) for day, p in self._partitions.items() if day in lagging)])

    # -- searching

    def _views(
        self, scope: Scope, budget: Budget, compiled: Compiled, why: list[str], order: Order = Order.OLDEST_FIRST
    ) -> Iterator[View]:
        """A view of each partition that the scope touches, made when it is its turn.

        What cannot be read is told in `why`.
        """
        first, last = day_of(_clamped(scope.since)), day_of(_clamped(scope.until))
        why += [reason for day, reason in self._unreadable.items() if first <= day <= last]
        partitions = [p for p in self._partitions.values() if first <= p.day <= last and p.totals.entries]
        for partition in partitions if order is Order.OLDEST_FIRST else partitions[::-1]:
            self._used(partition)
            try:
                snapshot = self._indexer.snapshot(partition)
            except NotIndexed as error:
                why.append(str(error))
                continue
            trouble = self._indexer.trouble(partition.day)
            if trouble is not None:
                why.append(trouble)
            known = partial(self.words.of, partition), partial(self.times.of, partition)
            yield View(partition, snapshot, scope, compiled, budget, *known)

    def _failed(self, view: View, error: Exception) -> str:
        if isinstance(error, IndexBroken):
            self._indexer.broken(view.partition.day, str(error))
        return str(error)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        why: list[str] = []
        compiled = Compiled(scope.query)
        found = Found()
        scope = _beyond(scope, order, after)
        for view in self._views(scope, budget, compiled, why, order):
            try:
                find_after(view, order, after, limit + 1, found)
                if len(found) > limit:
                    return Page(found[:limit].hits(), True, _joined(why, compiled))
            except Stopped as stopped:
                why.append(str(stopped))
                break
            except (IndexBroken, StoreError) as error:
                why.append(self._failed(view, error))
        reason = _joined(why, compiled)
        return Page(found.hits(), reason is not None, reason)

    def _each(self, scope: Scope, budget: Budget, work: Callable[[View], None]) -> str | None:
        """Do `work` on every partition of the scope; the reason why it was not all of them."""
        why: list[str] = []
        compiled = Compiled(scope.query)
        for view in self._views(scope, budget, compiled, why):
            try:
                work(view)
            except Stopped as stopped:
                why.append(str(stopped))
                break
            except (IndexBroken, StoreError) as error:
                why.append(self._failed(view, error))
        return _joined(why, compiled)

    def count(self, scope: Scope, budget: Budget) -> Count:
        counts: list[int] = []
        reason = self._each(scope, budget, lambda view: counts.append(aggregating.count(view)))
        return Count(sum(counts), reason)

    def histogram(self, scope: Scope, interval: int, by: str | None, budget: Budget) -> Histogram:
        buckets = bucket_count(scope.since, scope.until, interval)
        series: aggregating.Series = {}
        since = scope.since
        reason = self._each(scope, budget, lambda view: aggregating.histogram(view, since, interval, by, series))
        if by is None:
            series.setdefault(None, Counter())
        lists = {value: [counts[i] for i in range(buckets)] for value, counts in series.items()}
        return Histogram(since, interval, lists, reason)

    def terms(self, scope: Scope, fields: Sequence[str], limit: int, budget: Budget) -> list[Terms]:
        counters: dict[str, Counter[bytes]] = {name: Counter() for name in fields}
        missing: Counter[str] = Counter()

        reason = self._each(scope, budget, lambda view: aggregating.terms(view, counters, missing))
        return [aggregating.ranked(name, counters[name], missing[name], limit, reason) for name in fields]

    def texts(self, scope: Scope, field: str, limit: int, clip: int, budget: Budget) -> Texts:
        why: list[str] = []
        compiled = Compiled(scope.query)
        rows: list[tuple[int, bytes]] = []
        for view in self._views(scope, budget, compiled, why, Order.NEWEST_FIRST):
            try:
                for realtime, value in texts_of(view, field):
                    if len(rows) == limit:
                        return Texts(rows, True, _joined(why, compiled))
                    rows.append((realtime, value if len(value) <= clip else value[:clip]))
            except Stopped as stopped:
                why.append(str(stopped))
                break
            except (IndexBroken, StoreError) as error:
                why.append(self._failed(view, error))
        reason = _joined(why, compiled)
        return Texts(rows, reason is not None, reason)

    def tail(self, query: Query, after_ord: int, limit: int, budget: Budget) -> tuple[list[Hit], int]:
        return tail(self._ring, self._partitions.values(), query, after_ord, self._newest, limit, budget)

    def newest_ord(self) -> int:
        return self._newest

    # -- listing

    def field_names(self) -> dict[str, int]:
        names: Counter[str] = Counter()
        for partition in self._partitions.values():
            names.update(listing.field_names(partition))
        return dict(names)

    def values(self, field: str, prefix: bytes = b"", limit: int | None = None) -> list[bytes]:
        found: set[bytes] = set()
        for partition in self._partitions.values():
            try:
                snapshot = self._indexer.snapshot(partition)
            except NotIndexed:
                snapshot = None
            found |= listing.values(partition, snapshot, field, prefix)
        return sorted(found)[:limit]

    def get(self, cursor: Cursor) -> Hit | None:
        key = (cursor.seqnum_id, cursor.boot_id)
        wanted = BitMap64([cursor.seqnum])
        found: list[tuple[int, Partition]] = []
        for partition in self._partitions.values():
            if key in partition.streams and cursor.seqnum in partition.streams[key].seqnums:
                for _, its_hash, number in partition.hashes(key, wanted):
                    if cursor.xor_hash in (0, its_hash):
                        found.append((number, partition))
        if not found:
            return None
        number, partition = min(found, key=lambda item: item[0])
        return partition.row(number).hit()

    def boots(self) -> list[Boot]:
        states = (state for p in self._partitions.values() for state in p.boots.values())
        return [state.public() for state in join_boots(states)]

    def streams(self) -> list[Stream]:
        states = (state for p in self._partitions.values() for state in p.streams.values())
        return [state.public() for state in join_streams(states)]

    def missing(self, seqnum_id: bytes, siblings: Collection[bytes] = ()) -> list[tuple[int, int]]:
        own = self._seqnums(seqnum_id)
        if not own:
            return []
        known = own.copy()
        for sibling in siblings:
            other = self._seqnums(sibling)
            if own.isdisjoint(other):
                known |= other
        return [run for run in listing.gaps(known) if own.min() < run[0] < own.max()]

    def _seqnums(self, seqnum_id: bytes) -> BitMap64:
        stored = BitMap64()
        for partition in self._partitions.values():
            for (its_id, _), state in partition.streams.items():
                if its_id == seqnum_id:
                    stored |= state.seqnums
        return stored

    # -- partitions

    def partitions(self) -> list[PublicPartition]:
        return [self._public(partition) for partition in self._partitions.values() if partition.totals.entries]

    def _public(self, partition: Partition) -> PublicPartition:
        totals = partition.totals
        indexed = not self._indexer.is_behind(partition.day)
        return PublicPartition(partition.day, totals.entries, partition.size(), totals.first, totals.last, indexed)

    def drop_before(self, day: str) -> list[PublicPartition]:
        with self._appending:
            old = [partition for partition in self._partitions.values() if partition.day < day]
            removed = [self._public(partition) for partition in old]
            for partition in old:
                self._let_go(partition)
            if old:
                self._ring.clear()
                self._directory.put_aside([partition.day for partition in old], self._newest)
        self._directory.clear([partition.day for partition in old])  # without the lock: entries go on coming
        return removed

    def _let_go(self, partition: Partition) -> None:
        """Forget a partition that is removed."""
        self._partitions = {day: other for day, other in self._partitions.items() if other is not partition}
        self.sealer.forget(partition.day)
        self._indexer.forget(partition.day)
        self._cache.forget(partition.day)
        self.words.forget(partition.day)
        self.times.forget(partition.day)
        partition.close()
        with self._open_lock:
            self._open.pop(partition.day, None)

    def thin(self, day: str, unwanted: Unwanted) -> int:
        old = self._partitions.get(day)
        if old is None:
            return 0
        place = self._directory.thin_place(day)
        done = thin(old, unwanted, place)
        if not done.removed:
            return 0
        steps.reached("thinning: copied")
        with self._appending:
            if self._partitions.get(day) is not old:
                return 0  # the whole day was removed meanwhile
            is_empty = not done.kept and done.upto == old.totals.newest_ord
            if done.upto < old.totals.newest_ord:
                catch_up(old, place, done.upto)
            self._let_go(old)
            self._ring.clear()
            if is_empty:
                self._directory.put_aside([day], self._newest)
            else:
                self._directory.exchange(day, self._newest)
                made = Partition(self._directory.partition(day), self._cache, self._used)
                self._partitions = dict(sorted({**self._partitions, day: made}.items()))
                self._indexer.touch(day)
        self._directory.clear([day])
        return done.removed

    def health(self) -> list[str]:
        return [*self._unreadable.values(), *self._indexer.troubles, *self.sealer.trouble]

    def close(self) -> None:
        self.sealer.close()
        with self._appending:
            self._indexer.close()
            self.words.close()
            self.times.close()
            for partition in self._partitions.values():
                partition.close()
            self._partitions = {}
            self._directory.close()


def _clamped(realtime: int) -> int:
    return min(max(realtime, 0), REALTIME_MAX)


def _by_day(batch: Batch, rows: Sequence[int], number: int) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
    """(day, rows, their ords) of the new rows of a batch, numbered in their order from `number`."""
    if not rows:
        return
    ords = range(number, number + len(rows))
    if min(batch.realtime) // DAY == max(batch.realtime) // DAY:
        yield day_of(batch.realtime[0]), rows, ords
        return
    days: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        days.setdefault(batch.realtime[row] // DAY, []).append(at)
    for day, places in days.items():
        yield day_of(day * DAY), [rows[at] for at in places], [ords[at] for at in places]


def _beyond(scope: Scope, order: Order, after: Position | None) -> Scope:
    """The scope without the time that pages up to `after` have covered."""
    if after is None:
        return scope
    if order is Order.OLDEST_FIRST:
        return replace(scope, since=max(scope.since, after.realtime))
    return replace(scope, until=min(scope.until, after.realtime))


def _joined(why: list[str], compiled: Compiled) -> str | None:
    if compiled.reason:
        why = [*why, compiled.reason]
    return "; ".join(why) or None
