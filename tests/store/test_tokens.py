"""The one definition of words, and that an index splits text the same way."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tantivy import TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from journalhub.store.tokens import TOKEN_MAX, index_text, token_spans, tokens, tokens_of

ANALYZER: TextAnalyzer = TextAnalyzerBuilder(Tokenizer.whitespace()).build()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Failed password for root", ["failed", "password", "for", "root"]),
        ("foo_bar 10.2.3.4:80 a-b", ["foo", "bar", "10", "2", "3", "4", "80", "a", "b"]),
        ("Straße ΟΔΟΣ İ", ["strasse", "οδοσ", "i\u0307"]),
        ("e\u0301t\u00e9", ["e\u0301t\u00e9"]),
        ("\u0301abc", ["abc"]),
        ("हिन्दी", ["हिन्दी"]),
        ("日本語 ①², Ⅷ", ["日本語", "①²", "ⅷ"]),
        ("a\ufe0f 👩\u200d💻 b", ["a\ufe0f", "b"]),
        ("x" * 600, ["x" * 256, "x" * 256, "x" * 88]),
        ("\x00a\x1fb\x85c\u2028d", ["a", "b", "c", "d"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    """Runs of letters, digits and marks, case-folded, long ones in pieces."""
    assert tokens(text) == expected


def test_undecodable_bytes_separate() -> None:
    """A byte that is no UTF-8 ends a word and is none."""
    assert tokens_of(b"caf\xe9 na\xffme \xc3\xa9") == ["caf", "na", "me", "é"]


@given(
    st.text() | st.text(alphabet="aB1 _é\u0301ßΣ\u00a0\u2003\x1c") | st.binary().map(lambda raw: raw.decode("latin-1"))
)
@example("A" * (TOKEN_MAX + 1))
@example("é" * (TOKEN_MAX * 2 + 1))
@example("a" * 70_000)
def test_index_sees_the_same_tokens(text: str) -> None:
    """What the index splits is what the function gives, for any text."""
    value = text.encode(errors="replace")
    expected = tokens(value.decode())
    assert tokens_of(value) == expected
    assert ANALYZER.analyze(index_text(value)) == expected


@given(st.binary())
def test_index_sees_the_same_tokens_of_bytes(value: bytes) -> None:
    """The same for values that are no text."""
    assert ANALYZER.analyze(index_text(value)) == tokens(value.decode(errors="replace"))


@given(st.lists(st.text(alphabet="abZé9ß-_ .\u0301", min_size=1)))
def test_tokens_of_tokens_are_tokens(parts: list[str]) -> None:
    """A token is its own only token, so that a canonical query reads back as itself."""
    for token in tokens(" ".join(parts)):
        assert tokens(token) == [token]


@given(st.binary() | st.text().map(str.encode) | st.text(alphabet="aB1 é\u0301\u0345ßΐİΣ\ufffd").map(str.encode))
@example(b"x" * 600)
@example("ß".encode() * 300)
@example("\u0345a".encode() + b"\xff\xc3b")
def test_words_are_found_where_they_stand(value: bytes) -> None:
    """Tokens with places are the tokens, in order; what stands there has that token in it."""
    found = list(token_spans(value))
    assert [token for token, _, _ in found] == tokens_of(value)
    assert all(token in "".join(tokens_of(b"a" + value[start:end] + b"a")) for token, start, end in found)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
