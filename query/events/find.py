"""The events of a scope: how many of each kind, when, on which hosts, about what, and the newest of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from journalhub.query.events.kinds import Kind, query_of
from journalhub.query.events.unclean import counts_over_time, unclean_ends
from journalhub.store.ast import And
from journalhub.store.contract import Budget, Hit, Order, Scope, Store

HOST = "_HOSTNAME"

SUBJECTS_MAX = 10
"""Units, programs and the like that are named of one kind: what one looks at first."""

_NUMBERS_MAX = 1000
"""Distinct numbers of lost messages that are added up; journald's counts are small and come again."""


@dataclass(slots=True)
class Host:
    """The events of one kind on one host."""

    name: bytes | None
    counts: list[int]

    @property
    def matched(self) -> int:
        return sum(self.counts)


@dataclass(slots=True)
class Found:
    """The events of one kind."""

    kind: Kind
    matched: int
    counts: list[int]
    """Per bucket."""
    hosts: list[Host] = field(default_factory=list)
    """Falling by number."""
    subjects: list[tuple[str, bytes, int]] = field(default_factory=list)
    """(field, value, events), falling by number."""
    lost: int | None = None
    """Messages that the events tell the loss of, at least; None of kinds that tell of none."""
    newest: list[Hit] = field(default_factory=list)


@dataclass(slots=True)
class Ways:
    """How events are counted and listed."""

    interval: int
    """Microseconds of a bucket; the first begins with the scope."""
    buckets: int
    newest: int
    """Events of each kind to list."""


def find(
    store: Store, scope: Scope, kinds: Sequence[Kind], ways: Ways, budget: Budget
) -> tuple[list[Found], str | None]:
    """The events of each of `kinds` in `scope`, whose time is bounded; and why they are not all, or None."""
    found: list[Found] = []
    reasons: list[str] = []
    for kind in kinds:
        one, reason = _of_kind(store, scope, kind, ways, budget)
        found.append(one)
        if reason is not None and reason not in reasons:
            reasons.append(reason)
        if budget.reason is not None:
            break  # what is missing is not there: a kind without an answer is not a kind without events
    return found, "; ".join(reasons) or None


def _of_kind(store: Store, scope: Scope, kind: Kind, ways: Ways, budget: Budget) -> tuple[Found, str | None]:
    query = query_of(kind)
    if query is None:
        hits, reason = unclean_ends(store, scope, budget)
        return _of_hits(kind, hits, scope, ways), reason
    own = Scope(And((scope.query, query)), scope.since, scope.until)
    histogram = store.histogram(own, ways.interval, HOST, budget)
    hosts = [Host(name, counts) for name, counts in histogram.series.items() if any(counts)]
    _rank(hosts)
    counts = [sum(column) for column in zip(*(host.counts for host in hosts), strict=True)] or [0] * ways.buckets
    found = Found(kind, sum(counts), counts, hosts)
    if found.matched and histogram.reason is None:
        found.subjects = _subjects(store, own, kind, budget)
        found.lost = _lost(store, own, kind, budget)
        if ways.newest:
            found.newest = list(store.search(own, Order.NEWEST_FIRST, ways.newest, None, budget).hits)
    return found, histogram.reason or (budget.reason if found.matched else None)


def _of_hits(kind: Kind, hits: list[Hit], scope: Scope, ways: Ways) -> Found:
    """The same of entries that are there already, the newest first."""
    by_host: dict[bytes | None, list[Hit]] = {}
    for hit in hits:
        by_host.setdefault(hit.entry.first(HOST), []).append(hit)
    hosts = [
        Host(name, counts_over_time(own, scope.since, ways.interval, ways.buckets)) for name, own in by_host.items()
    ]
    _rank(hosts)
    counts = counts_over_time(hits, scope.since, ways.interval, ways.buckets)
    return Found(kind, len(hits), counts, hosts, newest=hits[: ways.newest])


def _rank(hosts: list[Host]) -> None:
    hosts.sort(key=lambda host: (-host.matched, host.name is None, host.name or b""))


def _subjects(store: Store, scope: Scope, kind: Kind, budget: Budget) -> list[tuple[str, bytes, int]]:
    """What the events are about, the most frequent first."""
    if not kind.subjects:
        return []
    found = store.terms(scope, kind.subjects, SUBJECTS_MAX, budget)
    subjects = [(terms.field, value, count) for terms in found for value, count in terms.counts]
    return sorted(subjects, key=lambda subject: (-subject[2], subject[1]))[:SUBJECTS_MAX]


def _lost(store: Store, scope: Scope, kind: Kind, budget: Budget) -> int | None:
    if not kind.lost:
        return None
    (terms,) = store.terms(scope, [kind.lost], _NUMBERS_MAX, budget)
    return sum(int(value) * count for value, count in terms.counts if value.isdigit() and len(value) < 19)
