"""POST /api/v1/ingest, over real sockets and a real store."""

import json
import threading

import msgpack
import pytest
import zstandard
from tests.collector.material import ScriptedStore, batch, entry
from tests.collector.running import Running

from journalhub.collector.limits import BODY_SECONDS
from journalhub.collector.settings import CollectorSettings
from journalhub.journal import wire
from journalhub.journal.batch import Batch
from journalhub.store.contract import StoreFull


def packed(document: object) -> bytes:
    return zstandard.compress(msgpack.packb(document))


def tampered(**changes: object) -> bytes:
    document = msgpack.unpackb(zstandard.decompress(wire.encode(batch(1, 2, 3))))
    return packed(document | changes)


def test_a_batch_is_stored_and_acknowledged(running: Running) -> None:
    """200 with the last cursor and the counts; sent again it is all duplicates."""
    body = wire.encode(batch(1, 2, 3))
    first, again = running.ingest(body), running.ingest(body)

    last = str(entry(3).cursor)
    assert (200, 200) == (first.status, again.status)
    assert {"acknowledged": last, "stored": 3, "duplicates": 0, "refused": []} == first.json
    assert {"acknowledged": last, "stored": 0, "duplicates": 3, "refused": []} == again.json
    assert 3 == running.store.newest_ord()


def test_a_status_alone(running: Running) -> None:
    """A heartbeat is answered without a cursor, and its node is in the ledger."""
    status = {"machine_id": bytes(16), "hostname": "quiet", "version": "0.1", "behind": 0}
    answer = running.ingest(wire.encode(Batch(), status))

    assert {"acknowledged": None, "stored": 0, "duplicates": 0, "refused": []} == answer.json
    assert [("quiet", "0.1", "live")] == [(n["hostname"], n["version"], n["state"]) for n in running.ledger.nodes()]


GOOD = wire.encode(batch(1, 2, 3))
BOMB = zstandard.compress(bytes(200 * 1024 * 1024))
# A frame whose header says 256 bytes and whose 8,000 blocks are runs of 128 KiB.
LYING_BOMB = b"\x28\xb5\x2f\xfd\x40\x50\x00\x00" + (2**20 | 2).to_bytes(3, "little").join([b"", *[b"x"] * 8000])
WRONG_BODIES = {
    "nothing": (b"", 400, "cannot read the batch"),
    "no zstd": (b"hello", 400, "not one zstd frame"),
    "truncated": (GOOD[:-10], 400, "cannot read the batch"),
    "truncated to the header": (GOOD[:6], 400, "cannot read the batch"),
    "two frames": (GOOD + GOOD, 400, "cannot read the batch"),
    "a zip bomb": (BOMB, 400, "decompressed size 209715200 bytes"),
    "a zip bomb that lies": (LYING_BOMB, 400, "not one zstd frame"),
    "no msgpack": (zstandard.compress(b"\xc1" * 10), 400, "not msgpack"),
    "no map": (packed([1, 2]), 400, "want a map"),
    "another version": (tampered(v=2), 415, "this collector reads version 1"),
    "a negative count": (tampered(n=-1), 400, "n is -1"),
    "too many entries": (tampered(n=10**9), 400, "n is 1000000000"),
    "a column too short": (tampered(seqnum=[1]), 400, "seqnum: 1 items; want n = 3"),
    "hashes too short": (tampered(hash=b"x"), 400, "hash: want 24 bytes"),
    "an origin that is not there": (tampered(origin=[0, 0, 7]), 400, "origin: an index is outside"),
    "a time beyond the year 9999": (tampered(realtime=[2**62, 0, 0]), 400, "realtime"),
    "a field name with a newline": (tampered(shapes=[["A\nB"]]), 400, "is no field name"),
    "text where bytes should be": (tampered(values=[["x", "y"]] * 3), 400, "values[0]"),
    "a status that is no map": (tampered(status=3), 400, "status: want a map"),
    "deep nesting": (zstandard.compress(b"\x91" * 100_000), 400, "not msgpack"),
}


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_malformed_batches(running: Running, name: str) -> None:
    """Each is refused with what is wrong, where, and what to do; nothing is stored, and the next batch is."""
    body, status, what = WRONG_BODIES[name]
    answer = running.ingest(body)

    assert (status, True) == (answer.status, what in answer.json["error"]["what"]), answer
    assert {"what", "where", "do"} == answer.json["error"].keys()
    assert answer.json["error"]["do"]
    assert 0 == running.store.newest_ord()
    assert 3 == running.ingest(GOOD).json["stored"]


@pytest.mark.parametrize(
    ("headers", "status", "where"),
    [
        ({"Content_Type": "application/json"}, 415, "Content-Type"),
        ({"Content_Type": "text/plain; charset=utf-8"}, 415, "Content-Type"),
        ({"Content_Encoding": "gzip"}, 415, "Content-Encoding"),
        ({"Content_Encoding": "zstd, gzip"}, 415, "Content-Encoding"),
    ],
)
def test_wrong_headers(running: Running, headers: dict[str, str], status: int, where: str) -> None:
    """What is not for this address is refused by its headers."""
    answer = running.ingest(GOOD, **headers)

    assert (status, where) == (answer.status, answer.json["error"]["where"])


