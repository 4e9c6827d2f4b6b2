"""The fast columns hold the same as the plain builder of batches."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec

from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.cursor import parse
from journalhub.journal.entry import Entry
from journalhub.journal.limits import BATCH_BYTES, ENTRY_FIELDS_MAX, FIELD_VALUE_MAX
from journalhub.shipper import columns
from journalhub.shipper.columns import Columns, Fields, parts

ids = st.sampled_from([b"a" * 16, b"b" * 16])
names = st.sampled_from(["MESSAGE", "_PID", "_HOSTNAME", "_COMM", "SYSLOG_IDENTIFIER", "TAG", "_BOOT_ID", "X_1"])
values = st.binary(max_size=12)
fields = st.dictionaries(names, values | st.lists(values, min_size=2, max_size=3), max_size=8)
stamps = st.integers(0, 2**62)
words = st.integers(0, 2**64 - 1)
CURSOR = f"s={'ab' * 16};i=1f;b={'cd' * 16};m=2;t=63f0e5b4ad4c1;x=9a0b"


@st.composite
def read(draw: st.DrawFn) -> tuple[Entry, Fields]:
    """An entry, and the dict that libsystemd's binding gives for it."""
    boot_id = draw(ids)
    found: dict[str, Any] = draw(fields)
    if draw(st.booleans()):
        found["_BOOT_ID"] = boot_id.hex().encode()
    pairs = [(name, value) for name, item in found.items() for value in (item if isinstance(item, list) else [item])]
    own_boot = ("_BOOT_ID", boot_id.hex().encode())
    entry = Entry(
        draw(ids), draw(words), boot_id, draw(stamps), draw(stamps), draw(words),
        tuple(sorted(pair for pair in pairs if pair != own_boot)),
    )  # fmt: skip
    return entry, found


def no_fault(rule: str, address: Any) -> None:
    """None is expected."""
    raise AssertionError(rule)


def sorted_entries(batch: Batch) -> list[Entry]:
    """With fields in a canonical order."""
    return [entry._replace(fields=tuple(sorted(entry.fields))) for entry in batch]


@given(st.lists(read(), max_size=12))
def test_same_as_the_plain_builder(given_entries: list[tuple[Entry, Fields]]) -> None:
    """Whatever names repeat or look like an origin's, the batch means the same."""
    columns = Columns(no_fault)
    for entry, found in given_entries:
        assert columns.add(parts(str(entry.cursor)), found)
    batch = columns.take()

    assert sorted_entries(batch) == sorted_entries(from_entries(entry for entry, _ in given_entries))
    assert len(set(batch.origins)) == len(batch.origins)
    assert len(columns) == columns.bytes == 0


@given(read())
def test_parts_of_a_cursor(given_entry: tuple[Entry, Fields]) -> None:
    """The quick parse agrees with the careful one."""
    text = str(given_entry[0].cursor)
    seqnum_id, seqnum, boot_id, monotonic, realtime, xor_hash = parts(text)
    careful = parse(text)

    assert bytes.fromhex(seqnum_id[2:]) == careful.seqnum_id
    assert bytes.fromhex(boot_id[2:]) == careful.boot_id
    assert (seqnum, monotonic, realtime, xor_hash) == (
        careful.seqnum, careful.monotonic, careful.realtime, careful.xor_hash,
    )  # fmt: skip


AT = parts(f"s={'a' * 32};i=7;b={'b' * 32};m=1;t=2;x=3")


def refused(found: Fields) -> tuple[list[str], Batch]:
    """Which rules leave something of this entry out, and what is left."""
    rules: list[str] = []
    columns = Columns(lambda rule, address: rules.append(rule))
    assert columns.add(AT, found)
    return rules, columns.take()


def test_bad_fields_cost_themselves() -> None:
    """Names and values that no collector takes are left out; the rest of the entry stays."""
    rules, batch = refused(
        {"MESSAGE": b"m", "lower": b"x", "__CURSOR": b"y", "BIG": bytes(FIELD_VALUE_MAX + 1), "_COMM": b"c"}
    )

    assert sorted(rules) == ["field too large", "field with an invalid name", "field with an invalid name"]
    assert [dict(entry.fields) for entry in batch] == [{"_COMM": b"c", "MESSAGE": b"m"}]


def test_a_too_long_origin_value_costs_itself() -> None:
    """Also a field of the origin may be too large."""
    rules, batch = refused({"MESSAGE": b"m", "_CMDLINE": bytes(FIELD_VALUE_MAX + 1)})

    assert rules == ["field too large"]
    assert [entry.fields for entry in batch] == [(("MESSAGE", b"m"),)]


def test_an_entry_with_too_many_fields_is_left_out() -> None:
    """More fields than systemd itself takes cost the entry."""
    rules, batch = refused({f"F{number}": b"" for number in range(ENTRY_FIELDS_MAX + 1)})

    assert (rules, len(batch)) == (["entry too large"], 0)


def test_a_large_entry_travels_alone() -> None:
    """An entry that does not fit beside others is not added, and fits into an empty batch."""
    columns = Columns(no_fault)
    large: Fields = {"MESSAGE": bytes(BATCH_BYTES + 1)}

    assert columns.add(AT, {"MESSAGE": b"small"})
    assert not columns.add(AT, large)
    assert len(columns.take()) == 1
    assert columns.add(AT, large)
    assert columns.bytes > BATCH_BYTES


@given(st.tuples(words, words, words, words), ids, ids)
def test_cursors_are_taken_apart_alike_by_the_compiled_codec(numbers: Any, seqnum_id: bytes, boot_id: bytes) -> None:
    """Whatever 64 bits they are of."""
    seqnum, monotonic, realtime, xor_hash = numbers
    stream, boot = f"s={seqnum_id.hex()}", f"b={boot_id.hex()}"
    cursor = f"{stream};i={seqnum:x};{boot};m={monotonic:x};t={realtime:x};x={xor_hash:x}"

    expected = (stream, seqnum, boot, monotonic, realtime, xor_hash)
    assert compiled_codec().cursor_parts(cursor) == expected
    assert columns._parts(cursor) == expected


@given(st.data())
def test_cursors_that_look_different_are_left_to_the_reference(data: st.DataObject) -> None:
    """With a character changed, added or removed the compiled codec says the same as Python, or nothing."""
    at = data.draw(st.integers(0, len(CURSOR)))
    cursor = (
        CURSOR[:at]
        + data.draw(st.text("0aAgx;=_- \0é\ud800", max_size=2))
        + CURSOR[at + data.draw(st.integers(0, 2)) :]
    )

    found = compiled_codec().cursor_parts(cursor)
    if found is not None:
        assert found == columns._parts(cursor)


@pytest.mark.parametrize("cursor", ["", "s=1", CURSOR + ";", CURSOR + "0" * 17, CURSOR[:-1] + "g"])
def test_what_is_no_cursor_is_not_taken_apart(cursor: str) -> None:
    """By the compiled codec."""
    assert compiled_codec().cursor_parts(cursor) is None
