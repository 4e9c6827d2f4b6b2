"""ExportLogsServiceRequest out of protobuf (opentelemetry/proto/logs/v1/logs.proto)."""

from collections.abc import Iterator

from journalhub.collector.otlp.model import TOO_MANY, Attribute, Broken, Item, Record, Resource, Scope
from journalhub.collector.otlp.protobuf import BYTES, FIXED32, FIXED64, VARINT, DecodeError, key, scan, signed
from journalhub.collector.otlp.values import attribute, text
from journalhub.journal.limits import ENTRY_FIELDS_MAX

_FIRST = key(1, BYTES)
"""ExportLogsServiceRequest.resource_logs, ResourceLogs.resource, ScopeLogs.scope, Resource.attributes."""
_SECOND = key(2, BYTES)
"""ResourceLogs.scope_logs, ScopeLogs.log_records."""
_THIRD = key(3, BYTES)

_TIME, _OBSERVED = key(1, FIXED64), key(11, FIXED64)
_SEVERITY, _SEVERITY_TEXT = key(2, VARINT), key(3, BYTES)
_BODY, _ATTRIBUTE, _DROPPED = key(5, BYTES), key(6, BYTES), key(7, VARINT)
_FLAGS, _TRACE, _SPAN, _EVENT = key(8, FIXED32), key(9, BYTES), key(10, BYTES), key(12, BYTES)


def count(data: bytes, most: int) -> int:
    """How many records a request has; one more than `most` where it has more of them, and of what is around them.

    What is in the records is not looked at. Raises DecodeError where the rest is no request.
    """
    found = parts = 0
    for _, at, end in _parts(data, 0, len(data), _FIRST):
        parts += 1
        for _, first, last in _parts(data, at, end, _SECOND):
            parts += 1
            for _ in _parts(data, first, last, _SECOND):
                found += 1
                if found + parts > most:
                    return most + 1
        if found + parts > most:
            return most + 1
    return found


def items(data: bytes) -> Iterator[Item]:
    """The records of a request that `count` has found good, each with who speaks."""
    for _, at, end in _parts(data, 0, len(data), _FIRST):
        resource = Resource()
        trouble = _read_resource(resource, data, at, end)
        for _, first, last in _parts(data, at, end, _SECOND):
            scope = Scope()
            wrong = trouble or _read_scope(scope, data, first, last)
            for _, a, b in _parts(data, first, last, _SECOND):
                yield resource, scope, Broken(wrong) if wrong else _record(data, a, b)


def _parts(data: bytes, at: int, end: int, wanted: int) -> Iterator[tuple[int, int, int]]:
    return (field for field in scan(data, at, end) if field[0] == wanted)


def _read_resource(resource: Resource, data: bytes, at: int, end: int) -> str:
    """Fill in who speaks; why that cannot be read, or nothing."""
    try:
        for _, a, b in _parts(data, at, end, _FIRST):
            for _, c, d in _parts(data, a, b, _FIRST):
                _add(resource.attributes, data, c, d)
    except DecodeError as error:
        return f"its resource: {error}"
    return ""


def _read_scope(scope: Scope, data: bytes, at: int, end: int) -> str:
    try:
        for _, a, b in _parts(data, at, end, _FIRST):
            for found, c, d in scan(data, a, b):
                if found == _FIRST:
                    scope.name = data[c:d]
                elif found == _SECOND:
                    scope.version = data[c:d]
                elif found == _THIRD:
                    _add(scope.attributes, data, c, d)
    except DecodeError as error:
        return f"its scope: {error}"
    return ""


def _record(data: bytes, at: int, end: int) -> Record | Broken:
    record = Record()
    try:
        for found, a, b in scan(data, at, end):
            _set(record, data, found, a, b)
    except DecodeError as error:
        return Broken(str(error))
    return record


def _set(record: Record, data: bytes, found: int, a: int, b: int) -> None:
    """Enter one field of a LogRecord; unknown ones are those of newer senders."""
    if found == _ATTRIBUTE:
        _add(record.attributes, data, a, b)
    elif found == _BODY:
        record.body = text(data, a, b)
    elif found == _TIME:
        record.time = a
    elif found == _OBSERVED:
        record.observed = a
    elif found == _SEVERITY:
        record.severity = signed(a, 32)
    elif found == _SEVERITY_TEXT:
        record.severity_text = data[a:b]
    elif found == _TRACE:
        record.trace_id = _hex(data[a:b])
    elif found == _SPAN:
        record.span_id = _hex(data[a:b])
    elif found == _FLAGS:
        record.flags = a
    elif found == _DROPPED:
        record.dropped_attributes = a & 0xFFFFFFFF
    elif found == _EVENT:
        record.event_name = data[a:b]


def _add(attributes: list[Attribute], data: bytes, at: int, end: int) -> None:
    if len(attributes) >= ENTRY_FIELDS_MAX:
        raise DecodeError(TOO_MANY)
    attributes.append(attribute(data, at, end))


def _hex(raw: bytes) -> bytes:
    """An id; all zeros mean that there is none."""
    return raw.hex().encode() if raw.strip(b"\0") else b""
