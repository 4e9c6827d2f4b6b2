"""The lists of words of a store's partitions: read where they are stored, made in the background where they are not."""

import threading
import time
from collections import OrderedDict
from contextlib import suppress

from journalhub.store.contract import StoreError
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
            if partition.day not in self._words and partition.day not in self._asked:
                stored = _stored(partition)
                if stored is not None:
                    self._keep(partition.day, stored)
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
                chunks = len(words.chunks)
                words = self._completed(partition, words)
                if len(words.chunks) > chunks:
                    with suppress(OSError):  # it is kept in memory
                        save(partition.index_directory, words)
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
        """`words` and those of the blocks that came since."""
        gathering = Gathering(words)
        for block in partition.blocks_after(gathering.upto, keep=False):
            gathering.add(block)
            time.sleep(_PAUSE_SECONDS)
            if gathering.size >= self.limit:
                break  # what comes later is looked at entry by entry
            if self._closed or partition.day not in self._asked:
                break
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
