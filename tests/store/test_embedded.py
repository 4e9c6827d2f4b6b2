"""What only a store on disk must stand: crashes, damage, a full disk, a second opener."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.store.entries import BOOTS, DAY, START, entry

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope, Store, StoreError, StoreFull
from journalhub.store.embedded import open_store
from journalhub.store.embedded.layout import INDEX_DIRECTORY, LOG_FILE, PARTITIONS, VERSION_FILE
from journalhub.store.embedded.log import Log

ALL = Scope(ast.All())


def seqnums(store: Store) -> list[int]:
    """The seqnums of all entries that can be found, each as often as it is found."""
    page = store.search(ALL, Order.OLDEST_FIRST, 1_000_000, None, Budget())
    assert page.reason is None
    return sorted(hit.entry.seqnum for hit in page.hits)


def wait_until_found(store: Store, query: ast.Query, count: int) -> None:
    """Poll until so many entries match and the answer is whole."""
    deadline = time.monotonic() + 240
    while True:
        answer = store.count(Scope(query), Budget())
        if (answer.matched, answer.reason) == (count, None):
            return
        assert time.monotonic() < deadline, answer
        time.sleep(0.01)


def test_reopened(tmp_path: Path) -> None:
    """Everything is there after closing and opening, numbers go on, and duplicates are still known."""
    items = [entry(1), entry(2, START + DAY), entry(3, message=b"\xff")]
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries(items)])
    with closing(open_store(tmp_path)) as store:
        wait_until_found(store, ast.All(), 3)
        assert store.append([from_entries(items)])[0].duplicates == 3
        assert store.newest_ord() == 3
        store.append([from_entries([entry(4)])])
        assert store.newest_ord() == 4
        assert [hit.entry.seqnum for hit in store.tail(ast.All(), 0, 10, Budget())[0]] == [1, 2, 3, 4]


def test_found_without_being_asked_for(tmp_path: Path) -> None:
    """What is acknowledged is found soon, a second on an idle machine, without anybody asking for it."""
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(0)])])
        for number in range(1, 4):
            store.append([from_entries([entry(number, message=b"fresh%d" % number)])])
            wait_until_found(store, ast.Words("MESSAGE", (f"fresh{number}",)), 1)


def test_two_openers(tmp_path: Path) -> None:
    """The second opener is told who holds the directory; afterwards it may have it."""
    with closing(open_store(tmp_path)), pytest.raises(StoreError, match=f"in use by process {os.getpid()}"):
        open_store(tmp_path)
    open_store(tmp_path).close()


def test_other_version(tmp_path: Path) -> None:
    """A directory of another version is refused with both versions named, and left as it is."""
    open_store(tmp_path).close()
    (tmp_path / VERSION_FILE).write_text("99\n")
    with pytest.raises(StoreError, match=r"format '99'; this program reads format 1"):
        open_store(tmp_path)
    assert (tmp_path / VERSION_FILE).read_text() == "99\n"


def test_strange_directory(tmp_path: Path) -> None:
    """A directory with other things in it is not taken for a data directory."""
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(StoreError, match=r"thesis\.tex"):
        open_store(tmp_path)


@pytest.mark.parametrize("harm", ["delete", "truncate", "garble", "version", "foreign"])
def test_index_is_disposable(tmp_path: Path, harm: str) -> None:
    """An index that is lost, damaged, old, or of other entries, is made anew from the log."""
    with closing(open_store(tmp_path)) as store:
        for number in range(20):
            store.append([from_entries([entry(number, message=b"word%d common" % number)])])
        store.refresh()
    index = tmp_path / PARTITIONS / "2024-10-04" / INDEX_DIRECTORY
    damage(index, harm, tmp_path)
    with closing(open_store(tmp_path)) as store:
        wait_until_found(store, ast.Words("MESSAGE", ("common",)), 20)
        assert seqnums(store) == list(range(20))
        assert store.partitions()[0].indexed is True
        assert store.health() == []


def damage(index: Path, harm: str, tmp_path: Path) -> None:
    """Harm an index in one of many ways."""
    if harm == "delete":
        shutil.rmtree(index)
    elif harm == "truncate":
        for file in index.glob("*.term"):
            os.truncate(file, file.stat().st_size // 2)
    elif harm == "garble":
        (index / "meta.json").write_text("{")
    elif harm == "version":
        (index / "journalhub-version").write_text("0.0")
    else:
        with closing(open_store(tmp_path / "other")) as other:
            other.append([from_entries([entry(1), entry(2)])])
            other.refresh()
        shutil.rmtree(index)
        shutil.copytree(tmp_path / "other" / PARTITIONS / "2024-10-04" / INDEX_DIRECTORY, index)
        shutil.rmtree(tmp_path / "other")


def test_damaged_block_hurts_only_itself(tmp_path: Path) -> None:
    """A search that meets a damaged block gives the other partitions' entries, and says what is wrong."""
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(1), entry(2, START + DAY)])])
        store.refresh()
    with closing(sqlite3.connect(tmp_path / PARTITIONS / "2024-10-04" / LOG_FILE)) as log:
        log.execute("UPDATE blocks SET body = CAST(substr(body, 1, 20) || x'00' || substr(body, 22) AS BLOB)")
        log.commit()
    with closing(open_store(tmp_path)) as store:
        store.refresh()
        page = store.search(ALL, Order.NEWEST_FIRST, 10, None, Budget())
        assert [hit.entry.seqnum for hit in page.hits] == [2]
        assert page.reason is not None and "wrong checksum" in page.reason


