"""Names of fields without end: they are refused and counted, and cost nobody else anything."""

import json
from pathlib import Path

import pytest
from tests.collector.material import MACHINE_ID, entry
from tests.collector.test_process import collector

from journalhub.collector import variety
from journalhub.collector.limits import SHAPE_NAMES_MAX, SHAPES_MAX
from journalhub.collector.retained import Sieve
from journalhub.collector.variety import REASON, Variety
from journalhub.journal import wire
from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.limits import BATCH_ENTRIES

DAY = 86_400_000_000


def strange(first: int, last: int, machine_id: str = MACHINE_ID) -> Batch:
    """Entries that each have a field of a name of its own."""
    made = []
    for number in range(first, last + 1):
        plain = entry(number, machine_id=machine_id)
        made.append(plain._replace(fields=(*plain.fields, (f"NAME_{number}", b"1"))))
    return from_entries(made)


def test_a_machine_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is one too many is refused by row; known sets, other machines and other days go on."""
    monkeypatch.setattr(variety, "SHAPES_MAX", 3)
    now = [DAY * 100]
    sieve = Sieve(lambda: now[0])

    assert sieve.sift(strange(1, 3)).rows is None
    kept = sieve.sift(strange(2, 5))
    assert (kept.rows, kept.refused) == ([0, 1], [(2, REASON), (3, REASON)])
    assert sieve.sift(strange(1, 3)).rows is None
    assert sieve.sift(strange(4, 6, machine_id="e" * 32)).rows is None
    now[0] += DAY
    assert sieve.sift(strange(4, 6)).rows is None


def test_counting_is_by_machine_and_set() -> None:
    """A batch that is sent again counts nothing."""
    counted = Variety(lambda: DAY)
    for _ in range(3):
        assert counted.too_many(strange(1, 50)) == []


def test_a_hundred_thousand_names(tmp_path: Path) -> None:
    """The collector takes its measure of them, counts the others as refused, and stays up for everybody."""
    with collector(tmp_path) as running:
        stored = refused = 0
        for first in range(1, 100_000, BATCH_ENTRIES):
            status, answer = running.post(wire.encode(strange(first, first + BATCH_ENTRIES - 1)))
            assert status == 200
            stored += answer["stored"]
            refused += len(answer["refused"])
        assert stored == SHAPES_MAX
        other = from_entries([entry(1, hostname=b"db-1", machine_id="d" * 32, seqnum_id=bytes(16))])
        assert running.post(wire.encode(other))[1]["stored"] == 1
        nodes = {node["hostname"]: node for node in json.loads(running.get("/api/v1/nodes")[1])["nodes"]}
        assert nodes["web-1"]["refused_reasons"] == {REASON: refused}
        running.wait_found(1, "?host=db-1")


def test_a_million_names(tmp_path: Path) -> None:
    """A thousand in each entry: as many sets as have room are taken, the memory is bounded, and others go on."""
    refused = stored = 0
    with collector(tmp_path) as running:
        for first in range(1, 1001, 50):
            made = []
            for number in range(first, first + 50):
                plain = entry(number)
                wide = tuple((f"N{number:04d}{more:03d}", b"1") for more in range(1000))
                made.append(plain._replace(fields=(*plain.fields, *wide)))
            status, answer = running.post(wire.encode(from_entries(made)))
            assert status == 200, answer
            stored += answer["stored"]
            refused += len(answer["refused"])
        assert SHAPE_NAMES_MAX // 1005 <= stored <= SHAPE_NAMES_MAX // 1000
        assert stored + refused == 1000
        other = from_entries([entry(1, hostname=b"db-1", machine_id="d" * 32, seqnum_id=bytes(16))])
        assert running.post(wire.encode(other))[1]["stored"] == 1
        running.wait_found(1, "?host=db-1")
        running.wait_found(1, "?match=N0001007%3D1")
        status_of = Path(f"/proc/{running.process.pid}/status").read_text()
        (peak,) = [line.split()[1] for line in status_of.splitlines() if line.startswith("VmHWM")]
        assert int(peak) < 700 * 1024
