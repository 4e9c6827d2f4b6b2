"""One upload of export text as a state machine: bytes in, batches out. No I/O."""

from collections import Counter, deque

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
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser


class ExportSession:
    """Push bytes, then call `next` until it has no more; `finish` at the end of the body.

    Holds one chunk, one slice of it decompressed, one unfinished entry and one batch.
    """

    def __init__(self, encoding: str = "") -> None:
        """`encoding` is one of INFLATERS, or empty."""
        self._parser = ExportParser()
        self._encoding = encoding
        self._inflate = INFLATERS[encoding]() if encoding else None
        self._compressed: memoryview = memoryview(b"")
        self._text: memoryview = memoryview(b"")
        self._entries: deque[Entry] = deque()
        self._builder = BatchBuilder()
        self.unfinished = 0
        """Bytes of text since the last complete entry: what the parser may hold."""

    def push(self, chunk: bytes) -> None:
        """More of the body, as it came; only when `next` had nothing left."""
        if self._inflate:
            self._compressed = memoryview(chunk)
        else:
            self._text = memoryview(chunk)

    def next(self) -> Batch | None:
        """A full batch, or None when more bytes are needed. Raises Refusal when the text cannot be read on."""
        while True:
            while self._entries:
                self._builder.add(self._entries.popleft())
                if len(self._builder) >= UPLOAD_BATCH_ENTRIES or self._builder.bytes >= UPLOAD_BATCH_BYTES:
                    return self.take()
            if not self._text and not self._more_text():
                return None
            piece, self._text = self._text[:FEED_BYTES], self._text[FEED_BYTES:]
            self._feed(bytes(piece))

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
        self._feed(b"")  # raises where the framing was lost in the newest piece, which is worse than an end too early
        try:
            self._entries.extend(self._parser.finish())
        except ExportError as error:
            raise _truncated(str(error)) from error
        while self._entries:
            self._builder.add(self._entries.popleft())
        return self.take()

    @property
    def refused(self) -> Counter[str]:
        """Reasons for which entries and fields were left out, with how many."""
        counts = Counter(self._parser.dropped_entries)
        for reason, count in self._parser.dropped_fields.items():
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

    def _feed(self, piece: bytes) -> None:
        try:
            entries = self._parser.feed(piece)
        except ExportError as error:
            what = f"{error}; what was complete before is stored"
            raise Refusal(400, what, "see docs/formats/export.md", where="body") from error
        self.unfinished = len(piece) if entries else self.unfinished + len(piece)
        self._entries.extend(entries)


def cost_of(batch: Batch) -> int:
    """Bytes of memory that a batch takes, roughly."""
    return ROW_BYTES * len(batch) + sum(len(value) for row in batch.values for value in row)


def _truncated(what: str) -> Refusal:
    # The status of systemd-journal-remote for text that ends within an entry.
    return Refusal(417, f"{what}; what was complete before is stored", "send it again", where="body")
