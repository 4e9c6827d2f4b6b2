"""The export format: what is written is read again in any chunks, and what is wrong costs only itself."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journal.strategies import chunks, entries

from journalhub.journal import cursor, draft, exportparser
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser, encode
from journalhub.journal.limits import ENTRY_FIELDS_MAX, EXPORT_SKIP_MAX

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "export").glob("*.export"))

ID = bytes(range(16))
HEAD = (
    f"__CURSOR=s={ID.hex()};i=7;b={ID.hex()};m=5;t=9;x=ff\n__REALTIME_TIMESTAMP=9\n__MONOTONIC_TIMESTAMP=5\n"
    f"_BOOT_ID={ID.hex()}\n"
).encode()


def read(text: bytes, cuts: list[int] | None = None) -> tuple[list[Entry], ExportParser]:
    """All entries of `text`, and the parser that has counted."""
    parser = ExportParser()
    found: list[Entry] = []
    for chunk in chunks(text, cuts or []):
        found += parser.feed(chunk)
    return found + parser.finish(), parser


def entry(*fields: tuple[str, bytes]) -> Entry:
    """The entry that HEAD begins."""
    return Entry(ID, 7, ID, 5, 9, 255, fields)


def binary(name: bytes, value: bytes) -> bytes:
    """A field in its binary form."""
    return b"%s\n%s%s\n" % (name, len(value).to_bytes(8, "little"), value)


@given(st.lists(entries, max_size=5), st.lists(st.integers(0, 10_000), max_size=12), st.booleans())
@settings(deadline=None)
def test_round_trip(written: list[Entry], cuts: list[int], seqnum: bool) -> None:
    """Entries come back as they were, wherever the text is cut."""
    text = b"".join(encode(one, seqnum=seqnum) for one in written)
    found, parser = read(text, cuts)

    assert written == found
    assert (Counter(), Counter()) == (parser.dropped_fields, parser.dropped_entries)
    assert text == b"".join(encode(one, seqnum=seqnum) for one in found)


@given(entries)
def test_byte_by_byte(one: Entry) -> None:
    """Chunks of one byte are enough, and the entry is there with its last byte."""
    text = encode(one)
    parser = ExportParser()
    found = [parser.feed(text[at : at + 1]) for at in range(len(text))]

    assert [one] == found[-1]
    assert not any(found[:-1])


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_bytes(noise: bytes, cuts: list[int]) -> None:
    """Bytes of any kind end in entries, counts or an ExportError, the same for any chunks."""

    def outcome(cuts: list[int]) -> object:
        parser = ExportParser()
        found: list[Entry] = []
        try:
            for chunk in chunks(HEAD + noise, cuts):
                found += parser.feed(chunk)
            found += parser.finish()
        except ExportError as error:
            return found, error.what, error.offset
        return found, parser.dropped_fields, parser.dropped_entries

    assert outcome([]) == outcome(cuts)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (b"A=1\n", [("A", b"1")]),
        (b"A=1\n\n", [("A", b"1")]),
        (b"A=\nA=\n\n", [("A", b""), ("A", b"")]),
        (b"A=b=c\n\n", [("A", b"b=c")]),
        (b"A=\xff\x01\n\n", [("A", b"\xff\x01")]),
        (binary(b"A", b"") + b"\n", [("A", b"")]),
        (binary(b"A", b"\n\n") + b"B=1\n\n", [("A", b"\n\n"), ("B", b"1")]),
        (binary(b"A", b"0123456789") + b"\n", [("A", b"0123456789")]),
        (binary(b"__X", b"1") + b"__Y=2\n\n", []),
        (f"_BOOT_ID={ID.hex().upper()}\n\n".encode(), []),
        (b"_BOOT_ID=x\n\n", [("_BOOT_ID", b"x")]),
        (b"A=1\n\n\n\n\n", [("A", b"1")]),
    ],
)
def test_fields(text: bytes, fields: list[tuple[str, bytes]]) -> None:
    """These lines are these fields."""
    found, parser = read(HEAD + text)

    assert [entry(*fields)] == found
    assert not parser.dropped_fields


@pytest.mark.parametrize(
    "bad",
    [
        b"a=1\n",
        b"=1\n",
        b"9A=1\n",
        b"A-B=1\n",
        b"\xc3\x84=1\n",
        b"X" * 65 + b"=1\n",
        binary(b"low", b"\n1"),
        binary(b"X" * 70, b""),
    ],
)
def test_bad_name_costs_the_field(bad: bytes) -> None:
    """A field with a name that no field has is dropped and counted; its neighbours stay."""
    found, parser = read(HEAD + b"A=1\n" + bad + b"B=2\n\n")

    assert [entry(("A", b"1"), ("B", b"2"))] == found
    assert Counter({"not a field name": 1}) == parser.dropped_fields


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"A=1\n", draft.NO_TIME),
        (b"__REALTIME_TIMESTAMP=x\nA=1\n", draft.NO_TIME),
        (b"__REALTIME_TIMESTAMP=-1\nA=1\n", draft.NO_TIME),
        (b"__REALTIME_TIMESTAMP=253402300800000000\n", draft.BAD_TIME),
        (b"__REALTIME_TIMESTAMP=1\n__MONOTONIC_TIMESTAMP=9223372036854775808\n", draft.BAD_TIME),
        (HEAD + b"A=1\n" * (ENTRY_FIELDS_MAX + 1), draft.TOO_MANY),
    ],
)
def test_bad_entry_costs_the_entry(head: bytes, reason: str) -> None:
    """An entry that cannot be kept is dropped and counted; the ones around it stay."""
    good = HEAD + b"A=1\n\n"
    found, parser = read(good + head + b"\n" + good)

    assert [entry(("A", b"1"))] * 2 == found
    assert Counter({reason: 1}) == parser.dropped_entries


@pytest.mark.parametrize("cuts", [[], list(range(0, 4000, 7))])
def test_long_value_is_read_past(monkeypatch: pytest.MonkeyPatch, cuts: list[int]) -> None:
    """A value over the limit costs the field, binary or text, in one chunk or many, and is not held."""
    monkeypatch.setattr(exportparser, "FIELD_VALUE_MAX", 100)
    monkeypatch.setattr(exportparser, "_LINE_MAX", 100 + 65)
    long = b"x\n" * 500
    found, parser = read(HEAD + binary(b"A", long) + b"B=" + b"y" * 1000 + b"\nC=3\n\n", cuts)

    assert [entry(("C", b"3"))] == found
    assert 2 == parser.dropped_fields.total()


def test_large_entry_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry over the limit keeps nothing while the rest of it comes."""
    monkeypatch.setattr(draft, "ENTRY_BYTES_MAX", 1000)
    found, parser = read(HEAD + b"".join(b"A=%0600d\n" % n for n in range(5)) + b"\n" + HEAD + b"B=2\n\n")

    assert [entry(("B", b"2"))] == found
    assert Counter({draft.TOO_BIG: 1}) == parser.dropped_entries


