"""Words, phrases, wildcards and patterns on one field."""

import re

from journalhub.query.language.syntax import Inside, Pattern, Quoted, Text, Word
from journalhub.store.ast import All, And, Contains, Exists, Phrase, Query, Regex, WordPrefix, Words
from journalhub.store.patterns import PatternError, compile_pattern, is_caseless
from journalhub.store.tokens import tokens_of

_SPECIAL = re.compile(r"([^\w\s])", re.ASCII)


class BadPatternError(ValueError):
    """A regular expression that is none; where."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def to_bytes(text: str) -> bytes:
    """The bytes that `text` has in a journal; surrogates stand for bytes that are no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def text_query(field: str, value: Text) -> Query | None:
    """Entries whose `field` has this in it; None when it has no part in a search, as punctuation has none."""
    match value:
        case Pattern():
            return _pattern_query(field, value)
        case Inside(text):
            return Contains(field, to_bytes(text), True)
        case Quoted(text):
            return phrase(field, text) or (Contains(field, to_bytes(text), False) if text else None)
        case Word(text) if "*" in text:
            return _wildcard(field, text)
        case Word(text):
            return phrase(field, text)


def phrase(field: str, text: str) -> Query | None:
    """Entries whose `field` has the tokens of `text` side by side."""
    words = tuple(tokens_of(to_bytes(text)))
    if len(words) > 1:
        return Phrase(field, words)
    return Words(field, words) if words else None


def _wildcard(field: str, text: str) -> Query | None:
    stem = text.strip("*")
    if not stem:
        return (All() if field == "MESSAGE" else Exists(field)) if text == "*" else None
    if "*" in stem:
        return Regex(field, r"\S*".join(_SPECIAL.sub(r"\\\1", part) for part in stem.split("*")), True)
    if text.startswith("*"):
        return Contains(field, to_bytes(stem), True)
    words = tokens_of(to_bytes(stem))
    if not words:
        return None
    if len(words) == 1 and stem[0].isalnum() and stem[-1].isalnum():
        return WordPrefix(field, words[0])
    # The index finds the words, of which the last is a beginning; the text says whether they stand like this.
    whole = [Words(field, tuple(words[:-1]))] if len(words) > 1 else []
    return And((*whole, WordPrefix(field, words[-1]), Contains(field, to_bytes(stem), True)))


def _pattern_query(field: str, pattern: Pattern) -> Query:
    caseless = bool(pattern.flags) or is_caseless(pattern.source)
    try:
        compile_pattern(pattern.source, caseless)
    except PatternError as error:
        raise BadPatternError(error.message, pattern.at + error.at) from error
    return Regex(field, pattern.source, caseless)
