"""Holes of a sequence become gaps in the ledger once nothing fills them."""

from tests.collector.material import MACHINE_ID, SEQNUM_ID, batch, entry

from journalhub.collector.gaps import NOT_RECEIVED
from journalhub.collector.holes import HoleFinder
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GAP_SETTLED_SECONDS
from journalhub.collector.node_status import NodeStatus, parse_status
from journalhub.collector.settings import CollectorSettings
from journalhub.journal.batch import Batch, from_entries
from journalhub.store.contract import Appended
from journalhub.store.memory import MemoryStore

USER_ID = bytes(range(100, 116))


class Hub:
    """A store and its ledger, on a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.store = MemoryStore()
        self.ledger = Ledger(CollectorSettings(), monotonic=lambda: self.now)
        self.finder = HoleFinder(self.store, self.ledger, lambda: self.now)

    def take(self, sent: Batch) -> None:
        """Store a batch and account for it."""
        self.ledger.record(sent, self.store.append([sent])[0])

    def settled(self) -> list[tuple[int, int, str]]:
        """The gaps after the holes have been looked at twice, as long apart as it takes."""
        self.finder.scan()
        self.now += GAP_SETTLED_SECONDS
        self.finder.scan()
        (node,) = self.ledger.nodes()
        return [(gap["first"], gap["last"], gap["cause"]) for gap in node["gaps"]]


def test_a_hole_that_stays_is_a_gap() -> None:
    """Seqnums that do not come are told, with their range."""
    hub = Hub()
    hub.take(batch(1, 2, 5))

    assert hub.settled() == [(3, 4, NOT_RECEIVED)]


def test_users_journals_count_along() -> None:
    """The seqnums of a user's journal are no holes of the system's; what neither has is one gap, not two."""
    hub = Hub()
    hub.take(batch(1, 2, 5, 9))
    hub.take(from_entries(entry(seqnum, seqnum_id=USER_ID) for seqnum in (3, 4, 6, 8)))

    assert hub.settled() == [(7, 7, NOT_RECEIVED)]


def test_a_gap_that_is_filled_is_taken_back() -> None:
    """What comes late after all is missing no more."""
    hub = Hub()
    hub.take(batch(1, 3))
    assert hub.settled() == [(2, 2, NOT_RECEIVED)]

    hub.take(batch(2))

    assert hub.settled() == []


def test_what_is_still_to_be_sent_is_no_gap() -> None:
    """Older entries that a shipper sends beside the newest are missing only when it says nothing of them."""
    hub = Hub()
    first, last = entry(2), entry(90)
    pending = [{"after": str(first.cursor), "until": str(entry(80).cursor)}]
    status = parse_status({"machine_id": bytes.fromhex(MACHINE_ID), "pending": pending})
    sent = from_entries([first, last])
    hub.ledger.record(sent, hub.store.append([sent])[0], status)

    assert hub.settled() == [(81, 89, NOT_RECEIVED)]
    assert hub.ledger.nodes()[0]["pending"] == [{"since": first.realtime, "until": entry(80).realtime}]

    done = parse_status({"machine_id": bytes.fromhex(MACHINE_ID), "pending": []})
    hub.ledger.record(Batch(), Appended([], 0), done)
    assert hub.settled() == [(3, 89, NOT_RECEIVED)]


def gap_report(first: int, last: int) -> NodeStatus:
    """What a shipper says of seqnums that its journal has no more."""
    gap = {"seqnum_id": SEQNUM_ID, "first": first, "last": last, "since": 1, "until": 2, "cause": "rotated"}
    return parse_status({"machine_id": bytes.fromhex(MACHINE_ID), "gaps": [gap]})


def test_what_was_reported_missing_and_is_there() -> None:
    """A shipper that was killed reports entries lost that it had sent: those are taken back, and what comes later."""
    hub = Hub()
    sent = batch(1, 2, 3, 4, 9)
    hub.ledger.record(sent, hub.store.append([sent])[0], gap_report(2, 8))

    assert [(gap[0], gap[1]) for gap in hub.settled()] == [(5, 8)]
    assert hub.ledger.nodes()[0]["missing"] == 4

    hub.take(batch(5, 7))
    assert [(gap[0], gap[1]) for gap in hub.settled()] == [(6, 6), (8, 8)]
    hub.take(batch(6, 8))
    assert hub.settled() == []


def test_what_was_refused_is_no_gap() -> None:
    """Entries that are refused are counted as that, and are not missing besides."""
    hub = Hub()
    sent = batch(1, 2, 3, 4)
    hub.store.append([batch(1, 4)])
    hub.ledger.record(sent, Appended([0, 3], 0, [(1, "too old"), (2, "too old")]))

    assert hub.settled() == []
    assert hub.ledger.nodes()[0]["refused"] == 2
