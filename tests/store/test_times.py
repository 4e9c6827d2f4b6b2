"""Histograms out of the times of blocks: the same as by looking at every entry, and without asking the index."""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store import ast
from journalhub.store.contract import Budget, Histogram, Scope, Store
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.embedded.times import BlockTimes, buckets_of_all
from journalhub.store.embedded.view import View
from journalhub.store.evaluate import Compiled
from journalhub.store.memory import MemoryStore

SECOND = 1_000_000
HOUR = 3600 * SECOND
BLOCKS = 6
"""Of the stores made here: more than a histogram reads itself."""


def some_entries(number: int = BLOCKS * 1024) -> list[Entry]:
    """Entries of some ten hours, out of order by minutes, many of one time; a third without a priority."""
    order = random.Random(7)
    items = []
    for n in range(number):
        plain = entry(n + 1, START + n * 6 * SECOND + order.choice([0, 0, 1, 200 * SECOND]), PRIORITY=b"%d" % (n % 5))
        fields = plain.fields if n % 3 else tuple(field for field in plain.fields if field[0] != "PRIORITY")
        items.append(plain._replace(fields=fields))
    return items


def fill(store: Store, items: Sequence[Entry]) -> None:
    """Append a block at a time, and refresh."""
    for at in range(0, len(items), 1024):
        store.append([from_entries(items[at : at + 1024])])
    store.refresh()


def asked(store: Store, since: int, until: int, interval: int, by: str | None = None) -> Histogram:
    """A histogram of everything."""
    return store.histogram(Scope(ast.All(), since, until), interval, by, Budget())


def out_of_times(store: EmbeddedStore, since: int, until: int, interval: int) -> Counter[int] | None:
    """What the times of the blocks of the only day say, once they are there; None when they say nothing."""

    def now() -> Counter[int] | None:
        (view,) = store._views(Scope(ast.All(), since, until), Budget(), Compiled(ast.All()), [])
        assert isinstance(view, View)
        return view.buckets_of_all(since, interval)

    if now() is None:
        store.times.wait()
    return now()


SPANS = [
    (START, START + 12 * HOUR, HOUR),
    (START - HOUR, START + 24 * HOUR - 1, HOUR + 7),
    (START + HOUR + 5, START + 4 * HOUR + 5, HOUR),
    (START + 6 * SECOND, START + 2 * HOUR + 12 * SECOND, HOUR),
    (START, START + 2 * HOUR, 12 * HOUR),
    (START + HOUR, START + HOUR + 600 * SECOND, 600 * SECOND),
]


def test_as_by_every_entry(tmp_path: Path) -> None:
    """Whatever is cut off a block, the bars are those of the oracle, by priority too."""
    items = some_entries()
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        fill(store, items)
        fill(oracle, items)
        for since, until, interval in SPANS:
            counted = out_of_times(store, since, until, interval)
            assert counted is not None
            bars = asked(oracle, since, until, interval).series[None]
            assert bars == [counted[bucket] for bucket in range(len(bars))]
            for by in (None, "PRIORITY", "_HOSTNAME"):
                assert asked(store, since, until, interval, by) == asked(oracle, since, until, interval, by)


def test_the_first_question_does_not_wait(tmp_path: Path) -> None:
    """While the times of many blocks are read, the index answers; then the blocks do."""
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, some_entries())
        since, until, interval = START, START + 12 * HOUR, HOUR
        first = asked(store, since, until, interval)
        store.times.wait()
        assert out_of_times(store, since, until, interval) is not None
        assert asked(store, since, until, interval) == first


def test_everything_is_counted_without_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many entries some time has, or all of it, the blocks tell; while their times are read the index does."""
    items = some_entries()
    spans = [
        (0, 2**63 - 1),
        *((since, until) for since, until, _ in SPANS),
        (0, START + HOUR),
        (START + HOUR, 2**63 - 1),
    ]
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        fill(store, items)
        fill(oracle, items)
        scopes = [Scope(ast.All(), since, until) for since, until in spans]
        expected = [oracle.count(scope, Budget()) for scope in scopes]
        assert expected == [store.count(scope, Budget()) for scope in scopes]
        store.times.wait()
        monkeypatch.setattr(View, "number_of", lambda view, query: pytest.fail("the index was asked"))
        assert expected == [store.count(scope, Budget()) for scope in scopes]


def test_two_values_of_one_entry(tmp_path: Path) -> None:
    """An entry with two priorities is in the bars of both, so that none of them is what the others leave."""
    items = some_entries()
    twice = items[10]
    items[10] = twice._replace(fields=(*twice.fields, ("PRIORITY", b"9"), ("PRIORITY", b"1")))
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        fill(store, items)
        fill(oracle, items)
        for _ in range(2):
            args = START, START + 12 * HOUR, HOUR, "PRIORITY"
            assert asked(store, *args) == asked(oracle, *args)
            store.times.wait()


def test_what_cannot_be_found_yet_is_not_counted(tmp_path: Path) -> None:
    """Entries that the index does not have are in no bar, as they are in no page."""
    items = some_entries()
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, items)
        (view,) = store._views(Scope(ast.All(), START, START + 12 * HOUR), Budget(), Compiled(ast.All()), [])
        store.append([from_entries([entry(10_000 + n, START + n) for n in range(1024)])])
        view.buckets_of_all(START, HOUR)
        store.times.wait()
        counted = view.buckets_of_all(START, HOUR)
        assert counted is not None
        assert sum(counted.values()) == len(items)
        args = START + 12 * HOUR, START, HOUR
        assert buckets_of_all(view.partition.metas(), view.times, 1024, *args) is not None
        assert buckets_of_all(view.partition.metas(), view.times, 1023, *args) is None


def test_many_bars_are_asked_of_the_index(tmp_path: Path) -> None:
    """Where edges are nearly as many as entries, times do not pay."""
    with closing(EmbeddedStore(tmp_path)) as store:
        fill(store, some_entries())
        assert out_of_times(store, START, START + 12 * HOUR, 60 * SECOND) is None


def test_another_day_in_the_same_place(tmp_path: Path) -> None:
    """Times of a day that was thinned out are those of the entries that are left."""
    items = some_entries()
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        fill(store, items)
        out_of_times(store, START, START + 12 * HOUR, HOUR)
        removed = store.thin("2024-10-04", lambda fields: fields.get("PRIORITY") == b"1")
        assert removed
        store.refresh()
        fill(oracle, [item for item in items if ("PRIORITY", b"1") not in item.fields])
        for _ in range(2):
            out_of_times(store, START, START + 12 * HOUR, HOUR)
            args = START, START + 12 * HOUR, HOUR
            assert asked(store, *args) == asked(oracle, *args)


@pytest.mark.parametrize(("limit", "held"), [(8192, 1), (3 * 8192, 3), (100 * 8192, BLOCKS)])
def test_bounded(tmp_path: Path, limit: int, held: int) -> None:
    """No more times are kept than there is room for, and those last wanted are."""
    with closing(EmbeddedStore(tmp_path)) as store, closing(BlockTimes(limit)) as times:
        fill(store, some_entries())
        (partition,) = store._partitions.values()
        metas = partition.metas()
        assert len(metas) == BLOCKS
        for meta in metas:
            found = times.of(partition, [meta])
            assert found is not None
            assert [(0, meta.entries)] == [(rising[0], len(rising)) for rising in found]
        assert times._bytes <= limit
        assert times.of(partition, metas[-held:]) is not None
        assert (times.of(partition, metas) is not None) == (held == BLOCKS)
        times.forget(partition.day)
        assert times._bytes == 0
