"""Columns of a block for many of its entries: they say what its rows say, from the compiled codec and the reference."""

import struct
from array import array

import pytest
from bench.hot_paths import rows_of
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs
from tests.store.entries import START, entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.bulk import ROW_BITS, Found, Text, integers
from journalhub.store.embedded import bulk
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.columns import pack, pack_series
from journalhub.store.embedded.encoding import encode
from journalhub.store.embedded.rows import Row

u64 = st.integers(0, 2**64 - 1) | st.integers(0, 3) | st.integers(1_700_000_000_000_000, 1_700_000_000_100_000)
with_source = st.builds(
    lambda number, source: Entry(
        b"s" * 16, number, b"b" * 16, number, START + number, 7, (("_SOURCE_REALTIME_TIMESTAMP", b"%d" % source),)
    ),
    st.integers(0, 99),
    st.integers(0, 10**18 - 1),
)


def found_in(items: list[Entry]) -> tuple[Found, list[Row]]:
    """The entries as a block gives them in bulk, and row by row."""
    rows, target = rows_of(from_entries(items))
    origins, shapes = target.origins.origins, target.shapes.shapes
    block = Block(encode(rows, 3), shapes)
    found = Found()
    base = found.number_of(block.bulk(origins)) << ROW_BITS
    found.places.extend(range(base, base + rows.count))
    return found, [Row(block, row, origins, shapes) for row in range(rows.count)]


@pytest.mark.usefixtures("codec")
@given(st.lists(entries, min_size=1, max_size=20) | st.lists(with_source, min_size=1, max_size=20))
def test_a_block_in_bulk(items: list[Entry]) -> None:
    """Each entry, its place, its parts; and whose they are."""
    found, rows = found_in(items)

    assert [row.hit() for row in rows] == list(found)
    assert [row.hit().parts for row in rows] == [hit.parts for hit in found]
    whose = {hit.parts.origin for hit in found if hit.parts is not None}
    assert whose == set(found.speakers(exactly=True)) == set(found.speakers(exactly=False))


def test_entries_found_one_by_one_and_in_bulk() -> None:
    """They stand in the order of their places."""
    found, rows = found_in([Entry(b"s" * 16, n, b"b" * 16, n, START + n, 7, (("TAG", b"%d" % n),)) for n in range(5)])
    bulk_place = found.places[3]
    found.places = array("Q")
    found.add([rows[4].hit()])
    found.places.append(bulk_place)
    found.add([rows[0].hit()])

    assert [4, 3, 0] == [hit.entry.seqnum for hit in found]
    assert [3, 0] == [hit.entry.seqnum for hit in found[1:]]
    assert found == [rows[4].hit(), rows[3].hit(), rows[0].hit()]


@given(st.lists(st.tuples(*[u64] * 6), min_size=1, max_size=20), st.binary(max_size=3), st.integers(0, 80))
def test_numbers(rows: list[tuple[int, ...]], behind: bytes, cut: int) -> None:
    """Whatever they are; and what is cut off is told as by the reference."""
    ords, origin, shape, realtime, offset, seqnum = (list(column) for column in zip(*rows, strict=True))
    parts = pack_series(ords), pack(origin), pack(shape), pack_series(realtime), pack_series(offset)
    raw = b"".join((*parts, pack_series(seqnum), behind))
    with runs(None):
        expected = bulk.numbers_of(raw, len(rows))

    assert compiled_codec().block_numbers(raw, len(rows)) in (expected, None)
    assert compiled_codec().block_numbers(raw, len(rows)) == expected or has_wide(origin, shape)
    assert compiled_codec().block_numbers(raw[:cut], len(rows)) in (None, expected)


def test_numbers_that_take_no_room() -> None:
    """A full block of entries at even distances; more than a block of them is left to the reference."""
    codec = compiled_codec()
    for rows, is_known in ((1024, True), (1025, False)):
        even = list(range(START, START + rows))
        raw = b"".join([pack_series(even), pack([3] * rows), pack([0] * rows), *[pack_series(even)] * 3])
        assert len(raw) < rows
        with runs(None):
            expected = bulk.numbers_of(raw, rows)
        assert codec.block_numbers(raw, rows) == (expected if is_known else None)


def has_wide(*columns: list[int]) -> bool:
    """Whether a column's least value and width could pass 64 bits together, which is left to the reference."""
    return any(max(column) >= 2**56 for column in columns)


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=20), st.binary(max_size=3), st.integers(0, 60))
def test_texts(values: list[bytes], before: bytes, cut: int) -> None:
    """Where each value lies; what ends early is an error of the reference, and nothing to the codec."""
    raw = before + pack(list(map(len, values))) + b"".join(values)
    realtime = integers(bytes(8 * len(values)))
    with runs(None):
        expected = bulk.texts_of(raw, len(before), len(values), True, realtime)

    assert expected == bulk.texts_of(raw, len(before), len(values), True, realtime)
    text, bounds, end = expected
    at = integers(bounds)
    assert values == [text[at[index] : at[index + 1]] for index in range(len(values))]
    assert len(raw) == end
    if cut < len(raw):
        assert compiled_codec().block_texts(raw[:cut], len(before), len(values), None) is None
        with pytest.raises((ValueError, struct.error)):
            bulk.texts_of(raw[:cut], len(before), len(values), True, realtime)


@given(st.lists(st.tuples(u64, u64), min_size=1, max_size=20))
def test_numbers_as_distances(rows: list[tuple[int, int]]) -> None:
    """Decimal texts of what the realtimes less the distances are."""
    realtime = integers(array("Q", [row[0] for row in rows]).tobytes())
    raw = pack([distance for _, distance in rows])
    with runs(None):
        expected = bulk.texts_of(raw, 0, len(rows), False, realtime)

    assert compiled_codec().block_texts(raw, 0, len(rows), realtime.obj) in (expected, None)


@given(st.binary(max_size=80), st.integers(-3, 100), st.integers(-3, 100))
def test_no_block(raw: bytes, at: int, size: int) -> None:
    """Whatever it is given, the codec says nothing, or what the reference says."""
    codec = compiled_codec()
    for made, reference in (
        (codec.block_numbers(raw, size), lambda: bulk.numbers_of(raw, size)),
        (codec.block_texts(raw, at, size, None), lambda: bulk.texts_of(raw, at, size, True, integers(b""))),
    ):
        if made is not None:
            with runs(None):
                assert made == reference()


def test_values_beyond_a_column() -> None:
    """The codec gives the values of a row; of a rank or bounds that no column has it says nothing."""
    texts = [Text(b"abcdef", integers(array("Q", [0, 1, 3, 6]).tobytes()), 1)]
    values_of = compiled_codec().values_of

    assert [(b"bc",), (b"def",), None, None] == [values_of(texts, rank) for rank in (0, 1, 2, -1)]
    assert values_of([Text(b"ab", integers(array("Q", [0, 3]).tobytes()), 0)], 0) is None
    assert values_of([Text(b"ab", integers(array("Q", [2, 1]).tobytes()), 0)], 0) is None
    assert values_of([Text(b"ab", integers(array("Q", [0, 2]).tobytes()), -1)], 0) is None
    assert values_of([(b"ab", b"")], 0) is None
    assert () == values_of([], 0)
