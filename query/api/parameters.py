"""The parameters of the API, one row each: what the OpenAPI document says, and what a request may have."""

from dataclasses import dataclass
from typing import Any

from journalhub.query.api.limits import (
    BUCKETS_DEFAULT,
    BUCKETS_MAX,
    CONTEXT_MAX,
    ENTRIES_MAX,
    SERIES_MAX,
    TAIL_LINES_MAX,
    VALUES_MAX,
)
from journalhub.query.events.kinds import NAMES as KIND_NAMES
from journalhub.query.output.options import MODES
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.selection import JOURNALS, SELECTION, UID_MAX

INTEGER_MAX = 2**63 - 1
"""The highest number where a parameter states none: what a store's counters hold."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query string."""

    name: str
    help: str
    kind: str = "string"
    """Its JSON Schema type."""
    repeatable: bool = False
    low: int | None = None
    high: int | None = None
    default: int | str | None = None
    choices: tuple[str, ...] = ()

    def integer(self, parameters: Parameters) -> int | None:
        """Its number in a request; the default, if any, where it is absent."""
        assert isinstance(self.default, int | None)
        return parameters.integer(
            self.name, self.low or 0, INTEGER_MAX if self.high is None else self.high, self.default
        )

    def number(self, parameters: Parameters) -> int:
        """The same of one that has a default."""
        number = self.integer(parameters)
        assert number is not None
        return number

    def choice(self, parameters: Parameters) -> str | None:
        """Which of its choices a request has; the default, if any, where it is absent."""
        assert isinstance(self.default, str | None)
        return parameters.choice(self.name, self.choices, self.default)

    def document(self) -> dict[str, Any]:
        """The parameter as OpenAPI has it."""
        schema: dict[str, Any] = {"type": self.kind}
        for key, value in (("minimum", self.low), ("maximum", self.high), ("default", self.default)):
            if value is not None:
                schema[key] = value
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.repeatable:
            schema = {"type": "array", "items": schema}
        return {"name": self.name, "in": "query", "description": self.help, "required": False, "schema": schema}


_SELECTION = (
    Parameter("q", "A query of the search language (docs/search-language.md)."),
    Parameter("since", "Inclusive; as systemd.time(7) has it, or @ and seconds since the epoch."),
    Parameter("until", "Inclusive; as since."),
    Parameter("tz", "Name of the time zone of since and until where they name none.", default="UTC"),
    Parameter("host", "Glob on _HOSTNAME, or a machine id.", repeatable=True),
    Parameter("unit", "As journalctl -u: name or glob, with its whole expansion.", repeatable=True),
    Parameter("user_unit", "As journalctl --user-unit, of any user.", repeatable=True),
    Parameter("identifier", "As journalctl -t: SYSLOG_IDENTIFIER.", repeatable=True),
    Parameter("exclude_identifier", "Without entries of this SYSLOG_IDENTIFIER.", repeatable=True),
    Parameter("exclude_unit", "Without entries of this unit, or of units that match this glob.", repeatable=True),
    Parameter("priority", "As journalctl -p: err, 3, or warning..err."),
    Parameter("facility", "Names or numbers, comma separated.", repeatable=True),
    Parameter("boot", "As journalctl -b: all, 0, -1, 1, an id, ID-1; offsets count per host.", default="all"),
    Parameter("dmesg", "Kernel messages only.", "boolean"),
    Parameter("match", "A word of journalctl's command line: FIELD=value, or +; in order.", repeatable=True),
    Parameter("grep", "PCRE2 on MESSAGE."),
    Parameter("case_sensitive", "Whether grep minds case; by default when it has a capital letter.", "boolean"),
    Parameter("namespace", "*, a name, +name for it and the default, empty for the default.", default="*"),
    Parameter("journal", "Only what journald keeps in journals of the system, or of users.", choices=JOURNALS),
    Parameter("uid", "The user of user_unit; without it, entries of this user.", "integer", low=0, high=UID_MAX),
    Parameter("invocation", "Entries of and about this invocation of a unit: 32 hex digits.", repeatable=True),
)
assert SELECTION == tuple(parameter.name for parameter in _SELECTION)

SELECTING = _SELECTION
"""The selection, in the order of docs/api.md."""

