"""ExportLogsServiceRequest out of JSON: proto3's mapping with OTLP's own rules (ids in hex, names in camelCase)."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from journalhub.collector.otlp.model import (
    DEPTH_MAX,
    TOO_DEEP,
    TOO_MANY,
    Attribute,
    Broken,
    Item,
    Record,
    Resource,
    Scope,
)
from journalhub.collector.otlp.protobuf import DecodeError
from journalhub.collector.otlp.values import number_text
from journalhub.journal.limits import ENTRY_FIELDS_MAX

_KINDS = ("stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")
_HEX = re.compile(r"[0-9a-fA-F]*")
_WORDS = ("NaN", "Infinity", "-Infinity")

Request = dict[str, Any]


def read(body: bytes) -> Request:
    """The request as Python has JSON. Raises DecodeError where it is none."""
    try:
        document = _loads(body)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}") from error
    return _object(document, "the request")


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Half a surrogate pair, which browsers do send, is JSON, too, and the standard library's reader takes it.
        return json.loads(body)


def count(request: Request) -> int:
    """How many records a request has. Raises DecodeError where its outer parts are of the wrong type."""
    found = 0
    for group in _list(request, "resourceLogs"):
        for part in _list(_object(group, "resourceLogs"), "scopeLogs"):
            found += len(_list(_object(part, "scopeLogs"), "logRecords"))
    return found


def items(request: Request) -> Iterator[Item]:
    """The records of a request that `count` has found good, each with who speaks."""
    for group in _list(request, "resourceLogs"):
        resource = Resource()
        trouble = _read_resource(resource, group)
        for part in _list(group, "scopeLogs"):
            scope = Scope()
            wrong = trouble or _read_scope(scope, part)
            for record in _list(part, "logRecords"):
                yield resource, scope, Broken(wrong) if wrong else _record(record)


def _read_resource(resource: Resource, group: Request) -> str:
    """Fill in who speaks; why that cannot be read, or nothing."""
    try:
        resource.attributes += _attributes(_object(group.get("resource") or {}, "resource"))
    except DecodeError as error:
        return f"its resource: {error}"
    return ""


def _read_scope(scope: Scope, part: Request) -> str:
    try:
        said = _object(part.get("scope") or {}, "scope")
        scope.name, scope.version = _string(said, "name"), _string(said, "version")
        scope.attributes = _attributes(said)
    except DecodeError as error:
        return f"its scope: {error}"
    return ""


def _record(said: Any) -> Record | Broken:
    try:
        said = _object(said, "a log record")
        return Record(
            time=_integer(said, "timeUnixNano", 2**64),
            observed=_integer(said, "observedTimeUnixNano", 2**64),
            severity=_integer(said, "severityNumber", 2**31, low=-(2**31)),
            severity_text=_string(said, "severityText"),
            event_name=_string(said, "eventName"),
            body=_text(said.get("body")),
            attributes=_attributes(said),
            dropped_attributes=_integer(said, "droppedAttributesCount", 2**32),
            flags=_integer(said, "flags", 2**32),
            trace_id=_id(said, "traceId"),
            span_id=_id(said, "spanId"),
        )
    except DecodeError as error:
        return Broken(str(error))


def _attributes(said: Request) -> list[Attribute]:
    found = []
    pairs = _list(said, "attributes")
    if len(pairs) > ENTRY_FIELDS_MAX:
        raise DecodeError(TOO_MANY)
    for pair in pairs:
        pair = _object(pair, "an attribute")
        found.append((_string(pair, "key"), _texts(pair.get("value"))))
    return found


def _texts(said: Any) -> list[bytes]:
    """The values of an attribute: of an array of simple ones each, as journald's repeated fields are."""
    kind, value = _kind(said)
    if kind == "arrayValue":
        elements = [_kind(element) for element in _list(_object(value, kind), "values")]
        if 0 < len(elements) <= ENTRY_FIELDS_MAX and all(
            which not in ("arrayValue", "kvlistValue", "") for which, _ in elements
        ):
            return [_simple(which, element) for which, element in elements]
    found = _text(said)
    return [b"" if found is None else found]


