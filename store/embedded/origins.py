"""The origins of a partition by number, and which of them have a value."""

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from journalhub.journal.origin import Origin

Numbers = frozenset[int]


class OriginTable:
    """Origins numbered as they came; never removed. One thread adds, any may ask."""

    def __init__(self) -> None:
        self.origins: list[Origin] = []
        """By number."""
        self.numbers: dict[Origin, int] = {}
        self._pairs: dict[tuple[str, bytes], tuple[str, bytes]] = {}
        self._having: dict[str, dict[bytes, list[int]]] = {}
        """By name and value, of the first `_sorted` origins: the rest are sorted in when somebody asks."""
        self._sorted = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.origins)

    def number(self, origin: Origin) -> int | None:
        """The number of an origin, or None when it is new."""
        return self.numbers.get(origin)

    def add(self, origins: Iterable[Origin]) -> None:
        """Give the next numbers to new origins."""
        with self._lock:
            for origin in origins:
                shared = tuple(self._pairs.setdefault(pair, pair) for pair in origin.fields)
                kept = Origin(origin.seqnum_id, origin.boot_id, shared)
                number = len(self.origins)
                self.origins.append(kept)
                self.numbers[kept] = number

    def _by_value(self, name: str) -> dict[bytes, list[int]]:
        """The origins by their value of `name`. The caller holds the lock."""
        for number in range(self._sorted, len(self.origins)):
            origin = self.origins[number]
            for its_name, value in {*origin.fields, ("_BOOT_ID", origin.boot_id.hex().encode())}:
                self._having.setdefault(its_name, {}).setdefault(value, []).append(number)
        self._sorted = len(self.origins)
        return self._having.get(name, {})

    def truncate(self, count: int) -> None:
        """Take back the newest origins, which nothing refers to, until `count` are left."""
        with self._lock:
            self._by_value("")
            for origin in self.origins[count:]:
                del self.numbers[origin]
                for name, value in {*origin.fields, ("_BOOT_ID", origin.boot_id.hex().encode())}:
                    self._having[name][value].pop()
                    if not self._having[name][value]:
                        del self._having[name][value]
            del self.origins[count:]
            self._sorted = min(self._sorted, count)

    def having(self, name: str, predicate: Callable[[bytes], bool]) -> Numbers:
        """The origins with a value of `name` that the predicate likes."""
        with self._lock:
            by_value = list(self._by_value(name).items())
        return frozenset(number for value, numbers in by_value if predicate(value) for number in tuple(numbers))

    def having_any_of(self, name: str, values: Iterable[bytes]) -> Numbers:
        """The origins with one of `values`."""
        with self._lock:
            by_value = self._by_value(name)
            return frozenset(chain.from_iterable([by_value.get(value, ()) for value in values]))

    def values(self, name: str) -> dict[bytes, list[int]]:
        """Every value of an origin field, with the origins that have it."""
        with self._lock:
            return {value: list(numbers) for value, numbers in self._by_value(name).items()}


class ShapeTable:
    """The shapes of a partition by number, with the number of entries of each."""

    def __init__(self) -> None:
        self.shapes: list[tuple[str, ...]] = []
        self.entries: list[int] = []
        self.numbers: dict[tuple[str, ...], int] = {}

    def number(self, names: tuple[str, ...]) -> int | None:
        """The number of a shape, or None when it is new."""
        return self.numbers.get(names)

    def add(self, shapes: Sequence[tuple[str, ...]]) -> None:
        """Give the next numbers to new shapes."""
        for names in shapes:
            self.numbers[names] = len(self.shapes)
            self.entries.append(0)
            self.shapes.append(names)

    def truncate(self, count: int) -> None:
        """Take back the newest shapes, which nothing refers to, until `count` are left."""
        for names in self.shapes[count:]:
            del self.numbers[names]
        del self.shapes[count:]
        del self.entries[count:]

    def having(self, name: str, at_least: int = 1) -> Numbers:
        """The shapes that have a field at least so many times."""
        return frozenset(number for number, names in enumerate(tuple(self.shapes)) if names.count(name) >= at_least)
