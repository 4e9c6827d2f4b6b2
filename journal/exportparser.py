"""Reads the Journal Export Format, in chunks of any size, without I/O; the bytes are docs/formats/export.md."""

from collections import Counter
from functools import lru_cache
from typing import Any

from journalhub.journal.draft import BOOT, Draft
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name
from journalhub.journal.limits import (
    EXPORT_SKIP_MAX,
    FIELD_NAME_MAX,
    FIELD_VALUE_MAX,
    INTERNED_LINE_MAX,
    INTERNED_LINES,
)

PROGRESS = b"__PROGRESS"
"""The line of an item that is no entry: how far the search for the next one has come (docs/formats/export.md)."""

_LENGTH = 8
_LINE_MAX = FIELD_NAME_MAX + 1 + FIELD_VALUE_MAX
_BAD_NAME = "not a field name"
_TOO_LONG = f"longer than {FIELD_VALUE_MAX} bytes"

UNIQUE = {
    b"MESSAGE": "MESSAGE",
    b"SYSLOG_TIMESTAMP": "SYSLOG_TIMESTAMP",
    b"_SOURCE_BOOTTIME_TIMESTAMP": "_SOURCE_BOOTTIME_TIMESTAMP",
    b"_SOURCE_MONOTONIC_TIMESTAMP": "_SOURCE_MONOTONIC_TIMESTAMP",
    b"_SOURCE_REALTIME_TIMESTAMP": "_SOURCE_REALTIME_TIMESTAMP",
}
"""Fields whose values do not come back: remembering them would push out those that do."""

Pair = tuple[str, bytes]


