"""The paths of the API and what each takes: one table for the routes, the checks and the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass

from journalhub.query.api import parameters as p
from journalhub.query.api.about import prepare_nodes, prepare_parse, prepare_status, prepare_users
from journalhub.query.api.asked import Asked, Prepare
from journalhub.query.api.catalog import prepare_catalog
from journalhub.query.api.context import prepare_context, prepare_contexts
from journalhub.query.api.entries import prepare_entries
from journalhub.query.api.events import prepare_events
from journalhub.query.api.figures import prepare_count, prepare_facets, prepare_histogram
from journalhub.query.api.invocations import prepare_invocations
from journalhub.query.api.names import prepare_boots, prepare_fields, prepare_values
from journalhub.query.api.patterns import prepare_patterns
from journalhub.query.api.steps import Steps, count_in_steps, entries_in_steps, facets_in_steps, histogram_in_steps

PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that is answered with one JSON object."""

    path: str
    summary: str
    prepare: Prepare
    selects: bool = True
    """Whether it takes the selection."""
    own: tuple[p.Parameter, ...] = ()
    """Its parameters beside the selection."""
    steps: Callable[[Asked], Steps | None] | None = None
    """Reads the parameters as `prepare` does, for who asks to be told how far the answer has come."""

    @property
    def parameters(self) -> tuple[p.Parameter, ...]:
        """All it takes; its own go before those of the selection with the same name."""
        return all_parameters(self.selects, self.own)


@dataclass(frozen=True, slots=True)
class StreamEndpoint:
    """A path that is answered with a stream."""

    path: str
    summary: str
    own: tuple[p.Parameter, ...]

    @property
    def parameters(self) -> tuple[p.Parameter, ...]:
        """All it takes."""
        return all_parameters(True, self.own)


def all_parameters(selects: bool, own: tuple[p.Parameter, ...]) -> tuple[p.Parameter, ...]:
    """The selection, where it is taken, and `own`."""
    return (*p.SELECTING, *own) if selects else own


ENDPOINTS = (
    Endpoint(
        "entries",
        "A page of entries.",
        prepare_entries,
        own=(p.ORDER, p.LIMIT, p.AFTER, p.CURSOR, p.AFTER_CURSOR, p.CLIP, p.FIELDS, p.COUNT),
        steps=entries_in_steps,
    ),
    Endpoint("count", "How many entries match.", prepare_count, steps=count_in_steps),
    Endpoint(
        "histogram",
        "How many entries match, over time.",
        prepare_histogram,
        own=(p.BUCKETS, p.INTERVAL, p.BY, p.TOP),
        steps=histogram_in_steps,
    ),
    Endpoint(
        "facets",
        "The most frequent values of fields.",
        prepare_facets,
        own=(p.FIELD, p.FACET_LIMIT),
        steps=facets_in_steps,
    ),
    Endpoint(
        "events",
        "What the journals tell by themselves: failures, restarts, kills, reboots, logins.",
        prepare_events,
        own=(p.KIND, p.EVENTS_LIMIT, p.HOSTS_LIMIT, p.BUCKETS, p.INTERVAL, p.CLIP, p.FIELDS),
    ),
    Endpoint(
        "patterns",
        "The messages as templates: how often, when, which are new.",
        prepare_patterns,
        own=(p.PATTERNS_LIMIT, p.BUCKETS, p.INTERVAL, p.NEW),
    ),
    Endpoint("fields", "Every field name that is stored, or that a selection has.", prepare_fields),
    Endpoint("values/{field}", "The values of a field.", prepare_values, own=(p.PREFIX, p.VALUES_LIMIT)),
    Endpoint(
        "context",
        "What stands around an entry.",
        prepare_context,
        own=(p.CONTEXT_CURSOR, p.POSITION, p.BEFORE, p.CONTEXT_AFTER, p.SAME, p.CLIP, p.FIELDS),
    ),
    Endpoint(
        "contexts",
        "What stands around each of several entries: of as many as fit, the first of them at least.",
        prepare_contexts,
        own=(p.CONTEXTS_CURSOR, p.BEFORE, p.CONTEXT_AFTER, p.SAME, p.CLIP, p.FIELDS),
    ),
    Endpoint("boots", "The boots of each machine.", prepare_boots, selects=False, own=p.JOURNALS_OF),
    Endpoint(
        "invocations",
        "The invocations of one unit, by machine.",
        prepare_invocations,
        own=(p.ORDER, p.INVOCATIONS_LIMIT),
    ),
    Endpoint("catalog", "Explanations of messages.", prepare_catalog, selects=False, own=(p.MESSAGE_ID,)),
    Endpoint("nodes", "The ledger of nodes.", prepare_nodes, selects=False),
    Endpoint("users", "The names of uids, by machine.", prepare_users, selects=False),
    Endpoint("parse", "How a text of the search language is read.", prepare_parse, selects=False, own=(p.QUERY,)),
    Endpoint("status", "How the store and the process are.", prepare_status, selects=False),
)

TAIL = StreamEndpoint("tail", "Entries as they arrive.", (p.TAIL_AFTER, p.LINES, p.CLIP, p.FIELDS))
EXPORT = StreamEndpoint(
    "export",
    "All matching entries.",
    (
        *(p.EXPORT_ORDER, p.EXPORT_LIMIT, p.AFTER, p.CURSOR, p.AFTER_CURSOR, p.FIELDS, p.FORMAT, p.GAPS),
        *(p.OUTPUT, p.ALL, p.NO_HOSTNAME, p.TRUNCATE_NEWLINE, p.QUIET),
    ),
)
