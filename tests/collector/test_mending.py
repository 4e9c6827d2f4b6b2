"""Backups of a collector that works, and what can be saved of one whose files were damaged."""

import os
import random
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.integration.programs import BIN, ENVIRONMENT, Collector, assert_same_entries, wait_until
from tests.web.hub import feed

from journalhub.journal.entry import Entry
from journalhub.journal.export import encode
from journalhub.store.embedded import sealer
from journalhub.store.embedded.store import EmbeddedStore

DAY = 86_400_000_000
START = 20_000 * DAY
SEQUENCE = b"mending-sequence"


def entries(count: int, first: int = 1) -> list[Entry]:
    """Entries of one machine, over two days."""
    return [
        Entry(
            *(SEQUENCE, number, b"boot" * 4, number, START + number * DAY // 3000, number),
            (
                ("_MACHINE_ID", b"a" * 32),
                ("_HOSTNAME", b"web-1"),
                ("MESSAGE", b"entry %d \xff" % number),
                ("DATA", random.Random(number).randbytes(60)),
            ),
        )
        for number in range(first, first + count)
    ]


def journalhub(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    command: list[str | Path] = [BIN / "journalhub", *words]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector of the test's own."""
    with Collector(tmp_path) as running:
        yield running


def as_text(items: list[Entry]) -> bytes:
    """What jhctl -o export prints of them."""
    return b"".join(map(encode, items))


def test_a_backup_of_a_collector_that_works(collector: Collector, tmp_path: Path) -> None:
    """What was acknowledged before it is in it, whole and found; what came meanwhile is not half in it."""
    before, meanwhile = entries(4000), entries(6000, 4001)
    feed(collector, before)
    writer = threading.Thread(target=lambda: feed(collector, meanwhile, searchable=False))
    writer.start()
    done = journalhub("backup", tmp_path / "copy", "--data-dir", tmp_path / "collector")
    writer.join()
    again = journalhub("backup", tmp_path / "copy", "--data-dir", tmp_path / "collector")
    back = tmp_path / "back" / "collector"
    restored = journalhub("restore", tmp_path / "copy", "--data-dir", back)
    checked = journalhub("verify", "--data-dir", back)

    assert (0, 0, 0) == (done.returncode, restored.returncode, checked.returncode), done.stderr + checked.stderr
    assert (1, True) == (again.returncode, "is not empty" in again.stderr)
    assert not list((tmp_path / "copy").rglob("index"))
    with Collector(tmp_path / "back") as other:
        found = other.export()
        assert len(before) <= other.stored() <= len(before) + len(meanwhile)
        feed(other, [*before, *meanwhile], searchable=False)  # nothing of it is stored twice
        assert_same_entries(as_text([*before, *meanwhile]), other.export())
    assert as_text(before[:1]).split(b"\n", 1)[0] in found


def seal(collector: Collector, data: Path, patched: pytest.MonkeyPatch) -> None:
    """End the collector and seal the days it has."""
    assert 0 == collector.end()
    patched.setattr(sealer, "SEAL_QUIET_SECONDS", 0.0)
    with closing(EmbeddedStore(data)) as store:
        left = {partition.name for partition in (data / "partitions").iterdir()}

        def is_sealed() -> bool:
            left.difference_update(store.sealer.look())
            return not left

        store.refresh()
        wait_until("all days are sealed", is_sealed)


def test_a_backup_of_sealed_days(collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is whole, is sealed still, and what comes again is known."""
    everything = entries(4000)
    feed(collector, everything)
    seal(collector, tmp_path / "collector", monkeypatch)
    collector.start()
    done = journalhub("backup", tmp_path / "copy", "--data-dir", tmp_path / "collector")
    restored = journalhub("restore", tmp_path / "copy", "--data-dir", tmp_path / "back" / "collector")
    assert (0, 0) == (done.returncode, restored.returncode), done.stderr + restored.stderr
    with closing(EmbeddedStore(tmp_path / "back" / "collector")) as store:
        store.refresh()
        assert store.sealer.look() == []
    with Collector(tmp_path / "back") as other:
        feed(other, everything, searchable=False)
        assert_same_entries(as_text(everything), other.export())


def test_a_backup_that_was_interrupted(collector: Collector, tmp_path: Path) -> None:
    """Is not taken for a whole one."""
    feed(collector, entries(10))
    journalhub("backup", tmp_path / "copy", "--data-dir", tmp_path / "collector")
    (tmp_path / "copy" / "UNFINISHED").touch()
    done = journalhub("restore", tmp_path / "copy", "--data-dir", tmp_path / "other")

    assert (1, True) == (done.returncode, "was interrupted" in done.stderr)
    assert not (tmp_path / "other").exists()


def log_of(tmp_path: Path, day: int = 0) -> Path:
    """The log of one of the days."""
    return sorted((tmp_path / "collector" / "partitions").iterdir())[day] / "log.sqlite"


def flip_blocks(path: Path) -> None:
    """Flip a bit of every third block."""
    with closing(sqlite3.connect(path)) as log:
        rows = log.execute("SELECT first_ord, body FROM blocks ORDER BY first_ord").fetchall()
        for first, body in rows[::3]:
            harmed = bytearray(body)
            harmed[len(harmed) // 2] ^= 4
            log.execute("UPDATE blocks SET body = ? WHERE first_ord = ?", (bytes(harmed), first))
        log.commit()


def wipe_pages(path: Path) -> None:
    """Overwrite a piece in the middle of the file."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 8192 * 4096)
        file.write(os.urandom(8 * 4096))


def cut_off(path: Path) -> None:
    """Lose the last third of the file."""
    os.truncate(path, path.stat().st_size // 12288 * 8192)


@pytest.mark.parametrize(
    ("harm", "is_sealed"),
    [(flip_blocks, False), (wipe_pages, False), (cut_off, False), (flip_blocks, True), (wipe_pages, True)],
)
def test_repair(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None], is_sealed: bool
) -> None:
    """What can be read is kept, the rest is stored when it is sent again; the damaged log is put aside whole."""
    everything = entries(6000)
    for at in range(0, 6000, 250):
        feed(collector, everything[at : at + 250], searchable=False)
    collector.export()
    data = tmp_path / "collector"
    if is_sealed:
        seal(collector, data, monkeypatch)
    else:
        assert 0 == collector.end()
    harm(log_of(tmp_path))
    damaged = log_of(tmp_path).read_bytes()
    found = journalhub("verify", "--data-dir", data)
    mended = journalhub("repair", "--data-dir", data)
    checked = journalhub("verify", "--data-dir", data)

    assert (1, True) == (found.returncode, log_of(tmp_path).parent.name in found.stderr), found.stderr
    assert (0, 0) == (mended.returncode, checked.returncode), mended.stderr + checked.stderr
    (aside,) = (data / "damaged").iterdir()
    assert damaged == (aside / "log.sqlite").read_bytes()
    assert not (data / "repair").exists()
    collector.start()
    wait_until("the index is built anew", lambda: collector.count() > 0)
    assert 3000 <= collector.count() < 6000
    for at in range(0, 6000, 250):
        feed(collector, everything[at : at + 250], searchable=False)
    wait_until("all is found again", lambda: collector.count() == 6000)
    assert_same_entries(as_text(everything), collector.jhctl("-o", "export"))


def delete(path: Path) -> None:
    """Lose the file and what SQLite keeps beside it."""
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


def empty(path: Path) -> None:
    """Lose everything in the file."""
    delete(path)
    path.touch()


@pytest.mark.parametrize("harm", [delete, empty])
def test_a_log_that_is_lost(collector: Collector, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """No empty one takes its place unseen: searches are partial, verify tells, and the day begins anew by repair."""
    everything = entries(500)
    feed(collector, everything)
    assert 0 == collector.end()
    data = tmp_path / "collector"
    harm(log_of(tmp_path))
    found = journalhub("verify", "--data-dir", data)
    collector.start()
    counted = collector.get("/api/v1/count")
    assert 0 == collector.end()
    mended = journalhub("repair", "--data-dir", data)
    checked = journalhub("verify", "--data-dir", data)

    assert (1, True) == (found.returncode, "log.sqlite is lost" in found.stderr), found.stderr
    assert (True, True) == (counted["partial"], "log.sqlite is lost" in counted["reason"])
    assert (0, True) == (mended.returncode, "the log was not there" in mended.stdout), mended.stderr
    assert 0 == checked.returncode, checked.stderr
    collector.start()
    feed(collector, everything, searchable=False)
    wait_until("all is found again", lambda: collector.count() == 500)
    assert_same_entries(as_text(everything), collector.jhctl("-o", "export"))


def test_repair_that_is_interrupted(collector: Collector, tmp_path: Path) -> None:
    """A new partition whose old one is put aside already goes into its place; one made half is made again."""
    everything = entries(2000)
    feed(collector, everything)
    assert 0 == collector.end()
    data = tmp_path / "collector"
    day = log_of(tmp_path).parent
    day.rename(day.with_name(day.name + ".repaired"))
    (data / "repair").mkdir()
    done = journalhub("repair", "--data-dir", data)

    assert (0, True) == (done.returncode, "no log is damaged" in done.stdout)
    assert day.exists()
    collector.start()
    assert_same_entries(as_text(everything), collector.export())


def test_nothing_to_mend(tmp_path: Path) -> None:
    """A directory that is none, or that a collector uses, is left alone."""
    for command in ("verify", "repair"):
        assert 6 == journalhub(command, "--data-dir", tmp_path / "nothing").returncode
    assert 2 == journalhub("backup", "--data-dir", tmp_path / "nothing").returncode
    with Collector(tmp_path) as running:
        feed(running, entries(5))
        for command in ("verify", "repair"):
            done = journalhub(command, "--data-dir", tmp_path / "collector")
            assert (4, True) == (done.returncode, "in use" in done.stderr)
    shutil.rmtree(tmp_path / "collector")
