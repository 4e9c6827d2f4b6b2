"""The Journal Export Format, both ways; the bytes are docs/formats/export.md. No I/O."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from journalhub.journal.draft import Draft
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name
from journalhub.journal.limits import (
    EXPORT_SKIP_MAX,
    FIELD_NAME_MAX,
    FIELD_VALUE_MAX,
    INTERNED_LINE_MAX,
    INTERNED_LINES,
)
from journalhub.journal.printable import is_line

CONTENT_TYPE = "application/vnd.fdo.journal"

_LENGTH = 8
_LINE_MAX = FIELD_NAME_MAX + 1 + FIELD_VALUE_MAX
_BAD_NAME = "not a field name"
_TOO_LONG = f"longer than {FIELD_VALUE_MAX} bytes"

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
        self._failure: ExportError | None = None
        self._draft = Draft()
        self._end = 0  # offset behind the newest chunk
        self._line = bytearray()  # the beginning of a line whose end has not come
        self._skip_line = False  # that line is too long and is being read past
        self._binary: _Binary | None = None  # a value whose end has not come
        self._interned: dict[bytes, Pair] = {}

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
            if not done:
                raise
            self._failure = error
        return done

    def finish(self) -> list[Entry]:
        """The entry that the end of the text completes, if any: the last one needs no empty line behind it.

        Raises ExportError when the text ends within a field. Whoever knows that the text was cut short, as by a
        broken connection, does not call this: what is left then may be half an entry.
        """
        if self._failure:
            raise self._failure
        if self._line or self._skip_line or self._binary:
            raise ExportError("the text ends within a field", self._end)
        done: list[Entry] = []
        self._end_entry(done)
        return done

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
        """Work through complete `lines`; `rest` is the beginning of the next."""
        ahead = iter(lines)
        known = self._interned.get
        fields = self._draft.fields
        for line in ahead:
            pair = known(line)
            if pair is not None:
                fields.append(pair)
            elif not line:
                self._end_entry(done)
                fields = self._draft.fields
            elif b"=" in line:
                self._take_text(line)
            elif not self._take_binary(line, ahead, rest):
                return
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        """Remember the beginning of a line, unless it is too long to be one."""
        self._line += part
        if len(self._line) > _LINE_MAX:
            self.dropped_fields[_TOO_LONG] += 1
            self._line.clear()
            self._skip_line = True

    def _take_text(self, line: bytes) -> None:
        name, _, value = line.partition(b"=")
        if name.startswith(b"__"):
            self._draft.address[name] = value
            return
        pair = self._add(name, value)
        if pair and len(line) <= INTERNED_LINE_MAX:
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

    def _take_binary(self, name: bytes, ahead: Iterator[bytes], rest: bytes) -> bool:
        """Read the value of a binary field from the lines that follow; False when its end is still to come.

        Splitting at newlines cut the value too: it is put together again, which is cheaper than to split the rest
        of the chunk once more, because on Debian every entry has such a field (`_SELINUX_CONTEXT`).
        """
        pieces: list[bytes] = []
        size = 0
        length: int | None = None
        for line in ahead:
            pieces.append(line)
            size += len(line)
            if length is None and size >= _LENGTH:
                length = int.from_bytes(b"\n".join(pieces)[:_LENGTH], "little")
                if length > EXPORT_SKIP_MAX:
                    raise self._absurd(name, length, _bytes_ahead(ahead, rest) + size + 1)
            if length is not None and size >= _LENGTH + length:
                if size > _LENGTH + length:
                    raise self._no_newline(name, length, _bytes_ahead(ahead, rest) + size - _LENGTH - length + 1)
                self._end_binary(name, b"\n".join(pieces)[_LENGTH:])
                return True
            size += 1
        self._binary = _Binary(name)
        self._fill(self._binary, b"\n".join((*pieces, rest)))
        return False

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

    def _end_binary(self, name: bytes, value: bytes) -> None:
        if name.startswith(b"__"):
            self._draft.address[name] = value
        else:
            self._add(name, value)

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
        entry = draft.finish()
        self.dropped_fields.update(draft.dropped_fields)
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


def _bytes_ahead(ahead: Iterator[bytes], rest: bytes) -> int:
    return sum(len(line) + 1 for line in ahead) + len(rest)


def _shown(name: bytes) -> str:
    return repr(name[:FIELD_NAME_MAX].decode("ascii", "backslashreplace"))


@lru_cache(maxsize=4096)
def _field_name(raw: bytes) -> str | None:
    name = raw.decode("latin-1")
    return name if is_valid_name(name) else None


def encode(entry: Entry, *, fields: frozenset[str] | None = None, seqnum: bool = False) -> bytes:
    """`entry` as `journalctl -o export` prints it, with the empty line behind it.

    `fields` limits it to these fields, as --output-fields= does; the address of the entry is always there. `seqnum`
    adds the lines `__SEQNUM` and `__SEQNUM_ID`, as systemd 254 and newer do.
    """
    boot = entry.boot_id.hex()
    head = f"__CURSOR={entry.cursor}\n__REALTIME_TIMESTAMP={entry.realtime}\n__MONOTONIC_TIMESTAMP={entry.monotonic}\n"
    if seqnum:
        head += f"__SEQNUM={entry.seqnum}\n__SEQNUM_ID={entry.seqnum_id.hex()}\n"
    shown = entry.fields if fields is None else [pair for pair in entry.fields if pair[0] in fields]
    return b"".join((f"{head}_BOOT_ID={boot}\n".encode(), *map(_encode_field, shown), b"\n"))


def _encode_field(pair: Pair) -> bytes:
    return _encode_short(pair) if len(pair[1]) <= INTERNED_LINE_MAX else _encode_any(pair)


def _encode_any(pair: Pair) -> bytes:
    name, value = pair
    if name == "_BOOT_ID":
        return b""  # journalctl prints the boot id of the entry's header, and no other
    if is_line(value):
        return b"%s=%s\n" % (name.encode(), value)
    return b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(_LENGTH, "little"), value)


_encode_short = lru_cache(maxsize=INTERNED_LINES)(_encode_any)
