"""`/api/v1/count`, `/histogram` and `/facets`: figures of a selection."""

from collections.abc import Sequence
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
from journalhub.query.plan.selection import TIME_MAX, Selection
from journalhub.store.contract import Budget, Histogram, Scope, Store, Terms

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
    selection, width, by, top = parse_histogram(asked)

    def job(store: Store, budget: Budget) -> Answer:
        scope = bounded(resolve(selection, store), store)
        if scope is None:
            return nothing_to_count(selection, width)
        interval, _ = width.of(scope)
        histogram = store.histogram(scope, interval, by, budget)
        matched = sum(map(sum, histogram.series.values())) if by is None else None
        reason = histogram.reason or asked.sources.cut_by_retention(selection)
        return Answer(histogram_body(histogram, top) | {"read_as": selection.read_as}, matched, reason)

    return job


def parse_histogram(asked: Asked) -> tuple[Selection, "Width", str | None, int | None]:
    """What a histogram is of: the selection, its buckets, the field that it is split by, and how many of its values."""
    parameters = asked.parameters
    by = parameters.text("by")
    return (
        asked.selection(),
        parse_width(parameters),
        field_name("by", by) if by else None,
        TOP.integer(parameters),
    )


def nothing_to_count(selection: Selection, width: "Width") -> Answer:
    """The histogram where nothing is stored in the range."""
    body = {"start": 0, "interval": width.interval or 1, "series": [], "other": None}
    return Answer(body | {"read_as": selection.read_as}, 0)


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


def histogram_body(histogram: Histogram, top: int | None) -> dict[str, object]:
    """The answer's own keys; with `top`, only so many values apart."""
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
    selection, fields, limit = parse_facets(asked)

    def job(store: Store, budget: Budget) -> Answer:
        found = store.terms(resolve(selection, store), fields, limit, budget)
        reason = next((terms.reason for terms in found if terms.reason is not None), None)
        reason = reason or asked.sources.cut_by_retention(selection)
        return Answer({"facets": facets_body(found), "read_as": selection.read_as}, None, reason)

    return job


def parse_facets(asked: Asked) -> tuple[Selection, list[str], int]:
    """What facets are of: the selection, the fields, and how many values of each are wanted."""
    parameters = asked.parameters
    fields = list(dict.fromkeys(field_name("field", name) for name in parameters.texts("field"))) or list(FACETS)
    return asked.selection(), fields, FACET_LIMIT.number(parameters)


def facets_body(found: Sequence[Terms]) -> list[dict[str, object]]:
    """Facets as answers have them."""
    return [
        {
            "field": terms.field,
            "values": [{"value": value_form(value), "count": count} for value, count in terms.counts],
            "other": terms.other,
            "missing": terms.missing,
            "reason": terms.reason,
        }
        for terms in found
    ]
