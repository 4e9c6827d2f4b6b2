"""POST /v1/logs over real sockets: what OTLP/HTTP says of answers, limits, and what is stored when."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from tests.collector.material import MACHINE_ID, ScriptedStore, batch
from tests.collector.otlp.requests import as_json
from tests.collector.otlp.sending import JSON, PROTOBUF, partial, request, status_text
from tests.collector.running import Answer, Running

from journalhub.collector.limits import OTLP_BODY_MAX, OTLP_PIECE
from journalhub.collector.otlp.body import decompressed
from journalhub.collector.settings import CollectorSettings
from journalhub.journal import wire
from journalhub.journal.entry import Entry
from journalhub.store.ast import All
from journalhub.store.contract import Budget, StoreFull


def post(running: Running, body: bytes | Iterator[bytes], content_type: str = PROTOBUF, **headers: str) -> Answer:
    return running.request("POST", "/v1/logs", body, Content_Type=content_type, **headers)


def stored(running: Running) -> list[Entry]:
    return [hit.entry for hit in running.store.tail(All(), 0, 1000, Budget())[0]]


def test_both_encodings(running: Running) -> None:
    """All is stored, and answered in the encoding of the request without a word of partial success."""
    made = request("one", "two")
    first = post(running, made.SerializeToString())
    again = post(running, as_json(made), f"{JSON}; charset=utf-8")

    assert (200, PROTOBUF, b"") == (first.status, first.headers["Content-Type"], first.body)
    assert (200, b"{}") == (again.status, again.body)
    assert again.headers["Content-Type"].startswith(JSON)
    assert [b"one", b"two"] == [entry.first("MESSAGE") for entry in stored(running)]
    assert [b"3", b"web-1", b"shop", b"otlp"] == [
        stored(running)[0].first(name) for name in ("PRIORITY", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_TRANSPORT")
    ]
    (node,) = running.ledger.nodes()
    assert ("web-1", "otlp", 2, 2, 0) == tuple(
        node[name] for name in ("hostname", "version", "entries", "duplicates", "missing")
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(request("text").SerializeToString(), mtime=0)),
        ("GZIP", gzip.compress(b"", mtime=0) + gzip.compress(request("text").SerializeToString(), mtime=0)),
        ("zstd", zstandard.compress(request("text").SerializeToString())),
        ("identity", request("text").SerializeToString()),
    ],
)
def test_compressed(running: Running, encoding: str, body: bytes) -> None:
    """As exporters and collectors send it, with its length and in chunks."""
    first = post(running, body, Content_Encoding=encoding)
    pieces = iter([body[:7], body[7:]])
    again = post(running, pieces, Content_Encoding=encoding, Transfer_Encoding="chunked")

    assert (200, 200, 1) == (first.status, again.status, running.store.newest_ord())


def test_a_million_members() -> None:
    """A body of as many gzip files as it holds, all empty, is read in time that rises with its length."""
    assert b"" == decompressed(gzip.compress(b"") * (OTLP_BODY_MAX // 20), "gzip")


def test_nothing_at_all(running: Running) -> None:
    """A request without records is fine."""
    assert (200, 200) == (post(running, b"").status, post(running, b"{}", JSON).status)
    assert [] == running.ledger.nodes()


def test_a_sender_that_does_not_say_where_it_runs(running: Running) -> None:
    """Its address stands for its host."""
    made = request("text")
    del made.resource_logs[0].resource.attributes[:]

    assert 200 == post(running, made.SerializeToString()).status
    assert [b"127.0.0.1"] == [entry.first("_HOSTNAME") for entry in stored(running)]


def test_partial_success(running: Running) -> None:
    """Records that are rejected for good are told and counted; the others are stored."""
    made = request("good", "worse", host="web-2")
    attributes = made.resource_logs[0].scope_logs[0].log_records[1].attributes
    for number in range(1100):
        attributes.add(key=f"k{number}")
    answer = post(running, made.SerializeToString())
    said = post(running, as_json(made), JSON).json

    assert (1, "more than 1024 fields (1)") == partial(answer)
    assert {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "more than 1024 fields (1)"}} == said
    assert [b"good"] == [entry.first("MESSAGE") for entry in stored(running)]
    assert [("web-2", {"more than 1024 fields": 2})] == [
        (node["hostname"], node["refused_reasons"]) for node in running.ledger.nodes()
    ]


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"x", {"Content_Type": "text/plain"}, 415, "want application/x-protobuf or application/json"),
        (b"x", {"Content_Encoding": "deflate"}, 415, "gzip, zstd and none are taken"),
        (b"no protobuf", {}, 400, "cannot read the request"),
        (b"[1]", {"Content_Type": JSON}, 400, "the request is no object"),
        (b"no gzip", {"Content_Encoding": "gzip"}, 400, "the body is not gzip"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-20], {"Content_Encoding": "gzip"}, 400, "it ends too early"),
        (b"no zstd", {"Content_Encoding": "zstd"}, 400, "the body is not zstd"),
        (gzip.compress(bytes(OTLP_BODY_MAX + 1)), {"Content_Encoding": "gzip"}, 413, "20971520"),
        (zstandard.compress(bytes(OTLP_BODY_MAX + 1)), {"Content_Encoding": "zstd"}, 413, "20971520"),
    ],
)
def test_what_is_refused(running: Running, body: bytes, headers: dict[str, str], status: int, said: str) -> None:
    """With a Status in the encoding of the request; nothing is stored, and no memory stays taken."""
    answer = running.request("POST", "/v1/logs", body, **{"Content_Type": PROTOBUF} | headers)

    assert (status, True) == (answer.status, said in status_text(answer)), status_text(answer)
    assert (0, 0, 0) == (running.store.newest_ord(), running.intake.bodies.used, running.intake.entries.used)


def test_too_large_by_its_head(running: Running) -> None:
    """A body that says its length is not waited for."""
    with running.connect() as link:
        head = (
            f"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {OTLP_BODY_MAX + 1}\r\n"
        )
        link.sendall(head.encode() + b"\r\n")
        assert b"HTTP/1.1 413 Request Entity Too Large\r\n" == link.makefile("rb").readline()


def test_too_large_in_chunks(running: Running) -> None:
    """A body that does not say its length is measured as it comes."""
    pieces = iter([bytes(1024 * 1024)] * 21)
    try:
        answer = post(running, pieces, Transfer_Encoding="chunked")
    except ConnectionError:
        return  # told in the middle of it
    assert 413 == answer.status


def test_other_methods(running: Running) -> None:
    """A Status, too, with what is allowed."""
    answer = running.request("GET", "/v1/logs")

    assert (405, "POST") == (answer.status, answer.headers["Allow"])
    assert "GET is not for /v1/logs" in status_text(answer)


def test_expect_is_answered_before_the_body(running: Running) -> None:
    """100 where it is wanted, the refusal where it is not."""
    head = "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nContent-Type: {kind}\r\n"
    for kind, length, first in (
        (PROTOBUF, 5, b"HTTP/1.1 100 Continue\r\n"),
        ("text/plain", 5, b"HTTP/1.1 415 Unsupported Media Type\r\n"),
        (PROTOBUF, OTLP_BODY_MAX + 1, b"HTTP/1.1 413 Request Entity Too Large\r\n"),
    ):
        with running.connect() as link:
            link.sendall(head.format(length=length, kind=kind).encode() + b"Expect: 100-continue\r\n\r\n")
            assert first == link.makefile("rb").readline()


@pytest.mark.parametrize(
    ("trouble", "said"), [(StoreFull("no space left"), "no space left"), (RuntimeError("odd"), "RuntimeError")]
)
def test_what_is_not_the_senders_fault_comes_again(tmp_path: Path, trouble: Exception, said: str) -> None:
    """503 with Retry-After, where other senders may be told 500: OTLP's throw away what is answered with that."""
    store = ScriptedStore()
    store.trouble = lambda batches: trouble
    with Running(store, CollectorSettings(data_dir=tmp_path)) as running:
        running.intake.ingest._has_space = lambda: False
        answer = post(running, request("one").SerializeToString())

        assert (503, True) == (answer.status, said in status_text(answer))
        assert int(answer.headers["Retry-After"]) > 0
        assert (0, 0) == (running.intake.bodies.used, running.intake.entries.used)


