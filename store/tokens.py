"""Words of a text: the one definition that the index, the reference semantics and the search language share.

A token is a run of letters and digits (Unicode categories L* and N*), case-folded, with the combining marks (M*) that
stand inside or behind it. Everything else separates. Nothing is dropped for its length: of a run longer than
TOKEN_MAX characters each piece of that length is a token, so that a pasted hash or base64 text finds its line and no
term is too long for an index. Text is not normalised: composed and decomposed letters differ, as their bytes do.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache

VERSION = 1
"""Raised when any text gets other tokens than before: indexes built with another version are built anew. What a
character is comes from the Unicode tables of the running Python; characters assigned after an index was built keep
their old nature in it."""

TOKEN_MAX = 256
"""Characters. At most 3 KiB as UTF-8 after case folding; tantivy refuses terms over 65,530 bytes."""

_ASCII = bytes(ord(chr(code).lower()) if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256))


_ASCII_RUNS = re.compile(f"[0-9a-z]{{1,{TOKEN_MAX}}}")


@cache
def _runs() -> re.Pattern[str]:
    """Compiled on first use: finding the marks looks at 130,000 characters (10 ms), which no ASCII text needs."""
    marks: list[str] = []
    # All combining marks of Unicode are in these two ranges (Mn, Mc, Me; variation selectors are the last).
    for code in (*range(0x300, 0x20000), *range(0xE0000, 0xE0200)):
        if unicodedata.category(chr(code)).startswith("M"):
            if marks and ord(marks[-1][-1]) == code - 1:
                marks[-1] = marks[-1][0] + "-" + chr(code)
            else:
                marks.append(chr(code))
    # `[^\W_]` is exactly L* and N* in Python's re.
    return re.compile(rf"[^\W_](?:[^\W_]|[{''.join(marks)}]){{0,{TOKEN_MAX - 1}}}")


def tokens(text: str) -> list[str]:
    """The tokens of `text` in their order, repeats kept."""
    if text.isascii():
        return tokens_of(text.encode())
    return _runs().findall(text.casefold())


def tokens_of(value: bytes) -> list[str]:
    """The tokens of a field's value; bytes that are no UTF-8 separate."""
    return index_text(value).split()


def token_spans(value: bytes) -> Iterator[tuple[str, int, int]]:
    """The tokens of a field's value as `tokens_of` has them, each with the bytes of the value that it stands in."""
    text, starts = folded(value)
    for run in (_ASCII_RUNS if value.isascii() else _runs()).finditer(text):
        yield run[0], starts[run.start()], starts[bisect_left(starts, starts[run.end() - 1] + 1)]


def folded(value: bytes) -> tuple[str, list[int]]:
    """`value` as text without regard to case, and for each character the first byte of what it comes from; the length
    of `value` stands behind them. Bytes that are no UTF-8 are surrogates, which separate tokens as anything else."""
    if value.isascii():
        return value.decode().casefold(), list(range(len(value) + 1))
    characters: list[str] = []
    starts, at = [], 0
    for character in value.decode(errors="surrogateescape"):
        fold = character.casefold()  # of several characters at times
        characters.append(fold)
        starts += [at] * len(fold)
        at += len(character.encode(errors="surrogateescape"))
    return "".join(characters), [*starts, at]


def distinct(values: Sequence[bytes]) -> set[str]:
    """The tokens of many values, each once: four times as fast as one value after the other."""
    together = b"\n".join(values)
    if not together.isascii():
        return {token for value in values for token in tokens_of(value)}
    found = set(together.translate(_ASCII).decode().split())
    for run in [run for run in found if len(run) > TOKEN_MAX]:
        found.remove(run)
        found.update(_pieces(run))
    return found


def index_text(value: bytes) -> str:
    """The tokens of `value` separated by spaces: what an index gets, to be split at white space and nothing else."""
    if value.isascii():
        text = value.translate(_ASCII).decode()
        if len(text) <= TOKEN_MAX or max(map(len, text.split()), default=0) <= TOKEN_MAX:
            return text
        return " ".join(piece for run in text.split() for piece in _pieces(run))
    return " ".join(_runs().findall(value.decode(errors="replace").casefold()))


def has_pieces(text: str) -> bool:
    """Whether a text as `index_text` makes it may have pieces of a longer run."""
    return len(text) >= TOKEN_MAX and any(len(token) >= TOKEN_MAX for token in text.split())


def _pieces(run: str) -> list[str]:
    return [run[at : at + TOKEN_MAX] for at in range(0, len(run), TOKEN_MAX)]
