"""Export text into batches: with the compiled codec or without it, the same rows, counts and errors."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journal.strategies import chunks, entries
from tests.journal.test_export import CORPUS, HEAD, ID, binary
from tests.lab.codec import compiled_codec, runs

from journalhub.journal.batch import BatchBuilder
from journalhub.journal.compiled import Codec
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser, encode
from journalhub.journal.exportreader import ExportReader

ALL = 2**62

Read = tuple[list[tuple[object, ...]], Counter[str], Counter[str], object]


def rows(builder: BatchBuilder) -> list[tuple[object, ...]]:
    """The rows of a batch with what they refer to."""
    batch = builder.batch
    origins, shapes = map(batch.origins.__getitem__, batch.origin), map(batch.shapes.__getitem__, batch.shape)
    numbers = (batch.realtime, batch.monotonic, batch.seqnum, batch.xor_hash)
    return list(zip(origins, shapes, *numbers, batch.values, strict=True))


def read(text: bytes, cuts: list[int], most: int = ALL) -> Read:
    """What becomes of a text in these pieces and in batches of so many rows: rows, counts, and the error if any."""
    reader, builder = ExportReader(), BatchBuilder()
    found: list[tuple[object, ...]] = []
    error: object = None
    rest = b""
    try:
        for chunk in [*chunks(text, cuts), None]:
            rest += chunk or b""
            while True:
                rest = rest[reader.read(rest, builder, most, ALL, last=chunk is None) :]
                if len(builder) < most:
                    break
                assert len(builder) == most
                found += rows(builder)
                builder = BatchBuilder()
        reader.finish(builder)
    except ExportError as caught:
        error = caught.what, caught.offset
    return found + rows(builder), reader.parser.dropped_fields, reader.parser.dropped_entries, error


def by_parser(text: bytes) -> Read:
    """The same by the parser and the builder alone."""
    parser, builder = ExportParser(), BatchBuilder()
    error: object = None
    try:
        found: list[Entry] = parser.feed(text)
        for one in found:
            builder.add(one)
        for one in parser.finish():
            builder.add(one)
    except ExportError as caught:
        error = caught.what, caught.offset
    return rows(builder), parser.dropped_fields, parser.dropped_entries, error


def assert_same(text: bytes, cuts: list[int], most: int = ALL) -> None:
    """The reader with either codec, in these pieces, gives what the parser alone gives of the whole text."""
    expected = by_parser(text)
    for codec in (compiled_codec(), None):
        with runs(codec):
            assert expected == read(text, cuts, most)


PIECES = (
    HEAD, HEAD + b"MESSAGE=x\n\n", b"\n", b"\n\n", b"MESSAGE=one\n", b"_PID=12\n", b"_UID=0\n", b"_HOSTNAME=a\n",
    b"_BOOT_ID=" + ID.hex().upper().encode() + b"\n", b"_BOOT_ID=" + bytes(16).hex().encode() + b"\n", b"_BOOT_ID=\n",
    b"__REALTIME_TIMESTAMP=\n", b"__REALTIME_TIMESTAMP=99999999999999999999\n", b"__REALTIME_TIMESTAMP=-1\n",
    b"__REALTIME_TIMESTAMP=253402300800000000\n", b"__MONOTONIC_TIMESTAMP=0x1\n", b"__SEQNUM=5\n", b"__PROGRESS=1\n",
    b"__CURSOR=s=;i=1\n", b"__CURSOR=s=" + ID.hex().encode() + b";i=12345678901234567;b=", b"=\n", b"lower=1\n",
    b"9A=1\n", b"N" * 65 + b"=1\n", b"__=1\n", b"A=" + b"v" * 600 + b"\n", b"_CMDLINE=" + b"v" * 5000 + b"\n",
    binary(b"MESSAGE", b"a\nb"), binary(b"_SELINUX_CONTEXT", b"x\n"), binary(b"_BOOT_ID", b"x"), binary(b"__X", b"x"),
    binary(b"", b"x"), binary(b"bad", b"x"), binary(b"A", b""), b"A\n" + b"\xff" * 8, b"A\n\x01\0\0\0\0\0\0\0xy",
)  # fmt: skip


@given(st.lists(entries, max_size=5), st.lists(st.integers(0, 3000), max_size=5), st.sampled_from([1, 2, ALL]))
def test_entries_of_any_kind(written: list[Entry], cuts: list[int], most: int) -> None:
    """Of entries as journald writes them, again and again, so that lines are known."""
    assert_same(b"".join(map(encode, written)) * 3, cuts, most)


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.integers(0, 3000), max_size=5))
@settings(max_examples=400)
def test_awkward_lines(pieces: list[bytes], cuts: list[int]) -> None:
    """Lines that are unusual or wrong, in any order, between those of entries."""
    assert_same(b"".join(pieces), cuts)


@given(st.lists(entries, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_changed_text(written: list[Entry], data: st.DataObject) -> None:
    """A byte changed, a piece taken out or put in."""
    text = b"".join(map(encode, written))
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 20)))
    changed = text[:at] + data.draw(st.binary(max_size=9)) + text[until:]

    assert_same(text + changed, data.draw(st.lists(st.integers(0, 2 * len(text)), max_size=3)))


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes(noise: bytes, cuts: list[int]) -> None:
    """Bytes of any kind behind the head of an entry."""
    assert_same(HEAD + noise, cuts)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_journals_of_real_hosts(path: Path) -> None:
    """What journalctl printed of them, whole and in pieces."""
    text = path.read_bytes()
    assert_same(text, [])
    assert_same(text, list(range(0, len(text), 1000)), 7)


@pytest.mark.usefixtures("codec")
def test_more_lines_than_are_kept(codec: Codec | None) -> None:
    """Text whose lines never come again pushes out those that were kept, and the rows are right."""
    written = [
        Entry(
            ID, number, ID, number, number, number, ((f"N{number % 3000}", b"%d" % number), ("_COMM", b"%d" % number))
        )
        for number in range(1, 40_000)
    ]
    found, fields, dropped, error = read(b"".join(map(encode, written)), [])

    assert (Counter(), Counter(), None) == (fields, dropped, error)
    assert [(number, (b"%d" % number,)) for number in range(1, 40_000)] == [(row[4], row[6]) for row in found]
    assert [(("_COMM", b"%d" % number),) for number in range(1, 40_000)] == [row[0].fields for row in found]  # type: ignore[attr-defined]


def test_common_entries_are_read_by_the_compiled_codec() -> None:
    """Of journald's own entries nothing is left to the parser but the beginning of one that is not complete."""
    one = Entry(ID, 7, ID, 5, 9, 255, (("MESSAGE", b"hello"), ("_SELINUX_CONTEXT", b"unconfined\n"), ("_PID", b"1")))
    text = encode(one) * 10
    builder = BatchBuilder()
    codec = compiled_codec()
    lines = codec.export_lines(1, frozenset({"_SELINUX_CONTEXT"}), frozenset({"MESSAGE"}))

    assert len(text) == builder.read_entries(codec, lines, text + text[:50], ALL, ALL)
    assert [one] * 10 == [builder.batch.entry(row)._replace(fields=one.fields) for row in range(10)]
    assert (10, 10 * 6) == (len(builder), builder.bytes - len("_SELINUX_CONTEXT") - len(b"unconfined\n"))
