"""PCRE2 patterns with journalctl's rules."""

import pytest

from journalhub.store.patterns import PatternError, compile_pattern, is_caseless


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
