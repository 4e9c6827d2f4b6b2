"""`/api/v1/invocations`: the runs of a unit."""

from journalhub.journal.jsonform import value_form
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.entries import parse_order
from journalhub.query.api.parameters import INVOCATIONS_LIMIT, ORDER
from journalhub.query.plan.invocations import find_invocations
from journalhub.store.contract import Budget, Order, Store


def prepare_invocations(asked: Asked) -> Job:
    """The invocations of one unit, machine by machine; numbered as journalctl numbers them."""
    selection = asked.selection()
    order = parse_order(asked.parameters, ORDER)
    limit = INVOCATIONS_LIMIT.number(asked.parameters)

    def job(store: Store, budget: Budget) -> Answer:
        found = find_invocations(selection, order, limit, store, budget)
        rows: list[dict[str, object]] = []
        machine, number = None, 0
        for invocation in found.invocations:
            number = number + 1 if invocation.machine_id == machine else 0
            machine = invocation.machine_id
            rows.append(
                {
                    "machine_id": value_form(invocation.machine_id),
                    "hostname": value_form(invocation.hostname),
                    "invocation_id": value_form(invocation.invocation_id),
                    "first": invocation.first,
                    "last": invocation.last,
                    "index": number + 1 if order is Order.OLDEST_FIRST else -number,
                }
            )
        reason = found.reason or asked.sources.cut_by_retention(selection)
        return Answer({"invocations": rows, "more": found.more, "read_as": selection.read_as}, None, reason)

    return job
