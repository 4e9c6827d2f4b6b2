"""One upload of export text as a state machine: bytes in, batches out. No I/O."""

from collections import Counter
from itertools import chain

from journalhub.collector.errors import Refusal
from journalhub.collector.inflate import INFLATERS, InflateError
from journalhub.collector.limits import (
    FEED_BYTES,
    INFLATE_SLICE,
    ROW_BYTES,
    UPLOAD_BATCH_BYTES,
    UPLOAD_BATCH_ENTRIES,
)
from journalhub.journal.batch import Batch, BatchBuilder
from journalhub.journal.export import ExportError
from journalhub.journal.exportreader import ExportReader

UNBOUNDED = 2**62, 2**62
"""Rows and bytes: what is left at the end is less than a batch."""


class ExportSession:
    """Push bytes, then call `next` until it has no more; `finish` at the end of the body.

    Holds one chunk, one slice of it decompressed, one unfinished entry, the table of its lines, and one batch.
    """

    def __init__(self, encoding: str = "") -> None:
        """`encoding` is one of INFLATERS, or empty."""
        self._reader = ExportReader()
        self._encoding = encoding
        self._inflate = INFLATERS[encoding]() if encoding else None
        self._compressed: memoryview = memoryview(b"")
        self._text: memoryview = memoryview(b"")
        self._rest = b""
        """Of the text: what was given to the reader and not read."""
        self._again = False
        """Whether there may be entries in that: else it is the beginning of one."""
        self._builder = BatchBuilder()

    @property
    def unfinished(self) -> int:
        """Bytes of text since the last complete entry: what is held of the next."""
        return self._reader.unfinished + len(self._rest)

    def push(self, chunk: bytes) -> None:
        """More of the body, as it came; only when `next` had nothing left."""
        if self._inflate:
            self._compressed = memoryview(chunk)
        else:
            self._text = memoryview(chunk)

    def next(self) -> Batch | None:
        """A full batch, or None when more bytes are needed. Raises Refusal when the text cannot be read on."""
        while self._again or self._text or self._more_text():
            piece = self._rest + self._text[:FEED_BYTES]
            self._text = self._text[FEED_BYTES:]
            self._read(piece, UPLOAD_BATCH_ENTRIES, UPLOAD_BATCH_BYTES)
            builder = self._builder
            self._again = len(builder) >= UPLOAD_BATCH_ENTRIES or builder.bytes >= UPLOAD_BATCH_BYTES
            if self._again:
                return self.take()
        return None

    def take(self) -> Batch | None:
        """What is collected so far as a batch, or None when that is nothing."""
        if not len(self._builder):
            return None
        batch, self._builder = self._builder.batch, BatchBuilder()
        return batch

    def finish(self) -> Batch | None:
        """The rest, at the end of a complete body. Raises Refusal when it ends within an entry's field."""
        if self._inflate and not self._inflate.at_boundary:
            raise _truncated(f"the body ends within a piece of {self._encoding}")
        self._read(self._rest, *UNBOUNDED, last=True)
        try:
            self._reader.finish(self._builder)
        except ExportError as error:
            raise _truncated(str(error)) from error
        return self.take()

    @property
    def refused(self) -> Counter[str]:
        """Reasons for which entries and fields were left out, with how many."""
        counts = Counter(self._reader.parser.dropped_entries)
        for reason, count in self._reader.parser.dropped_fields.items():
            counts[f"field {reason}"] += count
        return counts

    def _more_text(self) -> bool:
        while self._inflate and self._compressed and not self._text:
            piece, self._compressed = self._compressed[:INFLATE_SLICE], self._compressed[INFLATE_SLICE:]
            try:
                self._text = memoryview(self._inflate.decompress(bytes(piece)))
            except InflateError as error:
                what = f"the body is not {self._encoding}: {error}; what was complete before is stored"
                raise Refusal(400, what, "send what Content-Encoding says", where="body") from error
        return bool(self._text)

    def _read(self, piece: bytes, rows: int, size: int, *, last: bool = False) -> None:
        try:
            read = self._reader.read(piece, self._builder, rows, size, last=last)
        except ExportError as error:
            what = f"{error}; what was complete before is stored"
            raise Refusal(400, what, "see docs/formats/export.md", where="body") from error
        self._rest = piece[read:]


def cost_of(batch: Batch) -> int:
    """Bytes of memory that a batch takes, roughly."""
    return ROW_BYTES * len(batch) + sum(map(len, chain.from_iterable(batch.values)))


def _truncated(what: str) -> Refusal:
    # The status of systemd-journal-remote for text that ends within an entry.
    return Refusal(417, f"{what}; what was complete before is stored", "send it again", where="body")
