"""A column of a block decoded, and which of its values somebody likes."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from journalhub.store.joined import FirstIn

_HINT_SKIPS, _HINTS_FREE = 4, 32
"""Values that a hint must skip on average to be worth its call, once so many were not counted."""


class Column(NamedTuple):
    """Values of one column one after another, value i at ends[i-1]..ends[i]."""

    text: bytes
    ends: list[int]

    def values(self) -> Iterator[bytes]:
        """All values in order."""
        start = 0
        for end in self.ends:
            yield self.text[start:end]
            start = end

    def value(self, index: int) -> bytes:
        return self.text[self.ends[index - 1] if index else 0 : self.ends[index]]


def places_liked(column: Column, predicate: Callable[[bytes], bool], first: int = 0) -> list[int]:
    """The indexes of the values of a column, from one on, that the predicate likes, rising."""
    text, start = column.text, column.ends[first - 1] if first else 0
    indexes: list[int] = []
    for index, end in enumerate(column.ends[first:], first):
        if predicate(text[start:end]):
            indexes.append(index)
        start = end
    return indexes


def places_hinted(column: Column, predicate: Callable[[bytes], bool], first_in: FirstIn) -> list[int]:
    """Likewise, of all values; those before the place that `first_in` tells are not looked at."""
    text, ends = column
    indexes: list[int] = []
    index = asked = 0
    while index < len(ends):
        if asked * _HINT_SKIPS > index + _HINTS_FREE:  # most values have it: to ask for the next one only costs
            return indexes + places_liked(column, predicate, index)
        at = first_in(text, ends[index - 1] if index else 0)
        if at is None:
            break
        asked += 1
        index = bisect_right(ends, at, index)
        if index < len(ends) and predicate(column.value(index)):
            indexes.append(index)
        index += 1
    return indexes
