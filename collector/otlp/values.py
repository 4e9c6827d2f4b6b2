"""Values of the type AnyValue as text, out of protobuf. Nothing is built in between: what is small stays small."""

import base64
import struct

import orjson

from journalhub.collector.otlp.model import DEPTH_MAX, TOO_DEEP, Attribute
from journalhub.collector.otlp.protobuf import BYTES, FIXED64, VARINT, DecodeError, key, scan, signed
from journalhub.journal.limits import ENTRY_FIELDS_MAX

_STRING = key(1, BYTES)
_BOOL = key(2, VARINT)
_INT = key(3, VARINT)
_DOUBLE = key(4, FIXED64)
_ARRAY = key(5, BYTES)
_PAIRS = key(6, BYTES)
_BYTES = key(7, BYTES)
_KINDS = frozenset((_STRING, _BOOL, _INT, _DOUBLE, _ARRAY, _PAIRS, _BYTES))

_ELEMENT = key(1, BYTES)
"""Of ArrayValue and KeyValueList."""
_NAME = key(1, BYTES)
_VALUE = key(2, BYTES)

Place = tuple[int, int, int]
"""The one field that an AnyValue has, as `scan` gives it; key 0 where it has none."""

_NOTHING: Place = (0, 0, 0)


def attribute(data: bytes, at: int, end: int) -> Attribute:
    """A KeyValue. Raises DecodeError."""
    name, place = _pair(data, at, end)
    return data[name[0] : name[1]], _texts(data, place)


def text(data: bytes, at: int, end: int) -> bytes | None:
    """An AnyValue as one text: JSON where it is made of others, None where it is empty. Raises DecodeError."""
    place = _kind(data, at, end)
    return None if place == _NOTHING else _text(data, place)


def number_text(value: float) -> bytes:
    """A double as OpenTelemetry has it in text: as JSON has numbers, and three words for those that it has not."""
    if value != value:
        return b"NaN"
    if value in (float("inf"), float("-inf")):
        return b"Infinity" if value > 0 else b"-Infinity"
    return orjson.dumps(value)


def _texts(data: bytes, place: Place) -> list[bytes]:
    """The values of an attribute: of an array of simple ones each, as journald's repeated fields are."""
    found, at, end = place
    if found == _ARRAY and (elements := _simple_elements(data, at, end)):
        return [_text(data, element) for element in elements]
    return [b"" if place == _NOTHING else _text(data, place)]


def _simple_elements(data: bytes, at: int, end: int) -> list[Place]:
    """Those of an array; none where one of them is made of others or empty, or where they are too many for fields."""
    elements: list[Place] = []
    for found, a, b in scan(data, at, end):
        if found == _ELEMENT:
            element = _kind(data, a, b)
            if element[0] in (_ARRAY, _PAIRS, 0) or len(elements) == ENTRY_FIELDS_MAX:
                return []
            elements.append(element)
    return elements


def _kind(data: bytes, at: int, end: int) -> Place:
    """What an AnyValue holds: the last of its fields counts."""
    place = _NOTHING
    for field in scan(data, at, end):
        if field[0] in _KINDS:
            place = field
    return place


def _pair(data: bytes, at: int, end: int) -> tuple[tuple[int, int], Place]:
    """Of a KeyValue the place of the key, and the value."""
    name, place = (0, 0), _NOTHING
    for found, a, b in scan(data, at, end):
        if found == _NAME:
            name = a, b
        elif found == _VALUE:
            place = _kind(data, a, b)
    return name, place


def _text(data: bytes, place: Place) -> bytes:
    found, a, b = place
    if found in (_STRING, _BYTES):
        return data[a:b]
    if found == _BOOL:
        return b"true" if a else b"false"
    if found == _INT:
        return b"%d" % signed(a)
    if found == _DOUBLE:
        return number_text(_double(a))
    out = bytearray()
    _write(out, data, place, 1)
    return bytes(out)


def _double(bits: int) -> float:
    value: float = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    return value


def _write(out: bytearray, data: bytes, place: Place, depth: int) -> None:
    """Append a value as JSON."""
    found, a, b = place
    if depth > DEPTH_MAX:
        raise DecodeError(TOO_DEEP)
    if found == 0:
        out += b"null"
    elif found == _STRING:
        _write_string(out, data[a:b])
    elif found == _BYTES:
        out += b'"%b"' % base64.b64encode(data[a:b])
    elif found == _ARRAY:
        out += b"["
        for which, c, d in scan(data, a, b):
            if which == _ELEMENT:
                _write(out, data, _kind(data, c, d), depth + 1)
                out += b","
        _close(out, b"]")
    elif found == _PAIRS:
        out += b"{"
        for which, c, d in scan(data, a, b):
            if which == _ELEMENT:
                name, value = _pair(data, c, d)
                _write_string(out, data[name[0] : name[1]])
                out += b":"
                _write(out, data, value, depth + 1)
                out += b","
        _close(out, b"}")
    else:
        simple = _text(data, place)
        out += b'"%b"' % simple if simple in (b"NaN", b"Infinity", b"-Infinity") else simple


def _write_string(out: bytearray, raw: bytes) -> None:
    out += orjson.dumps(raw.decode("utf-8", "replace"))


def _close(out: bytearray, bracket: bytes) -> None:
    if out.endswith(b","):
        del out[-1]
    out += bracket
