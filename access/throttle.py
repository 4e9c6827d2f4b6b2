"""Guessing is made slow: after some failures from one place, or for one name, answers are refused for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable

FREE_FAILURES = 5
"""Failures without a consequence: people mistype."""

FIRST_PAUSE = 2.0
"""Seconds of the first refusal; each further failure doubles it, …"""

LONGEST_PAUSE = 900.0
"""… up to this: 96 guesses a day. A user who was attacked is not locked out for longer."""

KEPT = 10_000
"""Places and names remembered; the oldest are forgotten first."""


class Throttle:
    """Counts failures per key. No I/O; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, *keys: str) -> float:
        """Seconds until an attempt with these keys is looked at again; 0 for now."""
        return max((self._failures.get(key, (0, 0.0))[1] - self._clock() for key in keys), default=0.0)

    def fail(self, *keys: str) -> None:
        """An attempt with these keys was wrong."""
        for key in keys:
            count = self._failures.pop(key, (0, 0.0))[0] + 1
            pause = FIRST_PAUSE * 2 ** min(count - FREE_FAILURES, 30) if count >= FREE_FAILURES else 0.0
            self._failures[key] = (count, self._clock() + min(pause, LONGEST_PAUSE))
            while len(self._failures) > KEPT:
                self._failures.popitem(last=False)

    def succeed(self, *keys: str) -> None:
        """An attempt with these keys was right: begin anew."""
        for key in keys:
            self._failures.pop(key, None)
