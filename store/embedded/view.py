"""One query on one partition: what the index says of it, and the entries that the index alone cannot decide."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import tantivy

from journalhub.store.arrival import DAY, start_of
from journalhub.store.ast import Query
from journalhub.store.contract import Budget, Order, Scope
from journalhub.store.embedded.bounds import Bounds, TQuery, Translator, all_of
from journalhub.store.embedded.documents import TEXT
from journalhub.store.embedded.doubt import undecided
from journalhub.store.embedded.index import Snapshot, guarded
from journalhub.store.embedded.listing import value_of_hash
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row
from journalhub.store.embedded.scan import Filter, scan_blocks
from journalhub.store.embedded.times import Times, buckets_of_all
from journalhub.store.embedded.words import Words
from journalhub.store.evaluate import Compiled

Place = tuple[int, int]
"""(realtime, ord)."""

Span = tuple[int, int]
"""Two values of `ts`, inclusive; no time where the second is the lesser."""

_DOUBTS = 4
"""Doubtful hits that are asked for beside a sure one: they seldom end a run then, and cost as little to find."""

_SCAN_SHARE = 4
"""Looking at entries by columns is some four times cheaper than fetching them one by one: from a quarter of the
partition on, candidates are not worth having."""

_FEW_FOUND = 16
"""Entries of which each is looked for by itself among the doubtful ones; of more, all doubtful ones are listed once."""

_FIRST_PAGE = 128
_LARGEST_PAGE = 20_000
"""Hits asked of the index at once: few at first because most searches stop early, then ever more."""


_MANY_HITS = 8000
"""Hits from which ranking them costs more (0.2 ms) than looking up how time and entries relate."""

_GUESSED = 4
"""Hits of several terms together are at most as many as those of the rarest; they are looked for in a longer time."""


class Stopped(Exception):
    """The budget is spent; the message says why."""


def check(budget: Budget) -> None:
    """Raise Stopped when the work must end."""
    reason = budget.reason
    if reason is not None:
        raise Stopped(reason)


@dataclass
class View:
    """Made for one query; all answers come from one snapshot of the index."""

    partition: Partition
    snapshot: Snapshot
    scope: Scope
    compiled: Compiled
    budget: Budget
    words: Callable[[], Words | None] = lambda: None
    """What is known of the words of the partition."""
    times: Callable[[Sequence[BlockMeta]], list[Times] | None] = lambda metas: None
    """The times of some of its blocks, as far as they are known."""
    origin_counts: dict[int, int] | None = None
    """Kept by `aggregating`."""
    _exact_parts: dict[Query, bool] = field(default_factory=dict)

    @cached_property
    def bounds(self) -> Bounds:
        """What the index says of the query, without regard to time."""
        check(self.budget)
        with guarded(f"search {self.partition.index_directory}"):
            translator = self._translator()
            bounds = translator.bounds_of(self.scope.query)
        self._exact_parts = translator.exact
        return bounds

    @cached_property
    def _filter(self) -> Filter:
        """What decides of an entry between the bounds."""
        rest = undecided(self.scope.query, self._exact_parts)
        return Filter(rest, self.compiled, lambda: check(self.budget))

    @cached_property
    def _whole_filter(self) -> Filter:
        """What decides of any entry."""
        return Filter(self.scope.query, self.compiled, lambda: check(self.budget))

    @cached_property
    def day_start(self) -> int:
        return start_of(self.partition.day)

    @cached_property
    def span(self) -> tuple[int, int]:
        """The time asked for as `ts` of the index, inclusive, within the day."""
        return max(self.scope.since - self.day_start, 0), min(self.scope.until - self.day_start, DAY - 1)

    def within(self, query: TQuery, low: int, high: int) -> TQuery:
        """`query` between two values of `ts`, inclusive."""
        totals = self.partition.totals
        if low <= totals.first_realtime - self.day_start and high >= totals.last_realtime - self.day_start:
            return query
        return all_of([self._ts(low, high), query])

    @cached_property
    def is_whole(self) -> bool:
        """Whether the scope's time holds all of the partition."""
        totals = self.partition.totals
        return self.scope.since <= totals.first_realtime and totals.last_realtime <= self.scope.until

    @cached_property
    def number(self) -> int | None:
        """How many entries in the scope match, where the index has counted them all."""
        return self.bounds.number if self.is_whole else None

    def having_term(self, text: str) -> TQuery:
        """Entries that have a term of `documents.term`."""
        return TQuery.term_query(self.snapshot.schema, "term", text, index_option="basic")

    def having(self, name: str) -> TQuery:
        """Entries that have an own field."""
        return self._translator().having(name)

    def number_without(self, name: str) -> int:
        """How many entries of the whole partition have no own field of this name: each entry is of one shape."""
        check(self.budget)
        shapes = self.partition.shapes
        lacking = set(range(len(shapes.shapes))).difference(shapes.having(name))
        with guarded(f"search {self.partition.index_directory}"):
            return sum(self.snapshot.searcher.doc_freq("shape", number) for number in lacking)

    def may_repeat(self, name: str) -> bool:
        """Whether entries may have more than one value of an own field."""
        return bool(self.partition.shapes.having(name, 2))

    def buckets_of_all(self, since: int, interval: int) -> Counter[int] | None:
        """All entries in the scope, which begins at `since`, by bucket; None when the index must be asked for them."""
        check(self.budget)
        upto, until = self.snapshot.upto, self.scope.until
        return buckets_of_all(self.partition.metas(), self.times, upto, until, since, interval)

    def _translator(self) -> Translator:
        partition = self.partition
        return Translator(self.snapshot, partition.origins, partition.shapes, self.compiled, self._texts_of, self.words)

    def _texts_of(self, ords: list[int]) -> Iterator[bytes]:
        """The values of MESSAGE of the entries with these ords."""
        for row in self.rows(ords):
            yield from row.values(TEXT)

    def of_origins(self, numbers: Iterable[int]) -> TQuery:
        """Entries of these origins."""
        return TQuery.term_set_query(self.snapshot.schema, "origin", sorted(numbers))

    def later_than(self, number: int) -> TQuery:
        """Entries with an ord beyond this one."""
        return self._ords(number + 1, self.snapshot.upto)

    def _ords(self, first: int, last: int) -> TQuery:
        return TQuery.range_query(self.snapshot.schema, "ord", tantivy.FieldType.Unsigned, first, last)

    def values_by_origin(self, name: str) -> dict[int, list[bytes]]:
        """The values of an origin field of each origin that has it."""
        values: dict[int, list[bytes]] = {}
        for value, numbers in self.partition.origins.values(name).items():
            for number in numbers:
                values.setdefault(number, []).append(value)
        return values

    def value_of(self, name: str, text: str) -> bytes:
        """The value of `name` that is indexed as the term `text`."""
        if text.startswith(f"{name}="):
            return text[len(name) + 1 :].encode()
        return value_of_hash(self.partition, self.snapshot, name, text)

    def _ts(self, low: int, high: int) -> TQuery:
        return TQuery.range_query(self.snapshot.schema, "ts", tantivy.FieldType.Unsigned, low, high)

    @cached_property
    def sure(self) -> TQuery:
        """Entries in the scope that match for sure."""
        return self.within(self.bounds.lower, *self.span)

    @cached_property
    def doubtful(self) -> TQuery:
        """Entries in the scope that must be looked at."""
        return self.within(self.bounds.doubtful, *self.span)

    def number_of(self, query: TQuery) -> int:
        """How many entries an index query finds."""
        check(self.budget)
        with guarded(f"search {self.partition.index_directory}"):
            found = self.snapshot.searcher.search(query, 1, count=True)
        count: int = found.count  # type: ignore[attr-defined]  # missing in tantivy's stubs
        return count

    # -- the entries between the bounds

    @cached_property
    def must_scan(self) -> bool:
        """Whether so many entries are doubtful that all are better looked at where they lie."""
        return self._has_many_doubts and not self._asks_columns

    @cached_property
    def _has_many_doubts(self) -> bool:
        every, most = self.snapshot.searcher.num_docs, self.bounds.most_doubts
        if most is not None and most * _SCAN_SHARE <= every:
            return False
        return self.number_of(self.doubtful) * _SCAN_SHARE > every

    @cached_property
    def _asks_columns(self) -> bool:
        """Whether columns tell of the doubtful entries, but not of all that match, so that the index finds the others:
        everything but a word, or a text that is that very word with its sign."""
        return self._filter.is_of_bytes and not self._whole_filter.tells

    def looked_at(self) -> Iterator[Row]:
        """Entries that match though the index alone does not say so; all that match when `must_scan`."""
        if self.bounds.exact:
            return
        if self.must_scan:
            for places in self.scanned(Order.OLDEST_FIRST):
                yield from self.rows(number for _, number in places)
            return
        ords = self._asked_of_columns() if self._has_many_doubts else self.ords_of(self.doubtful)
        for _, row in self._filter.liked(self.partition, ords):
            yield row

    def times_looked_at(self) -> Iterator[int]:
        """The realtimes of the same."""
        if self.must_scan and not self.bounds.exact:
            for places in self.scanned(Order.OLDEST_FIRST):
                yield from (realtime for realtime, _ in places)
            return
        for row in self.looked_at():
            yield row.position.realtime

    def _asked_of_columns(self) -> list[int]:
        """The ords of the doubtful entries of which columns say that they match, rising."""
        since, until, upto = self.scope.since, self.scope.until, self.snapshot.upto
        runs = scan_blocks(self.partition, self._filter, Order.OLDEST_FIRST, since, until, upto, self.budget, check)
        found = sorted(number for run in runs for _, number in run)
        if len(found) > _FEW_FOUND:
            return sorted(set(found).intersection(self.ords_of(self.doubtful)))
        return [number for number in found if self.number_of(all_of([self._ords(number, number), self.doubtful]))]

    def rows(self, ords: Iterable[int]) -> Iterator[Row]:
        """The entries with these ords, in the order given; neighbours of one block are cheap."""
        for done, row in enumerate(self.partition.rows(ords)):
            if done % 32 == 0:
                check(self.budget)
            yield row

    def ords_of(self, query: TQuery) -> list[int]:
        """The ords of the entries that an index query finds, rising."""
        count = self.number_of(query)
        if not count:
            return []
        with guarded(f"search {self.partition.index_directory}"):
            searcher = self.snapshot.searcher
            found = searcher.search(query, count, count=False, order_by_field="ord", order=tantivy.Order.Asc)
        return [number for number, _ in found.hits]

    # -- places in order

    def places(self, order: Order, low: int, high: int) -> Iterator[list[Place]]:
        """The matching entries between two realtimes, inclusive, as runs in order.

        Entries of equal realtime are never split between runs; among themselves they stand by ord.
        """
        low, high = max(low, self.scope.since), min(high, self.scope.until)
        if low > high or self.bounds.is_nothing:
            return
        if self.must_scan or self.bounds.is_everything:
            yield from self.scanned(order, low, high)
            return
        found = self._found if self.bounds.exact else self._joined
        yield from found(order, low - self.day_start, high - self.day_start)

    def scanned(self, order: Order, low: int = 0, high: int = 2**63 - 1) -> Iterator[list[Place]]:
        """The same, by looking at every entry that is in the index."""
        low, high = max(low, self.scope.since), min(high, self.scope.until)
        only = None if self.bounds.is_everything else self._whole_filter
        return scan_blocks(self.partition, only, order, low, high, self.snapshot.upto, self.budget, check)

    def _found(self, order: Order, low: int, high: int) -> Iterator[list[Place]]:
        """All entries up to the upper bound, in runs."""
        size = _FIRST_PAGE
        for span in self._windows(order, max(low, 0), min(high, DAY - 1)):
            while span[0] <= span[1]:
                run, covered = self._part(self.bounds.upper, span, size, order)
                yield run
                if covered != span:
                    size = min(size * 4, _LARGEST_PAGE)
                span = _rest(span, covered, order)

    def _joined(self, order: Order, low: int, high: int) -> Iterator[list[Place]]:
        """The same of those that match: the sure ones, and those of the doubtful ones that are liked, side by side."""
        size, more = _FIRST_PAGE, 2 if self.bounds.lower_is_nothing else _DOUBTS
        doubtful = self.bounds.doubtful
        for span in self._windows(order, max(low, 0), min(high, DAY - 1)):
            while span[0] <= span[1]:
                sure, reached = self._part(self.bounds.lower, span, size, order)
                doubts, covered = self._part(doubtful, reached, size * more, order)
                if covered != reached:  # the rest of the sure ones is found again
                    first, last = (edge + self.day_start for edge in covered)
                    sure = [place for place in sure if first <= place[0] <= last]
                yield sorted([*sure, *self._liked(doubts)], reverse=order is Order.NEWEST_FIRST)
                if covered != span:  # of hits that must be looked at no more are taken at once than it takes
                    size = min(size * 2, _LARGEST_PAGE // more)
                span = _rest(span, covered, order)

    def _liked(self, doubts: list[Place]) -> list[Place]:
        """Those of some doubtful entries that match."""
        realtimes = {number: realtime for realtime, number in doubts}
        return [(realtimes[number], number) for number, _ in self._filter.liked(self.partition, sorted(realtimes))]

    def _part(self, query: TQuery, span: Span, size: int, order: Order) -> tuple[list[Place], Span]:
        """The first entries of a query between two values of `ts`, about `size` of them; and the part of that time
        that they are all entries of: from where it begins, and not ending between two of one realtime."""
        if query is self.bounds.lower and self.bounds.lower_is_nothing:
            return [], span
        run = self._page(self.within(query, *span), size, order)
        if len(run) < size:
            return run, span
        # The last realtime may have more entries than the page had room for: it begins the next page.
        edge = run[-1][0] - self.day_start
        whole = [place for place in run if place[0] - self.day_start != edge]
        if whole:
            return whole, (span[0], edge - 1) if order is Order.OLDEST_FIRST else (edge + 1, span[1])
        ties = self.ords_of(all_of([self._ts(edge, edge), query]))
        tied = [(edge + self.day_start, number) for number in ties]
        if order is Order.OLDEST_FIRST:
            return tied, (span[0], edge)
        return tied[::-1], (edge, span[1])

    def _windows(self, order: Order, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The time between two values of `ts` in pieces, so that a query of many hits need not rank all of them.

        The first piece has, if hits are spread evenly, a page of them; each next one four times as many.
        """
        every, hits = self.snapshot.searcher.num_docs, self.bounds.about
        if hits is None:
            hits = self.number_of(self.bounds.upper)
        if hits < _MANY_HITS or self.snapshot.searcher.num_segments == 1:
            # One segment is looked through for any time, which costs as much as ranking a tenth of its entries.
            yield low, high
            return
        wanted = 2 * _FIRST_PAGE * every // hits * (1 if self.bounds.number is not None else _GUESSED)
        oldest_first = order is Order.OLDEST_FIRST
        for edge in self._edges(oldest_first, wanted):
            if oldest_first and low <= edge < high:
                yield low, edge
                low = edge + 1
            elif not oldest_first and low < edge <= high:
                yield edge, high
                high = edge - 1
        yield low, high

    def _edges(self, oldest_first: bool, wanted: int) -> Iterator[int]:
        """Values of `ts` between which at least `wanted` indexed entries, then four times as many lie, and so on."""
        in_time, upto = self.partition.in_time(), self.snapshot.upto
        entries = 0
        for meta in reversed(in_time.by_end if oldest_first else in_time.by_start):
            if meta.first_ord > upto:
                continue  # of a busy hub the newest half second or so
            entries += meta.entries
            if entries >= wanted:
                yield (meta.last_realtime if oldest_first else meta.first_realtime) - self.day_start
                wanted *= 4

    def _page(self, query: TQuery, size: int, order: Order) -> list[Place]:
        check(self.budget)
        direction = tantivy.Order.Asc if order is Order.OLDEST_FIRST else tantivy.Order.Desc
        searcher = self.snapshot.searcher
        with guarded(f"search {self.partition.index_directory}"):
            hits = searcher.search(query, size, count=False, order_by_field="ts", order=direction).hits
            ords = searcher.fast_field_values("ord", [address for _, address in hits])
        start = self.day_start
        places = [(ts + start, int(number)) for (ts, _), number in zip(hits, ords, strict=True) if number is not None]
        places.sort(reverse=order is Order.NEWEST_FIRST)
        return places


def _rest(span: Span, covered: Span, order: Order) -> Span:
    """What is left of some time without the part of it that comes first."""
    return (covered[1] + 1, span[1]) if order is Order.OLDEST_FIRST else (span[0], covered[0] - 1)
