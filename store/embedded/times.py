"""The times of blocks in memory, so that how many entries lie between two times is known without a walk over them.

A block wholly within a bucket of a histogram counts as a whole: times are needed of those that an edge of one cuts.
"""

import time
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from journalhub.store.contract import StoreError
from journalhub.store.embedded.background import Background
from journalhub.store.embedded.layout import TIMES_AT_ONCE
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition

Times: TypeAlias = "array[int]"
"""Realtimes of the entries of a block, rising, counted from the least."""

_Key = tuple[str, int, int]
"""(day, first ord, entries), as in the cache of blocks."""

_EDGE_COSTS = 64
"""Entries that the index counts in the time in which one edge is looked up in the times of one block."""

_PAUSE_SECONDS = 0.002
"""Between two blocks: answers and commits come first."""


class BlockTimes:
    """The times of blocks, read in the background when asked for. Bounded: the least recently used are forgotten."""

    def __init__(self, limit: int) -> None:
        """Keep at most about `limit` bytes."""
        self._limit = limit
        self._times: OrderedDict[_Key, Times] = OrderedDict()
        self._bytes = 0
        self._owners: dict[str, Partition] = {}
        """Whose times they are: another partition may take the place of one of the same day."""
        self._background: Background[_Key, tuple[Partition, BlockMeta]] = Background("times", self._made)

    def of(self, partition: Partition, metas: Sequence[BlockMeta]) -> list[Times] | None:
        """The times of each of these blocks; None when some are not known yet, or too many are wanted."""
        if sum(map(_bytes_of, metas)) > self._limit:
            return None
        with self._background.lock:
            missing = self._missing(partition, metas)
            if len(missing) > TIMES_AT_ONCE:
                self._background.ask({_key(partition, meta): (partition, meta) for meta in missing})
                return None
        read = {meta: _read(partition, meta) for meta in missing}
        with self._background.lock:
            for meta, times in read.items():
                self._keep(partition, meta, times)
            found = [self._times.get(_key(partition, meta)) for meta in metas]
        known = [times for times in found if times is not None]
        return known if len(known) == len(found) else None

    def wait(self) -> None:
        """Return when the times that were asked for are read."""
        self._background.wait()

    def forget(self, day: str) -> None:
        """The partition is removed."""
        with self._background.lock:
            self._forget(day)
            self._background.give_up(lambda key: key[0] == day)

    def close(self) -> None:
        """End the thread."""
        self._background.close()

    def _missing(self, partition: Partition, metas: Sequence[BlockMeta]) -> list[BlockMeta]:
        if self._owners.get(partition.day) is not partition:
            self._forget(partition.day)
            return list(metas)
        missing = []
        for meta in metas:
            key = _key(partition, meta)
            if key in self._times:
                self._times.move_to_end(key)
            else:
                missing.append(meta)
        return missing

    def _made(self, key: _Key, asked: tuple[Partition, BlockMeta]) -> Callable[[], None]:
        times = _read(*asked)
        time.sleep(_PAUSE_SECONDS)
        return lambda: self._keep(*asked, times)

    def _keep(self, partition: Partition, meta: BlockMeta, times: "Times | None") -> None:
        if times is None:
            return
        if self._owners.get(partition.day) is not partition:
            self._forget(partition.day)
            self._owners[partition.day] = partition
        key = _key(partition, meta)
        self._bytes += _size(times) - _size(self._times.get(key))
        self._times[key] = times
        self._times.move_to_end(key)
        while self._bytes > self._limit and len(self._times) > 1:
            self._bytes -= _size(self._times.popitem(last=False)[1])

    def _forget(self, day: str) -> None:
        if self._owners.pop(day, None) is not None:
            for key in [key for key in self._times if key[0] == day]:
                self._bytes -= _size(self._times.pop(key))


def _key(partition: Partition, meta: BlockMeta) -> _Key:
    return partition.day, meta.first_ord, meta.entries


def _bytes_of(meta: BlockMeta) -> int:
    """What the times of a block take: four bytes each, eight where it lasts more than 71 minutes."""
    return meta.entries * (4 if meta.last_realtime - meta.first_realtime < 2**32 else 8)


def _size(times: "Times | None") -> int:
    return 0 if times is None else len(times) * times.itemsize


def _read(partition: Partition, meta: BlockMeta) -> "Times | None":
    """None when the block was merged away, or is damaged: the index answers, and whoever needs the block says so."""
    try:
        block = partition.block(meta, keep=False)
    except StoreError:
        return None
    return None if block is None else block.times()


def buckets_of_all(
    metas: Sequence[BlockMeta],
    times_of: Callable[[Sequence[BlockMeta]], list[Times] | None],
    upto: int,
    until: int,
    since: int,
    interval: int,
) -> Counter[int] | None:
    """How many entries with an ord up to `upto` and since <= realtime <= until there are, by number of the bucket.

    None when the blocks cannot tell, or not as fast as the index. `metas` are all blocks, rising by ord.
    """
    buckets: Counter[int] = Counter()
    cut: list[BlockMeta] = []
    edges = entries = 0
    for meta in metas:
        if meta.first_ord > upto:
            break
        first, last = (meta.first_realtime - since) // interval, (meta.last_realtime - since) // interval
        if last < 0 or meta.first_realtime > until:
            continue
        entries += meta.entries
        if meta.last_ord > upto:
            return None  # some of it is not in the index yet
        if first == last and meta.last_realtime <= until:
            buckets[first] += meta.entries
        else:
            cut.append(meta)
            edges += min(last, (until - since) // interval) - max(first, 0) + 1
    if edges * _EDGE_COSTS > entries:
        return None
    found = times_of(cut)
    if found is None:
        return None
    for meta, times in zip(cut, found, strict=True):
        _count_cut(buckets, meta, times, until, since, interval)
    return buckets


def _count_cut(buckets: Counter[int], meta: BlockMeta, times: Times, until: int, since: int, interval: int) -> None:
    base = meta.first_realtime
    bucket = max((base - since) // interval, 0)
    at = bisect_left(times, since - base) if base < since else 0
    end = len(times) if meta.last_realtime <= until else bisect_right(times, until - base)
    edge = since - base + (bucket + 1) * interval
    while at < end:
        beyond = bisect_left(times, edge, at, end)
        if beyond > at:
            buckets[bucket] += beyond - at
        at = beyond
        bucket += 1
        edge += interval
