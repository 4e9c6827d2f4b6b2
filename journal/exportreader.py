"""Export text as rows of batches: the compiled codec takes what is common, `ExportParser` everything else."""

import secrets
from collections import deque

from journalhub.journal import compiled
from journalhub.journal.batch import BatchBuilder
from journalhub.journal.entry import Entry
from journalhub.journal.exportparser import UNIQUE, ExportParser
from journalhub.journal.origin import ORIGIN_FIELDS

_END = b"\n\n"
"""Nearly always the end of an entry; it can stand within a value too, which costs only time."""

_UNCOMMON = 1024
"""Bytes that the parser is given at least where the compiled codec does not go on: less often is cheaper."""

_REST_MAX = 64 * 1024
"""Bytes of an entry that is not complete, up to which it is left for the next call as a whole."""


class ExportReader:
    """Reads one text, in pieces of any size, into builders of batches, one after the other."""

    def __init__(self) -> None:
        self.parser = ExportParser()
        self._codec = compiled.codec
        unique = frozenset(UNIQUE.values())
        self._lines = self._codec and self._codec.export_lines(secrets.randbits(64), ORIGIN_FIELDS, unique)
        self._done: deque[Entry] = deque()
        """Read by the parser, and not in a batch yet."""
        self.unfinished = 0
        """Bytes of text since the last complete entry: what the parser may hold."""

    def read(self, text: bytes, builder: BatchBuilder, rows: int, size: int, *, last: bool = False) -> int:
        """Append entries until the builder has so many rows or bytes of values; how many bytes of text were read.

        What is left is given again, with more behind it: the builder was full, or, but in the `last` call, the text
        ends within an entry. Raises ExportError as `ExportParser` does: what was complete before is in the builder.
        """
        at, end = 0, len(text)
        if self._codec is not None and not last and (stop := text.rfind(_END) + len(_END)) >= len(_END):
            end = stop if end - stop < _REST_MAX else end
        while not self._fill(builder, rows, size) and at < end:
            read = 0
            if self._codec is not None and self.parser.is_between_entries:
                rest = memoryview(text)[at:end]
                read = builder.read_entries(self._codec, self._lines, rest, rows - len(builder), size - builder.bytes)
                self.parser.skip(read)
            if read:
                self.unfinished = 0
            else:
                read = self._feed(text, at, end)
            at += read
        if not self._done:
            self.parser.feed(b"")  # raises where the framing was lost, behind the entries before that
        return at

    def finish(self, builder: BatchBuilder) -> None:
        """Append the rest, at the end of the text, however much it is. Raises ExportError as the parser does."""
        self._done.extend(self.parser.finish())
        while self._done:
            builder.add(self._done.popleft())

    def _fill(self, builder: BatchBuilder, rows: int, size: int) -> bool:
        """Move what the parser has read; whether the builder is full."""
        while len(builder) < rows and builder.bytes < size:
            if not self._done:
                return False
            builder.add(self._done.popleft())
        return True

    def _feed(self, text: bytes, at: int, end: int) -> int:
        """Give the parser what is behind `at`, with the codec no more than has to be; how much that was."""
        if self._codec is not None:
            found = text.find(_END, at + _UNCOMMON if self.parser.is_between_entries else at, end)
            end = found + len(_END) if found >= 0 else end
        entries = self.parser.feed(text[at:end])
        self.unfinished = end - at if entries else self.unfinished + end - at
        self._done.extend(entries)
        return end - at
