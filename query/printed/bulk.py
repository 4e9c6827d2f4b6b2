"""Entries found in bulk, printed straight out of the columns of their blocks, where the compiled codec is there."""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from journalhub.journal import compiled
from journalhub.journal.batch import Names
from journalhub.journal.origin import Origin
from journalhub.store.bulk import Columns, Found, raw_of
from journalhub.store.contract import Hit

STEP = 64
"""Entries that are printed at once without the compiled codec."""


class Kind(IntEnum):
    """What is printed; numbers of native/printing.c."""

    EXPORT = 0
    JSON = 1
    LINES = 2


Column = tuple[str, bytes, bytes, bytes, int]
"""Name, what stands before a value, and its values: `Text` with the bounds as bytes."""

Form = tuple[Column | None, ...]
"""How a row of some shape is printed: its columns. In LINES those of message, pid and source time."""

Source = tuple[Sequence[bytes | None], Sequence[Form | None], bytes, bytes, bytes, bytes, bytes]
"""What of a source is printed: the speaker and the form of each row, then columns of integers."""

Stamp = Callable[[int], tuple[bytes, bytes]]
"""A second to what stands before and behind its fraction."""


class Way(NamedTuple):
    """What makes an output mode."""

    kind: Kind
    one: Callable[[Hit], bytes]
    """Prints an entry: the reference, and what prints those that are not common."""
    speaker: Callable[[Origin], bytes | None]
    """What all entries of an origin have in common; None where they are not common."""
    places: Callable[[Names], Sequence[tuple[bytes, int | None]] | None]
    """Of a shape: for each column what stands before a value, and which of the names it is; None likewise."""
    odd: Callable[[str, bytes], bytes] = lambda name, value: b""
    """Prints a field whose value is not printable ASCII."""
    stamp: Stamp = lambda second: (b"", b"")
    precise: bool = False
    """Whether the stamp has a fraction."""


class BulkPrinter:
    """Prints one answer, piece by piece. Not safe in two threads."""

    def __init__(self, way: Way | None, one: Callable[[Hit], bytes]) -> None:
        """Without a way every entry is printed by `one`."""
        self._way = way
        self._one = one
        self._sources: dict[int, tuple[Columns, Source]] = {}
        """Of the page before, by `id`: neighbouring pages share blocks."""

    def pieces(self, hits: Sequence[Hit], enough: int) -> Iterator[bytes]:
        """The entries, in pieces of `enough` bytes or a little more; the last one may have fewer."""
        at = 0
        if compiled.codec is not None and self._way is not None and isinstance(hits, Found):
            way, found = self._way, hits
            sources = self._ready(way, found)

            def one(place: int) -> bytes:
                return way.one(found.hit(place))

            how = (one, way.odd, way.stamp, way.precise)
            while at < len(found) and (
                made := compiled.codec.print_rows(way.kind, sources, found.places, at, enough, *how)
            ):
                piece, at = made
                yield piece
        while at < len(hits):
            yield b"".join(map(self._one, hits[at : at + STEP]))
            at += STEP

    def _ready(self, way: Way, found: Found) -> list[Source | None]:
        """The sources as they are printed; None for those of single hits. What this page does not have is let go."""
        ready: dict[int, tuple[Columns, Source]] = {}
        sources: list[Source | None] = []
        for columns in found.sources:
            if isinstance(columns, list):
                sources.append(None)
                continue
            known = self._sources.get(id(columns)) or (columns, _source(way, columns))
            ready[id(columns)] = known
            sources.append(known[1])
        self._sources = ready
        return sources


def _source(way: Way, columns: Columns) -> Source:
    speakers = {number: way.speaker(columns.origins[number]) for number in set(columns.origin)}
    forms = {shape: _form(way, columns, shape) for shape in set(columns.shape)}
    return (
        list(map(speakers.__getitem__, columns.origin)),
        list(map(forms.__getitem__, columns.shape)),
        raw_of(columns.realtime),
        raw_of(columns.monotonic),
        raw_of(columns.seqnum),
        raw_of(columns.xor_hash),
        raw_of(columns.rank),
    )


def _form(way: Way, columns: Columns, shape: int) -> Form | None:
    names, texts = columns.shapes[shape], columns.texts(shape)
    places = way.places(names)
    if places is None:
        return None
    return tuple(
        [
            None if at is None else (names[at], literal, texts[at].raw, raw_of(texts[at].bounds), texts[at].start)
            for literal, at in places
        ]
    )
