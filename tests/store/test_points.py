"""Single values and rows, read where they stand, are those of whole columns and blocks."""

from collections import Counter

import pytest
from bench.hot_paths import rows_of
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec
from tests.store.entries import START, entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.columns import Packed, PackedSeries, pack, pack_series, unpack
from journalhub.store.embedded.encoding import encode
from journalhub.store.embedded.layout import RANKS_FROM
from journalhub.store.embedded.points import Frame, text_columns
from journalhub.store.embedded.rows import Row

numbers = st.lists(
    st.integers(0, 3) | st.integers(250, 260) | st.integers(0, 2**64 - 1) | st.just(2**64 - 1), min_size=1, max_size=40
)


@given(numbers, st.binary(max_size=3))
def test_a_column(values: list[int], before: bytes) -> None:
    """Value by value, sums, and how often each occurs."""
    data = before + pack(values) + b"behind"
    packed = Packed.read(data, len(before), len(values))

    assert values == [packed.value(index) for index in range(len(values))]
    assert [sum(values[:upto]) for upto in range(len(values) + 1)] == [packed.sum(n) for n in range(len(values) + 1)]
    assert list(Counter(values).items()) == list(packed.tally().items())
    assert [values[:n].count(value) for n, value in enumerate(values)] == [
        packed.same_before(n) for n in range(len(values))
    ]
    assert (values, packed.end) == unpack(data, len(before), len(values))


@given(numbers | st.builds(lambda first, size: list(range(first, first + size)), st.integers(0, 9), st.integers(1, 9)))
def test_a_series(values: list[int]) -> None:
    """Likewise, and whether it counts up by one."""
    data = b"x" + pack_series(values)
    packed = PackedSeries.read(data, 1, len(values))

    assert values == [packed.value(index) for index in range(len(values))]
    assert len(data) == packed.end
    assert (values == list(range(values[0], values[0] + len(values)))) == packed.is_counting


@pytest.mark.usefixtures("codec")
@given(st.lists(entries, min_size=1, max_size=30), st.data())
def test_rows_of_a_block(items: list[Entry], data: st.DataObject) -> None:
    """Whichever rows are asked for, few or more than a block answers one by one, all or some, by ord too."""
    rows, target = rows_of(from_entries(items))
    shapes = target.shapes.shapes
    block = Block(encode(rows, 3), shapes)
    asked = data.draw(st.lists(st.integers(0, rows.count - 1), max_size=2 * RANKS_FROM))

    for row in asked:
        number = rows.ords[row]
        assert row == block.row_of(number)
        assert Row(rows, row, target.origins.origins, shapes).hit() == (
            Row(block, row, target.origins.origins, shapes).hit()
        )
    assert rows.ords[-1] == block.last_ord
    assert block.row_of(rows.ords[-1] + 1) is None
    assert rows == block.to_memory(shapes)


@given(st.lists(st.tuples(*[st.integers(0, 2**64 - 1) | st.integers(0, 3)] * 6), min_size=1, max_size=20), st.data())
def test_the_numbers_of_a_row(rows: list[tuple[int, ...]], data: st.DataObject) -> None:
    """The compiled codec says of them what the reference says; of what is cut off, or no row, nothing."""
    ords, origin, shape, realtime, offset, seqnum = (list(column) for column in zip(*rows, strict=True))
    parts = pack_series(ords), pack(origin), pack(shape), pack_series(realtime), pack_series(offset)
    raw, row = b"".join((*parts, pack_series(seqnum))), data.draw(st.integers(0, len(rows) - 1))
    frame = Frame.read(raw, len(rows))
    expected = (*frame.of(row), frame.shape.same_before(row))

    assert compiled_codec().row_numbers(raw, len(rows), row) == expected
    assert compiled_codec().row_numbers(raw[: data.draw(st.integers(0, len(raw) - 1))], len(rows), row) is None
    assert compiled_codec().row_numbers(raw, len(rows), len(rows)) is None
    counts = compiled_codec().shape_counts
    assert counts(raw, len(rows)) == tuple(part for pair in frame.shape.tally().items() for part in pair)
    assert counts(raw[: frame.shape.end - 1], len(rows)) is None
    assert counts(raw, 0) is None
    assert compiled_codec().row_numbers(raw, len(rows), -1) is None


@given(st.lists(st.lists(st.binary(max_size=300), min_size=1, max_size=6), min_size=1, max_size=5), st.data())
def test_the_values_of_a_row(texts: list[list[bytes]], data: st.DataObject) -> None:
    """Likewise, wherever in its frame a column stands, and however the frame ends."""
    columns = [pack(list(map(len, values))) + b"".join(values) for values in texts]
    kinds = [0] * len(texts) + [1]
    columns.append(pack([2**64 - 1, 7, 0]))
    sizes = (*map(len, texts), 3)
    frame = b"".join(columns)
    where = tuple(part for kind in kinds for part in (kind, 1))
    number = data.draw(st.integers(0, len(texts)))
    index = data.draw(st.integers(0, sizes[number] - 1))
    described = [((str(at), 0), size, kind == 0) for at, (size, kind) in enumerate(zip(sizes, kinds, strict=True))]
    expected = text_columns(frame, described)[str(number), 0].value(index, START)
    wanted = (number, index, number, index)

    values = compiled_codec().row_values
    assert values((None, frame), where, sizes, wanted, START) == (expected, expected)
    assert values((None, frame[: data.draw(st.integers(0, len(frame) - 1))]), where, sizes, wanted, START) is None
    assert values((None, None), where, sizes, wanted, START) is None
    assert values((frame,), where, sizes, wanted, START) is None
    assert values((None, frame), where, sizes, (number, sizes[number]), START) is None
    assert values((None, frame), where, sizes, (len(sizes), 0), START) is None
    assert values((None, frame), where[:-1], sizes, wanted, START) is None


@given(st.binary(max_size=200), st.integers(-1, 40), st.integers(-1, 40))
def test_what_is_no_frame(raw: bytes, count: int, row: int) -> None:
    """Whatever it is given, the codec says nothing, or what the reference says."""
    made = compiled_codec().row_numbers(raw, count, row)
    if made is not None:
        frame = Frame.read(raw, count)
        assert made == (*frame.of(row), frame.shape.same_before(row))
    found = compiled_codec().row_values((raw,), (0, 0, 1, 0), (max(count, 0), 1), (0, max(row, 0), 1, 0), START)
    if found is not None:
        columns = text_columns(raw, [(("A", 0), count, True), (("B", 0), 1, False)])
        assert found == (columns["A", 0].value(row, START), columns["B", 0].value(0, START))
