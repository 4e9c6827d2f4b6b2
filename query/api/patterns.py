"""`/api/v1/patterns`: the messages of a selection as templates."""

from bisect import bisect_right
from typing import Any

from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.figures import bounded, parse_width
from journalhub.query.api.parameters import PATTERNS_LIMIT
from journalhub.query.patterns.find import Pattern, find_patterns, mark_new
from journalhub.query.plan.resolve import resolve
from journalhub.store.contract import Budget, Scope, Store


def prepare_patterns(asked: Asked) -> Job:
    """The patterns of the newest messages, the most frequent first."""
    parameters = asked.parameters
    selection = asked.selection()
    width = parse_width(parameters)
    limit = PATTERNS_LIMIT.number(parameters)
    is_new_asked = bool(parameters.flag("new"))

    def job(store: Store, budget: Budget) -> Answer:
        scope = bounded(resolve(selection, store), store)
        if scope is None:
            empty = {"start": 0, "interval": 1, "scanned": 0, "since": 0, "patterns": [], "other": 0, "unlike": 0}
            return Answer(empty | {"read_as": selection.read_as}, 0)
        found = find_patterns(store, scope, budget)
        count = store.count(scope, budget)
        shown = found.patterns[:limit]
        covered = Scope(scope.query, found.since, scope.until)
        if is_new_asked:
            mark_new(store, covered, shown, budget)
        interval, buckets = width.of(covered)
        body = {
            "start": covered.since,
            "interval": interval,
            "scanned": found.scanned,
            "since": found.since,
            "patterns": [_document(one, found.scanned, covered.since, interval, buckets) for one in shown],
            "other": len(found.patterns) - len(shown),
            "unlike": found.unlike,
            "read_as": selection.read_as,
        }
        reason = found.reason or count.reason
        if found.more and reason is None:
            reason = f"the newest {found.scanned} of {count.matched} messages were looked at"
        return Answer(body, count.matched, reason or asked.sources.cut_by_retention(selection))

    return job


def _document(pattern: Pattern, scanned: int, start: int, interval: int, buckets: int) -> dict[str, Any]:
    times = sorted(pattern.template.times)
    ends = [bisect_right(times, start + number * interval - 1) for number in range(1, buckets + 1)]
    return {
        "template": pattern.template.text(),
        "search": pattern.template.search(),
        "count": len(times),
        "share": round(len(times) / scanned, 6),
        "counts": [end - begin for begin, end in zip([0, *ends], ends, strict=False)],
        "first": times[0],
        "last": times[-1],
        "new": pattern.is_new,
    }
