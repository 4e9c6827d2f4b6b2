"""What the one who asks may see: the store, or a view of it."""

from functools import lru_cache
from typing import Any

from journalhub.query import language
from journalhub.query.plan.refusal import Refusal
from journalhub.store.ast import Query
from journalhub.store.contract import Store
from journalhub.store.limited import LimitedStore

READERS_KEPT = 64
"""Views kept with what they have counted: roles of a fleet are few."""


class Readers:
    """The views of one store, by the query that limits them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._view = lru_cache(READERS_KEPT)(lambda scope: LimitedStore(store, scope_query(scope)))

    def store_for(self, scope: str) -> Store:
        """The store as someone limited to `scope` sees it; all of it without a scope. Raises Refusal (403)."""
        return self._view(scope) if scope else self._store


def seen_nodes(store: Store, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the ledger's nodes of which `store` shows an entry."""
    machines = set(store.values("_MACHINE_ID"))
    return [node for node in nodes if node["machine_id"].encode() in machines]


def scope_query(scope: str) -> Query:
    """The query of a scope, which must be one: text that is read in a forgiving way would be a forgiving limit.

    Raises Refusal (403), so that a scope that an older or newer hub wrote shows nothing rather than everything.
    """
    try:
        parsed = language.parse(scope)
    except language.QueryError as error:
        raise _unusable(error.message) from error
    if parsed.why is not None:
        raise _unusable(parsed.why)
    return parsed.reading  # not `query`, which also finds messages that are this very text


def why_no_scope(text: str) -> str | None:
    """Why a text cannot be a scope, or None when it can."""
    try:
        scope_query(text)
    except Refusal as refusal:
        return refusal.what.partition(": ")[2]
    return None


def _unusable(why: str) -> Refusal:
    return Refusal(
        f"what this identity may see cannot be read: {why}",
        where="authorization",
        do="ask an administrator to give the user or token another --scope",
        status=403,
        code="scope",
    )
