"""Sealing a day: the same answers from less space, whatever interrupts it."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
from tests.store.entries import DAY, START, entry

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope, StoreError
from journalhub.store.embedded import dictionary, maintenance, sealer, sealing
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.layout import INDEX_BUILT, INDEX_DIRECTORY, INDEX_REPLACED, LOG_FILE, PARTITIONS
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.salvage import salvage
from journalhub.store.embedded.sealing import Child, NotSealed
from journalhub.store.embedded.store import EmbeddedStore

OLD = "2024-10-04"
QUERIES: list[ast.Query] = [
    ast.All(),
    ast.Words("MESSAGE", ("common",)),
    ast.Phrase("MESSAGE", ("number", "17")),
    ast.Contains("MESSAGE", b"ber 3", False),
    ast.Eq("_HOSTNAME", b"web-1"),
    ast.Not(ast.Eq("PRIORITY", b"6")),
]


def append(store: EmbeddedStore, start: int, count: int, day: int = 0) -> None:
    """Entries of one day, in batches of 40."""
    for first in range(start, start + count, 40):
        some = [
            entry(n + 1, START + day * DAY + n, b"common number %d" % n, PRIORITY=b"%d" % (n % 8))
            for n in range(first, min(first + 40, start + count))
        ]
        store.append([from_entries(some)])


def answers(store: EmbeddedStore) -> list[object]:
    """What can be asked, of all days."""
    store.refresh()
    found: list[object] = []
    for query in QUERIES:
        scope = Scope(query, START, START + 3 * DAY)
        for order in Order:
            page = store.search(scope, order, 10_000, None, Budget())
            found += [page.reason, [(hit.position, hit.entry) for hit in page.hits]]
        found += [store.count(scope, Budget()), store.terms(scope, ["PRIORITY"], 9, Budget())]
    return found


def segments(path: Path) -> int:
    """Segments of the old day's index."""
    return len(list((path / PARTITIONS / OLD / INDEX_DIRECTORY).glob("*.term")))


def seal(store: EmbeddedStore, *days: str) -> None:
    """Look until these days, and no others, were sealed: a day whose small blocks are being merged waits for a look."""
    left = set(days)
    deadline = monotonic() + 120
    while left:
        left ^= set(store.sealer.look())
        assert left <= set(days)
        assert monotonic() < deadline, (left, store.sealer.trouble)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are sealed when nothing came since the last look, and get a dictionary though they are small."""
    monkeypatch.setattr(sealer, "SEAL_QUIET_SECONDS", 0.0)
    monkeypatch.setattr(dictionary, "DICTIONARY_LEAST", 256)
    monkeypatch.setattr(dictionary, "DICTIONARY_SHARE", 4)


def version(log: Path) -> int:
    """Of the format of a log."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def block_versions(log: Path) -> set[int]:
    """Of its blocks."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as database:
        return {int.from_bytes(first) for (first,) in database.execute("SELECT substr(body, 1, 1) FROM blocks")}


def test_sealed(tmp_path: Path) -> None:
    """A sealed day gives the same answers, now and when opened again, has one segment, and is sealed once."""
    with closing(EmbeddedStore(tmp_path)) as store:
        for start in range(0, 1800, 600):
            append(store, start, 600)
            store.refresh()
        append(store, 5000, 100, day=1)
        before, several = answers(store), segments(tmp_path)
        log = tmp_path / PARTITIONS / OLD / LOG_FILE
        assert (version(log), block_versions(log)) == (1, {1})
        seal(store, OLD, "2024-10-05")
        assert (version(log), block_versions(log)) == (2, {2})
        assert store.sealer.trouble == []
        assert answers(store) == before
        assert several > segments(tmp_path) == 1
        assert store.sealer.look() == []
        packed = log.stat().st_size
        with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as database:
            assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    with closing(EmbeddedStore(tmp_path)) as store:
        assert answers(store) == before
        assert store.sealer.look() == []
        assert log.stat().st_size <= packed
    assert list(maintenance.verify(tmp_path)) == []
    assert maintenance.reindex(tmp_path) == 1900


def test_what_comes_later(tmp_path: Path) -> None:
    """Entries that come for a sealed day are found; with a tenth more of them it is sealed again."""
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 400)
        store.refresh()
        seal(store, OLD)
        learnt = raw_dictionary(store)
        append(store, 1000, 40)
        assert store.sealer.look() == []
        append(store, 2000, 40)
        found = answers(store)
        assert store.count(Scope(ast.All()), Budget()).matched == 480
        seal(store, OLD)
        assert answers(store) == found
        assert raw_dictionary(store) == learnt
    assert list(maintenance.verify(tmp_path)) == []


def raw_dictionary(store: EmbeddedStore) -> bytes:
    """That of the old day, as it is on the disk."""
    partition = store._partitions[OLD]
    partition.unload()
    found = partition.log.dictionary()
    assert found is not None
    return found.raw


def test_few_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of few messages is sealed without a dictionary, as one that an older program reads."""
    monkeypatch.undo()
    monkeypatch.setattr(sealer, "SEAL_QUIET_SECONDS", 0.0)
    log = tmp_path / PARTITIONS / OLD / LOG_FILE
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 1200)
        before = answers(store)
        seal(store, OLD)
        assert (version(log), block_versions(log)) == (1, {1})
        assert answers(store) == before
    assert list(maintenance.verify(tmp_path)) == []


