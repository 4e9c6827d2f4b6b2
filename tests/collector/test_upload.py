"""POST /upload, over real sockets and a real store."""

import time
from pathlib import Path

import pytest
import zstandard
from tests.collector.material import ScriptedStore, entry
from tests.collector.running import DEADLINE, Running

from journalhub.collector.settings import CollectorSettings
from journalhub.journal.export import encode
from journalhub.store.contract import StoreFull

HEAD = (
    b"POST /upload HTTP/1.1\r\nHost: x\r\nUser-Agent: systemd-journal-upload 252\r\n"
    b"Content-Type: application/vnd.fdo.journal\r\nTransfer-Encoding: chunked\r\nAccept: text/plain\r\n"
)


def text(first: int, last: int) -> bytes:
    return b"".join(encode(entry(seqnum)) for seqnum in range(first, last + 1))


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def wait_stored(running: Running, count: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while running.store.newest_ord() < count:
        assert time.monotonic() < deadline, f"{running.store.newest_ord()} entries are stored, not {count}"
        time.sleep(0.01)


def test_a_backlog_in_one_request(running: Running) -> None:
    """Any number of chunks is stored and answered with what the stock receiver says, and an offer of zstd."""
    answer = running.upload(iter([text(1, 3000), text(3001, 5000)]), Transfer_Encoding="chunked")

    assert (202, b"OK.\n", "zstd") == (answer.status, answer.body, answer.headers["Accept-Encoding"])
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 5000 == running.store.newest_ord()


def test_nothing_at_all(running: Running) -> None:
    """An empty body is fine."""
    assert 202 == running.upload(b"").status


def test_compressed(running: Running) -> None:
    """zstd frames, one per buffer as systemd sends them, are read; the same entries uncompressed are duplicates."""
    frames = zstandard.compress(text(1, 100)) + zstandard.compress(text(101, 150))

    assert (202, 202) == (running.upload(frames, Content_Encoding="zstd").status, running.upload(text(1, 150)).status)
    node = running.ledger.nodes()[0]
    assert (150, 150, 150) == (running.store.newest_ord(), node["entries"], node["duplicates"])


def test_expect_is_answered_at_once(running: Running) -> None:
    """The sender waits for 100 before it sends its backlog."""
    with running.connect() as link:
        link.sendall(HEAD + b"Expect: 100-continue\r\n\r\n")
        reader = link.makefile("rb")
        assert b"HTTP/1.1 100 Continue\r\n" == reader.readline()
        reader.readline()
        link.sendall(chunk(text(1, 2)) + b"0\r\n\r\n")
        assert b"HTTP/1.1 202 Accepted\r\n" == reader.readline()


def test_a_connection_is_used_again(running: Running) -> None:
    """Following sends one request after the other on the same connection."""
    with running.connect() as link:
        reader = link.makefile("rb")
        for number in (1, 2, 3):
            link.sendall(HEAD + b"\r\n" + chunk(text(number, number)) + b"0\r\n\r\n")
            assert b"HTTP/1.1 202 Accepted\r\n" == reader.readline()
            while reader.readline() != b"\r\n":
                pass
            assert b"OK.\n" == reader.read(4)
    assert 3 == running.store.newest_ord()


def test_it_is_stored_while_it_streams_in(running: Running) -> None:
    """Complete entries are stored although the request has not ended; half of one waits for its other half."""
    half = text(3, 3)
    with running.connect() as link:
        link.sendall(HEAD + b"\r\n" + chunk(text(1, 2) + half[:50]))
        wait_stored(running, 2)
        link.sendall(chunk(half[50:]))
        wait_stored(running, 3)
        link.sendall(b"0\r\n\r\n")
        assert link.makefile("rb").readline() == b"HTTP/1.1 202 Accepted\r\n"


def test_an_interrupted_request_is_sent_again(running: Running) -> None:
    """What came before the connection broke is stored once; the resend adds only the rest."""
    whole = text(1, 1000)
    with running.connect() as link:
        link.sendall(HEAD + b"\r\n" + chunk(whole[: len(whole) // 2]))
    wait_stored(running, 1)
    answer = running.upload(whole)

    assert (202, 1000) == (answer.status, running.store.newest_ord())
    node = running.ledger.nodes()[0]
    assert (1000, True) == (node["entries"], node["duplicates"] > 400)


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Content_Type": "text/plain"}, 415, b"Content-Type: application/vnd.fdo.journal is required"),
        ({"Content_Encoding": "br"}, 415, b"zstd, xz, lz4, gzip and none are taken"),
        ({"Content_Encoding": "zstd, gzip"}, 415, b"zstd, xz, lz4, gzip and none are taken"),
    ],
)
def test_wrong_headers(running: Running, headers: dict[str, str], status: int, said: bytes) -> None:
    """What is not export text is refused, in plain text that journal-upload shows to its user."""
    answer = running.upload(text(1, 1), **headers)

    assert (status, True, b"\n") == (answer.status, said in answer.body, answer.body[-1:])
    assert 0 == running.store.newest_ord()


BROKEN = {
    "an entry cut short": (text(1, 5)[:-30], 417, 4),
    "a length beyond reason": (text(1, 5) + b"MESSAGE\n" + b"\xff" * 8, 400, 5),
    "no newline behind a value": (text(1, 5) + b"A\n\x01" + bytes(7) + b"xx", 400, 5),
    "noise": (b"\x00\x01\x02" * 5000, 417, 0),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_text(running: Running, name: str) -> None:
    """It is refused with the place where it breaks; what was complete before is stored; the process lives."""
    body, status, stored = BROKEN[name]
    answer = running.upload(body)

    assert (status, stored) == (answer.status, running.store.newest_ord()), answer.body
    assert 202 == running.upload(text(1, 6)).status
    assert 6 == running.store.newest_ord()


def test_other_methods_and_paths(running: Running) -> None:
    """GET is 405, another path 404, as far as the stock receiver's answers make sense."""
    assert (405, 404) == (running.request("GET", "/upload").status, running.request("POST", "/uploads", b"x").status)


def test_bad_entries_are_counted_and_the_rest_stored(running: Running) -> None:
    """An entry without a time costs itself: the request is fine, and the node's account shows it."""
    answer = running.upload(text(1, 1) + b"MESSAGE=no time\n_HOSTNAME=x\n\n" + text(2, 2))

    assert 202 == answer.status
    node = running.ledger.nodes()[0]
    assert (2, 1, {"no __REALTIME_TIMESTAMP": 1}) == (node["entries"], node["refused"], node["refused_reasons"])


def test_a_full_disk_in_the_middle(tmp_path: Path) -> None:
    """503 while the body is still coming; nothing more is taken in; after that a request is refused by its head."""
    store = ScriptedStore()
    store.trouble = lambda batches: StoreFull("no space left") if store.newest_ord() >= 2000 else None
    with Running(store, CollectorSettings(data_dir=tmp_path)) as running:
        running.intake.ingest._has_space = lambda: False
        answer = running.upload(text(1, 6000))
        with running.connect() as link:
            link.sendall(HEAD + b"Expect: 100-continue\r\n\r\n")
            refused = link.makefile("rb").read()

        assert (503, b"no space left") == (answer.status, answer.body[:13])
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5" in refused
        assert 2000 == store.newest_ord()
        assert 0 == running.intake.entries.used


def test_back_pressure_stops_reading(tmp_path: Path) -> None:
    """While the disk is slow no more than a few batches are taken in; when it goes on, all arrives."""
    store = ScriptedStore()
    store.gate.clear()
    with Running(store, CollectorSettings(data_dir=tmp_path)) as running:
        with running.connect() as link:
            link.settimeout(1.0)
            link.sendall(HEAD + b"\r\n")
            data = chunk(text(1, 1000))
            sent = 0
            try:
                while sent < 400:
                    link.sendall(data)
                    sent += 1
            except TimeoutError:
                pass
            assert sent < 400, "80 MB were taken in while nothing could be stored"
            deadline = time.monotonic() + DEADLINE
            while not running.intake.ingest.waiting:  # a slow machine may still be reading the first batch
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert running.intake.ingest.waiting <= 3
            store.gate.set()
        assert 202 == running.upload(text(1, 1000)).status


def test_uploads_are_limited(running: Running) -> None:
    """One upload too many is told to come again, before its body."""
    settings = CollectorSettings(data_dir=running.settings.data_dir, uploads=1)
    with Running(running.store, settings) as small, small.connect() as link:
        link.sendall(HEAD + b"\r\n" + chunk(text(1, 1)))
        wait_stored(small, 1)
        answer = small.upload(text(2, 2))

        assert (503, "1") == (answer.status, answer.headers["Retry-After"])
        link.sendall(b"0\r\n\r\n")
        assert link.makefile("rb").readline() == b"HTTP/1.1 202 Accepted\r\n"


def test_a_node_is_live_while_its_connection_is_open(tmp_path: Path) -> None:
    """A stock sender says nothing while nothing is logged; it is silent only after its connection is gone."""
    settings = CollectorSettings(data_dir=tmp_path, silent_after=0.0)
    with Running(ScriptedStore(), settings) as running:
        with running.connect() as link:
            link.sendall(HEAD + b"\r\n" + chunk(text(1, 1)) + b"0\r\n\r\n")
            assert link.makefile("rb").readline() == b"HTTP/1.1 202 Accepted\r\n"
            assert "live" == running.ledger.nodes()[0]["state"]
        deadline = time.monotonic() + DEADLINE
        while running.ledger.nodes()[0]["state"] == "live":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert "systemd-journal-upload 252" == running.ledger.nodes()[0]["version"]