def test_unreadable_partition_hurts_only_itself(tmp_path: Path) -> None:
    """A partition that cannot be opened is told of, and the store works without it."""
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(1), entry(2, START + DAY)])])
    log = tmp_path / PARTITIONS / "2024-10-04" / LOG_FILE
    log.write_bytes(b"not a database" * 1000)
    with closing(open_store(tmp_path)) as store:
        store.refresh()
        answer = store.count(ALL, Budget())
        assert answer.matched == 1
        assert answer.reason is not None and "2024-10-04" in answer.reason
        assert len(store.health()) == 1
        with pytest.raises(StoreError, match="2024-10-04"):
            store.append([from_entries([entry(9)])])
        assert list(store.append([from_entries([entry(9, START + DAY)])])[0].stored) == [0]


WRITER = """
import sys
from pathlib import Path
from journalhub.journal.batch import from_entries
from journalhub.store.embedded import open_store
from tests.store.entries import START, DAY, entry
store = open_store(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    spans = [range(at, at + 40) for at in (number, number + 30)]
    store.append([from_entries([entry(n, START + n * 60_000_000) for n in span]) for span in spans])
    number += 70
    print(number, flush=True)
"""


def test_kill_9(tmp_path: Path) -> None:
    """Killed at any moment, the store has every acknowledged entry exactly once, and so has its index."""
    acknowledged = 0
    for wait in random.Random(7).sample(range(1, 40), 6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(acknowledged)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                acknowledged = int(line)
                wait -= 1
                if wait <= 0:
                    os.kill(child.pid, signal.SIGKILL)
                    break
            acknowledged = max([acknowledged, *map(int, child.stdout.read().split())])
    with closing(open_store(tmp_path)) as store:
        store.refresh()
        wait_until_found(store, ast.Exists("MESSAGE"), store.newest_ord())
        found = seqnums(store)
        assert found[:acknowledged] == list(range(acknowledged))
        assert max(Counter(found).values()) == 1
        assert len(store.tail(ast.All(), 0, 100_000, Budget())[0]) == min(len(found), 5000)


@contextmanager
def small_disk(tmp_path: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own of this size."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_disk_full(tmp_path: Path) -> None:
    """A full disk refuses the call, keeps what was acknowledged, and the store goes on once there is space."""
    noise = random.Random(1)
    with small_disk(tmp_path, 24) as disk, closing(open_store(disk / "data")) as store:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (8 << 20))
        number = 0
        with pytest.raises(StoreFull, match="no space left"):
            while number < 1000:
                store.append([from_entries([entry(number, BLOB=noise.randbytes(200_000))])])
                number += 1
        assert number > 2
        assert store.newest_ord() == number
        ballast.unlink()
        answer = store.append([from_entries([entry(n) for n in range(number + 1)])])[0]
        assert (list(answer.stored), answer.duplicates) == ([number], number)
        wait_until_found(store, ast.All(), number + 1)
        assert seqnums(store) == list(range(number + 1))


def test_resend_in_any_order(tmp_path: Path) -> None:
    """Overlapping batches of two streams and a clone, resent in any order, store each entry once."""
    shuffled = random.Random(3)
    ours = [entry(n, START + n * 1000) for n in range(300)]
    clones = [entry(n, START + n * 1000, xor_hash=2) for n in range(300)]
    rebooted = [e._replace(boot_id=BOOTS[1], seqnum=e.seqnum + 300) for e in ours]
    parts = [items[at : at + 40] for items in (ours, clones, rebooted) for at in range(0, 300, 25)] * 3
    shuffled.shuffle(parts)
    with closing(open_store(tmp_path)) as store:
        stored = sum(len(a.stored) for part in parts for a in store.append([from_entries(part)]))
        assert stored == 900
        store.refresh()
        assert store.count(ALL, Budget()).matched == 900
        assert [stream.entries for stream in store.streams()] == [600, 300]


def test_small_blocks_are_merged(tmp_path: Path) -> None:
    """Many small appends become few blocks, with every entry as it was, while it is searched."""
    with closing(open_store(tmp_path)) as store:
        expected = []
        for number in range(200):
            item = entry(number, START + number, message=b"m%d" % number)
            item = item._replace(fields=(*item.fields, (f"F{number % 7}", b"v%d" % number)))
            expected.append(item)
            store.append([from_entries([item])])
        deadline = time.monotonic() + 240
        while blocks(tmp_path) > 30:
            assert time.monotonic() < deadline
            assert store.newest_ord() == 200
            time.sleep(0.02)
        store.refresh()
        hits = store.search(ALL, Order.OLDEST_FIRST, 1000, None, Budget()).hits
        assert [sorted(hit.entry.fields) for hit in hits] == [sorted(item.fields) for item in expected]
        assert [hit.position.ord for hit in hits] == list(range(1, 201))
        assert len(store.tail(ast.All(), 0, 1000, Budget())[0]) == 200
    with closing(open_store(tmp_path)) as store:
        assert [hit.entry.seqnum for hit in store.tail(ast.All(), 0, 1000, Budget())[0]] == list(range(200))


def blocks(directory: Path) -> int:
    """Blocks in the log of the first day."""
    with closing(sqlite3.connect(directory / PARTITIONS / "2024-10-04" / LOG_FILE)) as log:
        count: int = log.execute("SELECT count(*) FROM blocks").fetchone()[0]
    return count


def test_searches_while_appending(tmp_path: Path) -> None:
    """Many threads search, count, list and tail while entries come in; nothing fails, nothing is missed."""
    failures: list[BaseException] = []
    done = threading.Event()
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(0)])])

        def look() -> None:
            at = seen = 0
            try:
                while not (done.is_set() and at == store.newest_ord()):
                    hits, at = store.tail(ast.All(), at, 500, Budget())
                    seen += len(hits)
                    store.search(Scope(ast.Contains("MESSAGE", b"7", False)), Order.NEWEST_FIRST, 20, None, Budget())
                    store.terms(ALL, ["_HOSTNAME", "PRIORITY"], 5, Budget())
                    assert store.get(entry(0).cursor) is not None
                assert seen == store.newest_ord()
            except BaseException as error:  # noqa: BLE001  told by the main thread
                failures.append(error)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(1, 100):
            items = [entry(number * 10 + n, START + number, message=b"n%d" % n) for n in range(10)]
            store.append([from_entries(items)])
        done.set()
        for thread in threads:
            thread.join()
        assert failures == []
        store.refresh()
        assert store.count(ALL, Budget()).matched == 991


