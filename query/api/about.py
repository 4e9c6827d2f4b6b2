"""`/api/v1/nodes`, `/status` and `/parse`: what is not a query of entries."""

from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.selection import parse_search
from journalhub.store.contract import Budget, Store


def prepare_nodes(asked: Asked) -> Job:
    """The ledger of nodes."""

    def job(store: Store, budget: Budget) -> Answer:
        return Answer({"nodes": asked.sources.nodes()})

    return job


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
