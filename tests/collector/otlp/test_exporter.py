"""OpenTelemetry's own exporter to a real hub, over TLS, as the sender that it is enrolled as."""

import functools
import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from tests.access.hub import Answer, SecuredCollector
from tests.collector.otlp.sending import PROTOBUF, START, partial, request, status_text
from tests.integration.programs import Collector, wait_until

from journalhub.access.roles import Role


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """With TLS and authentication, and no entries."""
    with SecuredCollector(tmp_path_factory.mktemp("hub")) as running:
        yield running


def send(hub: SecuredCollector, token: str | None, body: bytes) -> Answer:
    return hub.ask("/v1/logs", token, method="POST", body=body, headers={"Content-Type": PROTOBUF})


def found(hub: SecuredCollector, query: str) -> list[dict[str, Any]]:
    """Entries that a reader finds, the oldest first."""
    answer = hub.get("/api/v1/entries", hub.token(Role.READER), q=query, order="oldest")
    return list(answer["entries"])


def test_a_program_with_the_sdk(hub: SecuredCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it logs is found by its fields, and reads as a journal does."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)  # the exporter's HTTP client would prefer it
    exporter = OTLPLogExporter(
        endpoint=f"{hub.url}/v1/logs",
        certificate_file=str(hub.authority_file),
        headers={"Authorization": f"Bearer {hub.token(Role.SENDER, hosts='web-*')}"},
        compression=Compression.Gzip,
    )
    resource = Resource({"host.name": "web-1", "service.name": "shop", "process.pid": 42, "k8s.pod.labels": ["a", "b"]})
    provider = LoggerProvider(resource, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("shop.orders", "1.2")
    for number in range(1000):
        logger.emit(
            LogRecord(
                timestamp=START + number,
                severity_number=SeverityNumber.WARN,
                severity_text="WARNING",
                body=f"order {number} is late",
                attributes={"order.id": number, "express": number % 2 == 0},
                trace_id=number + 1,
                span_id=7,
            )
        )
    assert provider.force_flush()
    provider.shutdown()
    reader = hub.token(Role.READER)
    wait_until("all are found", lambda: hub.get("/api/v1/count", reader, q="ident=shop")["matched"] == 1000)
    (entry,) = found(hub, "ORDER_ID=17 EXPRESS=false host=web-1 priority=warning")

    assert {
        "MESSAGE": "order 17 is late",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "shop",
        "SYSLOG_PID": "42",
        "TRACE_ID": "00000000000000000000000000000012",
        "SPAN_ID": "0000000000000007",
        "OTEL_SCOPE_NAME": "shop.orders",
        "K8S_POD_LABELS": ["a", "b"],
        "_TRANSPORT": "otlp",
    }.items() <= entry.items()


def test_who_may_send(hub: SecuredCollector) -> None:
    """Senders, as the hosts that they are enrolled for; every refusal is a Status."""
    body = request("mine", host="db-1").SerializeToString()
    sender = hub.token(Role.SENDER, hosts="db-*")
    nobody, reader = send(hub, None, body), send(hub, hub.token(Role.READER), body)
    wrong = send(hub, sender, request("not mine", host="web-1").SerializeToString())

    assert (401, 403) == (nobody.status, reader.status)
    assert "needs to know who asks" in status_text(nobody) and "needs sender" in status_text(reader)
    assert "Bearer" in nobody.headers["WWW-Authenticate"]
    assert (1, "it claims another host name than its sender is enrolled for (1)") == partial(wrong)
    assert 200 == send(hub, sender, body).status
    wait_until("it is found", lambda: [entry["MESSAGE"] for entry in found(hub, "host=db-1")] == ["mine"])


def test_a_sender_that_does_not_say_where_it_runs(hub: SecuredCollector) -> None:
    """It is called what it is enrolled as where that fits, and nothing where nothing does."""
    for hosts, shown in (("test-*", "test-sender"), ("nowhere", None)):
        made, query = request(f"to {hosts}"), f'"to {hosts}"'
        del made.resource_logs[0].resource.attributes[:]
        assert (0, "") == partial(send(hub, hub.token(Role.SENDER, hosts=hosts), made.SerializeToString()))
        wait_until("it is found", functools.partial(found, hub, query))
        (entry,) = found(hub, query)
        assert shown == entry.get("_HOSTNAME")


def test_kill_after_the_answer(tmp_path: Path) -> None:
    """What was answered with 200 is there after kill -9, once, also when it is sent again."""
    body = request(*[f"text {number}" for number in range(3000)]).SerializeToString()

    def post(collector: Collector) -> int:
        port = int(collector.url.rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=240)) as connection:
            connection.request("POST", "/v1/logs", body, {"Content-Type": PROTOBUF})
            return connection.getresponse().status

    with Collector(tmp_path) as collector:
        assert 200 == post(collector)
        collector.end(signal.SIGKILL)
        collector.start()
        assert 200 == post(collector)
        wait_until("all are found", lambda: collector.count(q="ident=shop transport=otlp") == 3000)
        shown = [json.loads(line)["MESSAGE"] for line in collector.jhctl("-t", "shop", "-o", "json").splitlines()]

    assert [f"text {number}" for number in range(3000)] == shown
