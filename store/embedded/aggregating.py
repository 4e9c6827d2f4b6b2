"""Counts, histograms and most frequent values of one partition."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.store.contract import Terms
from journalhub.store.embedded import documents
from journalhub.store.embedded.bounds import TQuery, all_of, none_of
from journalhub.store.embedded.index import guarded
from journalhub.store.embedded.layout import ENUMERATED
from journalhub.store.embedded.rows import Row
from journalhub.store.embedded.view import View, check

Series = dict[bytes | None, Counter[int]]
"""Counts by bucket number, by value."""

_SPLIT_QUERIES = 64
"""Distinct values up to which a histogram asks the index once per value; beyond, it looks at the entries."""


_APART_MOST = 16
"""Values that are counted one by one; to list more of them is cheaper."""

_SEEK = 32
"""What it costs to look for a hit among the entries of a value, as a multiple of reading one of them."""

_SEEKS_OF_A_QUERY = 300
"""What a query of the index costs at least."""


def count(view: View) -> int:
    """Entries in the scope that match."""
    if view.number is not None:
        return view.number
    if view.bounds.is_everything:
        known = _number_of_all(view)
        if known is not None:
            return known
    sure = 0 if view.must_scan else view.number_of(view.sure)
    return sure + sum(1 for _ in view.times_looked_at())


def _number_of_all(view: View) -> int | None:
    """How many entries there are in the scope's time; None when the index must be asked for them."""
    if view.is_whole:
        return view.snapshot.searcher.num_docs
    since = view.scope.since
    buckets = view.buckets_of_all(since, view.scope.until - since + 1)
    return None if buckets is None else sum(buckets.values())


# -- histogram


