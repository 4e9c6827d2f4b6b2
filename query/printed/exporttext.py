"""Hits as export text, without an Entry being made of each: the lines of a speaker are the same every time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from journalhub.journal.batch import Names, Values
from journalhub.journal.export import encode, encode_fields
from journalhub.journal.origin import Origin
from journalhub.query.output.remembered import Remembered
from journalhub.query.printed.bulk import BulkPrinter, Kind, Way
from journalhub.store.contract import Hit

_ENTRY = (
    b"__CURSOR=s=%b;i=%x;b=%b;m=%x;t=%x;x=%x\n__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%b\n%b%b\n"
)


class Speaker(NamedTuple):
    """What all entries of one origin have in common."""

    sequence: bytes
    boot: bytes
    lines: bytes
    """Of its fields."""


class ExportText:
    """Encodes the entries of one answer, as `journal.export.encode` would: byte for byte. Not safe in two threads."""

    def __init__(self, fields: frozenset[str] | None = None) -> None:
        """`fields` limits the entries to these fields."""
        self._fields = fields
        self._speaker = Remembered(self._speaker_of).of
        self._forms: dict[Names, tuple[bytes, tuple[int, ...] | None]] = {}
        way = Way(
            Kind.EXPORT, self._entry, self._together, self._columns, lambda name, value: encode_fields([(name, value)])
        )
        self._bulk = BulkPrinter(way, self._entry)

    def pieces(self, hits: Sequence[Hit], enough: int) -> Iterator[bytes]:
        """The same in pieces of `enough` bytes or a little more."""
        return self._bulk.pieces(hits, enough)

    def encode(self, hits: Iterable[Hit]) -> bytes:
        """The entries one after another, each with the empty line behind it."""
        return b"".join(map(self._entry, hits))

    def _entry(self, hit: Hit) -> bytes:
        if hit.parts is None:
            return encode(hit.entry, fields=self._fields)
        origin, names, values, seqnum, monotonic, xor_hash = hit.parts
        realtime = hit.position.realtime
        sequence, boot, lines = self._speaker(origin)
        own = self._own(names, values)
        return _ENTRY % (sequence, seqnum, boot, monotonic, realtime, xor_hash, realtime, monotonic, boot, lines, own)

    def _speaker_of(self, origin: Origin) -> Speaker:
        shown = [pair for pair in origin.fields if self._fields is None or pair[0] in self._fields]
        return Speaker(origin.seqnum_id.hex().encode(), origin.boot_id.hex().encode(), encode_fields(shown))

    def _together(self, origin: Origin) -> bytes:
        return b"".join(self._speaker(origin))

    def _own(self, names: Names, values: Values) -> bytes:
        """The lines of the fields that are not the origin's."""
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = self._form_of(names)
        lines, places = form
        if places is not None:
            values = tuple([values[place] for place in places])
        together = b"".join(values)
        if together.isascii() and together.decode("ascii").isprintable():
            return lines % values
        shown = names if places is None else [names[place] for place in places]
        return encode_fields(zip(shown, values, strict=True))

    def _form_of(self, names: Names) -> tuple[bytes, tuple[int, ...] | None]:
        """The lines of a shape with a place for each value, and which values are shown; None for all."""
        places = self._shown(names)
        lines = b"".join([b"%b=%%b\n" % names[at].encode() for at in places])
        return lines, None if len(places) == len(names) else tuple(places)

    def _columns(self, names: Names) -> list[tuple[bytes, int]]:
        return [(b"%b=" % names[at].encode(), at) for at in self._shown(names)]

    def _shown(self, names: Names) -> list[int]:
        fields = self._fields
        return [at for at, name in enumerate(names) if name != "_BOOT_ID" and (fields is None or name in fields)]
