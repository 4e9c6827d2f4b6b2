"""What is made once of whoever speaks, and used for every entry of theirs."""

from collections.abc import Callable
from typing import Generic, TypeVar

from journalhub.journal.origin import Origin

SPEAKERS_MAX = 8192
"""Origins whose text is remembered, at some 1 KiB each."""

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """What was made of an origin, for that very object: stores give the same one for all its entries."""

    def __init__(self, make: Callable[[Origin], Value]) -> None:
        self._make = make
        self._known: dict[int, tuple[Origin, Value]] = {}

    def of(self, origin: Origin) -> Value:
        """What is made of `origin`."""
        known = self._known.get(id(origin))
        if known is None or known[0] is not origin:
            if len(self._known) >= SPEAKERS_MAX:
                self._known.clear()
            known = self._known[id(origin)] = (origin, self._make(origin))
        return known[1]
