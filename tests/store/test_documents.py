"""Documents of the index: the compiled codec makes the same ones as its reference."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs

from journalhub.store.embedded.documents import documents
from journalhub.store.embedded.layout import MESSAGE_INDEXED, TERM_BYTES
from journalhub.store.embedded.rows import MemoryRows
from journalhub.store.tokens import TOKEN_MAX

START = 20_000 * 86_400_000_000
NAMES = ("MESSAGE", "PRIORITY", "_PID", "_SOURCE_REALTIME_TIMESTAMP", "N" * 64)

values = (
    st.text(max_size=30).map(str.encode)
    | st.binary(max_size=30)
    | st.binary(max_size=3).map(lambda some: some * 200)
    | st.sampled_from([b"", b'"\\', bytes(range(128)), b"a" * TERM_BYTES, b"a" * TOKEN_MAX, b"ab " * 20_000])
)
shapes = st.lists(st.sampled_from(NAMES), max_size=6).map(tuple)


def rows_of(names: Sequence[tuple[str, ...]], data: st.DataObject) -> MemoryRows:
    """Rows, each of one of these shapes."""
    count = data.draw(st.integers(1, 8))
    shape = [data.draw(st.integers(0, len(names) - 1)) for _ in range(count)]
    numbers = list(range(7, 7 + count))
    realtime = [START + data.draw(st.integers(0, 86_399_999_999)) for _ in range(count)]
    own = [tuple(data.draw(values) for _ in names[number]) for number in shape]
    return MemoryRows(list(names), numbers, numbers[::-1], shape, realtime, realtime, numbers, numbers, own)


@given(st.lists(shapes, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_the_compiled_codec_makes_the_same(names: list[tuple[str, ...]], data: st.DataObject) -> None:
    """To the letter, of rows of any shapes and values."""
    rows = rows_of(names, data)
    with runs(None):
        expected = list(documents(rows, START))

    with runs(compiled_codec()):
        assert expected == list(documents(rows, START))


@pytest.mark.parametrize("message", [b"a" * MESSAGE_INDEXED, b"a" * (MESSAGE_INDEXED + 1), b"x" * 40_000, b"\xc3\xa4"])
def test_long_and_other_texts(message: bytes) -> None:
    """What the compiled codec leaves to the reference comes in its place among the others."""
    own: list[tuple[bytes, ...]] = [(text, b"6") for text in (b"one", message, b"three")]
    rows = MemoryRows(
        [("MESSAGE", "PRIORITY")], [1, 2, 3], [0] * 3, [0] * 3, [START] * 3, [0] * 3, [1] * 3, [1] * 3, own
    )
    with runs(None):
        expected = list(documents(rows, START))

    with runs(compiled_codec()):
        assert expected == list(documents(rows, START))


def test_ordinary_rows_are_made_by_the_compiled_codec() -> None:
    """Of ASCII text nothing is left to the reference; of a name that is none, everything."""
    values: list[tuple[bytes, ...]] = [(b"It works, \x1b[1mreally\n", b"6")]
    arguments = values, ([START + 5], [1], [2]), range(1), 3, START

    assert [
        '{"ts":5,"ord":1,"origin":2,"shape":3,"term":["PRIORITY=6"],"message":"it works    1mreally "}'
    ] == compiled_codec().documents(*arguments, (None, "PRIORITY"), 0)
    assert compiled_codec().documents(*arguments, (None, 'A"'), 0) is None
    assert [None] == compiled_codec().documents(*arguments, ("A",), -1)
    assert [None] == compiled_codec().documents([], ([], [], []), range(1), 3, START, ("A",), -1)