@pytest.mark.parametrize("value", ["x'00'", "zeroblob(2000)", "substr(value, 1, 60)", None])
def test_one_of_two_dictionaries(tmp_path: Path, value: str | None) -> None:
    """With the first copy damaged or lost everything is read; verify tells, and repair loses nothing."""
    log = tmp_path / PARTITIONS / OLD / LOG_FILE
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 1200)
        before = answers(store)
        seal(store, OLD)
    harm = f"UPDATE meta SET value = {value}" if value else "DELETE FROM meta"
    damage(log, f"{harm} WHERE name = '{dictionary.NAMES[0]}'")
    with closing(EmbeddedStore(tmp_path)) as store:
        assert answers(store) == before
    (told,) = maintenance.verify(tmp_path)
    assert f"the row {dictionary.NAMES[0]!r}" in told
    (salvaged,) = salvage(tmp_path, [OLD])
    assert (salvaged.entries, salvaged.lost_blocks) == (1200, 0)
    with closing(EmbeddedStore(tmp_path)) as store:
        store.refresh()
        assert store.count(Scope(QUERIES[1]), Budget()).matched == 1200
    assert list(maintenance.verify(tmp_path)) == []


def test_no_dictionary_left(tmp_path: Path) -> None:
    """With both copies damaged its messages are not made up: reading, verify and repair say so."""
    log = tmp_path / PARTITIONS / OLD / LOG_FILE
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 1200)
        seal(store, OLD)
    damage(log, "UPDATE meta SET value = zeroblob(99) WHERE name LIKE 'dictionary%'")
    with closing(EmbeddedStore(tmp_path)) as store:
        page = store.search(Scope(ast.All()), Order.NEWEST_FIRST, 10, None, Budget())
        assert list(page.hits) == []
        assert page.reason is not None
        assert f"{log}: block " in page.reason
        assert "the dictionary of the day's messages cannot be read" in page.reason
        assert "Restore the partition" in page.reason
    assert sum("the dictionary of the day's messages cannot be read" in told for told in maintenance.verify(tmp_path))
    (salvaged,) = salvage(tmp_path, [OLD])
    assert (salvaged.entries, salvaged.lost_blocks) == (0, 2)


def damage(log: Path, harm: str) -> None:
    """Change a log behind its back."""
    with closing(sqlite3.connect(log)) as database:
        assert database.execute(harm).rowcount
        database.commit()


def test_today_is_not_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day that is under way is left alone, and so is one to which something came lately."""
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 80)
        store.refresh()
        monkeypatch.setattr(store.sealer, "_today", lambda: OLD)
        assert store.sealer.look() == []
        monkeypatch.setattr(store.sealer, "_today", lambda: "2024-10-05")
        monkeypatch.setattr(sealer, "SEAL_QUIET_SECONDS", 3600.0)
        assert store.sealer.look() == []


def test_trouble_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that cannot be sealed is told by the health of the store until it can be, or is removed."""

    class Failing(Child):
        def wait(self) -> None:
            super().wait()
            raise NotSealed("it was not to be")

    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 80)
        before = answers(store)
        with monkeypatch.context() as patched:
            patched.setattr(sealer, "Child", Failing)
            assert store.sealer.look() == []
        assert store.health() == [f"{OLD} is not sealed: it was not to be"]
        assert answers(store) == before
        store.drop_before("2024-10-05")
        assert store.sealer.look() == []
        assert store.health() == []


