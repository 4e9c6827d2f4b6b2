"""The ledger of nodes: counts, losses, states, and what survives a crash."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.collector.material import MACHINE_ID, SEQNUM_ID, START, batch, entry

from journalhub.collector import suppressed
from journalhub.collector.gaps import Gap
from journalhub.collector.ledger import OTHERS, Ledger
from journalhub.collector.ledger_file import DAMAGED, FILE, LedgerFile
from journalhub.collector.limits import GAPS_MAX, REASONS_MAX
from journalhub.collector.node import Key, Rate
from journalhub.collector.node_status import NodeStatus, parse_status
from journalhub.collector.settings import CollectorSettings
from journalhub.journal.batch import Batch, from_entries
from journalhub.store.contract import Appended
from journalhub.store.memory import MemoryStore

SECOND = 1_000_000


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def wall(self) -> int:
        return round(self.seconds * SECOND)

    def monotonic(self) -> float:
        return self.seconds


def ledger_at(clock: Clock, file: LedgerFile | None = None, **settings: Any) -> Ledger:
    return Ledger(CollectorSettings(**settings), file, wall=clock.wall, monotonic=clock.monotonic)


def status_of(**parts: Any) -> NodeStatus:
    return parse_status({"machine_id": bytes.fromhex(MACHINE_ID), "hostname": "web-1", "version": "0.1"} | parts)


def gap(first: int, last: int) -> dict[str, Any]:
    return {"seqnum_id": SEQNUM_ID, "first": first, "last": last, "since": START, "until": START, "cause": "rotated"}


def all_new(whole: Batch) -> Appended:
    return Appended(range(len(whole)), 0)


def test_counts_per_node() -> None:
    """Stored, duplicate and refused entries are counted with the node that wrote them, whoever sent them."""
    mixed = from_entries(
        [entry(1), entry(2), entry(3, hostname=b"db-1", machine_id="d" * 32), entry(4, namespace=b"app"), entry(5)]
    )
    ledger = ledger_at(Clock())
    ledger.record(mixed, Appended([0, 2, 3], 1, [(4, "too old")]))

    found = {(n["hostname"], n["namespace"]): (n["entries"], n["duplicates"], n["refused"]) for n in ledger.nodes()}
    assert {("web-1", ""): (1, 1, 1), ("db-1", ""): (1, 0, 0), ("web-1", "app"): (1, 0, 0)} == found
    assert [{}, {"too old": 1}, {}] == [node["refused_reasons"] for node in ledger.nodes()]
    totals = {"nodes": 3, "entries": 3, "duplicates": 1, "refused": 1, "missing": 0, "dropped": 0}
    assert totals | {"suppressed": 0, "at_risk": 0, "pending": 0, "behind": 0} == ledger.totals()


def test_state_and_times() -> None:
    """A node is live, behind while its shipper says so, and silent when nothing comes."""
    clock = Clock()
    ledger = ledger_at(clock, silent_after=120.0, behind_after=60.0)
    whole = batch(1, 2)
    ledger.record(whole, all_new(whole), status_of(behind=61 * SECOND, sent_at=clock.wall() - 5))
    node = ledger.nodes()[0]
    assert ("behind", -5, "0.1", clock.wall(), START + 2000) == (
        node["state"],
        node["clock_skew"],
        node["version"],
        node["last_seen"],
        node["last_entry"],
    )
    ledger.record(Batch(), Appended([], 0), status_of(behind=0))
    assert "live" == ledger.nodes()[0]["state"]
    clock.seconds += 121
    assert "silent" == ledger.nodes()[0]["state"]


def test_a_status_is_about_the_machine() -> None:
    """It is entered with every namespace of its machine, and with machines whose journals it ships."""
    ledger = ledger_at(Clock())
    relayed = from_entries([entry(1, namespace=b"app"), entry(2, hostname=b"other", machine_id="e" * 32)])
    ledger.record(relayed, all_new(relayed), status_of(behind=1))
    ledger.record(Batch(), Appended([], 0), status_of(behind=7, quarantined=["bad.journal"]))

    assert [("other", 7, ["bad.journal"]), ("web-1", 7, ["bad.journal"])] == [
        (node["hostname"], node["behind"], node["quarantined"]) for node in ledger.nodes()
    ]


def test_users_are_those_of_the_machine(tmp_path: Path) -> None:
    """Names count for the machine that tells them, not for those it relays; they stay while nothing newer is said."""
    file = LedgerFile(tmp_path)
    ledger = ledger_at(Clock(), file)
    relayed = from_entries([entry(1), entry(2, hostname=b"other", machine_id="e" * 32)])
    ledger.record(relayed, all_new(relayed), status_of(users=[(0, "root"), (1000, "ann")]))
    ledger.record(Batch(), Appended([], 0), status_of())
    ledger.flush()
    file.close()
    file = LedgerFile(tmp_path)
    again = ledger_at(Clock(), file)

    for each in (ledger, again):
        users = {node["hostname"]: node["users"] for node in each.nodes()}
        assert {"web-1": {"0": "root", "1000": "ann"}, "other": {}} == users
    file.close()


def test_gaps_are_entered_once() -> None:
    """A report that is repeated until it is acknowledged counts once; overlapping gaps count each entry once."""
    ledger = ledger_at(Clock())
    whole = batch(1, 50)
    for _ in range(3):
        ledger.record(whole, all_new(whole), status_of(gaps=[gap(2, 9), gap(5, 12)]))
    node = ledger.nodes()[0]

    assert ([(2, 9), (5, 12)], 11) == ([(g["first"], g["last"]) for g in node["gaps"]], node["missing"])
    assert [(2, 9), (5, 12)] == ledger.explained(SEQNUM_ID)
    assert [] == ledger.explained(b"x" * 16)


def test_lists_are_bounded() -> None:
    """Old gaps are no longer listed but still counted; reasons of refusals beyond a number are one."""
    ledger = ledger_at(Clock())
    whole = batch(1)
    for number in range(GAPS_MAX + 50):
        ledger.record(whole, all_new(whole), status_of(gaps=[gap(10 * number, 10 * number + 1)]))
    for number in range(2 * REASONS_MAX):
        ledger.record(whole, Appended([], 0, [(0, f"reason {number}")]))
    node = ledger.nodes()[0]

    assert (GAPS_MAX, 2 * (GAPS_MAX + 50)) == (len(node["gaps"]), node["missing"])
    assert (REASONS_MAX + 1, 2 * REASONS_MAX) == (len(node["refused_reasons"]), node["refused"])


def test_a_million_machines_do_not_fill_memory() -> None:
    """Nodes beyond the limit share one account; their entries are counted."""
    ledger = ledger_at(Clock(), nodes=3)
    for number in range(10):
        whole = from_entries([entry(1, machine_id=f"{number:032x}", hostname=b"h%d" % number)])
        ledger.record(whole, all_new(whole))

    assert {"(others)": 7, "h0": 1, "h1": 1, "h2": 1} == {n["hostname"]: n["entries"] for n in ledger.nodes()}
    assert OTHERS.hostname == ledger.nodes()[0]["hostname"]


def test_hostile_names() -> None:
    """Names that would drive a terminal are shown without what it obeys."""
    ledger = ledger_at(Clock())
    whole = from_entries([entry(1, hostname=b"\x1b[2Jevil\n\xff" + b"x" * 5000)])
    ledger.record(whole, all_new(whole))
    name = ledger.nodes()[0]["hostname"]

    assert (True, 256) == (name.startswith("\ufffd[2Jevil\ufffd\ufffd"), len(name))


def test_rate() -> None:
    """Entries per second over the last minute; what is older does not count."""
    rate = Rate()
    for second in range(200):
        rate.add(10, float(second))

    assert 10.0 == pytest.approx(rate.per_second(199.0), rel=0.1)
    assert 0 == rate.per_second(300.0)


def test_losses_survive_a_crash(tmp_path: Path) -> None:
    """A gap is on disk when `record` returns, without `flush`; counts are there after `flush`."""
    clock = Clock()
    crashed = ledger_at(clock, LedgerFile(tmp_path))
    whole = batch(1)
    dropped = {"rule": "unreadable", "count": 4, **gap(20, 23)}
    crashed.record(whole, all_new(whole), status_of(gaps=[gap(2, 9)], dropped=[dropped], quarantined=["q.journal"]))
    again = ledger_at(clock, LedgerFile(tmp_path))

    assert crashed.nodes()[0] | {"rate": 0} == again.nodes()[0] | {"rate": 0}
    assert (8, ["q.journal"], 4) == (
        again.nodes()[0]["missing"],
        again.nodes()[0]["quarantined"],
        again.nodes()[0]["dropped"][0]["count"],
    )


def test_counts_come_back_from_the_store(tmp_path: Path) -> None:
    """A ledger that is lost or late is brought up to what the store has."""
    store = MemoryStore()
    store.append([batch(1, 2, 3), from_entries([entry(1, machine_id="e" * 32, hostname=b"e", seqnum_id=b"e" * 16)])])
    ledger = ledger_at(Clock())
    ledger.seed(store.streams())

    assert [("e", 1), ("web-1", 3)] == [(node["hostname"], node["entries"]) for node in ledger.nodes()]
    assert {SEQNUM_ID, b"e" * 16} == {seqnum_id for seqnum_id, _ in ledger.watched()}


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    """The collector starts with a new ledger and says where the old one is."""
    (tmp_path / FILE).write_bytes(b"this is not SQLite, whatever its name says" * 100)
    file = LedgerFile(tmp_path)

    assert DAMAGED in file.damaged
    assert [] == file.nodes()
    assert (tmp_path / DAMAGED).read_bytes().startswith(b"this is not")


def test_flush_writes_what_has_changed(tmp_path: Path) -> None:
    """Counts are on disk after `flush`."""
    clock, file = Clock(), LedgerFile(tmp_path)
    ledger = ledger_at(clock, file)
    whole = batch(1, 2)
    ledger.record(whole, all_new(whole))
    assert [] == file.nodes()
    ledger.flush()
    file.close()

    assert 2 == ledger_at(clock, LedgerFile(tmp_path)).nodes()[0]["entries"]


def test_parts_of_an_upload_that_were_no_entries(tmp_path: Path) -> None:
    """They are counted with the nodes of the connection, or with the address where no entry was readable."""
    ledger = ledger_at(Clock())
    ledger.refuse(Counter({"no __REALTIME_TIMESTAMP": 2}), None, "10.0.0.9")
    ledger.refuse(Counter(), None, "10.0.0.10")

    assert [("10.0.0.9", 2)] == [(node["hostname"], node["refused"]) for node in ledger.nodes()]


def test_holes_of_a_node() -> None:
    """What was found missing is listed among the gaps, and goes when it has come."""
    ledger = ledger_at(Clock())
    whole = batch(1, 5)
    ledger.record(whole, all_new(whole))
    key = Key(MACHINE_ID, "", "")
    ledger.set_holes(key, SEQNUM_ID, [Gap(SEQNUM_ID.hex(), "", 2, 4, START, START + 1, "not received")])
    assert (3, "not received") == (ledger.nodes()[0]["missing"], ledger.nodes()[0]["gaps"][0]["cause"])
    ledger.set_holes(key, SEQNUM_ID, [])
    assert (0, []) == (ledger.nodes()[0]["missing"], ledger.nodes()[0]["gaps"])


HOUR = 3600 * SECOND


def test_a_journal_that_will_be_deleted_before_it_is_shipped() -> None:
    """A node is at risk while its oldest unshipped entry is in the oldest quarter of its journal, or it is silent."""
    clock = Clock()
    ledger = ledger_at(clock)
    whole = batch(1)
    for margin, at_risk in ((None, False), (HOUR, True), (3 * HOUR, False), (0, True)):
        ledger.record(whole, all_new(whole), status_of(kept=8 * HOUR, margin=margin))
        assert at_risk is ledger.nodes()[0]["at_risk"], margin
    ledger.record(whole, all_new(whole), status_of(kept=8 * HOUR, margin=None))
    clock.seconds += 6 * 3600 + 1
    assert ledger.nodes()[0]["at_risk"]
    assert 1 == ledger.totals()["at_risk"]

    ledger.record(whole, all_new(whole), status_of(kept=None, margin=None))
    clock.seconds += 600 * 3600
    assert not ledger.nodes()[0]["at_risk"], "journald deletes nothing there"


def test_what_journald_lost_by_itself(tmp_path: Path) -> None:
    """Its own notices of suppressed and missed entries are added up, each once, and survive a restart."""
    said = [
        (b"MESSAGE_ID", suppressed.DROPPED, b"N_DROPPED", b"41"),
        (b"MESSAGE_ID", suppressed.MISSED, b"MESSAGE", b"Missed 7 kernel messages"),
        (b"MESSAGE_ID", b"0" * 32, b"N_DROPPED", b"500"),
    ]
    entries = []
    for seqnum, (name, value, more, text) in enumerate(said, 1):
        plain = entry(seqnum)
        fields = [pair for pair in plain.fields if pair[0] != more.decode()]
        fields += [(name.decode(), value), (more.decode(), text)]
        entries.append(plain._replace(fields=tuple(fields)))
    whole = from_entries(entries)
    ledger = ledger_at(Clock(), LedgerFile(tmp_path))
    ledger.record(whole, all_new(whole))
    ledger.record(whole, Appended([], len(whole)))
    ledger.flush()

    assert 48 == ledger.nodes()[0]["suppressed"]
    assert 48 == ledger_at(Clock(), LedgerFile(tmp_path)).nodes()[0]["suppressed"]
