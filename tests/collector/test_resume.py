"""Where a shipper goes on that lost its state, and what counts as missing for good."""

from pathlib import Path

import pytest
from tests.collector.material import BOOT_ID, MACHINE_ID, SEQNUM_ID, START, batch, entry
from tests.collector.running import Running
from tests.collector.test_ledger import gap, status_of

from journalhub.collector.holes import HoleFinder
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GAP_SETTLED_SECONDS
from journalhub.collector.resume import streams_of
from journalhub.collector.settings import CollectorSettings
from journalhub.journal.batch import Batch, from_entries
from journalhub.store.contract import Appended
from journalhub.store.memory import MemoryStore


def stored(*batches: Batch) -> tuple[MemoryStore, Ledger]:
    store, ledger = MemoryStore(), Ledger(CollectorSettings())
    for whole in batches:
        ledger.record(whole, store.append([whole])[0])
    return store, ledger


def test_up_to_the_first_hole() -> None:
    """The cursor is the last one before which nothing is missing."""
    store, ledger = stored(batch(3, 4, 5), batch(9, 10))

    assert [
        {
            "seqnum_id": SEQNUM_ID.hex(),
            "boot_id": BOOT_ID.hex(),
            "cursor": str(entry(5).cursor),
            "first_seqnum": 3,
            "last_seqnum": 5,
        }
    ] == streams_of(store, ledger, MACHINE_ID)


def test_explained_holes_do_not_stop_it() -> None:
    """Seqnums that the shipper reported as gone are not waited for."""
    store, ledger = stored(batch(3, 4, 5), batch(9, 10), batch(20))
    ledger.record(Batch(), Appended([], 0), status_of(gaps=[gap(6, 8)]))
    assert str(entry(10).cursor) == streams_of(store, ledger, MACHINE_ID)[0]["cursor"]

    # An explanation that covers only the beginning of a hole: what is stored before it is the answer.
    ledger.record(Batch(), Appended([], 0), status_of(gaps=[gap(11, 15)]))
    assert str(entry(10).cursor) == streams_of(store, ledger, MACHINE_ID)[0]["cursor"]


def test_only_that_machine() -> None:
    """Another machine's streams are not told, nor those without cursors."""
    other = from_entries([entry(1, machine_id="e" * 32, seqnum_id=b"e" * 16)])
    store, ledger = stored(batch(1), other)

    assert [("e" * 32, [b"e".hex() * 16])] == [
        (machine, [s["seqnum_id"] for s in streams_of(store, ledger, machine)]) for machine in ("e" * 32,)
    ]
    assert [] == streams_of(store, ledger, "f" * 32)


def test_over_http(running: Running) -> None:
    """The answer of docs/api.md, with the machine id in either spelling; nonsense is 400."""
    running.store.append([batch(1, 2)])
    dashed = f"{MACHINE_ID[:8]}-{MACHINE_ID[8:]}"
    for spelled in (MACHINE_ID, MACHINE_ID.upper(), dashed):
        answer = running.request("GET", f"/api/v1/resume?machine_id={spelled}")
        assert str(entry(2).cursor) == answer.json["streams"][0]["cursor"]
    wrong = running.request("GET", "/api/v1/resume?machine_id=web-1")
    assert (400, "machine_id") == (wrong.status, wrong.json["error"]["where"])


def test_holes_become_gaps_when_they_settle() -> None:
    """A hole that stays is a gap of its node with its time; when it is filled it is none any more."""
    store, ledger = stored(batch(1, 2), batch(7))
    now = [100.0]
    finder = HoleFinder(store, ledger, lambda: now[0])
    finder.scan()
    assert 0 == ledger.nodes()[0]["missing"]
    now[0] += GAP_SETTLED_SECONDS
    finder.scan()
    found = ledger.nodes()[0]["gaps"]
    assert [(3, 6, START + 2000, START + 7000, "not received")] == [
        (g["first"], g["last"], g["since"], g["until"], g["cause"]) for g in found
    ]
    store.append([batch(3, 4, 5, 6)])
    finder.scan()
    assert (0, []) == (ledger.nodes()[0]["missing"], ledger.nodes()[0]["gaps"])


@pytest.mark.parametrize("explained", [False, True])
def test_explained_holes_are_not_counted_twice(explained: bool, tmp_path: Path) -> None:
    """What a shipper reported is not found again."""
    store, ledger = stored(batch(1, 2), batch(7))
    if explained:
        ledger.record(Batch(), Appended([], 0), status_of(gaps=[gap(3, 6)]))
    now = [0.0]
    finder = HoleFinder(store, ledger, lambda: now[0])
    for _ in range(2):
        finder.scan()
        now[0] += GAP_SETTLED_SECONDS

    assert (4, ["rotated" if explained else "not received"]) == (
        ledger.nodes()[0]["missing"],
        [g["cause"] for g in ledger.nodes()[0]["gaps"]],
    )
