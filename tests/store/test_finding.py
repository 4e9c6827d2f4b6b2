"""What is found in a whole column at once is what its values have, one by one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs

from journalhub.store.embedded.columns import pack
from journalhub.store.embedded.finding import Fold, TextPlace, texts_with

few = st.sampled_from([b"a", b"A", b"b", b"-", b"B", b"\xc3\xa4", b"@", b"`", b"\0"])
texts = st.lists(st.lists(few, max_size=8).map(b"".join) | st.binary(max_size=4), min_size=1, max_size=12)
long = st.builds(lambda text, before: [b"x" * before + text, text], st.binary(max_size=3), st.integers(0, 150))
needles = st.lists(few, min_size=1, max_size=3).map(b"".join) | st.binary(min_size=1, max_size=3)


def column(values: list[bytes]) -> bytes:
    """As it stands in a frame."""
    return pack(list(map(len, values))) + b"".join(values)


def expected(needle: bytes, fold: Fold, values: list[bytes], start: int) -> list[TextPlace] | None:
    """Value by value."""
    if fold is Fold.IF_ASCII and not b"".join(values).isascii():
        return None
    places: list[TextPlace] = []
    for index, value in enumerate(values):
        if needle in (value if fold is Fold.NEVER else value.lower()):
            places.append((index, start, start + len(value)))
        start += len(value)
    return places


@pytest.mark.usefixtures("codec")
@given(texts | long, needles, st.sampled_from(Fold), st.binary(max_size=3), st.binary(max_size=3))
@example([b"ab", b"ab"], b"ba", Fold.NEVER, b"", b"ba")
@example([b"aab", b"", b"b"], b"abb", Fold.ALWAYS, b"", b"")
@example([b"x" * 64 + b"AB", b"x" * 63], b"ab", Fold.IF_ASCII, b"", b"\xff")
def test_a_column_is_searched_as_its_values_are(
    values: list[bytes], needle: bytes, fold: Fold, before: bytes, behind: bytes
) -> None:
    """Never across two values, wherever the column stands, and whatever stands behind it."""
    if fold is not Fold.NEVER:
        needle = needle.lower()
    frame = before + column(values) + behind
    start = len(frame) - len(behind) - len(b"".join(values))

    assert expected(needle, fold, values, start) == texts_with(needle, fold, frame, len(before), len(values))


@pytest.mark.usefixtures("codec")
@given(texts | long, st.data())
def test_long_texts_are_searched_while_others_run(values: list[bytes], data: st.DataObject) -> None:
    """Texts beyond some size take another way through the compiled codec."""
    values = [*values, b"-" * 20_000, *values]
    needle, fold = data.draw(needles).lower(), data.draw(st.sampled_from(Fold))
    frame = column(values)
    start = len(frame) - len(b"".join(values))

    assert expected(needle, fold, values, start) == texts_with(needle, fold, frame, 0, len(values))


@given(st.binary(max_size=40), needles, st.sampled_from(Fold), st.integers(-1, 9), st.integers(-1, 9))
def test_what_is_no_column_is_left_to_the_reference(
    frame: bytes, needle: bytes, fold: Fold, at: int, count: int
) -> None:
    """The compiled codec finds what the reference does, or has no opinion."""
    found = compiled_codec().find_texts(needle, fold.value, frame, at, count)
    if found is not None:
        with runs(None):
            assert found == texts_with(needle, fold, frame, at, count)


def test_a_needle_that_cannot_be_is_left_to_the_reference() -> None:
    """An empty one, or one with capitals where texts are folded."""
    codec = compiled_codec()
    frame = column([b"A"])
    assert codec.find_texts(b"", 0, frame, 0, 1) is None
    assert codec.find_texts(b"A", 1, frame, 0, 1) is None
    assert [(0, len(frame) - 1, len(frame))] == codec.find_texts(b"a", 1, frame, 0, 1)
