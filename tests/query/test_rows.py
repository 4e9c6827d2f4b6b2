"""Rows of JSON made of an entry's parts are those made of the entry."""

import json
from array import array
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs
from tests.store.entries import START, entries, entry

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.journal.origin import Origin
from journalhub.query.api.members import row_of_parts
from journalhub.query.api.rows import Shape
from journalhub.store import ast
from journalhub.store.bulk import ROWS_MAX, RowHit, Text, hit_of, integers
from journalhub.store.contract import Budget, Hit, Order, Parts, Position, Scope
from journalhub.store.embedded.store import EmbeddedStore


def in_parts(item: Entry) -> Hit:
    """The entry as a store gives it that keeps who spoke apart."""
    batch = from_entries([item])
    parts = Parts(
        batch.origins[0], batch.shapes[0], batch.values[0], batch.seqnum[0], batch.monotonic[0], batch.xor_hash[0]
    )
    return Hit(Position(item.realtime, 7), None, parts)


@given(entries, st.none() | st.integers(0, 8))
def test_parts_and_entry(item: Entry, clip: int | None) -> None:
    """The same row, whatever the fields are and whether they are cut."""
    hit = in_parts(item)
    whole = Hit(hit.position, hit.entry)
    assert hit.entry.all_fields and hit == whole
    assert json.loads(Shape(clip).row(hit)) == json.loads(Shape(clip).row(whole))


@pytest.mark.parametrize(
    ("message", "clip", "is_fast"), [(b"plain", None, True), ("für".encode(), 99, True), (b"long" * 9, 20, False)]
)
def test_the_common_entry_takes_the_short_way(message: bytes, clip: int | None, is_fast: bool) -> None:
    """No Entry is made for an entry without repeated or cut fields."""
    item = Entry(b"s" * 16, 1, b"b" * 16, 2, 3, 4, (("_HOSTNAME", b"web-1"), ("MESSAGE", message), ("TAG", b"\xff")))
    hit = in_parts(item)
    assert hit.parts is not None
    assert (row_of_parts(hit.position, hit.parts, clip) is not None) == is_fast


@given(entries, st.none() | st.integers(0, 8))
def test_the_compiled_codec_and_the_reference(item: Entry, clip: int | None) -> None:
    """The same bytes."""
    hit = in_parts(item)
    assert hit.parts is not None
    with runs(None):
        expected = row_of_parts(hit.position, hit.parts, clip)
    with runs(compiled_codec()):
        assert row_of_parts(hit.position, hit.parts, clip) == expected


U64 = st.integers(0, 2**64 - 1)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from('\n\t"\\')).map(str.encode)


@given(st.lists(PLAIN, max_size=5), st.tuples(U64, U64, U64, U64, U64))
def test_plain_rows_are_compiled(values: list[bytes], numbers: tuple[int, int, int, int, int]) -> None:
    """Of ASCII, tabs and newlines the compiled codec makes the row itself, with any numbers."""
    names = tuple(f"FIELD_{at}" for at in range(len(values)))
    realtime, number, seqnum, monotonic, xor_hash = numbers
    origin = Origin(b"s" * 16, b"b" * 16, (("_HOSTNAME", b'we"b'),))
    parts = Parts(origin, names, tuple(values), seqnum, monotonic, xor_hash)
    with runs(None):
        expected = row_of_parts(Position(realtime, number), parts, None)
    head = (origin.seqnum_id + origin.boot_id).hex().encode()
    literals = tuple([b',"%b":"' % name.encode() for name in names])
    made = compiled_codec().json_row(head, b',"_HOSTNAME":"we\\"b"', literals, tuple(values), *numbers)
    assert made == expected


@pytest.mark.parametrize("value", [b"\x00", b"\x7f", b"\r", "für".encode(), b"\xff"])
def test_other_rows_are_left_to_the_reference(value: bytes) -> None:
    """As are numbers beyond 64 bits, and what is no row."""
    row = compiled_codec().json_row
    assert row(b"0" * 64, b"", (b',"A":"',), (b"plain",), 1, 2, 3, 4, 5) is not None
    assert row(b"0" * 64, b"", (b',"A":"',), (value,), 1, 2, 3, 4, 5) is None
    assert row(b"0" * 64, b"", (b',"A":"',), (b"plain",), 2**64, 2, 3, 4, 5) is None
    assert row(b"0" * 64, b"", (b',"A":"',), (), 1, 2, 3, 4, 5) is None
    assert row(b"0" * 63, b"", (), (), 1, 2, 3, 4, 5) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(entries, min_size=1, max_size=20), st.none() | st.integers(0, 8) | st.just(10**20 - 1))
def test_rows_out_of_columns(tmp_path_factory: pytest.TempPathFactory, items: list[Entry], clip: int | None) -> None:
    """The same bytes as out of the parts, whatever the fields are and whether they are cut; the same hits, too."""
    with closing(EmbeddedStore(tmp_path_factory.mktemp("store"))) as store:
        store.append([from_entries([item]) for item in items])
        for partition in store._partitions.values():
            for meta in partition.metas():
                columns = partition.block_with(meta).bulk(partition.origins.origins)
                for row in range(meta.entries):
                    hit, plain = RowHit(columns, row), hit_of(columns, row)
                    for how in (None, compiled_codec()):
                        with runs(how):
                            assert Shape(clip).row(plain) == Shape(clip).row(hit)
                    assert (hit.position, hit.parts, hit.entry) == (plain.position, plain.parts, plain.entry)
                    assert plain == hit and hash(plain) == hash(hit) and repr(plain) == repr(hit)


def test_rows_that_no_columns_have() -> None:
    """The codec says nothing of ranks, values and numbers that are not there, are cut, or are not plain."""
    texts = [Text(b"abcd\xff", integers(array("Q", [0, 1, 4, 5]).tobytes()), 0)]
    literal, numbers = (b',"A":"',), (1, 2, 3, 4, 5)

    def row(*given: Any, literals: tuple[bytes, ...] = literal, numbers: tuple[int, ...] = numbers) -> bytes | None:
        return compiled_codec().json_row_at(b"0" * 64, b"", literals, *given, *numbers)

    plain = compiled_codec().json_row(b"0" * 64, b"", literal, (b"bcd",), *numbers)
    assert plain is not None
    assert [plain, plain] == [row(texts, 1, -1), row(texts, 1, 3)]
    assert row(texts, 1, 2) is None
    assert [None] * 4 == [row(texts, rank, -1) for rank in (2, 3, -1, 2**40)]
    assert row(texts, 1, -1, literals=()) is None
    assert row(texts, 1, -1, numbers=(2**64, 2, 3, 4, 5)) is None
    assert row([(b"ab", b"")], 0, -1) is None


def test_a_page_of_scattered_entries_is_not_taken_apart(tmp_path: Path) -> None:
    """Of entries that are few in their block the values stay where they lie; of a long page only the first do."""
    with closing(EmbeddedStore(tmp_path)) as store:
        words = [b"one" if number % 20 else b"two" for number in range(8000)]
        store.append([from_entries([entry(n + 1, START + n, word) for n, word in enumerate(words)])])
        store.refresh()
        scope = Scope(ast.Words("MESSAGE", ("two",)))
        page = store.search(scope, Order.NEWEST_FIRST, 1000, None, Budget()).hits
        kinds = [type(hit) for hit in page]

        assert [(START + number, number + 1) for number in range(7980, -1, -20)] == [
            tuple(hit.position) for hit in page
        ]
        assert 0 < kinds.count(RowHit) <= ROWS_MAX < len(kinds)
