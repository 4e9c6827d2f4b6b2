"""What a request says, whichever of the two encodings it came in: values as the text that fields will hold."""

from dataclasses import dataclass, field

from journalhub.journal.limits import ENTRY_FIELDS_MAX

Attribute = tuple[bytes, list[bytes]]
"""A key, and its values: more than one where an array of simple values was sent."""

DEPTH_MAX = 64
"""Levels of values within values: senders have a few; readers of protobuf stop at 100."""

TOO_MANY = f"more than {ENTRY_FIELDS_MAX} fields"
"""Said by readers, too: an attribute can be two bytes, and is an object of two hundred."""

TOO_DEEP = f"values within values at more than {DEPTH_MAX} levels"


@dataclass(slots=True)
class Resource:
    """Who speaks: a process on a host, with what is known of both."""

    attributes: list[Attribute] = field(default_factory=list)


@dataclass(slots=True)
class Scope:
    """The part of the program that speaks: often the name of a logger."""

    name: bytes = b""
    version: bytes = b""
    attributes: list[Attribute] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """One log record. Numbers are 0 and texts empty where they were not sent."""

    time: int = 0
    """When it happened, nanoseconds since the epoch."""
    observed: int = 0
    """When it was seen by who collects it."""
    severity: int = 0
    severity_text: bytes = b""
    event_name: bytes = b""
    body: bytes | None = None
    """The text; of structured values their JSON; None where there is none."""
    attributes: list[Attribute] = field(default_factory=list)
    dropped_attributes: int = 0
    """How many the sender left out."""
    flags: int = 0
    trace_id: bytes = b""
    """Hexadecimal."""
    span_id: bytes = b""


@dataclass(slots=True)
class Broken:
    """A record that cannot be read; it costs only itself."""

    reason: str


Item = tuple[Resource, Scope, Record | Broken]
