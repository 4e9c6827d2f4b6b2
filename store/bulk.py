"""Many entries found at once: columns of their store, and which rows of them. Hits are made of those looked at."""

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, overload

from journalhub.journal import compiled
from journalhub.journal.batch import Names
from journalhub.journal.origin import Origin, OriginsByNumber
from journalhub.store.contract import Hit, Parts, Position

Integers = memoryview
"""Of unsigned 64-bit integers, the machine's own: format Q over bytes, which `obj` gives to the compiled codec."""

ROW_BITS = 32
"""Of a place in `Found`: the row; above them stands the number of its source."""

ROWS_MAX = 128
"""Entries found one by one that hold on to the columns they are rows of: a page of an answer, which makes JSON of them
without their values being taken out. Mostly they are those that the cache holds."""

SOURCES_MAX = 256
"""Columns that one page of entries may hold on to, each of some 200 KiB."""

_ROW = (1 << ROW_BITS) - 1


def integers(raw: bytes) -> Integers:
    """The integers that `raw` consists of."""
    return memoryview(raw).cast("Q")


def raw_of(numbers: Integers) -> bytes:
    """The bytes that integers consist of."""
    raw = numbers.obj
    assert isinstance(raw, bytes)
    return raw


class Text(NamedTuple):
    """The values of one field of one shape: value i is raw[bounds[start+i]:bounds[start+i+1]]."""

    raw: bytes
    bounds: Integers
    start: int


class Columns(Protocol):
    """Entries of a store, column by column: row i of each column is one entry."""

    @property
    def origins(self) -> OriginsByNumber:
        """By number."""

    @property
    def shapes(self) -> Sequence[Names]:
        """By number."""

    @property
    def ords(self) -> Integers: ...
    @property
    def origin(self) -> Integers: ...
    @property
    def shape(self) -> Integers: ...
    @property
    def realtime(self) -> Integers: ...
    @property
    def monotonic(self) -> Integers: ...
    @property
    def seqnum(self) -> Integers: ...
    @property
    def xor_hash(self) -> Integers: ...

    @property
    def rank(self) -> Integers:
        """Of each row, how many of its shape stand before it."""

    def texts(self, shape: int) -> Sequence[Text]:
        """The values of each field of a shape, by rank."""


def hit_of(columns: Columns, row: int) -> Hit:
    """One row as an entry of its own."""
    return Hit(Position(columns.realtime[row], columns.ords[row]), None, _parts_of(columns, row))


def _parts_of(columns: Columns, row: int) -> Parts:
    shape, rank = columns.shape[row], columns.rank[row]
    texts = columns.texts(shape)
    values = None if compiled.codec is None else compiled.codec.values_of(texts, rank)
    if values is None:
        values = tuple([raw[bounds[start + rank] : bounds[start + rank + 1]] for raw, bounds, start in texts])
    return Parts(
        columns.origins[columns.origin[row]],
        columns.shapes[shape],
        values,
        columns.seqnum[row],
        columns.monotonic[row],
        columns.xor_hash[row],
    )


class RowHit(Hit):
    """A row that is an entry of its own once its parts are asked for. It keeps all the columns."""

    __slots__ = ("_parts", "columns", "row")

    def __init__(self, columns: Columns, row: int) -> None:
        self.columns = columns
        self.row = row
        self._parts: Parts | None = None
        self._entry = None

    @property
    def position(self) -> Position:  # type: ignore[override]  # nobody sets it
        return Position(self.columns.realtime[self.row], self.columns.ords[self.row])

    @property
    def parts(self) -> Parts:  # type: ignore[override]  # nor this
        if self._parts is None:
            self._parts = _parts_of(self.columns, self.row)
        return self._parts


class Found(Sequence[Hit]):
    """Entries in the order of an answer. Whoever wants their bytes takes them from `sources`, at `places`."""

    def __init__(self, sources: list[Columns | list[Hit]] | None = None, places: "array[int] | None" = None) -> None:
        self.sources: list[Columns | list[Hit]] = [[]] if sources is None else sources
        """Of the rows; the first one is of hits that were found one by one."""
        self.places = array("Q") if places is None else places
        """(number of the source << ROW_BITS) + row, of each entry."""
        self._numbers: dict[int, int] = {}

    def number_of(self, columns: Columns) -> int:
        """The number of a source, which becomes one if it is none yet."""
        number = self._numbers.get(id(columns))
        if number is None:
            number = self._numbers[id(columns)] = len(self.sources)
            self.sources.append(columns)
        return number

    def hold(self, hits: Sequence[Hit]) -> Sequence[int]:
        """The places of entries found one by one, which are yet to be put in `places`."""
        loose = self.sources[0]
        assert isinstance(loose, list)
        loose += hits
        return range(len(loose) - len(hits), len(loose))

    def hold_rows(self, columns: Columns, rows: Sequence[int]) -> Sequence[int]:
        """The same for rows of some columns."""
        loose = self.sources[0]
        assert isinstance(loose, list)
        make = RowHit if len(loose) + len(rows) <= ROWS_MAX else hit_of
        return self.hold([make(columns, row) for row in rows])

    @property
    def is_full(self) -> bool:
        """Whether it should hold on to no more columns than it does."""
        return len(self.sources) > SOURCES_MAX

    def add(self, hits: Sequence[Hit]) -> None:
        """More entries at the end, found one by one."""
        self.places.extend(self.hold(hits))

    def hit(self, place: int) -> Hit:
        """The entry at one of `places`."""
        source, row = self.sources[place >> ROW_BITS], place & _ROW
        return source[row] if isinstance(source, list) else hit_of(source, row)

    def passing(self) -> Iterator[Hit]:
        """The entries for one who looks at each and keeps none: nothing is taken out of their columns until then."""
        for place in self.places:
            source, row = self.sources[place >> ROW_BITS], place & _ROW
            yield source[row] if isinstance(source, list) else RowHit(source, row)

    def speakers(self, exactly: bool) -> list[Origin]:
        """Whose these entries are; unless `exactly`, perhaps others as well whose entries lie beside them."""
        rows: dict[int, list[int]] = {number: [] for number in range(len(self.sources))}
        if exactly:
            for place in self.places:
                rows[place >> ROW_BITS].append(place & _ROW)
        found: list[Origin] = []
        for number, source in enumerate(self.sources):
            if isinstance(source, list):
                hits = [source[row] for row in rows[number]] if exactly else source
                found += [hit.parts.origin for hit in hits if hit.parts is not None]
            else:
                every = source.origin
                numbers = set(map(every.__getitem__, rows[number])) if exactly else set(every)
                found += map(source.origins.__getitem__, numbers)
        return found

    def hits(self) -> Sequence[Hit]:
        """These entries; as a list where all were found one by one."""
        return self if len(self.sources) > 1 else list(self)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> "Found": ...
    def __getitem__(self, at: int | slice) -> "Hit | Found":
        if isinstance(at, slice):
            return Found(self.sources, self.places[at])
        return self.hit(self.places[at])

    def __iter__(self) -> Iterator[Hit]:
        return map(self.hit, self.places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list
