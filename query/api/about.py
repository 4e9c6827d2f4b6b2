"""`/api/v1/nodes`, `/users`, `/status` and `/parse`: what is not a query of entries."""

from typing import Any

from journalhub.journal.cursor import is_synthetic
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.selection import parse_search
from journalhub.store.contract import Budget, Store


def prepare_nodes(asked: Asked) -> Job:
    """The ledger of nodes, each with the sequences that are stored of it."""

    def job(store: Store, budget: Budget) -> Answer:
        sequences = _sequences(store)
        nodes = asked.sources.nodes()
        for node in nodes:
            node.pop("users", None)
            node["sequences"] = sequences.get((node["machine_id"], node["namespace"]), [])
        return Answer({"nodes": nodes})

    return job


def prepare_users(asked: Asked) -> Job:
    """The names of uids, by machine: machines of which all names are the same come together."""

    def job(store: Store, budget: Budget) -> Answer:
        named = {node["machine_id"]: node["users"] for node in asked.sources.nodes() if node.get("users")}
        alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for machine_id, names in named.items():
            alike.setdefault(tuple(names.items()), []).append(machine_id)
        return Answer({"users": [{"machine_ids": ids, "names": dict(names)} for names, ids in alike.items()]})

    return job


def _sequences(store: Store) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """By machine and namespace: of each seqnum id, all boots together, the first and the last seqnum stored."""
    found: dict[tuple[str, str], dict[bytes, dict[str, Any]]] = {}
    for one in store.streams():
        if is_synthetic(one.seqnum_id):
            continue
        name = one.machine_id.decode("utf-8", "replace"), one.namespace.decode("utf-8", "replace")
        of_node = found.setdefault(name, {})
        known = of_node.get(one.seqnum_id)
        if known is None:
            of_node[one.seqnum_id] = {
                "seqnum_id": one.seqnum_id.hex(), "first": one.first_seqnum, "last": one.last_seqnum,
                "entries": one.entries,
            }  # fmt: skip
        else:
            known["first"], known["last"] = min(known["first"], one.first_seqnum), max(known["last"], one.last_seqnum)
            known["entries"] += one.entries
    return {name: list(of_node.values()) for name, of_node in found.items()}


def prepare_status(asked: Asked) -> Job:
    """How the store and the process are."""

    def job(store: Store, budget: Budget) -> Answer:
        partitions = store.partitions()
        health = store.health()
        body = {
            "healthy": not health,
            "health": health,
            "entries": sum(partition.entries for partition in partitions),
            "bytes": sum(partition.bytes for partition in partitions),
            "newest_ord": store.newest_ord(),
            "partitions": [
                {
                    "day": partition.day,
                    "entries": partition.entries,
                    "bytes": partition.bytes,
                    "first": partition.first.realtime,
                    "last": partition.last.realtime,
                    "indexed": partition.indexed,
                }
                for partition in partitions
            ],
        }
        return Answer(body | asked.sources.status())

    return job


def prepare_parse(asked: Asked) -> Job:
    """How a text of the search language is read."""
    text = asked.parameters.text("q")
    parsed = parse_search(text)
    if parsed is None:
        raise Refusal("q is empty", where="q", at=0, do="give a query, see docs/search-language.md", code="query")
    body = {"read_as": parsed.read_as, "canonical": parsed.canonical, "why": parsed.why}

    def job(store: Store, budget: Budget) -> Answer:
        return Answer(body | {"warnings": list(parsed.warnings)})

    return job
