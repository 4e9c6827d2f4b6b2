"""What a partition knows of its blocks, as they come and go."""

from contextlib import closing
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import START, entry

from journalhub.journal import steps
from journalhub.journal.batch import from_entries
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.layout import MERGE_WAITING
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import InTime, Partition

spans = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4), min_size=1, max_size=6)


def meta_of(number: int, first: int, length: int) -> BlockMeta:
    """A block of one entry, with times of its own."""
    return BlockMeta(number, number, 1, first, first + length, 100, ())


@given(spans)
def test_those_of_a_day_that_grows_are_those_of_the_whole_day(arrivals: list[list[tuple[int, int]]]) -> None:
    """Block by block, ties of time included; and what was given before stays as it was."""
    metas: list[BlockMeta] = []
    known, before = InTime.of(metas), InTime.of(list(metas))
    for arrival in arrivals:
        metas = metas + [meta_of(len(metas) + at, *span) for at, span in enumerate(arrival)]
        grown = known.grown(metas)
        assert grown == InTime.of(metas)
        assert known == before
        known, before = grown, InTime.of(list(metas))


def add(partition: Partition, number: int) -> None:
    """A block of one entry; every second one is older than the one before."""
    item = entry(number, START + (number ^ 1) * 1000)
    partition.add([(from_entries([item]), [0], [number])])


def check(partition: Partition, blocks: int) -> None:
    """What is known of the blocks is what the log says."""
    metas = partition.log.block_metas()
    assert len(metas) == blocks
    assert partition.metas() == metas
    in_time = partition.in_time()
    assert in_time.metas is partition.metas()
    assert in_time.by_start == sorted(metas, key=attrgetter("first_realtime"))
    assert in_time.by_end == sorted(metas, key=attrgetter("last_realtime"), reverse=True)
    assert [partition.row(meta.last_ord).position.ord for meta in metas] == [meta.last_ord for meta in metas]


def test_they_are_known_while_they_come_and_are_merged(tmp_path: Path) -> None:
    """Whether somebody has asked for them before or not."""
    partition = Partition(tmp_path / "2025-06-16", BlockCache(10_000_000))
    with closing(partition):
        add(partition, 1)
        check(partition, 1)
        for number in range(2, MERGE_WAITING + 2):
            add(partition, number)
            check(partition, number)
        (run,) = partition.mergeable()
        partition.merge(run)
        check(partition, 1)
        add(partition, MERGE_WAITING + 2)
        check(partition, 2)
        assert partition.unload()
        add(partition, MERGE_WAITING + 3)
        check(partition, 3)


@pytest.mark.parametrize("committed", ["log: committed", "merge: committed"])
def test_who_reads_the_log_meanwhile_finds_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, committed: str
) -> None:
    """They are in the log before it is known that they are."""
    partition = Partition(tmp_path / "2025-06-16", BlockCache(10_000_000))
    with closing(partition):
        for number in range(1, MERGE_WAITING + 1):
            add(partition, number)
        (run,) = partition.mergeable()
        assert partition.unload()
        monkeypatch.setattr(steps, "on_step", lambda step: partition.metas() if step == committed else None)
        if committed == "log: committed":
            add(partition, MERGE_WAITING + 1)
            check(partition, MERGE_WAITING + 1)
        else:
            partition.merge(run)
            check(partition, 1)
