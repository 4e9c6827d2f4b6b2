"""The order of lines in -f: entries of several hosts are held back a little; later ones are told. No I/O."""

from collections.abc import Iterator
from heapq import heappop, heappush

from journalhub.journal.entry import Entry
from journalhub.query.output.boots import Machine, machine_of

ACTIVE_SECONDS = 10.0
"""A host that has said nothing for so long is not waited for: what one host alone says is shown at once."""

HELD_MAX = 100_000
"""Entries that are held back at most: some tens of megabytes."""


class Window:
    """Puts entries in order that arrive within `seconds` of each other.

    Promise: an entry that stands further than `seconds` behind an entry shown before it is late, and `late` says so.
    Times of `push` and `due` are of the monotonic clock.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: list[tuple[int, int, float, Entry]] = []
        self._number = 0
        self._heard: dict[Machine, float] = {}
        self._newest = 0
        self._late: set[Machine] = set()

    def push(self, entry: Entry, now: float) -> None:
        """An entry has arrived."""
        self._heard[machine_of(entry)] = now
        self._number += 1
        heappush(self._held, (entry.realtime, self._number, now, entry))

    def due(self, now: float) -> Iterator[Entry]:
        """The entries that are held no longer, in order. Each is shown before the next is taken."""
        horizon = self._horizon(now)
        ripe = [realtime for realtime, _, arrived, _ in self._held if arrived <= horizon]
        if len(self._held) > HELD_MAX:
            yield from self.rest()
        upto = max(ripe, default=-1)
        while self._held and self._held[0][0] <= upto:
            yield heappop(self._held)[3]  # also what is not due yet: nothing older waits for a younger one

    def rest(self) -> Iterator[Entry]:
        """Everything that is held, in order: nothing more comes for now."""
        while self._held:
            yield heappop(self._held)[3]

    def wait(self, now: float) -> float | None:
        """Seconds until something is due, or None when nothing is held."""
        if not self._held:
            return None
        return max(0.0, min(arrived for _, _, arrived, _ in self._held) + self._seconds - now)

    def late(self, entry: Entry) -> int:
        """By how many microseconds an entry that is shown now stands behind what was shown, at its host's first.

        0 for entries in order, and for further ones of a host that is late already: it is told once.
        """
        behind = self._newest - entry.realtime
        self._newest = max(self._newest, entry.realtime)
        machine = machine_of(entry)
        if not self._seconds or behind <= self._seconds * 1_000_000:
            self._late.discard(machine)
            return 0
        if machine in self._late:
            return 0
        self._late.add(machine)
        return behind

    def _horizon(self, now: float) -> float:
        """What arrived until then is due."""
        self._heard = {machine: at for machine, at in self._heard.items() if now - at < ACTIVE_SECONDS}
        return now - self._seconds if len(self._heard) > 1 else now