CRASHING = """
import os, sys
from pathlib import Path
from journalhub.store.embedded import dictionary, indexer, sealer, sealing
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.store import EmbeddedStore

def die(*arguments):
    os._exit(9)

def twice(function):
    calls = []
    def called(*arguments):
        function(*arguments)
        calls.append(arguments)
        if len(calls) == 2:
            die()
    return called

def once_then_die(*arguments):
    os.replace(*arguments)
    die()

sealer.SEAL_QUIET_SECONDS = 0.0
dictionary.DICTIONARY_LEAST, dictionary.DICTIONARY_SHARE = 256, 4
match sys.argv[2]:
    case "the dictionary is there":
        sealing._runs = die
    case "packing the log":
        Partition.repack = twice(Partition.repack)
    case "making the index":
        sealing.Child.wait = die
    case "the index is made":
        indexer.put_in_place = die
    case "the old index is away":
        os.rename = once_then_die
    case "the new index is there":
        Partition.note_sealed = die
store = EmbeddedStore(Path(sys.argv[1]))
store.refresh()
while True:
    store.sealer.look()
"""

STEPS = [
    "the dictionary is there",
    "packing the log",
    "making the index",
    "the index is made",
    "the old index is away",
    "the new index is there",
]


@pytest.mark.parametrize("step", STEPS)
def test_killed(tmp_path: Path, step: str) -> None:
    """Killed at any step, the store has every entry and the same answers, and the day is sealed the next time."""
    with closing(EmbeddedStore(tmp_path)) as store:
        for start in range(0, 1200, 600):
            append(store, start, 600)
            store.refresh()
        before = answers(store)
    done = subprocess.run([sys.executable, "-c", CRASHING, str(tmp_path), step], capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    with closing(EmbeddedStore(tmp_path)) as store:
        assert answers(store) == before
        seal(store, OLD)
        assert answers(store) == before
    left = {path.name for path in (tmp_path / PARTITIONS / OLD).iterdir()}
    assert not left & {INDEX_BUILT, INDEX_REPLACED}
    assert list(maintenance.verify(tmp_path)) == []


def test_merged_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that was joined with others since it was read is not replaced: what it became is, and nothing is lost."""
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 400)
        before = answers(store)
        partition = store._partitions[OLD]
        metas = list(partition.metas())
        partition.merge(metas[:6])
        for stale in (metas[:2], metas[3:7]):
            with pytest.raises(StoreError, match="merged with others meanwhile"):
                partition.repack(stale)
        repack = partition.repack

        raced: list[BlockMeta] = []

        def after_a_merge(some: list[BlockMeta]) -> None:
            if not raced and metas[6] in some:
                raced.extend(some)
                partition.merge(metas[6:])
            repack(some)

        monkeypatch.setattr(partition, "repack", after_a_merge)
        seal(store, OLD)
        assert raced
        assert answers(store) == before


@pytest.mark.parametrize("end", ["close", "drop"])
def test_interrupted(tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing the store, or removing the day, does not wait until it is sealed."""
    store = EmbeddedStore(tmp_path)
    append(store, 0, 1200)
    store.refresh()
    begun = threading.Event()
    partition = store._partitions[OLD]
    repack = partition.repack

    def slowly(metas: list[BlockMeta]) -> None:
        begun.set()
        store.sealer._skip.wait(300)
        repack(metas)

    monkeypatch.setattr(partition, "repack", slowly)
    sealing = threading.Thread(target=store.sealer.look)
    sealing.start()
    assert begun.wait(120)
    if end == "drop":
        assert [item.day for item in store.drop_before("2024-10-05")] == [OLD]
    store.close()
    sealing.join(120)
    assert not sealing.is_alive()


def test_learnt_from_few_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a day of many entries some blocks are looked at, of all of it; and no more text than is allowed."""
    with closing(EmbeddedStore(tmp_path)) as store:
        append(store, 0, 1200)
        partition = store._partitions[OLD]
        looked: list[int] = []
        block = partition.block

        def counted(meta: BlockMeta, keep: bool = True) -> Block | None:
            looked.append(meta.first_ord)
            return block(meta, keep)

        monkeypatch.setattr(partition, "block", counted)
        firsts = [meta.first_ord for meta in partition.metas()]
        monkeypatch.setattr(sealing, "DICTIONARY_ENTRIES", 400)
        sealing.learn(partition)
        assert looked == firsts[::3]
        assert partition.log.dictionary() is not None
        sealing.learn(partition)
        assert looked == firsts[::3]
    with closing(EmbeddedStore(tmp_path / "other")) as store:
        append(store, 0, 1200)
        partition = store._partitions[OLD]
        monkeypatch.setattr(sealing, "DICTIONARY_SAMPLES", 1)
        sealing.learn(partition)
        assert partition.log.dictionary() is None