def test_no_memory_left(tmp_path: Path) -> None:
    """A body that comes while others fill the memory is told to come again."""
    with Running(ScriptedStore(), CollectorSettings(data_dir=tmp_path)) as running:
        assert running.intake.bodies.try_take(running.intake.bodies.size - OTLP_PIECE + 1)
        answer = post(running, request("one").SerializeToString())

        assert (503, "1") == (answer.status, answer.headers["Retry-After"])


def test_it_is_acknowledged_when_it_is_durable(tmp_path: Path) -> None:
    """The answer comes only after every batch of the request was committed."""
    store = ScriptedStore()
    with Running(store, CollectorSettings(data_dir=tmp_path)) as running:
        body = request(*["x"] * 5000).SerializeToString()
        assert 200 == post(running, body).status
        assert 5000 == store.newest_ord()

        store.trouble = lambda batches: StoreFull("no space left") if store.newest_ord() >= 7000 else None
        more = request(*["y"] * 5000)
        assert 503 == post(running, more.SerializeToString()).status
        store.trouble = lambda batches: None
        running.intake.ingest._full = ""
        assert 200 == post(running, more.SerializeToString()).status
        assert 10_000 == store.newest_ord()


def test_a_program_is_no_sign_of_its_shipper(running: Running) -> None:
    """What a node's programs send themselves counts, but the account still says how its journal is shipped."""
    resource = {"host.id": MACHINE_ID}
    assert (
        200 == running.ingest(wire.encode(batch(1), {"version": "0.1", "machine_id": bytes.fromhex(MACHINE_ID)})).status
    )
    (before,) = running.ledger.nodes()
    assert 200 == post(running, request("one", **resource).SerializeToString()).status
    (after,) = running.ledger.nodes()

    same = ("machine_id", "version", "last_seen", "behind", "clock_skew")
    assert [before[name] for name in same] == [after[name] for name in same]
    assert ("0.1", 1, 2) == (after["version"], before["entries"], after["entries"])
