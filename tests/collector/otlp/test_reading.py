"""Requests with logs: both readers against OpenTelemetry's own classes, and against what attackers send."""

import json
import math
import re
from typing import Any

import pytest
from google.protobuf.message import DecodeError as TheirError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from tests.collector.otlp.requests import as_json, expected, requests

from journalhub.collector.otlp import jsonbody, messages
from journalhub.collector.otlp.model import DEPTH_MAX, Broken, Item, Record
from journalhub.collector.otlp.protobuf import DecodeError, bytes_field


def wrapped(record: bytes) -> bytes:
    """A request with one record of these bytes."""
    return bytes_field(1, bytes_field(2, bytes_field(2, record)))


def one(record: bytes) -> Record | Broken:
    """What is read of a record in protobuf."""
    ((_, _, found),) = messages.items(wrapped(record))
    return found


def one_json(**record: Any) -> Record | Broken:
    """What is read of a record in JSON."""
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    ((_, _, found),) = jsonbody.items(jsonbody.read(body))
    return found


def normal(found: list[Item]) -> str:
    """As text in which numbers are spelled one way: two libraries write 1e+16 differently."""
    return re.sub(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", lambda number: repr(float(number[0])), repr(found))


@settings(max_examples=50)
@given(requests)
def test_both_are_read_as_their_classes_wrote_it(request: ExportLogsServiceRequest) -> None:
    """Every field of every record, whatever is in them."""
    body, read = request.SerializeToString(), jsonbody.read(as_json(request))
    want = list(expected(request))

    assert (len(want), len(want)) == (messages.count(body, 1000), jsonbody.count(read))
    assert normal(want) == normal(list(messages.items(body)))
    assert normal(want) == normal(list(jsonbody.items(read)))


@settings(max_examples=50)
@given(requests, st.data())
def test_damaged_protobuf(request: ExportLogsServiceRequest, data: st.DataObject) -> None:
    """Whatever is done to the bytes: read or refused. Where their reader takes it, too, there are as many records."""
    body = bytearray(request.SerializeToString() or b"\n\0")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    whole = bytes(body)
    try:
        count = messages.count(whole, 1000)
    except DecodeError:
        return
    assert count == len(list(messages.items(whole)))
    try:
        theirs = ExportLogsServiceRequest()
        theirs.MergeFromString(whole)
    except TheirError:
        return
    assert count == sum(len(part.log_records) for group in theirs.resource_logs for part in group.scope_logs)


def read_protobuf(body: bytes) -> None:
    """All of it."""
    assert messages.count(body, 1000) == len(list(messages.items(body)))


def read_json(body: bytes) -> None:
    """All of it."""
    request = jsonbody.read(body)
    assert jsonbody.count(request) == len(list(jsonbody.items(request)))


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    """As protobuf, as JSON: nothing but DecodeError comes out."""
    for read in (read_protobuf, read_json):
        try:
            read(body)
        except DecodeError:
            continue


NAMES = (
    *("resourceLogs", "scopeLogs", "logRecords", "resource", "scope", "attributes", "body", "key", "value", "values"),
    *("traceId", "timeUnixNano", "intValue", "doubleValue", "bytesValue", "arrayValue", "kvlistValue"),
)

shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(shapes)
def test_json_of_wrong_types(shape: Any) -> None:
    """Wherever a type is wrong: the record, or the request, is refused, and nothing else comes out."""
    for said in (shape, {"resourceLogs": [{"scopeLogs": [{"logRecords": [shape]}], "resource": shape}]}):
        try:
            read_json(json.dumps(said).encode())
        except DecodeError:
            continue


def test_a_bad_record_costs_itself() -> None:
    """The records before and after it are read, also where what is wrong is deep within."""
    good = LogRecord(time_unix_nano=7).SerializeToString()
    bad = [b"\x2a\x05\x0a\x03ab", b"\xff", b"\x32\x02\x12\xff", b"\x00", b"\x2b"]
    body = bytes_field(1, bytes_field(2, b"".join(bytes_field(2, record) for record in [good, *bad, good])))
    found = [record for _, _, record in messages.items(body)]

    assert (True, True) == (isinstance(found[0], Record), isinstance(found[-1], Record))
    assert [Broken] * len(bad) == [type(record) for record in found[1:-1]]


def test_who_speaks_may_come_last() -> None:
    """Protobuf leaves the order of fields free; where they cannot be read, none of their records can."""
    name = bytes_field(1, b"host.name") + bytes_field(2, bytes_field(1, b"web-1"))
    records = bytes_field(2, bytes_field(2, b"") + bytes_field(1, bytes_field(1, b"logger")))
    last = bytes_field(1, records + bytes_field(1, bytes_field(1, name)))
    bad = bytes_field(1, records + bytes_field(1, bytes_field(1, b"\x0a\xff")))

    ((resource, scope, _),) = messages.items(last)
    assert ([(b"host.name", [b"web-1"])], b"logger") == (resource.attributes, scope.name)
    ((_, _, broken),) = messages.items(bad)
    assert isinstance(broken, Broken) and "its resource" in broken.reason


@pytest.mark.parametrize("levels", [DEPTH_MAX, DEPTH_MAX + 1, 5000])
def test_values_within_values(levels: int) -> None:
    """So many levels are read, more cost the record; neither reader runs out of stack."""
    body = b""
    for _ in range(levels):
        body = bytes_field(5, bytes_field(1, body))
    found = one(bytes_field(5, body))
    said: dict[str, Any] = {}
    for _ in range(min(levels, 300)):
        said = {"arrayValue": {"values": [said]}}

    fits = levels < DEPTH_MAX
    assert (fits, fits) == (isinstance(found, Record), isinstance(one_json(body=said), Record))


def test_json_deeper_than_a_stack() -> None:
    """The request is refused."""
    with pytest.raises(DecodeError):
        jsonbody.read(b'{"a":' * 100_000)
    with pytest.raises(DecodeError):
        jsonbody.read(b'{"a":"\\ud800","b":' + b"[" * 100_000)


def test_text_that_is_no_utf8_stays_as_it_is() -> None:
    """Their classes would refuse the whole request."""
    raw = b"caf\xe9"
    found = one(bytes_field(5, bytes_field(1, raw)))
    within = one(bytes_field(5, bytes_field(5, bytes_field(1, bytes_field(1, raw)))))

    assert isinstance(found, Record) and found.body == raw
    assert isinstance(within, Record) and within.body == '["caf�"]'.encode()


def test_half_a_surrogate_pair() -> None:
    """A browser that cuts a text in the middle of a character sends one: JSON, but not UTF-8."""
    found = one_json(body={"stringValue": "x\ud83d"}, attributes=[{"key": "a", "value": {"arrayValue": {}}}])
    nested = one_json(body={"arrayValue": {"values": [{"stringValue": "\ud83d"}]}})

    assert isinstance(found, Record) and found.body == b"x\xed\xa0\xbd"
    assert isinstance(nested, Record) and nested.body == b'["\\ud83d"]'


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, b"NaN"), (math.inf, b"Infinity"), (-math.inf, b"-Infinity"), (1.5, b"1.5"), (-0.0, b"-0.0")],
)
def test_doubles(value: float, text: bytes) -> None:
    """As JSON has them, and three words; within JSON the words are strings."""
    double = AnyValue(double_value=value)
    array = AnyValue(array_value=ArrayValue(values=[double]))
    shown = b'["%b"]' % text if text.isalpha() or text == b"-Infinity" else b"[%b]" % text
    spelled = text.decode() if math.isinf(value) or math.isnan(value) else value

    for found, want in (
        (one(LogRecord(body=double).SerializeToString()), text),
        (one(LogRecord(body=array).SerializeToString()), shown),
        (one_json(body={"doubleValue": spelled}), text),
        (one_json(body={"arrayValue": {"values": [{"doubleValue": spelled}]}}), shown),
    ):
        assert isinstance(found, Record) and found.body == want


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"timeUnixNano": 12}, {"time": 12}),
        ({"timeUnixNano": "18446744073709551615"}, {"time": 2**64 - 1}),
        ({"timeUnixNano": 1.0e18}, {"time": 10**18}),
        ({"time_unix_nano": "12"}, {"time": 0}),
        ({"severityNumber": None, "newer": [1]}, {"severity": 0}),
        ({"traceId": "5B8EFFF798038103D269B633813FC60C"}, {"trace_id": b"5b8efff798038103d269b633813fc60c"}),
        ({"spanId": "0000000000000000"}, {"span_id": b""}),
        ({"body": {"intValue": "-9223372036854775808"}}, {"body": b"-9223372036854775808"}),
        ({"body": {"bytesValue": "_-8"}}, {"body": b"\xff\xef"}),
        ({"body": {"bytesValue": "/+8="}}, {"body": b"\xff\xef"}),
        ({"body": {"stringValue": ""}}, {"body": b""}),
        ({"body": {}}, {"body": None}),
    ],
)
def test_spellings_of_json(said: dict[str, Any], read: dict[str, Any]) -> None:
    """Numbers as numbers and as strings, ids in either case, unknown names, nothing."""
    found = one_json(**said)

    assert read == {name: getattr(found, name) for name in read}


