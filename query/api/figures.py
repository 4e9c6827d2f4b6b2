"""`/api/v1/count`, `/histogram` and `/facets`: figures of a selection."""

from dataclasses import dataclass

from journalhub.journal.jsonform import value_form
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.limits import BUCKETS_DEFAULT, BUCKETS_MAX
from journalhub.query.api.parameters import BUCKETS, FACET_LIMIT, INTERVAL, TOP
from journalhub.query.api.rows import field_name
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import resolve
from journalhub.query.plan.selection import TIME_MAX
from journalhub.store.contract import Budget, Histogram, Scope, Store

FACETS = ("_HOSTNAME", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "PRIORITY", "_TRANSPORT")
"""The fields of `/facets` when none are named: those that people narrow a search by first."""


def prepare_count(asked: Asked) -> Job:
    """How many entries match."""
    selection = asked.selection()

    def job(store: Store, budget: Budget) -> Answer:
        count = store.count(resolve(selection, store), budget)
        reason = count.reason or asked.sources.cut_by_retention(selection)
        return Answer({"read_as": selection.read_as}, count.matched, reason)

    return job


def prepare_histogram(asked: Asked) -> Job:
    """How many entries match, over time."""
    parameters = asked.parameters
    selection = asked.selection()
    width = parse_width(parameters)
    top = TOP.integer(parameters)
    by = parameters.text("by")
    by = field_name("by", by) if by else None

    def job(store: Store, budget: Budget) -> Answer:
        scope = bounded(resolve(selection, store), store)
        if scope is None:
            body = {"start": 0, "interval": width.interval or 1, "series": [], "other": None}
            return Answer(body | {"read_as": selection.read_as}, 0)
        interval, _ = width.of(scope)
        histogram = store.histogram(scope, interval, by, budget)
        matched = sum(map(sum, histogram.series.values())) if by is None else None
        reason = histogram.reason or asked.sources.cut_by_retention(selection)
        return Answer(_histogram_body(histogram, top) | {"read_as": selection.read_as}, matched, reason)

    return job


@dataclass(frozen=True, slots=True)
class Width:
    """How wide buckets are: their number, or their microseconds, or neither."""

    buckets: int | None
    interval: int | None

    def of(self, scope: Scope) -> tuple[int, int]:
        """(microseconds of a bucket, buckets) over the time of `scope`. Raises Refusal when there were too many."""
        span = scope.until - scope.since + 1
        interval = self.interval or -(-span // (self.buckets or BUCKETS_DEFAULT))
        number = -(-span // interval)
        if number > BUCKETS_MAX:
            raise Refusal(
                f"{number} buckets of {interval} µs in this range; at most {BUCKETS_MAX} are counted",
                where="interval",
                do="give a longer interval or a shorter range",
            )
        return interval, number


def parse_width(parameters: Parameters) -> Width:
    """`buckets` or `interval` of a request."""
    buckets = BUCKETS.integer(parameters)
    interval = INTERVAL.integer(parameters)
    if buckets is not None and interval is not None:
        raise Refusal("buckets and interval exclude each other", where="interval", do="give one of them")
    return Width(buckets, interval)


def bounded(scope: Scope, store: Store) -> Scope | None:
    """`scope` with its open ends at the oldest and newest stored entry; None when it has no time at all."""
    since, until = scope.since, scope.until
    if since == 0 or until == TIME_MAX:
        partitions = store.partitions()
        if not partitions:
            return None
        since = max(since, min(partition.first.realtime for partition in partitions))
        until = min(until, max(partition.last.realtime for partition in partitions))
    return Scope(scope.query, since, until) if since <= until else None


def _histogram_body(histogram: Histogram, top: int | None) -> dict[str, object]:
    series = histogram.series
    values = sorted(series, key=lambda value: (value is None, value or b""))
    left: list[bytes] = []
    if top is not None:
        named = sorted((value for value in series if value is not None), key=lambda value: (-sum(series[value]), value))
        left = named[top:]
        values = [value for value in values if value not in set(left)]
    return {
        "start": histogram.start,
        "interval": histogram.interval,
        "series": [
            {"value": None if value is None else value_form(value), "counts": histogram.series[value]}
            for value in values
        ],
        "other": {"values": len(left), "counts": [sum(one) for one in zip(*map(series.__getitem__, left), strict=True)]}
        if left
        else None,
    }


def prepare_facets(asked: Asked) -> Job:
    """The most frequent values of some fields."""
    parameters = asked.parameters
    selection = asked.selection()
    fields = list(dict.fromkeys(field_name("field", name) for name in parameters.texts("field"))) or list(FACETS)
    limit = FACET_LIMIT.number(parameters)

    def job(store: Store, budget: Budget) -> Answer:
        found = store.terms(resolve(selection, store), fields, limit, budget)
        facets = [
            {
                "field": terms.field,
                "values": [{"value": value_form(value), "count": count} for value, count in terms.counts],
                "other": terms.other,
                "missing": terms.missing,
                "reason": terms.reason,
            }
            for terms in found
        ]
        reason = next((terms.reason for terms in found if terms.reason is not None), None)
        reason = reason or asked.sources.cut_by_retention(selection)
        return Answer({"facets": facets, "read_as": selection.read_as}, None, reason)

    return job
