"""PCRE2 patterns with journalctl's rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journalhub.store.patterns import PatternError, compile_pattern, is_caseless, required_literal


@pytest.mark.parametrize(
    ("pattern", "value", "caseless", "expected"),
    [
        ("b.d", b"abcde", False, True),
        ("B.D", b"abcde", False, False),
        ("B.D", b"abcde", True, True),
        ("^a$", b"b\na\n", False, False),
        ("(?m)^a$", b"b\na\n", False, True),
        ("a.c", "aéc".encode(), False, False),
        ("a..c", "aéc".encode(), False, True),
        ("é", "É".encode(), True, False),
        ("é", "xéx".encode(), False, True),
        (r"\xff", b"a\xffb", False, True),
        (r"\x{41}", b"A", False, True),
        (r"\\x\{41}", b"\\x{41}", False, True),
        ("a\x00b", b"a\x00b", False, True),
        ("", b"", False, True),
        ("(*UTF)a.c", "aéc".encode(), False, True),
    ],
)
def test_search(pattern: str, value: bytes, caseless: bool, expected: bool) -> None:
    """Bytes against bytes, only ASCII letters have a case, unless the pattern says otherwise."""
    assert compile_pattern(pattern, caseless).search(value) is expected


def test_spans() -> None:
    """All matches by byte offsets, empty ones included."""
    assert compile_pattern("a+", False).spans("éaabaa".encode()) == [(2, 4), (5, 7)]


@pytest.mark.parametrize(("pattern", "at"), [("(abc", 4), ("é[", 2), (r"\x{100}", 0), ("a" * 20_000, 10_000)])
def test_wrong_patterns(pattern: str, at: int) -> None:
    """The error names the character where the pattern breaks."""
    with pytest.raises(PatternError) as error:
        compile_pattern(pattern, False)
    assert error.value.at == at
    assert error.value.message


def test_catastrophic_pattern_ends() -> None:
    """A pattern that backtracks without end gives up, does not match, and is counted."""
    pattern = compile_pattern("(a+)+$", False)
    assert pattern.search(b"a" * 60 + b"b") is False
    assert pattern.spans(b"a" * 60 + b"b") == []
    assert pattern.gave_up == 2


@pytest.mark.parametrize(("pattern", "expected"), [("abc", True), ("aBc", False), ("é\u00c9", True)])
def test_smart_case(pattern: str, expected: bool) -> None:
    """An ASCII capital makes a pattern case-sensitive."""
    assert is_caseless(pattern) is expected


@pytest.mark.parametrize(
    ("pattern", "caseless", "expected"),
    [
        (r"quok+aflux[0-9]", False, b"aflux"),
        (r"quok+AFlux[0-9]", True, b"aflux"),
        (r"disk (full|gone)? on sd[a-z]", False, b" on sd"),
        (r"a\.b\*c", False, b"a.b*c"),
        (r"abcd*", False, b"abc"),
        (r"abcd{0,3}", False, b"abc"),
        (r"abc|abd", False, b""),
        (r"(abc|abd)", False, b""),
        (r"(?x)a b c", False, b""),
        (r"(?i)abc", False, b""),
        (r"(?!abc)d", False, b""),
        (r"abc(*ACCEPT)d", False, b""),
        (r"\Qa|b\E", False, b""),
        (r"[[:alpha:]]abc", False, b""),
        (r"[]abc]def", False, b""),
        (r"\x41bc", False, b""),
        ("éab", True, b"ab"),
        ("éa", False, "éa".encode()),
        ("é?a", False, b"\xc3"),
    ],
)
def test_required_literal(pattern: str, caseless: bool, expected: bytes) -> None:
    """The longest run that no match can do without, and nothing where that is not plain to see."""
    assert required_literal(pattern.encode(), caseless) == expected


_ITEMS = "a b ab A K k s S é . ^ $ | ( ) (?: (?i) (?x) (?= (?! (?<! [ab] [^a] [a [] ] [^]] [[:alpha:]]"
_QUANTIFIERS = r"{ } {0} {1,2} {,2} * + ? *? ++ \. \b \d \Q \E \x61 \x{61} \1 \K \( \[ \\ # (*ACCEPT) (?#"
_PARTS = st.sampled_from([*_ITEMS.split(), *_QUANTIFIERS.split(), " "])
_TEXTS = st.lists(st.sampled_from([*"abABKks .\\([]{}#|", "é", "É", "ſ"])).map("".join)


@settings(max_examples=1000)
@given(st.lists(_PARTS, max_size=8).map("".join), _TEXTS, st.booleans())
def test_required_literal_changes_no_answer(pattern: str, text: str, caseless: bool) -> None:
    """Whatever PCRE2 finds, a search that looks for the literal first finds too."""
    try:
        compiled = compile_pattern(pattern, caseless)
    except PatternError:
        return
    value = text.encode()
    assert compiled.search(value) == (compiled.spans(value) != [])
