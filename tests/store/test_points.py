"""Single values and rows, read where they stand, are those of whole columns and blocks."""

from collections import Counter

from bench.hot_paths import rows_of
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.columns import Packed, PackedSeries, pack, pack_series, unpack
from journalhub.store.embedded.encoding import encode
from journalhub.store.embedded.layout import RANKS_FROM
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