@pytest.mark.parametrize("cuts", [[], [1000], list(range(0, 1000, 3))])
@pytest.mark.parametrize(
    ("bad", "what", "offset"),
    [
        (b"A\n" + (EXPORT_SKIP_MAX + 1).to_bytes(8, "little") + b"x\n\n", "says it has", 2),
        (b"A\n" + b"\xff" * 8 + b"x\n\n", "says it has", 2),
        (b"A\n" + (1).to_bytes(8, "little") + b"xy\n\n", "no newline", 11),
        (b"A\n" + (3).to_bytes(8, "little") + b"\n\nxy\n\n", "no newline", 13),
        (b"A\n" + (10).to_bytes(8, "little") + b"0123456789A=1\n\n", "no newline", 20),
        (b"A\n" + (9).to_bytes(8, "little") + b"abc", "ends within", 13),
        (b"A\n\x01", "ends within", 3),
        (b"A=1", "ends within", 3),
        (b"A", "ends within", 1),
        (b"GET / HTTP/1.1\nHost: example\n\n", "says it has", 15),
    ],
)
def test_lost_framing(bad: bytes, what: str, offset: int, cuts: list[int]) -> None:
    """Where the next entry begins is unknown: the entries before are kept, and the error names the byte."""
    good = HEAD + b"A=1\n\n"
    parser = ExportParser()
    found: list[Entry] = []
    with pytest.raises(ExportError, match=what) as caught:
        for chunk in chunks(good + bad, cuts):
            found += parser.feed(chunk)
        found += parser.finish()
    with pytest.raises(ExportError):
        parser.feed(good)

    assert [entry(("A", b"1"))] == found
    assert len(good) + offset == caught.value.offset


def test_unfinished_entry_waits() -> None:
    """An entry whose end has not come is not given out: the connection may have broken within it."""
    parser = ExportParser()

    assert [] == parser.feed(HEAD + b"A=1\n")
    assert [entry(("A", b"1"))] == parser.feed(b"\n")


