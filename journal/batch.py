"""The native batch: entries in columns, origins interned. The bytes on the wire are docs/formats/batch.md."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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

    def __len__(self) -> int:
        return len(self.batch)

    def add(self, entry: Entry) -> None:
        """Append one entry. A `_BOOT_ID` field equal to the entry's boot id is dropped: see `Entry.fields`."""
        own: list[Pair] = []
        whose: list[Pair] = []
        for pair in entry.fields:
            (whose if pair[0] in ORIGIN_FIELDS else own).append(pair)
        boot = ("_BOOT_ID", entry.boot_id.hex().encode())
        if boot in own:
            own.remove(boot)
        batch = self.batch
        spelled = (entry.seqnum_id, entry.boot_id, tuple(whose))
        number = self._spelled.get(spelled)
        if number is None:
            whose.sort()
            number = self._intern_origin(Origin(entry.seqnum_id, entry.boot_id, tuple(whose)))
            self._spelled[spelled] = number
        batch.origin.append(number)
        batch.shape.append(self._intern_shape(tuple([name for name, _ in own])))
        batch.realtime.append(entry.realtime)
        batch.monotonic.append(entry.monotonic)
        batch.seqnum.append(entry.seqnum)
        batch.xor_hash.append(entry.xor_hash)
        values = tuple([value for _, value in own])
        batch.values.append(values)
        self.bytes += sum(map(len, values))

    def _intern_origin(self, origin: Origin) -> int:
        number = self._origins.get(origin)
        if number is None:
            number = self._origins[origin] = len(self.batch.origins)
            self.batch.origins.append(origin)
            self.bytes += sum(len(name) + len(value) for name, value in origin.fields)
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
