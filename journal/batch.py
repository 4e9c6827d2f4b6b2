"""The native batch: entries in columns, origins interned. The bytes on the wire are docs/formats/batch.md."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from journalhub.journal.compiled import Codec
from journalhub.journal.entry import Entry
from journalhub.journal.origin import ORIGIN_FIELDS, Origin

Names = tuple[str, ...]
Values = tuple[bytes, ...]
Pair = tuple[str, bytes]


@dataclass(slots=True)
class Batch:
    """Entries of any nodes, in columns. Row `i` of every column is one entry.

    An entry's fields are its origin's plus the pairs of `shapes[shape[i]]` with `values[i]`, which are parallel.
    """

    origins: list[Origin] = field(default_factory=list)
    shapes: list[Names] = field(default_factory=list)
    """Each distinct sequence of names of the fields that are not the origin's; a name may repeat."""
    origin: list[int] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)
    realtime: list[int] = field(default_factory=list)
    monotonic: list[int] = field(default_factory=list)
    seqnum: list[int] = field(default_factory=list)
    xor_hash: list[int] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.origin)

    def entry(self, row: int) -> Entry:
        """Row `row` as an Entry: fields of the origin first, then its own."""
        origin = self.origins[self.origin[row]]
        own = zip(self.shapes[self.shape[row]], self.values[row], strict=True)
        return Entry(
            origin.seqnum_id,
            self.seqnum[row],
            origin.boot_id,
            self.monotonic[row],
            self.realtime[row],
            self.xor_hash[row],
            (*origin.fields, *own),
        )

    def __iter__(self) -> Iterator[Entry]:
        return map(self.entry, range(len(self)))


SPLIT_MAX = 128
"""Fields of an entry up to which the way it is parted is remembered: with 4,096 ways some 10 MB at most."""


class Split(NamedTuple):
    """How the fields of an entry are parted, when their names come in a certain order: most entries share a few."""

    whose: Callable[[tuple[Pair, ...]], tuple[Pair, ...]]
    """Of an entry's fields those of its origin."""
    own: Callable[[tuple[Pair, ...]], tuple[Pair, ...]]
    """And those that are its own."""
    names: Names
    """Of its own fields."""
    has_boot: bool
    """Whether a `_BOOT_ID` is among them."""


def _split_of(fields: tuple[Pair, ...]) -> Split:
    names = tuple([name for name, _ in fields])
    return _known_split(names) if len(names) <= SPLIT_MAX else _split(names)


def _split(names: Names) -> Split:
    own = [at for at, name in enumerate(names) if name not in ORIGIN_FIELDS]
    whose = [at for at, name in enumerate(names) if name in ORIGIN_FIELDS]
    return Split(_getter(whose), _getter(own), tuple([names[at] for at in own]), "_BOOT_ID" in names)


_known_split = lru_cache(4096)(_split)


def _getter(places: list[int]) -> Callable[[tuple[Pair, ...]], tuple[Pair, ...]]:
    """The pairs at these places of a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda pairs: tuple([pairs[at] for at in places])


def _without_boot(fields: tuple[Pair, ...], boot_id: bytes) -> tuple[Pair, ...]:
    """The fields without the first `_BOOT_ID` that says what the address says."""
    boot = ("_BOOT_ID", boot_id.hex().encode())
    if boot not in fields:
        return fields
    at = fields.index(boot)
    return fields[:at] + fields[at + 1 :]


class BatchBuilder:
    """Collects entries into a Batch, interning origins and shapes as they come."""

    def __init__(self) -> None:
        self.batch = Batch()
        self.bytes = 0
        """Bytes of all own values so far; origins are counted once each."""
        self._origins: dict[Origin, int] = {}
        self._spelled: dict[tuple[bytes, bytes, tuple[Pair, ...]], int] = {}
        """Numbers of origins by their fields in the order they came in, which saves sorting them for every entry."""
        self._shapes: dict[Names, int] = {}
        self._speakers: dict[bytes, int] = {}
        """Numbers of origins by the key that the compiled codec makes of one."""

    def __len__(self) -> int:
        return len(self.batch)

    def add(self, entry: Entry) -> None:
        """Append one entry. A `_BOOT_ID` field equal to the entry's boot id is dropped: see `Entry.fields`."""
        seqnum_id, seqnum, boot_id, monotonic, realtime, xor_hash, fields = entry
        split = _split_of(fields)
        if split.has_boot:
            fields = _without_boot(fields, boot_id)
            split = _split_of(fields)
        batch = self.batch
        whose = split.whose(fields)
        spelled = (seqnum_id, boot_id, whose)
        number = self._spelled.get(spelled)
        if number is None:
            number = self._intern_origin(Origin(seqnum_id, boot_id, tuple(sorted(whose))))
            self._spelled[spelled] = number
        shape = self._shapes.get(split.names)
        own = tuple([value for _, value in split.own(fields)])
        batch.origin.append(number)
        batch.shape.append(self._intern_shape(split.names) if shape is None else shape)
        batch.realtime.append(realtime)
        batch.monotonic.append(monotonic)
        batch.seqnum.append(seqnum)
        batch.xor_hash.append(xor_hash)
        batch.values.append(own)
        self.bytes += sum(map(len, own))

    def read_entries(self, codec: Codec, lines: object, text: bytes | memoryview, rows: int, size: int) -> int:
        """Append entries of export text up to so many rows or bytes of values; how many bytes of text that took.

        `lines` is what `Codec.export_lines` gave, and only for builders of one text after the other.
        """
        batch = self.batch
        numbers = (batch.origin, batch.shape, batch.realtime, batch.monotonic, batch.seqnum, batch.xor_hash)
        speakers, shapes = (self._speakers, self._speaker), (self._shapes, self._intern_shape)
        read, added = codec.read_entries(lines, text, (*numbers, batch.values), speakers, shapes, rows, size)
        self.bytes += added
        return read

    def _speaker(self, seqnum_id: bytes, boot_id: bytes, fields: tuple[Pair, ...]) -> int:
        return self._intern_origin(Origin(seqnum_id, boot_id, tuple(sorted(fields))))

    def _intern_origin(self, origin: Origin) -> int:
        number = self._origins.get(origin)
        if number is None:
            number = self._origins[origin] = len(self.batch.origins)
            self.batch.origins.append(origin)
            self.bytes += sum([len(name) + len(value) for name, value in origin.fields])
        return number

    def _intern_shape(self, names: Names) -> int:
        number = self._shapes.get(names)
        if number is None:
            number = self._shapes[names] = len(self.batch.shapes)
            self.batch.shapes.append(names)
        return number


def from_entries(entries: Iterable[Entry]) -> Batch:
    """All of `entries` as one Batch, in the given order."""
    builder = BatchBuilder()
    for entry in entries:
        builder.add(entry)
    return builder.batch
