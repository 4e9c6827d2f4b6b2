"""Entries with very many distinct field names: the header of a block tells of each column, and has room for so many."""

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.ast import All, Eq
from journalhub.store.contract import Budget, Order, Scope
from journalhub.store.embedded import open_store
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.layout import BLOCK_COLUMNS, PARTITIONS
from journalhub.store.embedded.maintenance import verify
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.sealing import seal_log

DAY = 86_400_000_000
NAMES = 1000


def wide(first: int, count: int) -> list[Entry]:
    """Entries whose field names are no other's."""
    return [
        Entry(
            b"s" * 16, number, b"b" * 16, number, 20_000 * DAY + number, number,
            (("MESSAGE", b"wide"), *((f"N{number}_{more}", b"%d" % more) for more in range(NAMES))),
        )
        for number in range(first, first + count)
    ]  # fmt: skip


def assert_holds(directory: Path, entries: Sequence[Entry]) -> None:
    """Every entry is there as it came, its fields are found, and nothing is wrong."""
    with closing(open_store(directory)) as store:
        hits = store.search(Scope(All()), Order.OLDEST_FIRST, len(entries) + 1, None, Budget()).hits
        assert [hit.entry.fields for hit in hits] == [entry.fields for entry in entries]
        last = entries[-1].seqnum
        assert store.count(Scope(Eq(f"N{last}_7", b"7")), Budget()).matched == 1
    assert list(verify(directory)) == []


def test_more_than_a_block_has(tmp_path: Path) -> None:
    """One batch of them is stored in as many blocks as it takes."""
    entries = wide(1, 80)
    assert len(entries) * NAMES > 8 * BLOCK_COLUMNS
    with closing(open_store(tmp_path)) as store:
        (appended,) = store.append([from_entries(entries)])
        assert len(appended.stored) == 80
        store.refresh()
    assert_holds(tmp_path, entries)


def test_small_blocks_of_them(tmp_path: Path) -> None:
    """Blocks that one cannot hold are not merged, nor tried for ever; a day of them is sealed all the same."""
    entries = wide(1, 40)
    with closing(open_store(tmp_path)) as store:
        for entry in entries:
            store.append([from_entries([entry])])
        store.refresh()
    (day,) = (tmp_path / PARTITIONS).iterdir()
    with closing(Partition(day, BlockCache(1 << 20))) as partition:
        blocks = len(list(partition.metas()))
        runs = partition.mergeable()
        assert runs
        for run in runs:
            partition.merge(run)
        assert partition.mergeable() == []
        seal_log(partition, threading.Event())
        assert partition.repacked_upto == max(meta.last_ord for meta in partition.metas())
        assert len(list(partition.metas())) <= blocks
    assert_holds(tmp_path, entries)
