"""The messages of a block of a sealed day, in pieces: to read one, its piece is decompressed and no other."""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from journalhub.store.embedded.columns import Packed
from journalhub.store.embedded.dictionary import Dictionary
from journalhub.store.embedded.unpacking import decompress


class Pieces:
    """A frame of a block that is in pieces: the lengths of its texts, then the texts, so many in each piece."""

    def __init__(self, body: bytes, sizes: Sequence[int], entries: int, dictionary: Dictionary) -> None:
        """`sizes` are the bytes of the lengths and of each piece in `body`."""
        self._body = body
        self._bounds = list(accumulate(sizes, initial=0))
        self._entries = entries
        self._dictionary = dictionary
        self._last = -1, b""
        """The piece that was asked for last: number and text."""

    @cached_property
    def _lengths(self) -> bytes:
        return decompress(self._body[: self._bounds[1]])

    def _piece(self, number: int) -> bytes:
        known, raw = self._last
        if known != number:
            start, end = self._bounds[number + 1 : number + 3]
            raw = self._dictionary.unpack(self._body[start:end])
            self._last = number, raw
        return raw

    def whole(self) -> bytes:
        """The frame, as it is where it is not in pieces."""
        return b"".join((self._lengths, *map(self._piece, range(len(self._bounds) - 2))))

    def text_at(self, count: int, index: int) -> bytes:
        """The value at `index` of the `count` texts. ValueError where the lengths end early."""
        lengths = Packed.read(self._lengths, 0, count)
        number, within = divmod(index, self._entries)
        start = lengths.sum(index, index - within)
        return self._piece(number)[start : start + lengths.value(index)]
