"""The words of all texts of a partition, in memory: where a piece of a word is looked for.

tantivy goes through its dictionary with an automaton, at 0.2 µs a word; `bytes.find` through the same words in a row
is many times faster. A list is a file beside the index, with which it is replaced and thrown away, and disposable:
without one the answers are the same, later. docs/formats/store.md.
"""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgpack
import zstandard

from journalhub.store.embedded.block import Block
from journalhub.store.embedded.documents import TEXT
from journalhub.store.embedded.layout import (
    WORDS_BLOCKS,
    WORDS_BLOCKS_PACKED,
    WORDS_FILE,
    WORDS_HELD,
    WORDS_REMEMBERED,
    ZSTD_WORDS,
)
from journalhub.store.tokens import distinct

_MAGIC: Final = b"words 2\n"
"""Of the file of this version. One that begins otherwise is none; version 1 was never released."""

_FRAME_WORDS = 50_000

_Found = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """The distinct words of neighbouring blocks."""

    blocks: int
    upto: int
    """The highest ord of them."""
    packed: tuple[bytes, ...]
    """The words, sorted, each between two newlines, in frames of some 500 KB: what is larger is slower to look
    through, as it leaves the processor's cache."""

    @staticmethod
    def of(words: set[str], blocks: int, upto: int, level: int = 1) -> "Chunk":
        """A chunk of these words."""
        ranked, compress = sorted(words), zstandard.ZstdCompressor(level=level).compress
        texts = ("\n".join(("", *ranked[at : at + _FRAME_WORDS], "")) for at in range(0, len(ranked), _FRAME_WORDS))
        return Chunk(blocks, upto, tuple(compress(text.encode()) for text in texts))

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(map(len, self.packed))

    def texts(self) -> Iterator[bytes]:
        """The words, frame by frame."""
        decompress = zstandard.ZstdDecompressor().decompress
        for frame in self.packed:
            yield decompress(frame)

    def words(self) -> set[str]:
        """All of them."""
        return {word for text in self.texts() for word in text.decode().split("\n") if word}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a partition, of all entries up to one."""

    chunks: tuple[Chunk, ...] = ()
    _known: dict[tuple[bytes, int], tuple[_Found]] = field(default_factory=dict, compare=False, repr=False)
    """What was found lately."""

    @property
    def upto(self) -> int:
        """The highest ord of an entry whose words are here; 0 when there is none."""
        return self.chunks[-1].upto if self.chunks else 0

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(chunk.size for chunk in self.chunks)

    def having(self, piece: bytes, most: int) -> _Found:
        """The words with `piece` inside, None for more than `most`.

        A newline before or behind the letters of the piece stands for that end of the word.
        """
        key = piece, most
        held = self._known.get(key)
        if held is None:
            if len(self._known) >= WORDS_REMEMBERED:
                self._known.clear()
            held = self._known[key] = (self._having(piece, most),)
        return held[0]

    def _having(self, piece: bytes, most: int) -> _Found:
        found: set[str] = set()
        for text in (text for chunk in self.chunks for text in chunk.texts()):
            for word in _having(piece, text):
                found.add(word)
                if len(found) > most:
                    return None
        return frozenset(found)


def _having(piece: bytes, text: bytes) -> Iterator[str]:
    at = text.find(piece)
    while at >= 0:
        # A newline of the piece is the one before the word, or behind it.
        start = text.rfind(b"\n", 0, at + 1) + 1
        end = text.find(b"\n", max(at, start))
        yield text[start:end].decode()
        at = text.find(piece, end)


class Gathering:
    """Words that grow block by block, rising by ord."""

    def __init__(self, begun: Words | None = None) -> None:
        """Go on with `begun`, whose last chunk grows until it has enough blocks. Without, they are packed for good:
        fewer and larger chunks, because words that stand in several are kept as often."""
        self._most, self._level = (WORDS_BLOCKS_PACKED, ZSTD_WORDS) if begun is None else (WORDS_BLOCKS, 1)
        begun = begun or Words()
        self._chunks = list(begun.chunks)
        last = self._chunks.pop() if self._chunks and self._chunks[-1].blocks < WORDS_BLOCKS else None
        self._found = last.words() if last else set()
        self._blocks, self.upto = (last.blocks, last.upto) if last else (0, begun.upto)

    def add(self, block: Block) -> None:
        """The words of one block more."""
        self._found |= words_of(block)
        self._blocks += 1
        self.upto = block.last_ord
        if self._blocks >= self._most or len(self._found) >= WORDS_HELD:
            self._close()

    def _close(self) -> None:
        self._chunks.append(Chunk.of(self._found, self._blocks, self.upto, self._level))
        self._found, self._blocks = set(), 0

    @property
    def size(self) -> int:
        """Bytes of the chunks that are full."""
        return sum(chunk.size for chunk in self._chunks)

    def words(self) -> Words:
        """All of them; nothing is added afterwards."""
        if self._blocks:
            self._close()
        return Words(tuple(self._chunks))


def words_of(block: Block) -> set[str]:
    """The distinct words of the texts of a block."""
    return set().union(*(distinct(list(column.values())) for column in block.columns_of(TEXT)))


class WordsDamaged(ValueError):
    """A file that is no list of words; the message says why."""


def save(index_directory: Path, words: Words) -> None:
    """Write the list into a file, in one step. Raises OSError."""
    rows = msgpack.packb([(chunk.blocks, chunk.upto, chunk.packed) for chunk in words.chunks])
    new = index_directory / f"{WORDS_FILE}.new"
    new.write_bytes(b"".join((_MAGIC, zlib.crc32(rows).to_bytes(4, "little"), rows)))
    os.replace(new, index_directory / WORDS_FILE)


def load(index_directory: Path) -> Words | None:
    """The list of that file; None when there is none. Raises WordsDamaged and OSError."""
    path = index_directory / WORDS_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    start = len(_MAGIC) + 4
    if data[: len(_MAGIC)] != _MAGIC:
        raise WordsDamaged(f"{path} is of another version")
    rows = data[start:]
    if zlib.crc32(rows) != int.from_bytes(data[len(_MAGIC) : start], "little"):
        raise WordsDamaged(f"{path} has a wrong checksum")
    return Words(tuple(Chunk(blocks, upto, frames) for blocks, upto, frames in msgpack.unpackb(rows, use_list=False)))
