"""A log record as journald's fields: the table of docs/formats/otlp.md."""

import re
from functools import lru_cache

from journalhub.collector.otlp.model import Attribute, Record, Resource, Scope
from journalhub.journal.limits import FIELD_NAME_MAX

Pair = tuple[str, bytes]

OWN_NAMES = frozenset(
    (
        *("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SEVERITY_NUMBER", "SEVERITY_TEXT"),
        *("EVENT_NAME", "TRACE_ID", "SPAN_ID", "TRACE_FLAGS"),
        *("OTEL_SCOPE_NAME", "OTEL_SCOPE_VERSION", "DROPPED_ATTRIBUTES_COUNT"),
    )
)
"""Fields that say what the protocol itself says: an attribute that is called so does not pass for it."""

_MACHINE_ID = re.compile(rb"[0-9a-f]{32}")
_NAMES = 8192
"""Keys whose field names are remembered: a program has some dozens."""


@lru_cache(maxsize=_NAMES)
def field_name(key: bytes) -> str:
    """The field of an attribute: `http.request.method` is HTTP_REQUEST_METHOD. Any key gives a valid name.

    Names of trusted fields begin with `_` and cannot come out; one of OWN_NAMES, a digit in front and nothing at all
    get ATTR_ in front.
    """
    name = re.sub(r"[^A-Z0-9]", "_", key.decode("ascii", "replace").upper()).lstrip("_")
    if not name or name[0].isdigit() or name in OWN_NAMES:
        name = f"ATTR_{name}"
    return name[:FIELD_NAME_MAX]


def priority(severity: int) -> int | None:
    """journald's for a severity of 1 (TRACE) to 24 (FATAL4); None for any other number."""
    for least, number in ((21, 0), (19, 1), (18, 2), (17, 3), (13, 4), (10, 5), (9, 6), (1, 7)):
        if 24 >= severity >= least:
            return number
    return None


def resource_fields(resource: Resource, fallback_host: str) -> list[Pair]:
    """Who speaks. `fallback_host` is for senders that do not say where they run; empty for none."""
    pairs: list[Pair] = [("_TRANSPORT", b"otlp")]
    rest: list[Attribute] = []
    named: set[str] = set()
    for key, values in resource.attributes:
        name = _MAPPED.get(key, "")
        value = _usable(name, values)
        if not value or name in named:
            rest.append((key, values))
        else:
            named.add(name)
            pairs.append((name, value))
    if "_HOSTNAME" not in named and fallback_host:
        pairs.append(("_HOSTNAME", fallback_host.encode()))
    return pairs + _attribute_fields(rest)


_MAPPED = {
    b"host.name": "_HOSTNAME",
    b"host.id": "_MACHINE_ID",
    b"service.name": "SYSLOG_IDENTIFIER",
    b"process.pid": "SYSLOG_PID",
}


def _usable(name: str, values: list[bytes]) -> bytes:
    """The value for a field of _MAPPED; empty where it has no place there, and stays an attribute."""
    if not name or len(values) != 1:
        return b""
    if name == "_MACHINE_ID":
        # Machines in clouds have other ids, which are no machine-id(5).
        return values[0].lower() if _MACHINE_ID.fullmatch(values[0].lower()) else b""
    return values[0]


def scope_fields(scope: Scope) -> list[Pair]:
    """The part of the program."""
    named = (("OTEL_SCOPE_NAME", scope.name), ("OTEL_SCOPE_VERSION", scope.version))
    return [pair for pair in named if pair[1]] + _attribute_fields(scope.attributes)


def record_fields(record: Record) -> list[Pair]:
    """What is said."""
    number = priority(record.severity)
    message = record.body if record.body is not None else record.event_name or None
    named = (
        ("PRIORITY", None if number is None else b"%d" % number),
        ("SEVERITY_NUMBER", b"%d" % record.severity if record.severity else None),
        ("SEVERITY_TEXT", record.severity_text or None),
        ("EVENT_NAME", record.event_name or None),
        ("TRACE_ID", record.trace_id or None),
        ("SPAN_ID", record.span_id or None),
        ("TRACE_FLAGS", b"%02x" % (record.flags & 0xFF) if record.flags & 0xFF else None),
        ("DROPPED_ATTRIBUTES_COUNT", b"%d" % record.dropped_attributes if record.dropped_attributes else None),
        ("MESSAGE", message),
    )
    return _attribute_fields(record.attributes) + [(name, value) for name, value in named if value is not None]


def _attribute_fields(attributes: list[Attribute]) -> list[Pair]:
    return [(field_name(key), value) for key, values in attributes for value in values]
