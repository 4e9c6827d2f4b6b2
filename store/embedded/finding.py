"""Which texts of a column have some bytes inside: the whole column is searched at once, where it lies."""

from bisect import bisect_right
from enum import Enum

from journalhub.journal import compiled
from journalhub.store.embedded.columns import Packed, unpack

TextPlace = tuple[int, int, int]
"""The index of a text, and where in the frame it begins and ends."""


class Fold(Enum):
    """In which letters a needle is looked for."""

    NEVER = 0
    """As it stands."""
    ALWAYS = 1
    """ASCII letters in lower case: PCRE2's caseless bytes."""
    IF_ASCII = 2
    """Likewise where the whole column is ASCII; else by the predicate, which knows Unicode's folding."""


def texts_with(needle: bytes, fold: Fold, frame: bytes, at: int, count: int) -> list[TextPlace] | None:
    """Those of the `count` texts of the column at `at` of a frame that have `needle` inside, rising.

    `needle` is not empty, and in lower case where texts are folded. None where `fold` is IF_ASCII and the column is not
    ASCII. ValueError where the column ends early, unless the needle is nowhere behind its lengths anyway.
    """
    if compiled.codec is not None:
        made = compiled.codec.find_texts(needle, fold.value, frame, at, count)
        if made is not None:
            return made
    start = Packed.read(frame, at, count).end
    text = frame if fold is Fold.NEVER else frame.lower()
    found = text.find(needle, start)
    if found < 0 and (fold is not Fold.IF_ASCII or frame[start:].isascii()):
        return []
    ends, end = [], start
    for length in unpack(frame, at, count)[0]:
        end += length
        ends.append(end)
    if end > len(frame):
        raise ValueError(f"a column of {count} texts ends early: {len(frame)} bytes, want {end}")
    if fold is Fold.IF_ASCII and not frame[start:end].isascii():
        return None
    places: list[TextPlace] = []
    while 0 <= found < end:
        index = bisect_right(ends, found)
        if found + len(needle) <= ends[index]:
            places.append((index, ends[index - 1] if index else start, ends[index]))
            found = text.find(needle, ends[index])
        else:
            found = text.find(needle, found + 1)
    return places