def test_index_lost_while_open(tmp_path: Path) -> None:
    """An index whose files go away under a running store is found broken and made anew."""
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(n) for n in range(50)])])
        store.refresh()
        shutil.rmtree(tmp_path / PARTITIONS / "2024-10-04" / INDEX_DIRECTORY)
        store.append([from_entries([entry(n) for n in range(50, 60)])])
        deadline = time.monotonic() + 240
        while store.health() or store.count(ALL, Budget()).matched != 60:
            assert time.monotonic() < deadline, store.health()
            store.refresh()
        assert seqnums(store) == list(range(60))


def test_few_files_for_many_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions beyond a limit are closed and opened again as needed, and everything still works."""
    monkeypatch.setattr("journalhub.store.embedded.store.OPEN_PARTITIONS", 2)
    items = [entry(n, START + n % 12 * DAY + n, message=b"word%d" % (n % 5)) for n in range(240)]
    with closing(open_store(tmp_path)) as store:
        for at in range(0, 240, 30):
            store.append([from_entries(items[at : at + 30])])
        store.refresh()
        assert seqnums(store) == list(range(240))
        assert len([name for name in map(os.path.realpath, fds()) if name.startswith(str(tmp_path))]) < 150
    with closing(open_store(tmp_path)) as store:
        wait_until_found(store, ast.Words("MESSAGE", ("word3",)), 48)
        assert store.append([from_entries(items)])[0].duplicates == 240
        assert store.values("MESSAGE") == [b"word%d" % n for n in range(5)]
        hits = store.search(ALL, Order.NEWEST_FIRST, 3, None, Budget()).hits
        assert [hit.entry.seqnum for hit in hits] == [239, 227, 215]
        opened = [name for name in map(os.path.realpath, fds()) if name.startswith(str(tmp_path))]
        assert len({Path(name).parent for name in opened if "partitions" in name}) <= 4


def test_a_log_keeps_few_pages(tmp_path: Path) -> None:
    """SQLite would keep four times as many of each of many days."""
    with closing(Log(tmp_path / LOG_FILE)) as log, log.write_lock, log.transaction() as connection:
        assert connection.execute("PRAGMA cache_size").fetchone() == (-512,)


def fds() -> list[str]:
    """The open files of this process."""
    return [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]


def test_deadline_of_a_catastrophic_pattern(tmp_path: Path) -> None:
    """A pattern that backtracks without end on every entry stops at the deadline, and says so."""
    with closing(open_store(tmp_path)) as store:
        store.append([from_entries([entry(n, message=b"a" * 60 + b"b%d" % n) for n in range(3000)])])
        store.refresh()
        started = time.process_time()
        page = store.search(Scope(ast.Regex("MESSAGE", "(a+)+$", False)), Order.NEWEST_FIRST, 10, None, Budget(0.2))
        assert time.process_time() - started < 5
        assert page.reason is not None and "deadline of 0.2 s" in page.reason