def _text(said: Any) -> bytes | None:
    """An AnyValue as one text: JSON where it is made of others, None where it is empty."""
    kind, value = _kind(said)
    if not kind:
        return None
    if kind in ("arrayValue", "kvlistValue"):
        return _dumps(_plain(said, 1))
    return _simple(kind, value)


def _kind(said: Any) -> tuple[str, Any]:
    """Which of its kinds a value has, and what it is; an empty kind where it has none."""
    if said is None:
        return "", None
    said = _object(said, "a value")
    for kind in _KINDS:
        if said.get(kind) is not None:
            return kind, said[kind]
    return "", None


def _simple(kind: str, value: Any) -> bytes:
    if kind == "bytesValue":
        return _bytes(value)
    plain = _scalar(kind, value)
    if isinstance(plain, bool):
        return b"true" if plain else b"false"
    if isinstance(plain, float):
        return number_text(plain)
    return _encoded(plain) if isinstance(plain, str) else b"%d" % plain


def _scalar(kind: str, value: Any) -> str | bool | int | float:
    if kind == "stringValue" and isinstance(value, str):
        return value
    if kind == "boolValue" and isinstance(value, bool):
        return value
    if kind == "intValue":
        return _integer({kind: value}, kind, 2**63, low=-(2**63))
    if kind == "doubleValue" and not isinstance(value, bool):
        if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**64):
            return float(value)
        if isinstance(value, str) and (value in _WORDS or _NUMBER.fullmatch(value)):
            return float(value)
    if kind == "bytesValue":
        return base64.b64encode(_bytes(value)).decode()
    raise DecodeError(f"{kind} of the wrong type")


def _plain(said: Any, depth: int) -> Any:
    """A value made of others, as plain JSON."""
    if depth > DEPTH_MAX:
        raise DecodeError(TOO_DEEP)
    kind, value = _kind(said)
    if kind == "arrayValue":
        return [_plain(element, depth + 1) for element in _list(_object(value, kind), "values")]
    if kind == "kvlistValue":
        pairs = [_object(pair, "an attribute") for pair in _list(_object(value, kind), "values")]
        return {_string(pair, "key").decode(errors="replace"): _plain(pair.get("value"), depth + 1) for pair in pairs}
    if not kind:
        return None
    plain = _scalar(kind, value)
    if isinstance(plain, float) and (word := number_text(plain).decode()) in _WORDS:
        return word
    return plain


def _dumps(plain: Any) -> bytes:
    try:
        return orjson.dumps(plain)
    except orjson.JSONEncodeError:  # half a surrogate pair within, or a number of more than 64 bits
        return json.dumps(plain, separators=(",", ":")).encode()


def _object(said: Any, what: str) -> Request:
    if isinstance(said, dict):
        return said
    raise DecodeError(f"{what} is no object")


def _list(said: Request, name: str) -> list[Any]:
    value = said.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise DecodeError(f"{name} is no array")


def _string(said: Request, name: str) -> bytes:
    value = said.get(name)
    if value is None:
        return b""
    if isinstance(value, str):
        return _encoded(value)
    raise DecodeError(f"{name} is no string")


def _encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _integer(said: Request, name: str, limit: int, low: int = 0) -> int:
    """A number from `low` to below `limit`, as number or as string of digits; 0 where it is not there."""
    value = said.get(name)
    if value is None:
        return 0
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value < limit:
        return value
    raise DecodeError(f"{name} is no number of its range")


def _id(said: Request, name: str) -> bytes:
    value = _string(said, name)
    if not _HEX.fullmatch(value.decode(errors="replace")):
        raise DecodeError(f"{name} is not hexadecimal")
    return value.lower() if value.strip(b"0") else b""


def _bytes(value: Any) -> bytes:
    """base64, also in the alphabet for addresses, with its padding or without."""
    if isinstance(value, str):
        try:
            digits = value.replace("-", "+").replace("_", "/").rstrip("=")
            return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise DecodeError(f"bytesValue is no base64: {error}") from error
    raise DecodeError("bytesValue of the wrong type")
