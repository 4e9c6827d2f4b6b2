"""What the index can know of a text that has a needle inside: words, and pieces of words at its ends."""

from dataclasses import dataclass

from journalhub.store.embedded.layout import END_MAX, END_MIN
from journalhub.store.tokens import TOKEN_MAX, tokens_of

_EDGE = "\n"
"""An end of a word in a list of words."""


@dataclass(frozen=True, slots=True)
class End:
    """A piece of a word, where a needle begins or ends within it."""

    text: str
    opens: bool
    """Whether the word may begin before it."""
    closes: bool
    """Whether the word may go on behind it."""

    @property
    def pattern(self) -> str:
        """A regular expression of tantivy's for such words."""
        return f"{'.*' if self.opens else ''}{self.text}{'.*' if self.closes else ''}"

    @property
    def piece(self) -> bytes:
        """The same for `Words.having`."""
        return f"{'' if self.opens else _EDGE}{self.text}{'' if self.closes else _EDGE}".encode()

    def is_of(self, word: str) -> bool:
        """Whether `word` is such a word."""
        if self.opens and self.closes:
            return self.text in word
        return word.endswith(self.text) if self.opens else word.startswith(self.text)


@dataclass(frozen=True, slots=True)
class Inside:
    """What the index can know of any text that has a needle inside."""

    words: tuple[str, ...]
    """Whole tokens of it, neighbours."""
    ends: tuple[End, ...]
    """Pieces of further tokens."""


def inside_of(needle: bytes) -> Inside | None:
    """What is known of a text with `needle` inside, in the same letters or in others; None when that is nothing.

    Only of ASCII: its folding does not hang on what stands around it.
    """
    found = tokens_of(needle)
    if not needle.isascii() or not found or any(len(token) >= TOKEN_MAX for token in found):
        return None
    opens, closes = needle[:1].isalnum(), needle[-1:].isalnum()
    words = tuple(found[int(opens) : len(found) - int(closes)])
    if len(found) == 1 and opens and closes:
        ends = [End(found[0][:END_MAX], True, True)]
    else:
        ends = [End(found[0][-END_MAX:], True, False)] if opens else []
        ends += [End(found[-1][:END_MAX], False, True)] if closes else []
    ends = [end for end in ends if len(end.text) >= END_MIN]
    return Inside(words, tuple(ends)) if words or ends else None
