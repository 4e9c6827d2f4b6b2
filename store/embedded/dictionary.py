"""The dictionary of a sealed day: what its messages have in common, so that few of them are packed as well as many."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from threading import local

import zstandard

from journalhub.store.contract import StoreError
from journalhub.store.embedded.layout import (
    DICTIONARY_BYTES,
    DICTIONARY_LEAST,
    DICTIONARY_SHARE,
    PIECE_ENTRIES,
    ZSTD_SEALED,
)
from journalhub.store.embedded.unpacking import decompress

NAMES = ("dictionary", "dictionary again")
"""Rows of `meta`: it is kept twice, since without it no message of the day can be read."""

_CHECKSUM_BYTES = 4
_SEGMENT = 256
"""Bytes of what is chosen at once, and 8 that two pieces have in common to be alike: with both given, training takes
0.1 s for 5 MB; to try several, as zstd does else, takes 0.5 s and gains nothing."""


class Dictionary:
    """Packs and unpacks pieces. Threads may share it."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._trained = zstandard.ZstdCompressionDict(raw)
        self._of_thread = local()

    def unpack(self, piece: bytes) -> bytes:
        """What `pack` packed. Raises zstandard.ZstdError."""
        if not hasattr(self._of_thread, "decompressor"):
            self._of_thread.decompressor = zstandard.ZstdDecompressor(dict_data=self._trained)
        raw: bytes = self._of_thread.decompressor.decompress(piece)
        return raw

    def pack(self, piece: bytes) -> bytes:
        """A piece, compressed as a sealed day is."""
        if not hasattr(self._of_thread, "compressor"):  # making it takes milliseconds
            self._of_thread.compressor = zstandard.ZstdCompressor(level=ZSTD_SEALED, dict_data=self._trained)
        packed: bytes = self._of_thread.compressor.compress(piece)
        return packed

    def rows(self) -> Iterable[tuple[str, bytes]]:
        """(name, value) of its rows in `meta`."""
        packed = zstandard.ZstdCompressor(level=19).compress(self.raw)
        value = zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES, "little") + packed
        return [(name, value) for name in NAMES]


def loaded(value_of: Callable[[str], bytes | None]) -> Dictionary | None:
    """What `rows` gave, out of the first row that is whole; None where there are none.

    `value_of` gives the value of a row of `meta`, or None; what it raises as a StoreError counts as a damaged row.
    Raises StoreError where there are rows and none of them is whole.
    """
    wrong = ""
    for name in NAMES:
        try:
            value = value_of(name)
            if value is not None:
                return _read(name, value)
        except StoreError as error:
            wrong = wrong or str(error)
    if wrong:
        raise StoreError(f"the dictionary of the day's messages cannot be read: {wrong}")
    return None


def damages(value_of: Callable[[str], bytes | None]) -> list[str]:
    """What is wrong with the rows, a sentence each: as long as one is whole, everything can be read."""
    found, lost = [], []
    for name in NAMES:
        try:
            value = value_of(name)
            if value is None:
                lost.append(f"the row {name!r} is lost")
            else:
                _read(name, value)
        except StoreError as error:
            found.append(str(error))
    return found + (lost if len(lost) < len(NAMES) else [])


def _read(name: str, value: bytes) -> Dictionary:
    packed = value[_CHECKSUM_BYTES:]
    if zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES, "little") != value[:_CHECKSUM_BYTES]:
        raise StoreError(f"the row {name!r} has a wrong checksum")
    return Dictionary(decompress(packed))


def trained(samples: Sequence[Sequence[bytes]], text_bytes: int) -> Dictionary | None:
    """The dictionary of a day of about `text_bytes` of messages, of which `samples` are some, block by block.

    None where the day has too few to pay for one.
    """
    size = min(DICTIONARY_BYTES, text_bytes // DICTIONARY_SHARE)
    if size < DICTIONARY_LEAST:
        return None
    pieces: list[bytes | bytearray | memoryview[int]] = [piece for texts in samples for piece in cut(texts)]
    try:
        return Dictionary(zstandard.train_dictionary(size, pieces, k=_SEGMENT, d=8).as_bytes())
    except zstandard.ZstdError:
        return None  # what cannot be learnt from, as a few huge messages, or many that are the same


def cut(texts: Sequence[bytes]) -> list[bytes]:
    """The texts of a column in pieces."""
    return [b"".join(texts[at : at + PIECE_ENTRIES]) for at in range(0, len(texts), PIECE_ENTRIES)]