def histogram(view: View, since: int, interval: int, by: str | None, series: Series) -> None:
    """Add this partition's counts to `series`."""
    split: Callable[[Row], set[bytes | None]] = lambda row: set(row.values(by)) or {None} if by else {None}  # noqa: E731
    if not view.must_scan:
        if by is None:
            _add(series, None, _of_all(view, since, interval) or _buckets(view, view.sure, since, interval))
        elif by in ORIGIN_FIELDS or by == "_BOOT_ID":
            _split_by_origin(view, since, interval, by, series)
        elif not _split_by_term(view, since, interval, by, series):
            for row in view.rows(view.ords_of(view.sure)):
                _add_row(series, split(row), row, since, interval)
    if by is None:
        _add(series, None, Counter((realtime - since) // interval for realtime in view.times_looked_at()))
        return
    for row in view.looked_at():
        _add_row(series, split(row), row, since, interval)


def _add(series: Series, value: bytes | None, buckets: Counter[int]) -> None:
    if buckets:
        series.setdefault(value, Counter()).update(buckets)


def _add_row(series: Series, values: set[bytes | None], row: Row, since: int, interval: int) -> None:
    bucket = (row.position.realtime - since) // interval
    for value in values:
        series.setdefault(value, Counter())[bucket] += 1


def _request(view: View, since: int, interval: int) -> dict[str, Any]:
    # `ts` is below 2^37, so that the f64 in which tantivy divides is exact.
    offset = (since - view.day_start) % interval
    return {"histogram": {"field": "ts", "interval": float(interval), "offset": float(offset), "min_doc_count": 1}}


def _aggregate(view: View, query: TQuery, request: dict[str, Any]) -> list[dict[str, Any]]:
    check(view.budget)
    with guarded(f"search {view.partition.index_directory}"):
        answer = view.snapshot.searcher.aggregate(query, {"x": request})
    buckets: list[dict[str, Any]] = answer["x"]["buckets"]
    return buckets


def _bucket(view: View, key: float, since: int, interval: int) -> int:
    return (round(key) + view.day_start - since) // interval


def _buckets(view: View, query: TQuery, since: int, interval: int) -> Counter[int]:
    found = _aggregate(view, query, _request(view, since, interval))
    return Counter({_bucket(view, item["key"], since, interval): item["doc_count"] for item in found})


def _of_all(view: View, since: int, interval: int) -> Counter[int] | None:
    """The buckets of everything, without the index; None when something else is asked for, or it has to tell."""
    return view.buckets_of_all(since, interval) if view.bounds.is_everything else None


def _split_by_origin(view: View, since: int, interval: int, by: str, series: Series) -> None:
    present = set(_origin_counts(view))
    having = {
        value: own for value, its in view.partition.origins.values(by).items() if (own := present.intersection(its))
    }
    if len(having) <= _SPLIT_QUERIES:
        for value, numbers in having.items():
            _add(series, value, _buckets(view, all_of([view.sure, view.of_origins(numbers)]), since, interval))
        others = present.difference(*having.values())
        if others:
            _add(series, None, _buckets(view, all_of([view.sure, view.of_origins(others)]), since, interval))
        return
    values = view.values_by_origin(by)
    request = _request(view, since, interval)
    request["aggs"] = {"o": _all_terms("origin", len(view.partition.origins))}
    for item in _aggregate(view, view.sure, request):
        bucket = _bucket(view, item["key"], since, interval)
        for origin in item["o"]["buckets"]:
            its: Sequence[bytes | None] = values.get(int(origin["key"])) or (None,)
            for key in its:
                series.setdefault(key, Counter())[bucket] += origin["doc_count"]


def _split_by_term(view: View, since: int, interval: int, by: str, series: Series) -> bool:
    """False when the index cannot split by this field, or not by so many values."""
    if not documents.is_term_field(by):
        return False
    found = _values_found(view, by, _SPLIT_QUERIES)
    if found is None:
        return False
    parts: list[tuple[int, bytes | None, TQuery]] = []
    for text, number in found:
        parts.append((number, view.value_of(by, text), view.having_term(text)))
    # Where no entry has two values, the most frequent one is what the others leave of everything.
    rest = None if view.may_repeat(by) else _of_all(view, since, interval)
    without = sum(rest.values()) - sum(number for number, _, _ in parts) if rest else 1
    parts.append((without, None, none_of(view.having(by))))
    parts.sort(key=lambda part: part[0])
    if rest:
        _, most_frequent, _ = parts.pop()
    for number, value, query in parts:
        if number:
            buckets = _buckets(view, all_of([view.sure, query]), since, interval)
            _add(series, value, buckets)
            if rest:
                rest.subtract(buckets)
    if rest:
        _add(series, most_frequent, +rest)
    return True


# -- terms


def terms(view: View, counters: dict[str, Counter[bytes]], missing: Counter[str]) -> None:
    """Add the counts of the values of each field to its counter, and to `missing` how many entries are without it."""
    if not view.must_scan:
        for name, counter in counters.items():
            if name in ORIGIN_FIELDS or name == "_BOOT_ID":
                missing[name] += _count_by_origin(view, name, counter)
            else:
                missing[name] += _count_by_term(view, name, counter)
    for row in view.looked_at():
        for name, counter in counters.items():
            missing[name] += _count_row(row, name, counter)


def _count_row(row: Row, name: str, counter: Counter[bytes]) -> int:
    values = set(row.values(name))
    counter.update(values)
    return 0 if values else 1


def _all_terms(field: str, distinct: int) -> dict[str, Any]:
    size = max(distinct, 1)
    return {"terms": {"field": field, "size": size, "segment_size": size}}


def _count_by_origin(view: View, name: str, counter: Counter[bytes]) -> int:
    entries = _origin_counts(view)
    of_number = [0] * max(len(view.partition.origins), max(entries, default=-1) + 1)
    for number, count in entries.items():
        of_number[number] = count
    having: set[int] = set()
    for value, numbers in view.partition.origins.values(name).items():
        # Origins that came meanwhile have the highest numbers.
        known = numbers if numbers[-1] < len(of_number) else [n for n in numbers if n < len(of_number)]
        count = sum(map(of_number.__getitem__, known))
        if count:
            counter[value] += count
            having.update(known)
    return sum(entries.values()) - sum(map(of_number.__getitem__, having))


def _origin_counts(view: View) -> dict[int, int]:
    """Entries that match for sure, by origin; worked out once for all fields that are asked for."""
    if view.origin_counts is None:
        is_everything = view.bounds.is_everything and view.is_whole
        view.origin_counts = _counts_of_all(view) if is_everything else _by_origin(view, view.sure)
    return view.origin_counts


def _counts_of_all(view: View) -> dict[int, int]:
    """The same of the whole partition: of what came since it was last asked, and of the rest as it was then."""
    snapshot = view.snapshot
    if not snapshot.origin_counts:
        upto, before = snapshot.counted_before
        counts = dict(before)
        if not before or upto < snapshot.upto:
            for number, entries in _by_origin(view, view.later_than(upto) if before else view.sure).items():
                counts[number] = counts.get(number, 0) + entries
        snapshot.origin_counts.update(counts)
    return snapshot.origin_counts


def _by_origin(view: View, query: TQuery) -> dict[int, int]:
    found = _aggregate(view, query, _all_terms("origin", len(view.partition.origins)))
    return {int(item["key"]): item["doc_count"] for item in found}


def _count_by_term(view: View, name: str, counter: Counter[bytes]) -> int:
    terms = _values_apart(view, name) if documents.is_term_field(name) else None
    if terms is None and documents.is_term_field(name):
        terms = _values_found(view, name, ENUMERATED)
    if terms is None:
        return sum(_count_row(row, name, counter) for row in view.rows(view.ords_of(view.sure)))
    for text, number in terms:
        counter[view.value_of(name, text)] += number
    if view.bounds.is_everything and view.is_whole:
        return view.number_without(name)
    if view.number is not None and not view.may_repeat(name):
        return view.number - sum(number for _, number in terms)
    return view.number_of(all_of([view.sure, none_of(view.having(name))]))


def _values_apart(view: View, name: str) -> list[tuple[str, int]] | None:
    """The same as `_values_found` where the number of hits is known, each value counted by itself and the most frequent
    one by what the others leave; None where that is slower, or not to be had so."""
    hits = view.number
    if hits is None or view.may_repeat(name):
        return None
    check(view.budget)
    with guarded(f"search {view.partition.index_directory}"):
        searcher = view.snapshot.searcher
        every = searcher.terms_with_prefix("term", f"{name}=", None, _APART_MOST + 1)
        if len(every) > _APART_MOST or searcher.terms_with_prefix("term", f"{name}#", None, 1):
            return None
    postings = sum(number for _, number in every)
    parts: list[tuple[int, str | None]] = [(number, text) for text, number in every]
    parts.append((searcher.num_docs - postings, None))  # entries without a value
    *rarer, (_, most_frequent) = sorted(parts, key=lambda part: part[0])
    if _SEEK * sum(min(number, hits) + _SEEKS_OF_A_QUERY for number, _ in rarer) > postings:
        return None
    found: list[tuple[str, int]] = []
    for number, text in rarer:
        if hits and number:
            query = none_of(view.having(name)) if text is None else view.having_term(text)
            its = view.number_of(all_of([view.sure, query]))
            hits -= its
            if its and text is not None:
                found.append((text, its))
    if hits and most_frequent is not None:
        found.append((most_frequent, hits))
    return found


def _values_found(view: View, name: str, limit: int) -> list[tuple[str, int]] | None:
    """(term, entries) of every value of a term field in the scope; None when there are more than `limit`."""
    check(view.budget)
    query = None if view.bounds.is_everything and view.is_whole else view.sure
    with guarded(f"search {view.partition.index_directory}"):
        searcher = view.snapshot.searcher
        plain = searcher.terms_with_prefix("term", f"{name}=", query, limit + 1)
        # Few fields have such values, and to look for them among all entries first costs next to nothing.
        hashed = searcher.terms_with_prefix("term", f"{name}#", None, 1)
        if hashed:
            hashed = searcher.terms_with_prefix("term", f"{name}#", query, limit + 1)
    if len(plain) + len(hashed) > limit:
        return None
    return [item for item in (*plain, *hashed) if item[1]]


def ranked(name: str, counter: Counter[bytes], missing: int, limit: int, reason: str | None) -> Terms:
    """The answer to `terms`, of the counts of all partitions."""
    items = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return Terms(name, items[:limit], max(0, len(items) - limit), missing, reason)