def test_no_cursor_gets_an_identity() -> None:
    """An entry without cursor is known again by its content, in whatever order its fields come."""
    (one,), _ = read(b"__REALTIME_TIMESTAMP=5\n_MACHINE_ID=m\nA=1\nB=2\n\n")
    (same,), _ = read(b"B=2\nA=1\n_MACHINE_ID=m\n__REALTIME_TIMESTAMP=5\n\n")
    (other,), _ = read(b"__REALTIME_TIMESTAMP=5\n_MACHINE_ID=m\nA=1\nB=3\n\n")
    (elsewhere,), _ = read(b"__REALTIME_TIMESTAMP=5\n_MACHINE_ID=n\nA=1\nB=2\n\n")

    assert cursor.is_synthetic(one.seqnum_id)
    assert one.cursor == same.cursor
    assert (one.seqnum_id, one.seqnum) == (other.seqnum_id, other.seqnum)
    assert one.xor_hash != other.xor_hash
    assert one.seqnum_id != elsewhere.seqnum_id
    assert one == read(encode(one))[0][0]


def test_seqnum_lines_stand_in_for_the_cursor() -> None:
    """`__SEQNUM` and `__SEQNUM_ID` are the identity of an entry without cursor, `_BOOT_ID` its boot."""
    boot = b"ab" * 16
    text = b"__REALTIME_TIMESTAMP=5\n__SEQNUM=77\n__SEQNUM_ID=%s\n_BOOT_ID=%s\n\n" % (b"0a" * 16, boot)
    (one,), _ = read(text)

    assert (b"\x0a" * 16, 77, b"\xab" * 16, ()) == (one.seqnum_id, one.seqnum, one.boot_id, one.fields)


def test_bad_cursor_is_counted() -> None:
    """A cursor that is none costs only itself."""
    (one,), parser = read(b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=5\nA=1\n\n")

    assert cursor.is_synthetic(one.seqnum_id)
    assert Counter({"not a cursor": 1}) == parser.dropped_fields


def test_interned_lines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are forgotten in time, and that changes nothing."""
    monkeypatch.setattr(exportparser, "INTERNED_LINES", 3)
    text = HEAD + b"".join(b"N=%d\n" % (n % 7) for n in range(50)) + b"\n"
    found, parser = read(text * 4, [100, 300])

    assert [tuple(("N", b"%d" % (n % 7)) for n in range(50))] * 4 == [one.fields for one in found]
    assert len(parser._interned) <= 3


def test_only_some_fields() -> None:
    """`fields` limits what is written, but for the address of the entry."""
    assert HEAD + b"B=2\n\n" == encode(entry(("A", b"1"), ("B", b"2")), fields=frozenset({"B"}))


@pytest.mark.parametrize("path", CORPUS, ids=[path.stem for path in CORPUS])
def test_corpus(path: Path) -> None:
    """Texts that once made trouble end in an outcome that their chunks do not change."""
    text = path.read_bytes()

    def outcome(cuts: list[int]) -> object:
        try:
            found, parser = read(text, cuts)
        except ExportError as error:
            return error.what, error.offset
        return found, parser.dropped_fields, parser.dropped_entries

    assert outcome([]) == outcome(list(range(0, len(text), 5))) == outcome(list(range(len(text))))


def test_binary_fields_that_come_again() -> None:
    """A binary field of two lines is remembered by all its bytes: one that begins like it is another."""
    first = b"_SELINUX_CONTEXT\n" + (11).to_bytes(8, "little") + b"unconfined\n\n"
    other = b"_SELINUX_CONTEXT\n" + (11).to_bytes(8, "little") + b"unconfines\n\n"
    longer = b"_SELINUX_CONTEXT\n" + (13).to_bytes(8, "little") + b"unconfined\n\nA\n"
    head = b"__REALTIME_TIMESTAMP=1\n"
    text = b"\n".join(head + field for field in (first, first, other, longer, first)) + b"\n"
    expected = [b"unconfined\n", b"unconfined\n", b"unconfines\n", b"unconfined\n\nA", b"unconfined\n"]
    for size in (1, 7, len(text)):
        parser = ExportParser()
        found = [entry for at in range(0, len(text), size) for entry in parser.feed(text[at : at + size])]
        assert [entry.values("_SELINUX_CONTEXT") for entry in found] == [[value] for value in expected]
        assert not parser.dropped_fields


def test_progress_between_entries_is_no_entry() -> None:
    """An item that says how far a search has come is kept apart: no entry, no field of one."""
    text = b"__REALTIME_TIMESTAMP=1\nMESSAGE=a\n\n"
    item = b"__PROGRESS=1/3 5/9\n\n"
    parser = ExportParser()
    assert ([], b"1/3 5/9") == (parser.feed(item), parser.progress)
    found = [entry for byte in text + item.replace(b"1/3", b"2/3") + text for entry in parser.feed(bytes([byte]))]
    assert (2, b"2/3 5/9", 0) == (len(found), parser.progress, parser.dropped_entries.total())
