"""Several senders at once, by both protocols, in any order, again and again: each entry is stored once."""

import http.client
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.collector.material import entry
from tests.collector.test_process import SECONDS, Collector, collector

from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser, encode

CONTENT_TYPE = {"Content-Type": "application/vnd.fdo.journal"}


def material() -> list[Entry]:
    """Two hosts, and a clone of the first: the same numbers of the same boot, other entries."""
    first = [entry(number) for number in range(1, 601)]
    clone = [one._replace(xor_hash=one.xor_hash + 1) for one in first[300:]]
    second = [entry(number, hostname=b"db-1", machine_id="d" * 32, seqnum_id=bytes(16)) for number in range(1, 401)]
    return first + clone + second


def upload(running: Collector, entries: Sequence[Entry]) -> None:
    """As the stock sender does, which is started again until it is taken."""
    body = b"".join(encode(one) + b"\n" for one in entries)
    while True:
        with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=SECONDS)) as connection:
            connection.request("POST", "/upload", body=body, headers=CONTENT_TYPE)
            status = connection.getresponse().status
        if status == 202:
            return
        assert status in (429, 503)


def send(running: Collector, entries: Sequence[Entry], seed: int) -> None:
    """All of them, some several times, in pieces that overlap."""
    chance = random.Random(seed)
    spans = [(start, start + chance.randrange(50, 150)) for start in range(0, len(entries), 50)]
    chance.shuffle(spans)
    for start, end in spans:
        piece = list(entries[start:end])
        if chance.random() < 0.3:
            chance.shuffle(piece)
        if chance.random() < 0.5:
            upload(running, piece)
        else:
            status, _ = running.post(wire.encode(from_entries(piece)))
            assert status == 200


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_by_both_protocols(tmp_path: Path, seed: int) -> None:
    """Four senders of the same entries: what is stored is the entries, once each, and nothing is missing."""
    entries = material()
    with collector(tmp_path) as running:
        with ThreadPoolExecutor(4) as senders:
            for done in [senders.submit(send, running, entries, 10 * seed + number) for number in range(4)]:
                done.result(SECONDS)
        running.wait_found(len(entries))
        parser = ExportParser()
        stored = [*parser.feed(running.get("/api/v1/export?format=export")[1]), *parser.finish()]

    assert Counter(one.cursor for one in stored) == Counter(one.cursor for one in entries)
