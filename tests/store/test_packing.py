"""Columns of integers: what is packed is read back, and the compiled codec packs as its reference does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs

from journalhub.store.embedded import columns

HIGHEST = 2**64 - 1

u64 = st.integers(0, HIGHEST)
near = st.integers(1_700_000_000_000_000, 1_700_000_000_100_000)
values = st.lists(u64) | st.lists(near) | st.lists(st.integers(0, 300)) | st.lists(st.sampled_from([0, 1, HIGHEST]))
anything = st.lists(u64 | st.integers() | st.booleans() | st.none() | st.floats() | st.binary(), max_size=5)


@pytest.mark.usefixtures("codec")
@given(values, st.binary(max_size=3))
def test_packed_integers_are_read_back(numbers: list[int], before: bytes) -> None:
    """Whatever the integers, and wherever the column stands."""
    for pack, unpack in (columns.pack, columns.unpack), (columns.pack_series, columns.unpack_series):
        packed = before + pack(numbers)

        assert (numbers, len(packed)) == unpack(packed, len(before), len(numbers))


@given(values)
def test_the_compiled_codec_packs_the_same(numbers: list[int]) -> None:
    """Byte for byte; of an empty column nothing is said."""
    codec = compiled_codec()
    with runs(None):
        expected = columns.pack(numbers), columns.pack_series(numbers)

    both = codec.pack(numbers), codec.pack_series(numbers)
    assert (expected if numbers else (None, None)) == both


@given(anything)
def test_what_is_no_column_is_left_to_the_reference(items: list[Any]) -> None:
    """The compiled codec has no opinion of anything but lists of integers that fit."""
    codec = compiled_codec()
    fits = bool(items) and all(type(item) is int and 0 <= item <= HIGHEST for item in items)

    assert fits == (codec.pack(items) is not None) == (codec.pack_series(items) is not None)
    assert codec.pack(tuple(items)) is None  # type: ignore[arg-type]
