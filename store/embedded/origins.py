"""The origins of a partition by number, and which of them have a value."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TypeVar

import msgpack
import zstandard

from journalhub.journal.origin import Origin
from journalhub.store.contract import StoreError
from journalhub.store.embedded.log import OriginRow, unpack_origin, unpack_origins

Numbers = frozenset[int]
Read = TypeVar("Read")


_SINGLE = 4
"""Origins of a row of the log that are read one by one; with the next one all of the row are."""


_ANSWERS_KEPT = 256
"""Fields of which it is remembered which shapes have them: to look through some thousand shapes takes 0.5 ms."""


class _Origins(dict[int, Origin]):
    """Origins by number. Those of the log are read when they are asked for: a page needs few of them.

    As a dict it has those that were read; ask it for single ones only. IndexError for a number that nobody has.
    """

    def __init__(self, rows: Sequence[OriginRow]) -> None:
        self._rows = rows
        self._firsts = [first for first, _ in rows]
        self._asked = [0] * len(rows)
        """Origins of each row that were read one by one."""
        self._is_complete = False
        self._pairs: dict[tuple[str, bytes], tuple[str, bytes]] = {}
        self.stored = rows[-1][0] + len(self._read(-1, unpack_origins)) if rows else 0
        """How many are in the log."""

    def shared(self, origin: Origin) -> Origin:
        """The origin, made of the names and values that others have."""
        share = self._pairs.setdefault
        return Origin(origin.seqnum_id, origin.boot_id, tuple([share(pair, pair) for pair in origin.fields]))

    def complete(self) -> None:
        """Read all of them, once."""
        if not self._is_complete:
            for at in range(len(self._rows)):
                self._complete(at)
            self._is_complete = True

    def _complete(self, at: int) -> None:
        for number, origin in enumerate(self._read(at, unpack_origins), self._firsts[at]):
            if number not in self:  # and if another thread does the same, what was there first stays
                self.setdefault(number, self.shared(origin))

    def _read(self, at: int, read: Callable[[bytes], Read]) -> Read:
        first, body = self._rows[at]
        try:
            return read(body)
        except (ValueError, TypeError, zstandard.ZstdError, msgpack.UnpackException) as error:
            raise StoreError(f"the origins from {first} on are damaged: {error}; run repair") from error

    def __missing__(self, number: int) -> Origin:
        if not 0 <= number < self.stored:
            raise IndexError(f"there is no origin {number}")
        at = bisect_right(self._firsts, number) - 1
        self._asked[at] += 1
        if self._asked[at] > _SINGLE:
            self._complete(at)
            return self[number]
        index = number - self._firsts[at]
        return self.setdefault(number, self.shared(self._read(at, lambda body: unpack_origin(body, index))))


class OriginTable:
    """Origins numbered as they came; never removed. One thread adds, any may ask."""

    def __init__(self, rows: Sequence[OriginRow] = ()) -> None:
        """`rows` are those of the log, which are read when they are needed. Raises StoreError."""
        self.origins = _Origins(rows)
        """By number."""
        self._count = self.origins.stored
        self._numbers: dict[Origin, int] = {}
        """Of the first `_numbered`: only who adds origins needs them."""
        self._numbered = 0
        self._having: dict[str, dict[bytes, list[int]]] = {}
        """By name and value, of the first `_sorted` origins: the rest are sorted in when somebody asks."""
        self._sorted = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def all(self) -> list[Origin]:
        """Every origin by number."""
        self.origins.complete()
        return list(map(self.origins.__getitem__, range(self._count)))

    @property
    def numbers(self) -> dict[Origin, int]:
        """By origin. For the thread that adds."""
        self.origins.complete()
        for number in range(self._numbered, self._count):
            self._numbers[self.origins[number]] = number
        self._numbered = self._count
        return self._numbers

    def number(self, origin: Origin) -> int | None:
        """The number of an origin, or None when it is new."""
        return self.numbers.get(origin)

    def add(self, origins: Iterable[Origin]) -> None:
        """Give the next numbers to new origins."""
        with self._lock:
            for origin in origins:
                self.origins[self._count] = self.origins.shared(origin)
                self._count += 1

    def _by_value(self, name: str) -> dict[bytes, list[int]]:
        """The origins by their value of `name`. The caller holds the lock."""
        self.origins.complete()
        for number in range(self._sorted, self._count):
            origin = self.origins[number]
            for its_name, value in {*origin.fields, ("_BOOT_ID", origin.boot_id.hex().encode())}:
                self._having.setdefault(its_name, {}).setdefault(value, []).append(number)
        self._sorted = self._count
        return self._having.get(name, {})

    def truncate(self, count: int) -> None:
        """Take back the newest origins, which nothing refers to, until `count` are left."""
        with self._lock:
            self._by_value("")
            for number in range(count, self._count):
                origin = self.origins.pop(number)
                self._numbers.pop(origin, None)
                for name, value in {*origin.fields, ("_BOOT_ID", origin.boot_id.hex().encode())}:
                    self._having[name][value].pop()
                    if not self._having[name][value]:
                        del self._having[name][value]
            self._count = min(self._count, count)
            self._sorted = min(self._sorted, count)
            self._numbered = min(self._numbered, count)

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

    def distinct(self, name: str) -> list[bytes]:
        """Every value of an origin field."""
        with self._lock:
            return list(self._by_value(name))

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
        self._changes = 0
        self._having: dict[tuple[str, int], tuple[int, Numbers]] = {}
        """What was answered, each with the number of changes before it."""

    def number(self, names: tuple[str, ...]) -> int | None:
        """The number of a shape, or None when it is new."""
        return self.numbers.get(names)

    def add(self, shapes: Sequence[tuple[str, ...]]) -> None:
        """Give the next numbers to new shapes."""
        for names in shapes:
            self.numbers[names] = len(self.shapes)
            self.entries.append(0)
            self.shapes.append(names)
        self._changes += 1  # at last: what is read of shapes meanwhile is not taken for news

    def truncate(self, count: int) -> None:
        """Take back the newest shapes, which nothing refers to, until `count` are left."""
        for names in self.shapes[count:]:
            del self.numbers[names]
        del self.shapes[count:]
        del self.entries[count:]
        self._changes += 1

    def having(self, name: str, at_least: int = 1) -> Numbers:
        """The shapes that have a field at least so many times."""
        changes = self._changes
        known = self._having.get((name, at_least))
        if known is None or known[0] != changes:
            shapes = tuple(self.shapes)
            having = frozenset(number for number, names in enumerate(shapes) if names.count(name) >= at_least)
            if len(self._having) >= _ANSWERS_KEPT:
                self._having.clear()
            known = self._having[name, at_least] = changes, having
        return known[1]