ORDER = Parameter("order", "Direction of time.", default="newest", choices=("newest", "oldest"))
EXPORT_ORDER = Parameter("order", "Direction of time.", default="oldest", choices=("newest", "oldest"))
LIMIT = Parameter("limit", "Entries at most.", "integer", low=1, high=ENTRIES_MAX, default=100)
EXPORT_LIMIT = Parameter("limit", "Entries at most; without it all.", "integer", low=1)
AFTER = Parameter("after", "Only what lies beyond this position: next or __POSITION of an answer.")
CURSOR = Parameter("cursor", "Begin at the entry with this cursor.")
AFTER_CURSOR = Parameter("after_cursor", "Begin after the entry with this cursor.")
CLIP = Parameter("clip", "Cut longer values to this many bytes, and name them in __CLIPPED.", "integer", low=1)
FIELDS = Parameter("fields", "Only these fields, comma separated; the address of an entry is always there.")
COUNT = Parameter("count", "Also count all that match.", "boolean")
BUCKETS = Parameter("buckets", f"Number of buckets ({BUCKETS_DEFAULT}).", "integer", low=1, high=BUCKETS_MAX)
INTERVAL = Parameter("interval", "Microseconds of a bucket, instead of buckets.", "integer", low=1)
BY = Parameter("by", "Split by the values of this field.")
TOP = Parameter(
    "top", "Only this many values, those with most entries; others in one.", "integer", low=1, high=SERIES_MAX
)
FIELD = Parameter("field", "Field to count the values of.", repeatable=True)
FACET_LIMIT = Parameter("limit", "Values of each field.", "integer", low=1, high=1000, default=10)
PREFIX = Parameter("prefix", "Only values that start so.")
VALUES_LIMIT = Parameter("limit", "Values at most.", "integer", low=1, high=VALUES_MAX, default=1000)
INVOCATIONS_LIMIT = Parameter("limit", "Invocations of each machine.", "integer", low=1, high=1000, default=100)
MESSAGE_ID = Parameter("id", "Only texts of this message id; without it all.")
CONTEXT_CURSOR = Parameter("cursor", "The entry, by its cursor.")
CONTEXTS_CURSOR = Parameter("cursor", "The entries, by their cursors.", repeatable=True)
POSITION = Parameter("position", "The entry, by its __POSITION.")
BEFORE = Parameter("before", "Entries before it.", "integer", low=0, high=CONTEXT_MAX, default=20)
CONTEXT_AFTER = Parameter("after", "Entries after it.", "integer", low=0, high=CONTEXT_MAX, default=20)
SAME = Parameter("same", "Only entries of its host, or of its unit on that host.", choices=("host", "unit"))
JOURNALS_OF = tuple(one for one in _SELECTION if one.name in ("host", "namespace", "journal", "uid"))
"""What says whose journals, and which of them: all of the selection that boots are counted within."""
TAIL_AFTER = Parameter("after", "Continue after the event with this id, as Last-Event-ID.")
LINES = Parameter("lines", "Newest entries to begin with.", "integer", low=0, high=TAIL_LINES_MAX, default=0)
GAPS = Parameter("gaps", "Also tell in the header Journalhub-Gaps what is missing.", "boolean")
FORMAT = Parameter(
    "format", "Format of the text.", default="export", choices=("export", "json", "short", "short-iso", "journalctl")
)
OUTPUT = Parameter(
    "output",
    "The output mode of format=journalctl; times are in the zone tz.",
    default="short",
    choices=tuple(mode for mode in MODES if mode != "short-delta"),
)
ALL = Parameter("all", "With format=journalctl: as --all, long and unprintable values as they are.", "boolean")
NO_HOSTNAME = Parameter("no_hostname", "With format=journalctl: as --no-hostname.", "boolean")
TRUNCATE_NEWLINE = Parameter("truncate_newline", "With format=journalctl: as --truncate-newline.", "boolean")
QUIET = Parameter("quiet", "With format=journalctl: no lines between boots.", "boolean")
KIND = Parameter("kind", "Only events of this kind.", repeatable=True, choices=KIND_NAMES)
EVENTS_LIMIT = Parameter("limit", "Entries of each kind, the newest.", "integer", low=0, high=100, default=5)
HOSTS_LIMIT = Parameter("hosts", "Hosts of each kind, those with the most.", "integer", low=0, high=1000, default=20)
PATTERNS_LIMIT = Parameter("limit", "Patterns at most.", "integer", low=1, high=1000, default=100)
NEW = Parameter("new", "Also tell which did not occur in the day before the range.", "boolean")
QUERY = Parameter("q", "The text to read.")
