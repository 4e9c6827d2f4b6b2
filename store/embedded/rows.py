"""Entries in columns as a partition holds them: origins and shapes by the partition's own numbers."""

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, Protocol, TypeVar

from journalhub.journal.batch import Names, Values
from journalhub.journal.origin import ORIGIN_FIELDS, OriginsByNumber
from journalhub.store.contract import Hit, Parts, Position

Key = TypeVar("Key", bound=Hashable)


class Numbers(NamedTuple):
    """The numbers of one entry."""

    ord: int
    origin: int
    shape: int
    realtime: int
    monotonic: int
    seqnum: int


class Rows(Protocol):
    """Columns of entries, in memory since they arrived or decoded from a block. Rising by ord."""

    @property
    def count(self) -> int: ...
    @property
    def ords(self) -> Sequence[int]: ...
    @property
    def origin(self) -> Sequence[int]: ...
    @property
    def shape(self) -> Sequence[int]: ...
    @property
    def realtime(self) -> Sequence[int]: ...
    @property
    def monotonic(self) -> Sequence[int]: ...
    @property
    def seqnum(self) -> Sequence[int]: ...
    @property
    def xor_hash(self) -> Sequence[int]: ...

    @abstractmethod
    def numbers(self, row: int) -> Numbers:
        """Those of one entry, without working out the others'."""

    @abstractmethod
    def own(self, row: int) -> Values:
        """The values of the entry's own fields, parallel to the names of its shape."""

    @abstractmethod
    def own_values(self, row: int, name: str) -> list[bytes]:
        """The values of one own field, without touching the others."""


@dataclass(slots=True)
class MemoryRows:
    """Rows as they arrived."""

    shapes: list[Names]
    """The partition's shapes by number."""
    ords: Sequence[int] = ()
    origin: list[int] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)
    realtime: list[int] = field(default_factory=list)
    monotonic: list[int] = field(default_factory=list)
    seqnum: list[int] = field(default_factory=list)
    xor_hash: list[int] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.origin)

    def numbers(self, row: int) -> Numbers:
        return Numbers(
            self.ords[row],
            self.origin[row],
            self.shape[row],
            self.realtime[row],
            self.monotonic[row],
            self.seqnum[row],
        )

    def own(self, row: int) -> Values:
        return self.values[row]

    def own_values(self, row: int, name: str) -> list[bytes]:
        names = self.shapes[self.shape[row]]
        return [value for key, value in zip(names, self.values[row], strict=True) if key == name]

    def cut(self, start: int, end: int) -> "MemoryRows":
        """Rows start..end (exclusive) as rows of their own."""
        return MemoryRows(
            self.shapes,
            self.ords[start:end],
            self.origin[start:end],
            self.shape[start:end],
            self.realtime[start:end],
            self.monotonic[start:end],
            self.seqnum[start:end],
            self.xor_hash[start:end],
            self.values[start:end],
        )


def size_of(values: Iterable[Values]) -> int:
    """Bytes of all values of some entries."""
    return sum(map(len, chain.from_iterable(values)))


def rows_by(keys: Mapping[int, Key], column: Sequence[int]) -> dict[Key, Sequence[int]]:
    """The rows of each key, rising; `keys` has one for every number in a column, and for no other."""
    found: dict[Key, list[int]] = {key: [] for key in keys.values()}
    if len(found) == 1:
        return dict.fromkeys(found, range(len(column)))
    theirs = {number: found[key] for number, key in keys.items()}
    for row, number in enumerate(column):
        theirs[number].append(row)
    return dict(found)


def taken(column: list[int], rows: Sequence[int]) -> list[int]:
    """The numbers of some rows, which are rising; of all of them the column itself."""
    return column if len(rows) == len(column) else list(map(column.__getitem__, rows))


class Row:
    """One entry of a partition, its fields read only when asked for: what a compiled query is given."""

    __slots__ = ("index", "origins", "rows", "shapes")

    def __init__(self, rows: Rows, index: int, origins: OriginsByNumber, shapes: Sequence[Names]) -> None:
        self.rows = rows
        self.index = index
        self.origins = origins
        self.shapes = shapes

    def values(self, name: str) -> list[bytes]:
        """As `Entry.values`."""
        if name in ORIGIN_FIELDS:
            fields = self.origins[self.rows.origin[self.index]].fields
            return [value for key, value in fields if key == name]
        if name == "_BOOT_ID":
            return [self.origins[self.rows.origin[self.index]].boot_id.hex().encode()]
        return self.rows.own_values(self.index, name)

    @property
    def position(self) -> Position:
        return Position(self.rows.realtime[self.index], self.rows.ords[self.index])

    def hit(self) -> Hit:
        """The whole entry, and where it stands."""
        rows, index = self.rows, self.index
        number, origin, shape, realtime, monotonic, seqnum = rows.numbers(index)
        values = rows.own(index)
        parts = Parts(self.origins[origin], self.shapes[shape], values, seqnum, monotonic, rows.xor_hash[index])
        return Hit(Position(realtime, number), None, parts)
