"""Requests with logs, made by OpenTelemetry's own classes, as strategies and as the JSON of its exporters."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from journalhub.collector.otlp import model

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
doubles = st.floats(allow_nan=False, width=64)

simple = st.one_of(
    st.builds(AnyValue, string_value=texts),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=doubles),
    st.builds(AnyValue, bytes_value=st.binary(max_size=12)),
)


def pairs(of: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[list[KeyValue]]:
    """Attributes; a key comes once."""
    return st.lists(st.builds(KeyValue, key=texts, value=of), max_size=4, unique_by=lambda pair: pair.key)


values = st.recursive(
    simple | st.builds(AnyValue),
    lambda inner: st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=st.lists(inner, max_size=3))),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=pairs(inner))),
    ),
    max_leaves=6,
)

records = st.builds(
    LogRecord,
    time_unix_nano=st.integers(0, 2**64 - 1),
    observed_time_unix_nano=st.integers(0, 2**64 - 1),
    severity_number=st.integers(0, 24),
    severity_text=texts,
    body=values,
    attributes=pairs(values),
    dropped_attributes_count=st.integers(0, 2**32 - 1),
    flags=st.integers(0, 2**32 - 1),
    trace_id=st.binary(min_size=16, max_size=16) | st.just(b""),
    span_id=st.binary(min_size=8, max_size=8) | st.just(bytes(8)),
    event_name=texts,
)
scopes = st.builds(InstrumentationScope, name=texts, version=texts, attributes=pairs(simple))
groups = st.builds(
    ResourceLogs,
    resource=st.builds(Resource, attributes=pairs(values)),
    scope_logs=st.lists(st.builds(ScopeLogs, scope=scopes, log_records=st.lists(records, max_size=3)), max_size=2),
)
requests = st.builds(ExportLogsServiceRequest, resource_logs=st.lists(groups, max_size=2))


def expected(request: ExportLogsServiceRequest) -> Iterator[model.Item]:
    """What our readers have to make of it."""
    for group in request.resource_logs:
        resource = model.Resource(attributes(group.resource.attributes))
        for part in group.scope_logs:
            said = part.scope
            scope = model.Scope(said.name.encode(), said.version.encode(), attributes(said.attributes))
            for record in part.log_records:
                yield resource, scope, expected_record(record)


def expected_record(record: LogRecord) -> model.Record:
    """Of one record."""
    return model.Record(
        time=record.time_unix_nano,
        observed=record.observed_time_unix_nano,
        severity=record.severity_number,
        severity_text=record.severity_text.encode(),
        event_name=record.event_name.encode(),
        body=text(record.body),
        attributes=attributes(record.attributes),
        dropped_attributes=record.dropped_attributes_count,
        flags=record.flags,
        trace_id=record.trace_id.hex().encode() if any(record.trace_id) else b"",
        span_id=record.span_id.hex().encode() if any(record.span_id) else b"",
    )


def attributes(found: Any) -> list[model.Attribute]:
    """Of anything that has some; an array of simple values is several."""
    made = []
    for pair in found:
        elements = pair.value.array_value.values
        several = elements and all(one.WhichOneof("value") not in (None, *MADE_OF_OTHERS) for one in elements)
        several_texts = [text(one) for one in elements] if several else [text(pair.value)]
        made.append((pair.key.encode(), [b"" if one is None else one for one in several_texts]))
    return made


MADE_OF_OTHERS = ("array_value", "kvlist_value")


def text(value: AnyValue) -> bytes | None:
    """A value as text."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "bytes_value":
        return bytes(value.bytes_value)
    if kind == "string_value":
        return str(value.string_value).encode()
    plain = plain_value(value)
    if kind in MADE_OF_OTHERS or not isinstance(plain, str):
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return plain.encode()


def plain_value(value: AnyValue) -> Any:
    """A value as JSON has it."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain_value(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: plain_value(pair.value) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    plain = getattr(value, kind)
    if isinstance(plain, float) and plain in (float("inf"), float("-inf")):
        return "Infinity" if plain > 0 else "-Infinity"
    return plain


def as_json(request: ExportLogsServiceRequest) -> bytes:
    """The request as OTLP has it in JSON: proto3's, but ids are hexadecimal."""
    document = json_format.MessageToDict(request, use_integers_for_enums=True)
    for group in document.get("resourceLogs", ()):
        for part in group.get("scopeLogs", ()):
            for record in part.get("logRecords", ()):
                for name in ("traceId", "spanId"):
                    if name in record:
                        record[name] = base64.b64decode(record[name]).hex().upper()
    return json.dumps(document).encode()
