"""Holes of a sequence become gaps in the ledger once nothing fills them."""

from tests.collector.material import MACHINE_ID, batch, entry

from journalhub.collector.gaps import NOT_RECEIVED
from journalhub.collector.holes import HoleFinder
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GAP_SETTLED_SECONDS
from journalhub.collector.node_status import parse_status
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
