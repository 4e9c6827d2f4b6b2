"""What a handler is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from journalhub.journal.catalog import Texts
from journalhub.query.api.answers import Answer
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.selection import Selection, parse_selection
from journalhub.store.contract import Budget, Store


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    store: Store
    nodes: Callable[[], list[dict[str, Any]]]
    """The ledger's nodes, as docs/api.md has them."""
    status: Callable[[], dict[str, Any]]
    """What the process says of itself; `retention.removed_until` in it is read here too, microseconds or null."""
    deadline: float
    """Seconds that a query may take."""
    catalogs: Callable[[], Texts] = dict
    """Explanations of messages."""

    def cut_by_retention(self, selection: Selection) -> str | None:
        """Why a selection that begins at a time is not whole, if the retention removed entries behind that time."""
        said = self.status().get("retention", {}) if selection.since else {}
        cuts = [("entries", said.get("removed_until"))]
        cuts += [(f"entries kept for less ({one['rule']})", one["removed_until"]) for one in said.get("rules", ())]
        why = [f"{what} until {_utc(end)}" for what, end in cuts if end is not None and end >= selection.since]
        return f"{'; '.join(why)} were removed by the retention" if why else None


def _utc(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    parameters: Parameters
    path: Mapping[str, str]
    """Parts of the path, by name."""
    now: int
    """Microseconds: what relative times count from."""
    sources: Sources

    def selection(self) -> Selection:
        """The selection of the request."""
        return parse_selection(self.parameters, self.now)


Job = Callable[[Store, Budget], Answer]
"""The work of one request, for a thread of its own."""

Prepare = Callable[[Asked], Job]
"""Reads the parameters, raising Refusal, and returns the work."""
