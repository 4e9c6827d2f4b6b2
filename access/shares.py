"""No one reader or sender takes it all: how many requests of each may be under way, and begin in a second."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

BURST_SECONDS = 10.0
"""So much of its rate may one save up: a page asks for five things at once, then for nothing."""

KEPT = 10_000
"""Identities remembered; of those without a request under way the oldest are forgotten first."""

CROWDED_SECONDS = 1.0
"""What one is told to wait with too many requests under way: how long they take nobody knows."""


@dataclass(slots=True)
class _Share:
    under_way: int = 0
    saved: float = 0.0
    """Requests that may begin at once."""
    at: float = 0.0
    """When that was worked out, in the clock's seconds."""


class Shares:
    """Counts requests by identity. No I/O; `clock` gives seconds."""

    def __init__(self, at_once: int, rate: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """At most `at_once` under way, and `rate` a second, None for as many as come."""
        self._at_once = at_once
        self._rate = rate
        self._clock = clock
        self._shares: OrderedDict[str, _Share] = OrderedDict()

    def begin(self, name: str) -> float:
        """0 when a request of `name` may begin, which `end` is told of; else the seconds until another try."""
        now = self._clock()
        share = self._shares.get(name)
        if share is None:
            share = self._shares[name] = _Share(0, (self._rate or 0) * BURST_SECONDS, now)
            self._forget()
        if share.under_way >= self._at_once:
            return CROWDED_SECONDS
        if self._rate is not None:
            share.saved = min(self._rate * BURST_SECONDS, share.saved + (now - share.at) * self._rate)
            share.at = now
            if share.saved < 1:
                return (1 - share.saved) / self._rate
            share.saved -= 1
        share.under_way += 1
        self._shares.move_to_end(name)
        return 0.0

    def end(self, name: str) -> None:
        """A request that began is over."""
        self._shares[name].under_way -= 1

    def _forget(self) -> None:
        if len(self._shares) > KEPT:
            idle = next((name for name, share in self._shares.items() if share.under_way == 0), None)
            if idle is not None:
                del self._shares[idle]