@pytest.mark.parametrize(
    "said",
    [
        {"timeUnixNano": -1},
        {"timeUnixNano": "18446744073709551616"},
        {"timeUnixNano": True},
        {"severityNumber": "SEVERITY_NUMBER_INFO"},
        {"traceId": "no hex"},
        {"traceId": 7},
        {"body": "text"},
        {"body": {"stringValue": 1}},
        {"body": {"intValue": 1.5}},
        {"body": {"intValue": 2**63}},
        {"body": {"doubleValue": "1_0"}},
        {"body": {"boolValue": "true"}},
        {"body": {"bytesValue": "*"}},
        {"body": {"arrayValue": []}},
        {"body": {"kvlistValue": {"values": [1]}}},
        {"attributes": {}},
        {"attributes": [{"key": 1}]},
    ],
)
def test_records_that_json_does_not_allow(said: dict[str, Any]) -> None:
    """Each costs itself."""
    assert isinstance(one_json(**said), Broken)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b'{"resourceLogs": {}}', b'{"resourceLogs": [{"scopeLogs": [{"logRecords": 1}]}]}']
)
def test_requests_that_json_does_not_allow(body: bytes) -> None:
    """The whole is refused, before anything is stored."""
    with pytest.raises(DecodeError):
        jsonbody.count(jsonbody.read(body))


@pytest.mark.parametrize(("count", "several"), [(1024, True), (1025, False)])
def test_long_arrays_of_simple_values(count: int, several: bool) -> None:
    """As many as an entry has fields are a repeated field; more are JSON."""
    array = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=7)] * count))
    want = [b"7"] * count if several else [b"[" + b",".join([b"7"] * count) + b"]"]
    record = LogRecord()
    record.attributes.add(key="a").value.CopyFrom(array)
    said = {"key": "a", "value": {"arrayValue": {"values": [{"intValue": 7}] * count}}}

    for found in (one(record.SerializeToString()), one_json(attributes=[said])):
        assert isinstance(found, Record) and [(b"a", want)] == found.attributes
