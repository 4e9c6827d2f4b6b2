"""How what has arrived comes into an index, without the indexer's own thread."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.indexer import Indexer
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.ring import Arrival, Ring

DAY = "2024-10-04"


class Day:
    """A partition, its indexer, and a ring of at most 30 entries between them."""

    def __init__(self, directory: Path, cleanup: ExitStack) -> None:
        self.partition = cleanup.enter_context(closing(Partition(directory, BlockCache(1 << 20))))
        self.ring = Ring(30, 1 << 20)
        self.indexer = cleanup.enter_context(closing(Indexer(self.ring, lambda: [self.partition])))
        self.index = self.indexer.index_of(self.partition)

    def arrive(self, count: int, realtime: int = START) -> None:
        """The next entries."""
        first = self.partition.totals.newest_ord + 1
        batch = from_entries([entry(number, realtime) for number in range(first, first + count)])
        rows = self.partition.add([(batch, range(count), range(first, first + count))])
        self.ring.push(Arrival([(self.partition, rows)]))
        self.indexer.touch(DAY)

    @property
    def found(self) -> tuple[int, int]:
        """How many entries are found, and the highest ord of what is."""
        snapshot = self.index.snapshot()
        return snapshot.searcher.num_docs, snapshot.upto


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """One whose first ten entries are found."""
    with ExitStack() as cleanup:
        opened = Day(tmp_path / DAY, cleanup)
        opened.arrive(10)
        opened.indexer.run()
        assert opened.found == (10, 10)
        yield opened


def test_what_arrives_is_added_before_it_is_found(day: Day) -> None:
    """The ring may forget it then."""
    day.arrive(10)
    day.arrive(10)
    day.indexer.add_arrived()
    assert (day.index.added, day.found) == (30, (10, 10))
    day.arrive(10)
    day.indexer.add_arrived()
    day.ring.clear()
    day.indexer.run()
    assert day.found == (40, 40)


def test_what_the_ring_has_lost_is_read_from_the_log(day: Day) -> None:
    """And only that; nothing is added twice."""
    for _ in range(5):
        day.arrive(10)
    assert day.ring.of_partition(DAY, day.index.added) is None
    day.indexer.add_arrived()
    assert day.index.added == 10
    day.indexer.run()
    assert day.found == (60, 60)


def test_what_was_added_is_forgotten_with_the_writer(day: Day) -> None:
    """And added again."""
    day.arrive(10)
    day.indexer.add_arrived()
    day.index.forget_writer()
    assert day.index.added == 10
    day.indexer.add_arrived()
    assert day.index.added == 10, "a writer was opened"
    day.indexer.run()
    assert day.found == (20, 20)


def test_what_cannot_be_added(day: Day) -> None:
    """It is told, and tried again."""
    day.arrive(1, realtime=START - 1)
    day.indexer.add_arrived()
    assert "is not kept up" in (day.indexer.trouble(DAY) or "")
    assert (day.index.has_writer, day.index.added, day.found) == (False, 10, (10, 10))
