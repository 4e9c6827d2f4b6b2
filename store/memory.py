"""A store in memory that answers by looking at every entry: the oracle that other stores are tested against."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

from journalhub.journal.batch import Batch
from journalhub.journal.cursor import Cursor
from journalhub.journal.entry import Entry
from journalhub.store.arrival import bucket_count, canonical, day_of, in_seqnum_order, refusals
from journalhub.store.ast import Query
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
    Stream,
    Terms,
    Texts,
    Unwanted,
)
from journalhub.store.evaluate import Compiled

_TAIL_SCAN = 1000
"""Entries that one call of `tail` looks at."""

Identity = tuple[bytes, bytes, int, int]


class MemoryStore:
    """Implements `contract.Store`, for tests: durable until the process ends, and slow."""

    def __init__(self) -> None:
        self._hits: list[Hit] = []
        """In order of arrival."""
        self._seen: set[Identity] = set()
        self._newest = 0
        self._listeners: list[Callable[[], None]] = []

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        answers = [self._append(canonical(batch)) for batch in batches]
        if any(answer.stored for answer in answers):
            for listener in self._listeners:
                listener()
        return answers

    def _append(self, batch: Batch) -> Appended:
        answer = Appended([], 0, refusals(batch))
        refused = {row for row, _ in answer.refused}
        stored: list[int] = []
        for row, entry in enumerate(batch):
            identity = (entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash)
            if row in refused:
                continue
            if identity in self._seen:
                answer.duplicates += 1
                continue
            self._seen.add(identity)
            self._newest += 1
            self._hits.append(Hit(Position(entry.realtime, self._newest), entry))
            stored.append(row)
        answer.stored = stored
        return answer

    def refresh(self) -> int:
        return self._newest

    def _matching(self, scope: Scope, budget: Budget, why: list[str]) -> Iterator[Hit]:
        """In order of arrival. Appends to `why` when the answer is not complete."""
        compiled = Compiled(scope.query)
        for hit in self._hits:
            if budget.reason:
                why.append(budget.reason)
                return
            if scope.since <= hit.position.realtime <= scope.until and compiled(hit.entry):
                yield hit
        if compiled.reason:
            why.append(compiled.reason)

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        why: list[str] = []
        wanted = {hit.position for hit in self._matching(scope, budget, why)}
        ordered = self._in_order()
        if order is Order.NEWEST_FIRST:
            ordered.reverse()
        ordered = _beyond(ordered, order, after)
        found = [hit for hit in ordered if hit.position in wanted]
        reason = why[0] if why else None
        return Page(found[:limit], len(found) > limit or reason is not None, reason)

    def _in_order(self) -> list[Hit]:
        by_time = sorted(self._hits, key=lambda hit: hit.position)
        ordered: list[Hit] = []
        for _, ties in groupby(by_time, key=lambda hit: hit.position.realtime):
            ordered += in_seqnum_order(list(ties), lambda hit: (hit.entry.seqnum_id, hit.entry.seqnum))
        return ordered

    def count(self, scope: Scope, budget: Budget) -> Count:
        why: list[str] = []
        matched = sum(1 for _ in self._matching(scope, budget, why))
        return Count(matched, why[0] if why else None)

    def histogram(self, scope: Scope, interval: int, by: str | None, budget: Budget) -> Histogram:
        buckets = bucket_count(scope.since, scope.until, interval)
        why: list[str] = []
        series: dict[bytes | None, list[int]] = {} if by else {None: [0] * buckets}
        for hit in self._matching(scope, budget, why):
            values: set[bytes | None] = set(hit.entry.values(by)) if by else set()
            for value in values or {None}:
                counts = series.setdefault(value, [0] * buckets)
                counts[(hit.position.realtime - scope.since) // interval] += 1
        return Histogram(scope.since, interval, series, why[0] if why else None)

    def terms(self, scope: Scope, fields: Sequence[str], limit: int, budget: Budget) -> list[Terms]:
        why: list[str] = []
        hits = list(self._matching(scope, budget, why))
        answers: list[Terms] = []
        for name in fields:
            counter = Counter(value for hit in hits for value in set(hit.entry.values(name)))
            ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
            missing = sum(1 for hit in hits if not hit.entry.values(name))
            answers.append(
                Terms(name, ranked[:limit], max(0, len(ranked) - limit), missing, why[0] if why else None),
            )
        return answers

    def texts(self, scope: Scope, field: str, limit: int, clip: int, budget: Budget) -> Texts:
        why: list[str] = []
        hits = sorted(self._matching(scope, budget, why), key=_position, reverse=True)
        rows = [(hit.position.realtime, values[0][:clip]) for hit in hits if (values := hit.entry.values(field))]
        reason = why[0] if why else None
        return Texts(rows[:limit], len(rows) > limit or reason is not None, reason)

    def field_names(self) -> dict[str, int]:
        return dict(Counter(name for hit in self._hits for name in {name for name, _ in hit.entry.all_fields}))

    def values(self, field: str, prefix: bytes = b"", limit: int | None = None) -> list[bytes]:
        found = {value for hit in self._hits for value in hit.entry.values(field) if value.startswith(prefix)}
        return sorted(found)[:limit]

    def get(self, cursor: Cursor) -> Hit | None:
        for hit in self._hits:
            entry = hit.entry
            if (entry.seqnum_id, entry.boot_id, entry.seqnum) == (cursor.seqnum_id, cursor.boot_id, cursor.seqnum) and (
                cursor.xor_hash in (0, entry.xor_hash)
            ):
                return hit
        return None

    def tail(self, query: Query, after_ord: int, limit: int, budget: Budget) -> tuple[list[Hit], int]:
        compiled = Compiled(query)
        newest = self._newest
        found: list[Hit] = []
        at = after_ord
        for hit in [hit for hit in self._hits if hit.position.ord > after_ord][:_TAIL_SCAN]:
            if len(found) == limit or budget.reason:
                return found, at
            if compiled(hit.entry):
                found.append(hit)
            at = hit.position.ord
        if not any(hit.position.ord > at for hit in self._hits):
            at = max(at, newest)
        return found, at

    def newest_ord(self) -> int:
        return self._newest

    def on_append(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def boots(self) -> list[Boot]:
        groups: dict[tuple[bytes, bytes], list[Hit]] = {}
        for hit in self._hits:
            key = (hit.entry.first("_MACHINE_ID") or b"", hit.entry.boot_id)
            groups.setdefault(key, []).append(hit)
        boots: list[Boot] = []
        for (machine, boot), hits in groups.items():
            first, last = min(hits, key=_position), max(hits, key=_position)
            boots.append(Boot(machine, last.entry.first("_HOSTNAME") or b"", boot, first.position, last.position))
        return sorted(boots, key=lambda boot: (boot.machine_id, boot.first))

    def streams(self) -> list[Stream]:
        groups: dict[tuple[bytes, bytes], list[Hit]] = {}
        for hit in self._hits:
            groups.setdefault((hit.entry.seqnum_id, hit.entry.boot_id), []).append(hit)
        return [_stream(*key, hits) for key, hits in sorted(groups.items())]

    def missing(self, seqnum_id: bytes, siblings: Collection[bytes] = ()) -> list[tuple[int, int]]:
        own = self._seqnums(seqnum_id)
        others = [self._seqnums(sibling) for sibling in siblings]
        known = own.union(*[other for other in others if own.isdisjoint(other)])
        stored = sorted(seqnum for seqnum in known if min(own, default=0) <= seqnum <= max(own, default=0))
        pairs = zip(stored, stored[1:], strict=False)
        return [(before + 1, after - 1) for before, after in pairs if after > before + 1]

    def _seqnums(self, seqnum_id: bytes) -> set[int]:
        return {hit.entry.seqnum for hit in self._hits if hit.entry.seqnum_id == seqnum_id}

    def partitions(self) -> list[Partition]:
        days: dict[str, list[Hit]] = {}
        for hit in self._hits:
            days.setdefault(day_of(hit.position.realtime), []).append(hit)
        return [
            Partition(day, len(hits), _bytes(hits), min(map(_position, hits)), max(map(_position, hits)), True)
            for day, hits in sorted(days.items())
        ]

    def thin(self, day: str, unwanted: Unwanted) -> int:
        def goes(hit: Hit) -> bool:
            values: dict[str, list[bytes]] = {}
            for name, value in hit.entry.fields:
                values.setdefault(name, []).append(value)
            fields = {name: several[0] if len(several) == 1 else several for name, several in values.items()}
            fields["_BOOT_ID"] = hit.entry.boot_id.hex().encode()
            return day_of(hit.position.realtime) == day and unwanted(fields)

        before = len(self._hits)
        self._hits = [hit for hit in self._hits if not goes(hit)]
        self._see_again()
        return before - len(self._hits)

    def drop_before(self, day: str) -> list[Partition]:
        removed = [partition for partition in self.partitions() if partition.day < day]
        self._hits = [hit for hit in self._hits if day_of(hit.position.realtime) >= day]
        self._see_again()
        return removed

    def _see_again(self) -> None:
        self._seen = {
            (hit.entry.seqnum_id, hit.entry.boot_id, hit.entry.seqnum, hit.entry.xor_hash) for hit in self._hits
        }

    def health(self) -> list[str]:
        return []

    def close(self) -> None:
        self._listeners.clear()


def _beyond(ordered: list[Hit], order: Order, after: Position | None) -> list[Hit]:
    """What of `ordered` follows the entry at `after`, or the place where it would stand."""
    if after is None:
        return ordered
    for index, hit in enumerate(ordered):
        if hit.position == after:
            return ordered[index + 1 :]
    if order is Order.NEWEST_FIRST:
        return [hit for hit in ordered if hit.position < after]
    return [hit for hit in ordered if hit.position > after]


def _position(hit: Hit) -> Position:
    return hit.position


def _stream(seqnum_id: bytes, boot_id: bytes, hits: list[Hit]) -> Stream:
    newest: Entry = max(hits, key=_position).entry
    return Stream(
        seqnum_id,
        boot_id,
        newest.first("_MACHINE_ID") or b"",
        newest.first("_HOSTNAME") or b"",
        newest.first("_NAMESPACE") or b"",
        min(hit.entry.seqnum for hit in hits),
        max(hit.entry.seqnum for hit in hits),
        len(hits),
        min(hit.position.realtime for hit in hits),
        max(hit.position.realtime for hit in hits),
    )


def _bytes(hits: list[Hit]) -> int:
    return sum(len(name) + len(value) for hit in hits for name, value in hit.entry.fields)
