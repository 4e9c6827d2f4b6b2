"""The lists of words of a store's partitions: read where they are stored, made in the background where they are not."""

import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from journalhub.store.contract import StoreError
from journalhub.store.embedded.background import Background
from journalhub.store.embedded.layout import WORDS_FROM, WORDS_LAG
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.words import Gathering, Words, WordsDamaged, load, save

_PAUSE_SECONDS = 0.002
"""Between two blocks: answers and commits come first. A thread of low priority would hold them up."""


class WordLists:
    """The Words of partitions, read or made when asked for. Bounded: the least recently used are forgotten."""

    def __init__(self, limit: int) -> None:
        """Keep at most about `limit` bytes."""
        self.limit = limit
        self._words: OrderedDict[str, Words] = OrderedDict()
        self._background: Background[str, Partition] = Background("words", self._made)

    def of(self, partition: Partition) -> Words | None:
        """What is known of a partition's words; None when that is nothing. Lists that lag behind are completed soon."""
        if partition.totals.entries < WORDS_FROM:
            return None
        with self._background.lock:
            if partition.day not in self._words and not self._background.wants(partition.day):
                stored = _stored(partition)
                if stored is not None:
                    self._keep(partition.day, stored)
            words = self._words.get(partition.day)
            if words is not None:
                self._words.move_to_end(partition.day)
            lag = partition.blocks_beyond(words.upto if words else 0)
            is_full = words is not None and words.size >= self.limit
            if lag > WORDS_LAG and not is_full:
                self._background.ask({partition.day: partition})
        return words

    def known(self) -> list[str]:
        """The days of which there is a list."""
        with self._background.lock:
            return sorted(self._words)

    def wait(self) -> None:
        """Return when the lists that were asked for are made."""
        self._background.wait()

    def forget(self, day: str) -> None:
        """The partition is removed."""
        with self._background.lock:
            self._words.pop(day, None)
            self._background.give_up(day.__eq__)

    def close(self) -> None:
        """End the thread."""
        self._background.close()

    def _made(self, day: str, partition: Partition) -> Callable[[], None]:
        with self._background.lock:
            words = self._words.get(day, Words())
        try:
            chunks = len(words.chunks)
            words = self._completed(partition, words)
            if len(words.chunks) > chunks:
                with suppress(OSError):  # it is kept in memory
                    save(partition.index_directory, words)
        except StoreError:
            words = Words()  # the scan that is done instead says what is wrong
        return lambda: self._keep(day, words)

    def _keep(self, day: str, words: Words) -> None:
        if not words.chunks:
            return
        self._words[day] = words
        self._words.move_to_end(day)
        while len(self._words) > 1 and sum(held.size for held in self._words.values()) > self.limit:
            self._words.popitem(last=False)

    def _completed(self, partition: Partition, words: Words) -> Words:
        """`words` and those of the blocks that came since."""
        gathering = Gathering(words)
        for block in partition.blocks_after(gathering.upto, keep=False):
            gathering.add(block)
            time.sleep(_PAUSE_SECONDS)
            if gathering.size >= self.limit:
                break  # what comes later is looked at entry by entry
            if not self._background.wants(partition.day):
                break  # it is given up
        return gathering.words()


def _stored(partition: Partition) -> Words | None:
    try:
        return load(partition.index_directory)
    except (WordsDamaged, OSError):
        return None  # another one is made


def make(partition: Partition) -> None:
    """Make the list of a partition from its log, and store it. Raises StoreError and OSError."""
    if partition.totals.entries < WORDS_FROM:
        return
    gathering = Gathering()
    for block in partition.blocks_after(0, keep=False):
        gathering.add(block)
    save(partition.index_directory, gathering.words())
