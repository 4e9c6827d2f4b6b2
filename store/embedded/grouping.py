"""The entries of a day in the order in which their index is smallest: like beside like.

tantivy keeps the entries that have a term as distances from one to the next. Those of one program, shape and priority
have most of their terms in common, which then are a few runs of neighbours. No answer depends on this order.
"""

from collections.abc import Iterator
from itertools import groupby, islice

import zstandard

from journalhub.journal.origin import OriginsByNumber
from journalhub.store.embedded.documents import documents
from journalhub.store.embedded.layout import GROUPED_PENDING
from journalhub.store.embedded.rows import MemoryRows

_Key = tuple[int, bytes, bytes]
"""Shape, identifier, priority."""


class Grouped:
    """Documents, put together by what they are of while they come block by block, and held compressed."""

    def __init__(self, origins: OriginsByNumber, day_start: int) -> None:
        """`origins` are those of the partition by number."""
        self._origins = origins
        self._day_start = day_start
        self._identifiers: dict[int, bytes] = {}
        """Of origins."""
        self._pending: dict[_Key, list[str]] = {}
        self._pending_size = 0
        """Letters of them."""
        self._held = bytearray()  # not many small pieces, between which memory would be lost
        self._packed: dict[_Key, list[slice]] = {}
        """Where in it those of each group stand, compressed."""

    @property
    def size(self) -> int:
        """Bytes of what is compressed; the rest is at most GROUPED_PENDING and a block."""
        return len(self._held)

    def add(self, rows: MemoryRows) -> None:
        """The documents of these rows, all beyond those that were added before."""
        keys = self._keys(rows)
        order = sorted(range(rows.count), key=keys.__getitem__)
        made = documents(_picked(rows, order), self._day_start)  # shape by shape, which is how they are sorted
        for key, group in groupby(order, key=keys.__getitem__):
            some = list(islice(made, sum(1 for _ in group)))
            self._pending.setdefault(key, []).extend(some)
            self._pending_size += sum(map(len, some))
        if self._pending_size >= GROUPED_PENDING:
            self._pack()

    def _keys(self, rows: MemoryRows) -> list[_Key]:
        which = {shape: _index_of(rows.shapes[shape], "PRIORITY") for shape in set(rows.shape)}
        keys: list[_Key] = []
        for shape, origin, values in zip(rows.shape, rows.origin, rows.values, strict=True):
            at = which[shape]
            keys.append((shape, self._identifier(origin), b"" if at is None else values[at][:1]))
        return keys

    def _identifier(self, origin: int) -> bytes:
        known = self._identifiers.get(origin)
        if known is None:
            fields = dict(self._origins[origin].fields)
            known = self._identifiers[origin] = fields.get("SYSLOG_IDENTIFIER", b"")
        return known

    def _pack(self) -> None:
        compress = zstandard.ZstdCompressor(level=1).compress
        for key, some in self._pending.items():
            start = len(self._held)
            self._held += compress("\n".join(some).encode())  # there are no line ends in a document
            self._packed.setdefault(key, []).append(slice(start, len(self._held)))
        self._pending.clear()
        self._pending_size = 0

    def taken(self) -> Iterator[str]:
        """All documents, group by group, in each as they were added. They are held no longer."""
        self._pack()
        groups, self._packed, held, self._held = self._packed, {}, self._held, bytearray()
        decompress = zstandard.ZstdDecompressor().decompress
        for key in sorted(groups):
            for where in groups[key]:
                yield from decompress(held[where]).decode().split("\n")


def _index_of(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) if name in names else None


def _picked(rows: MemoryRows, order: list[int]) -> MemoryRows:
    """What `documents` reads of rows, in another order."""
    return MemoryRows(
        rows.shapes,
        [rows.ords[row] for row in order],
        [rows.origin[row] for row in order],
        [rows.shape[row] for row in order],
        [rows.realtime[row] for row in order],
        values=[rows.values[row] for row in order],
    )
