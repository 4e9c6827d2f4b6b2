"""Small requests with logs, and what is in the answers."""

import json
from collections.abc import Mapping
from typing import Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse

from journalhub.collector.otlp.protobuf import scan

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
"""Nanoseconds: a day in September 2026."""


class Answered(Protocol):
    """An answer of any client."""

    @property
    def status(self) -> int:
        """Of HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """As they came."""

    @property
    def body(self) -> bytes:
        """All of it."""


def request(*texts: str, host: str = "web-1", **resource: str) -> ExportLogsServiceRequest:
    """A request with a record for each text, a second apart."""
    made = ExportLogsServiceRequest()
    group = made.resource_logs.add()
    for key, value in {"host.name": host, "service.name": "shop", **resource}.items():
        group.resource.attributes.add(key=key).value.string_value = value
    records = group.scope_logs.add().log_records
    for number, text in enumerate(texts):
        record = records.add(time_unix_nano=START + number * SECOND, severity_number=17)
        record.body.string_value = text
    return made


def status_text(answer: Answered) -> str:
    """The message in a google.rpc.Status, in the encoding that the answer says it has."""
    if answer.headers["Content-Type"].startswith(JSON):
        return str(json.loads(answer.body)["message"])
    assert PROTOBUF == answer.headers["Content-Type"]
    ((key, start, end),) = scan(answer.body, 0, len(answer.body))
    assert 2 << 3 | 2 == key
    return answer.body[start:end].decode()


def partial(answer: Answered) -> tuple[int, str]:
    """How many records an answer rejects, and why."""
    assert 200 == answer.status
    said = ExportLogsServiceResponse.FromString(answer.body).partial_success
    return said.rejected_log_records, said.error_message
