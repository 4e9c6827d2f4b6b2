"""`/api/v1/fields`, `/values/{field}` and `/boots`: what there is."""

from dataclasses import replace

from journalhub.journal.jsonform import value_form
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.api.limits import TERMS_ALL
from journalhub.query.api.parameters import VALUES_LIMIT
from journalhub.query.api.rows import field_name
from journalhub.query.plan.boots import CountedBoot, boots_within, count_boots
from journalhub.query.plan.parameters import text_bytes
from journalhub.query.plan.resolve import boot_is_of, journal_query, refuse_unknown_hosts, resolve
from journalhub.query.plan.selection import JOURNALS, UID_MAX, Selection, parse_namespace
from journalhub.store.ast import And, Exists, Prefix
from journalhub.store.contract import Budget, Store


def prepare_fields(asked: Asked) -> Job:
    """Every field name: of all that is stored, or of a selection."""
    selection = asked.selection()

    def job(store: Store, budget: Budget) -> Answer:
        names, reason = sorted(store.field_names().items()), None
        if not selection.is_everything:
            names, reason = _selected_names(store, selection, [name for name, _ in names], budget)
        reason = reason or asked.sources.cut_by_retention(selection)
        body = {"fields": [{"name": name, "count": count} for name, count in names], "read_as": selection.read_as}
        return Answer(body, None, reason)

    return job


def _selected_names(
    store: Store, selection: Selection, names: list[str], budget: Budget
) -> tuple[list[tuple[str, int]], str | None]:
    """Those of `names` that entries of a selection have, with how many, and why they are not all."""
    scope = resolve(selection, store)
    found = []
    for name in names:
        counted = store.count(replace(scope, query=And((scope.query, Exists(name)))), budget)
        if counted.matched:
            found.append((name, counted.matched))
        if counted.reason is not None:
            return found, counted.reason
    return found, None


def prepare_values(asked: Asked) -> Job:
    """The values of a field: all that are stored, or those of a selection."""
    parameters = asked.parameters
    selection = asked.selection()
    name = field_name("field", asked.path["field"])
    prefix = text_bytes(parameters.one("prefix") or "")
    limit = VALUES_LIMIT.number(parameters)

    def job(store: Store, budget: Budget) -> Answer:
        if selection.is_everything:
            values, reason = store.values(name, prefix, limit + 1), None
        else:
            values, reason = selected_values(store, selection, name, prefix, budget)
        reason = reason or asked.sources.cut_by_retention(selection)
        body = {"values": list(map(value_form, values[:limit])), "more": len(values) > limit}
        return Answer(body | {"read_as": selection.read_as}, None, reason)

    return job


def selected_values(
    store: Store, selection: Selection, name: str, prefix: bytes, budget: Budget
) -> tuple[list[bytes], str | None]:
    """The values of `name` in a selection that start with `prefix`, sorted, and why they are not all."""
    scope = resolve(selection, store)
    if prefix:
        scope = replace(scope, query=And((scope.query, Prefix(name, prefix))))
    terms = store.terms(scope, [name], TERMS_ALL, budget)[0]
    # An entry that has the field twice brings values along that were not asked for.
    return sorted(value for value, _ in terms.counts if value.startswith(prefix)), terms.reason


def prepare_boots(asked: Asked) -> Job:
    """The boots of each machine, counted as journalctl counts them: those that the journals asked for have."""
    parameters = asked.parameters
    hosts = parameters.texts("host")
    namespace = parse_namespace(parameters.one("namespace"))
    journal, uid = parameters.choice("journal", JOURNALS, None), parameters.integer("uid", 0, UID_MAX, None)
    within = journal_query(Selection(namespace=namespace, journal=journal, uid=uid))

    def job(store: Store, budget: Budget) -> Answer:
        if hosts:
            refuse_unknown_hosts(hosts, store)
        boots = [boot for boot in store.boots() if boot_is_of(boot, hosts)]
        if within is not None:
            boots = boots_within(boots, within, store, budget)
        return Answer({"boots": list(map(_boot, count_boots(boots)))})

    return job


def _boot(counted: CountedBoot) -> dict[str, object]:
    boot = counted.boot
    return {
        "machine_id": value_form(boot.machine_id),
        "hostname": value_form(boot.hostname),
        "boot_id": boot.boot_id.hex(),
        "first": boot.first.realtime,
        "last": boot.last.realtime,
        "index": counted.index,
    }
