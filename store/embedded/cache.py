"""Decoded blocks, the least recently used given up first."""

import threading
from collections import OrderedDict

from journalhub.store.embedded.block import Block

Key = tuple[str, int, int]
"""(day, first ord, entries): a merged block differs from its first part in the number of entries."""


class BlockCache:
    """Bounded by bytes. Blocks grow as columns of them are decoded, so they are measured again when used."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._blocks: OrderedDict[Key, tuple[Block, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Block | None:
        with self._lock:
            held = self._blocks.get(key)
            if held is None:
                return None
            self._put(key, held[0])
            return held[0]

    def put(self, key: Key, block: Block) -> None:
        with self._lock:
            self._put(key, block)

    def _put(self, key: Key, block: Block) -> None:
        size = block.size
        self._bytes += size - (self._blocks[key][1] if key in self._blocks else 0)
        self._blocks[key] = (block, size)
        self._blocks.move_to_end(key)
        while self._bytes > self._limit and len(self._blocks) > 1:
            self._bytes -= self._blocks.popitem(last=False)[1][1]

    def forget(self, day: str) -> None:
        """Drop all blocks of a partition."""
        with self._lock:
            for key in [key for key in self._blocks if key[0] == day]:
                self._bytes -= self._blocks.pop(key)[1]
