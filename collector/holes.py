"""Find the seqnums that never came: the store knows which are missing, time tells which stay so.

And take back what a shipper reported missing that is there: killed before it wrote down what was acknowledged, it
counts entries as lost that the collector has had from it before; and another copy of a journal may bring them later.
"""

from collections.abc import Callable, Mapping, Sequence

from journalhub.collector.gaps import NOT_RECEIVED, Gap, HoleWatch, Run, subtract
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GAPS_MAX
from journalhub.collector.node import Key
from journalhub.journal.cursor import Cursor
from journalhub.store.contract import Store, Stream


class HoleFinder:
    """Looks through the sequences of the ledger's nodes; one thread calls `scan` every now and then."""

    def __init__(self, store: Store, ledger: Ledger, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._ledger = ledger
        self._monotonic = monotonic
        self._watches: dict[bytes, HoleWatch] = {}
        self._seen: dict[bytes, tuple[Run, ...]] = {}

    def scan(self) -> None:
        """Enter what is missing for good into the ledger, and take back what has come."""
        watched = self._ledger.watched()
        self._watches = {seqnum_id: self._watches.get(seqnum_id, HoleWatch()) for seqnum_id, _ in watched}
        boots: dict[bytes, list[Stream]] = {}
        for stream in self._store.streams():
            boots.setdefault(stream.seqnum_id, []).append(stream)
        self._take_back(boots)
        now = self._monotonic()
        reported: dict[Key, list[Run]] = {}
        for seqnum_id, key in watched:
            siblings = [other for other, its_key in watched if its_key == key and other != seqnum_id]
            holes = self._store.missing(seqnum_id, siblings)
            for one in (seqnum_id, *siblings):
                holes = subtract(holes, [*self._ledger.explained(one), *self._ledger.pending(one)])
            # Siblings share their holes: whose they were nobody knows, so each is entered once.
            holes = subtract(holes, reported.get(key, []))
            reported.setdefault(key, []).extend(holes)
            settled = tuple(self._watches[seqnum_id].settled(holes, now)[-GAPS_MAX:])
            if settled != self._seen.get(seqnum_id, ()):
                gaps = [self._gap(seqnum_id, run, boots.get(seqnum_id, [])) for run in settled]
                self._ledger.set_holes(key, seqnum_id, gaps)
                self._seen[seqnum_id] = settled

    def _take_back(self, boots: Mapping[bytes, Sequence[Stream]]) -> None:
        for key, seqnum_id, siblings in self._ledger.with_gaps():
            stored = boots.get(seqnum_id, [])
            if not stored:
                continue
            whole = min(one.first_seqnum for one in stored), max(one.last_seqnum for one in stored)
            self._ledger.came(key, seqnum_id, subtract([whole], self._store.missing(seqnum_id, siblings)))

    def _gap(self, seqnum_id: bytes, run: Run, boots: Sequence[Stream]) -> Gap:
        before, after = self._time(seqnum_id, run[0] - 1, boots), self._time(seqnum_id, run[1] + 1, boots)
        return Gap(seqnum_id.hex(), "", *run, before, after, NOT_RECEIVED)

    def _time(self, seqnum_id: bytes, seqnum: int, boots: Sequence[Stream]) -> int:
        """When the entry with a seqnum was written; 0 when it is not there."""
        for boot in boots:
            if boot.first_seqnum <= seqnum <= boot.last_seqnum:
                hit = self._store.get(Cursor(seqnum_id, seqnum, boot.boot_id, 0, 0, 0))
                if hit:
                    return hit.entry.realtime
        return 0
