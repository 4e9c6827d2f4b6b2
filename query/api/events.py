"""`/api/v1/events`: units failed, reboots, kills, logins, and what else journals tell by themselves."""

from typing import Any

from journalhub.journal.jsonform import value_form
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.entries import rows_within
from journalhub.query.api.figures import bounded, parse_width
from journalhub.query.api.parameters import EVENTS_LIMIT, HOSTS_LIMIT, KIND
from journalhub.query.api.rows import Shape, parse_shape
from journalhub.query.events.find import Found, Ways, find
from journalhub.query.events.kinds import KINDS, NAMES
from journalhub.query.plan.parameters import shown
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import resolve
from journalhub.store.contract import Budget, Store


def prepare_events(asked: Asked) -> Job:
    """The events of the selection, kind by kind."""
    parameters = asked.parameters
    selection = asked.selection()
    width = parse_width(parameters)
    names = parameters.texts(KIND.name)
    for name in names:
        if name not in NAMES:
            raise Refusal(f"unknown kind {shown(name)}", where=KIND.name, do=f"give one of {', '.join(NAMES)}")
    kinds = [kind for kind in KINDS if not names or kind.name in names]
    limit = EVENTS_LIMIT.number(parameters)
    hosts = HOSTS_LIMIT.number(parameters)
    shape = parse_shape(parameters)

    def job(store: Store, budget: Budget) -> Answer:
        scope = bounded(resolve(selection, store), store)
        if scope is None:
            return Answer({"start": 0, "interval": 1, "kinds": [], "read_as": selection.read_as})
        interval, buckets = width.of(scope)
        found, reason = find(store, scope, kinds, Ways(interval, buckets, limit), budget)
        body = {
            "start": scope.since,
            "interval": interval,
            "kinds": [_document(one, hosts, shape) for one in found],
            "read_as": selection.read_as,
        }
        return Answer(body, None, reason or asked.sources.cut_by_retention(selection))

    return job


def _document(found: Found, hosts: int, shape: Shape) -> dict[str, Any]:
    kind = found.kind
    return {
        "kind": kind.name,
        "title": kind.title,
        "level": kind.level,
        "advice": kind.advice,
        "search": kind.search or None,
        "matched": found.matched,
        "counts": found.counts,
        "hosts": [
            {
                "value": None if host.name is None else value_form(host.name),
                "count": host.matched,
                "counts": host.counts,
            }
            for host in found.hosts[:hosts]
        ],
        "other_hosts": max(0, len(found.hosts) - hosts),
        "subjects": [
            {"field": name, "value": value_form(value), "count": count} for name, value, count in found.subjects
        ],
        "lost": found.lost,
        "newest": rows_within(found.newest, shape),
    }