def test_length_is_wanted_and_limited(running: Running) -> None:
    """Chunks are 411, a length over the limit is 413 before the body is read; the connection closes."""
    chunked = running.request(
        "POST",
        "/api/v1/ingest",
        iter([GOOD]),
        Content_Type=wire.CONTENT_TYPE,
        Content_Encoding="zstd",
        Transfer_Encoding="chunked",
    )
    with running.connect() as link:
        link.sendall(_head(2**40))
        answer = link.makefile("rb").read()

    assert 411 == chunked.status
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"at most 134217728 are taken" in answer


def _head(length: int, *more: str) -> bytes:
    lines = [
        "POST /api/v1/ingest HTTP/1.1",
        "Host: x",
        f"Content-Type: {wire.CONTENT_TYPE}",
        "Content-Encoding: zstd",
        f"Content-Length: {length}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_methods(running: Running) -> None:
    """Other methods are 405 with what is allowed."""
    answer = running.request("GET", "/api/v1/ingest")

    assert (405, "POST") == (answer.status, answer.headers["Allow"])
    assert "GET is not for /api/v1/ingest" == answer.json["error"]["what"]


def test_a_sender_that_goes_away(running: Running) -> None:
    """A body that ends early is nobody's; the next sender is served."""
    with running.connect() as link:
        link.sendall(_head(len(GOOD)) + GOOD[:20])

    assert 3 == running.ingest(GOOD).json["stored"]
    assert (0, 0) == (running.intake.bodies.used, running.intake.entries.used)


def test_a_full_disk_is_503_before_the_body(running: Running) -> None:
    """Nothing is acknowledged while the disk is full; who asks first (Expect) is told before sending the body."""
    store = ScriptedStore()
    store.trouble = lambda batches: StoreFull("no space left in /data")
    settings = CollectorSettings(data_dir=running.settings.data_dir)
    with Running(store, settings) as full:
        full.intake.ingest._has_space = lambda: False
        answer = full.ingest(GOOD)
        with full.connect() as link:
            link.sendall(_head(len(GOOD), "Expect: 100-continue"))
            refused = link.makefile("rb").read()
        ready = full.request("GET", "/readyz")

        assert (503, "5") == (answer.status, answer.headers["Retry-After"])
        assert "no space left in /data" == answer.json["error"]["what"]
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert (503, b"no space left in /data\n") == (ready.status, ready.body)
        assert 200 == full.request("GET", "/healthz").status


def test_expect_is_answered_at_once(running: Running) -> None:
    """A body that will be taken is asked for with 100."""
    with running.connect() as link:
        link.sendall(_head(len(GOOD), "Expect: 100-continue", "Connection: close"))
        reader = link.makefile("rb")
        assert b"HTTP/1.1 100 Continue\r\n" == reader.readline()
        reader.readline()
        link.sendall(GOOD)
        assert b"HTTP/1.1 200 OK\r\n" == reader.readline()


def test_memory_is_shared_out(running: Running) -> None:
    """When bodies under way use up the memory, another sender is told to come again."""
    settings = CollectorSettings(data_dir=running.settings.data_dir, ingest_memory=32 * 1024 * 1024)
    with Running(running.store, settings) as small, small.connect() as link:
        link.sendall(_head(32 * 1024 * 1024) + b"x")
        while small.intake.bodies.used == 0:
            threading.Event().wait(0.005)
        answer = small.ingest(GOOD)

        assert (503, "1") == (answer.status, answer.headers["Retry-After"])
        assert "too many batches are being sent at once" in json.loads(answer.body)["error"]["what"]


def test_a_slow_body_is_given_up(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that dribbles is cut off after a time that grows with the length."""
    monkeypatch.setattr("journalhub.collector.bodies.BODY_SECONDS", 0.2)
    assert BODY_SECONDS > 1
    with running.connect() as link:
        link.sendall(_head(1000) + b"x")

        assert link.makefile("rb").readline().startswith(b"HTTP/1.1 408 ")


def test_connections_are_limited(running: Running) -> None:
    """One connection too many is told so and closed; the others live."""
    settings = CollectorSettings(data_dir=running.settings.data_dir, connections=8)
    with Running(running.store, settings) as small:
        links = [small.connect() for _ in range(8)]
        for link in links:
            link.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert link.recv(12) == b"HTTP/1.1 200"
        with small.connect() as refused:
            assert refused.makefile("rb").read().startswith(b"HTTP/1.1 503 ")
        for link in links:
            link.close()


def test_headers_that_do_not_come(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that dribbles a head is closed after a time; one that has asked for something stays."""
    monkeypatch.setattr("journalhub.collector.listening.HEADER_SECONDS", 0.5)
    asking = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    good = running.connect()
    good.sendall(asking)
    while good.recv(12) != b"HTTP/1.1 200":  # on a slow machine it may have been closed before it asked
        good.close()
        good = running.connect()
        good.sendall(asking)
    with good, running.connect() as link:
        link.sendall(b"POST /api/v1/ingest HTTP/1.1\r\nHost:")
        assert b"" == link.makefile("rb").read()
        good.recv(1000)
        good.sendall(asking)
        assert b"HTTP/1.1 200" == good.recv(12)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\x00" * 100 + b"\n\n",
    ],
)
def test_what_is_not_http(running: Running, garbage: bytes) -> None:
    """Garbage is answered with 400 or a closed connection, and the process lives."""
    with running.connect() as link:
        link.sendall(garbage)
        link.shutdown(1)
        answer = link.makefile("rb").read()

    assert answer == b"" or answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    assert 200 == running.request("GET", "/healthz").status
