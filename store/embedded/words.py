"""The words of all texts of a partition, in memory: where a piece of a word is looked for.

tantivy goes through its dictionary with an automaton, at 0.2 µs a word; `bytes.find` through the same words in a row
is many times faster. The lists are made in the background, of the partitions that are asked for pieces of words, and
are disposable: without one the answers are the same, later.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

from journalhub.store.contract import StoreError
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.documents import TEXT
from journalhub.store.embedded.layout import WORDS_BLOCKS, WORDS_FROM, WORDS_LAG
from journalhub.store.embedded.partition import Partition
from journalhub.store.tokens import distinct

_PAUSE_SECONDS = 0.002
"""Between two blocks: answers and commits come first. A thread of low priority would hold them up."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The distinct words of neighbouring blocks, each between two newlines, compressed."""

    blocks: int
    upto: int
    """The highest ord of them."""
    packed: bytes

    @staticmethod
    def of(words: set[str], blocks: int, upto: int) -> "Chunk":
        """A chunk of these words."""
        text = "\n".join(("", *sorted(words), "")).encode()
        return Chunk(blocks, upto, zstandard.ZstdCompressor(level=1).compress(text))

    def text(self) -> bytes:
        """The words."""
        return zstandard.ZstdDecompressor().decompress(self.packed)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a partition, of all entries up to one."""

    chunks: tuple[Chunk, ...] = ()

    @property
    def upto(self) -> int:
        """The highest ord of an entry whose words are here; 0 when there is none."""
        return self.chunks[-1].upto if self.chunks else 0

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return sum(len(chunk.packed) for chunk in self.chunks)

    def having(self, piece: bytes, most: int) -> set[str] | None:
        """The words with `piece` inside, None for more than `most`.

        A newline before or behind the letters of the piece stands for that end of the word.
        """
        found: set[str] = set()
        for chunk in self.chunks:
            for word in _having(piece, chunk.text()):
                found.add(word)
                if len(found) > most:
                    return None
        return found


def _having(piece: bytes, text: bytes) -> Iterator[str]:
    at = text.find(piece)
    while at >= 0:
        # A newline of the piece is the one before the word, or behind it.
        start = text.rfind(b"\n", 0, at + 1) + 1
        end = text.find(b"\n", max(at, start))
        yield text[start:end].decode()
        at = text.find(piece, end)


class WordLists:
    """The Words of partitions, made when asked for. Bounded: the least recently used are forgotten."""

    def __init__(self, limit: int) -> None:
        """Keep at most about `limit` bytes."""
        self.limit = limit
        self._words: OrderedDict[str, Words] = OrderedDict()
        self._lock = threading.Lock()
        self._asked: dict[str, Partition] = {}
        self._changed = threading.Condition(self._lock)
        self._closed = False
        self._thread: threading.Thread | None = None

    def of(self, partition: Partition) -> Words | None:
        """What is known of a partition's words; None when that is nothing. Lists that lag behind are completed soon."""
        if partition.totals.entries < WORDS_FROM:
            return None
        with self._lock:
            words = self._words.get(partition.day)
            if words is not None:
                self._words.move_to_end(partition.day)
            lag = partition.blocks_beyond(words.upto if words else 0)
            is_full = words is not None and words.size >= self.limit
            if lag > WORDS_LAG and not is_full and not self._closed:
                self._asked[partition.day] = partition
                self._changed.notify_all()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._loop, name="words", daemon=True)
                    self._thread.start()
        return words

    def known(self) -> list[str]:
        """The days of which there is a list."""
        with self._lock:
            return sorted(self._words)

    def wait(self) -> None:
        """Return when the lists that were asked for are made."""
        with self._changed:
            self._changed.wait_for(lambda: not self._asked or self._closed)

    def forget(self, day: str) -> None:
        """The partition is removed."""
        with self._changed:
            self._words.pop(day, None)
            self._asked.pop(day, None)
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._asked.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed)
                if self._closed:
                    return
                day, partition = next(iter(self._asked.items()))
                words = self._words.get(day, Words())
            try:
                words = self._completed(partition, words)
            except StoreError:
                words = Words()  # the scan that is done instead says what is wrong
            with self._changed:
                if self._asked.pop(day, None) is not None and words.chunks:
                    self._keep(day, words)
                self._changed.notify_all()

    def _keep(self, day: str, words: Words) -> None:
        self._words[day] = words
        self._words.move_to_end(day)
        while len(self._words) > 1 and sum(held.size for held in self._words.values()) > self.limit:
            self._words.popitem(last=False)

    def _completed(self, partition: Partition, words: Words) -> Words:
        """`words` and those of the blocks that came since; the last chunk grows until it has enough blocks."""
        chunks = list(words.chunks)
        last = chunks.pop() if chunks and chunks[-1].blocks < WORDS_BLOCKS else None
        found = set(last.text().decode().split("\n")) - {""} if last else set()
        blocks, upto = (last.blocks, last.upto) if last else (0, words.upto)
        for block in partition.blocks_after(upto, keep=False):
            found |= words_of(block)
            blocks += 1
            upto = block.ords[-1]
            if blocks >= WORDS_BLOCKS:
                chunks.append(Chunk.of(found, blocks, upto))
                found, blocks = set(), 0
                if sum(len(chunk.packed) for chunk in chunks) >= self.limit:
                    break  # what comes later is looked at entry by entry
            time.sleep(_PAUSE_SECONDS)
            if self._closed or partition.day not in self._asked:
                break
        if blocks:
            chunks.append(Chunk.of(found, blocks, upto))
        return Words(tuple(chunks))


def words_of(block: Block) -> set[str]:
    """The distinct words of the texts of a block."""
    return set().union(*(distinct(list(column.values())) for column in block.columns_of(TEXT)))