class ExportError(ValueError):
    """Export text whose framing is lost: where the next entry begins cannot be known."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"cannot read export text: {what}, at byte {offset}")
        self.what = what
        self.offset = offset


class ExportParser:
    """Reads entries from export text that comes in chunks of any size.

    A bad field costs the field, a bad entry the entry, each counted by its reason. Memory is bounded by the limits
    of one entry, whatever the length of the text. After an ExportError the parser is of no further use.
    """

    def __init__(self) -> None:
        self.dropped_fields: Counter[str] = Counter()
        self.dropped_entries: Counter[str] = Counter()
        self.progress: bytes | None = None
        """The newest that an item said of how far the search for entries has come: `DAYS/OF ENTRIES/OF`."""
        self._failure: ExportError | None = None
        self._draft = Draft()
        self._end = 0  # offset behind the newest chunk
        self._line = bytearray()  # the beginning of a line whose end has not come
        self._skip_line = False  # that line is too long and is being read past
        self._binary: _Binary | None = None  # a value whose end has not come
        self._interned: dict[bytes, Pair] = {}
        self._interned_binary: dict[tuple[bytes, bytes, bytes], Pair] = {}
        """Binary fields of two lines by these and the line of their name."""

    def feed(self, chunk: bytes) -> list[Entry]:
        """The entries that `chunk` completes.

        Raises ExportError when the framing is lost. Entries that the same chunk completed before that place are
        returned first; then the next call raises.
        """
        if self._failure:
            raise self._failure
        done: list[Entry] = []
        try:
            self._consume(chunk, done)
        except ExportError as error:
            self._failure = error
            if not done:
                raise
        return done

    def finish(self) -> list[Entry]:
        """The entry that the end of the text completes, if any: the last one needs no empty line behind it.

        Raises ExportError when the text ends within a field. Whoever knows that the text was cut short, as by a
        broken connection, does not call this: what is left then may be half an entry.
        """
        if self._failure:
            raise self._failure
        if self._line or self._skip_line or self._binary:
            self._failure = ExportError("the text ends within a field", self._end)
            raise self._failure
        done: list[Entry] = []
        self._end_entry(done)
        return done

    @property
    def is_between_entries(self) -> bool:
        """Whether nothing of an entry has been read that is not complete."""
        draft = self._draft
        begun = draft.fields or draft.address or draft.refused or self._line or self._skip_line or self._binary
        return not begun and self._failure is None

    def skip(self, count: int) -> None:
        """So many bytes of text, whole entries, were read by somebody else: errors tell of places in all of it."""
        self._end += count

    def _consume(self, chunk: bytes, done: list[Entry]) -> None:
        self._end += len(chunk)
        if self._binary:
            chunk = self._fill(self._binary, chunk)
        if self._skip_line:
            _, newline, chunk = chunk.partition(b"\n")
            self._skip_line = not newline
        if not chunk:
            return
        lines = chunk.split(b"\n")
        if len(lines) > 1 and self._line:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
        rest = lines.pop()
        self._take_lines(lines, rest, done)
        self._draft.check_count()

    def _take_lines(self, lines: list[bytes], rest: bytes, done: list[Entry]) -> None:
        """Work through complete `lines`; `rest` is the beginning of the next.

        journald repeats nearly all lines from entry to entry: those are looked up all at once, and only the others
        (8 of 30 in an entry of a busy host) are looked at one by one.
        """
        pairs: list[Any] = [*map(self._interned.get, lines), None]
        index, count = pairs.index, len(lines)
        draft = self._draft
        at = 0
        while True:
            unknown = index(None, at)
            if unknown > at:
                draft.fields += pairs[at:unknown]
            if unknown == count:
                break
            line = lines[unknown]
            at = unknown + 1
            if not line:
                self._end_entry(done)
                draft = self._draft
                continue
            name, equals, value = line.partition(b"=")
            if not equals:
                known = self._interned_binary.get((line, lines[at], lines[at + 1])) if at + 1 < count else None
                if known is not None:
                    draft.fields.append(known)
                    at += 2
                    continue
                at = self._take_binary(lines, at, rest)
                if self._binary:
                    return
            elif name[:2] == b"__":
                draft.address[name] = value
            elif name == BOOT:
                draft.address[name] = value.lower()
            elif name in UNIQUE and len(value) <= INTERNED_LINE_MAX:
                draft.fields.append((UNIQUE[name], value))
            else:
                self._take_text(line, name, value)
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        """Remember the beginning of a line, unless it is too long to be one."""
        self._line += part
        if len(self._line) > _LINE_MAX:
            self.dropped_fields[_TOO_LONG] += 1
            self._line.clear()
            self._skip_line = True

    def _take_text(self, line: bytes, raw_name: bytes, value: bytes) -> None:
        pair = self._add(raw_name, value)
        if pair and len(line) <= INTERNED_LINE_MAX and raw_name not in UNIQUE:
            if len(self._interned) >= INTERNED_LINES:
                self._interned.clear()
            self._interned[line] = pair

    def _add(self, raw_name: bytes, value: bytes) -> Pair | None:
        """Add a field to the entry; None when it was dropped instead."""
        name = _field_name(raw_name) if len(raw_name) <= FIELD_NAME_MAX else None
        if name is None:
            self.dropped_fields[_BAD_NAME] += 1
            return None
        if len(value) > FIELD_VALUE_MAX:
            self.dropped_fields[_TOO_LONG] += 1
            return None
        pair = (name, value)
        self._draft.add(pair)
        return pair

    def _take_binary(self, lines: list[bytes], at: int, rest: bytes) -> int:
        """Read the value of the binary field whose name stands before line `at`, and say where the next field is.

        Splitting at newlines cut the value too: it is put together again, which is cheaper than to split the rest
        of the chunk once more, because on Debian every entry has such a field (`_SELINUX_CONTEXT`).
        `self._binary` is set when the end of the value is still to come.
        """
        name = lines[at - 1]
        size, length = 0, -1
        for number in range(at, len(lines)):
            size += len(lines[number])
            if length < 0 and size >= _LENGTH:
                length = int.from_bytes(b"\n".join(lines[at : number + 1])[:_LENGTH], "little")
                if length > EXPORT_SKIP_MAX:
                    raise self._absurd(name, length, _bytes_from(lines, at, rest))
            if length >= 0 and size >= _LENGTH + length:
                if size > _LENGTH + length:
                    raise self._no_newline(name, length, _bytes_from(lines, at, rest) - _LENGTH - length)
                pair = self._end_binary(name, b"\n".join(lines[at : number + 1])[_LENGTH:])
                if pair and number == at + 1 and size <= INTERNED_LINE_MAX and name not in UNIQUE:
                    if len(self._interned_binary) >= INTERNED_LINES:
                        self._interned_binary.clear()
                    # The same three lines are always the same field: where it ends is said by them alone.
                    self._interned_binary[name, lines[at], lines[at + 1]] = pair
                return number + 1
            size += 1
        self._binary = _Binary(name)
        self._fill(self._binary, b"\n".join((*lines[at:], rest)))
        return len(lines)

    def _fill(self, binary: "_Binary", chunk: bytes) -> bytes:
        """Add `chunk` to a value whose end has not come; what is behind its end is returned."""
        if binary.length is None:
            lacking = _LENGTH - len(binary.head)
            binary.head += chunk[:lacking]
            chunk = chunk[lacking:]
            if len(binary.head) < _LENGTH:
                return b""
            binary.length = int.from_bytes(binary.head, "little")
            if binary.length > EXPORT_SKIP_MAX:
                raise self._absurd(binary.name, binary.length, len(chunk) + _LENGTH)
        lacking = binary.length - binary.size
        binary.size += len(chunk[:lacking])
        if binary.length <= FIELD_VALUE_MAX:
            binary.value += chunk[:lacking]
        chunk = chunk[lacking:]
        if not chunk:
            return b""
        if not chunk.startswith(b"\n"):
            raise self._no_newline(binary.name, binary.length, len(chunk))
        self._binary = None
        if binary.length <= FIELD_VALUE_MAX:
            self._end_binary(binary.name, bytes(binary.value))
        else:
            self.dropped_fields[_TOO_LONG] += 1
        return chunk[1:]

    def _end_binary(self, name: bytes, value: bytes) -> Pair | None:
        if name.startswith(b"__") or name == BOOT:
            self._draft.address[name] = value
            return None
        return self._add(name, value)

    def _absurd(self, name: bytes, length: int, before_end: int) -> ExportError:
        what = f"field {_shown(name)} says it has {length} bytes; at most {EXPORT_SKIP_MAX} are possible"
        return ExportError(what, self._end - before_end)

    def _no_newline(self, name: bytes, length: int, before_end: int) -> ExportError:
        return ExportError(f"no newline behind the {length} bytes of field {_shown(name)}", self._end - before_end)

    def _end_entry(self, done: list[Entry]) -> None:
        draft = self._draft
        if not draft.fields and not draft.address and not draft.refused:
            return  # several empty lines in a row
        self._draft = Draft()
        if not draft.fields and draft.address.keys() == {PROGRESS}:
            self.progress = draft.address[PROGRESS]
            return
        entry = draft.finish()
        for why in draft.dropped_fields:
            self.dropped_fields[why] += 1
        if isinstance(entry, str):
            self.dropped_entries[entry] += 1
        else:
            done.append(entry)


class _Binary:
    """A binary field that is partly read."""

    __slots__ = ("head", "length", "name", "size", "value")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.head = bytearray()  # the eight bytes of the length, as far as they came
        self.length: int | None = None
        self.size = 0  # bytes of the value that came, kept or not
        self.value = bytearray()


def _bytes_from(lines: list[bytes], at: int, rest: bytes) -> int:
    """Bytes of the text from line `at` to the end of the chunk."""
    return sum(len(line) + 1 for line in lines[at:]) + len(rest)


def _shown(name: bytes) -> str:
    return repr(name[:FIELD_NAME_MAX].decode("ascii", "backslashreplace"))


@lru_cache(maxsize=4096)
def _field_name(raw: bytes) -> str | None:
    name = raw.decode("latin-1")
    return name if is_valid_name(name) else None
