"""A pattern looked for in all texts of a column at once finds what it finds in each."""

import pytest
from bench.hot_paths import rows_of
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.encoding import encode
from journalhub.store.joined import first_in
from journalhub.store.patterns import compile_pattern

_PARTS = st.sampled_from(
    [
        "a",
        "b",
        "A",
        ".",
        "[ab]",
        "[^a]",
        r"\d",
        r"\W",
        r"\.",
        "(a|b)",
        "(ab|)",
        "?",
        "{2}",
        "{1,3}",
        "|",
        "(",
        ")",
        "??",
    ]
    + ["^", "$", "+", "*", "++", "?+", r"\b", "(?=a)", "(?>a|ab)", r"(a)\1", r"\K", "{", "]", "{65}", "\n", "ä"]
)
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=5).map("".join)
_TEXTS = st.lists(st.text("abA.1\nä ", max_size=6).map(str.encode), min_size=1, max_size=80)


@given(_PATTERNS, st.booleans(), _TEXTS)
def test_rows_are_those_of_the_values_one_by_one(pattern: str, caseless: bool, texts: list[bytes]) -> None:
    """Whatever stands next to a text; also where most have the pattern."""
    try:
        compiled = compile_pattern(pattern, caseless)
    except ValueError:
        return
    rows, target = rows_of(from_entries([entry(n + 1, START + n, text) for n, text in enumerate(texts)]))
    body, shapes = encode(rows, 3), target.shapes.shapes
    expected = {row for row, text in enumerate(texts) if compiled.search(text)}

    assert expected == Block(body, shapes).rows_with("MESSAGE", compiled.search, first_in(pattern, caseless))


@pytest.mark.parametrize(
    "pattern", [r"[~][\^]x", "[0-9]{9}[.]x", "(a|b)?c", r"\d\d:\d\d", ".{0,62}[x]", "a{50}[xy]{9}"]
)
def test_patterns_that_are_looked_for_at_once(pattern: str) -> None:
    """A place from which on there may be a match; none where there is not."""
    hint = first_in(pattern, False)
    assert hint is not None
    assert hint(b"~^X", 0) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "^a",
        "a$",
        r"a\b",
        "a?",
        "",
        "a+",
        "a*b",
        "a{2}+",
        "a{0,64}",
        "(a|b){2}",
        "a{0,9}b{0,9}",
        "(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)",
        "a{2,}",
        "(?=a)",
        r"(a)\1",
        r"a\Kb",
        "[[:alpha:]]",
    ],
)
def test_patterns_that_are_not(pattern: str) -> None:
    """What looks around, may be empty, or has no small bound."""
    assert first_in(pattern, False) is None


def test_values_that_cannot_have_it_are_not_looked_at() -> None:
    """A block without it is not even decoded; in others those before it are left out."""
    texts = [b"nothing here %d" % n for n in range(200)]
    texts[150] = b"7:7 is"
    rows, target = rows_of(from_entries([entry(n + 1, START + n, text) for n, text in enumerate(texts)]))
    block = Block(encode(rows, 3), target.shapes.shapes)
    asked: list[bytes] = []

    def predicate(value: bytes) -> bool:
        asked.append(value)
        return b"7:7" in value

    assert set() == block.rows_with("MESSAGE", predicate, first_in("[~]x", False))
    assert {150} == block.rows_with("MESSAGE", predicate, first_in(r"\d:\d", False))
    assert [texts[150]] == asked


def test_a_search_that_was_given_up_says_nothing() -> None:
    """The place it began at is where a match may be."""
    pattern = compile_pattern("(a+)+$", False)
    assert 3 == pattern.first_from(b"a" * 60 + b"b", 3)
    assert 0 == pattern.first_from(b"b", 0)
    assert 0 == pattern.gave_up
