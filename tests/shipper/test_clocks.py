"""Clocks that are set, journals that begin anew or move: every entry arrives once, and nothing is taken for a gap."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.clock import LabClock
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import Shipper
from tests.shipper.test_journald import in_journal, numbers, send

Hosts = Callable[..., JournaldHost]
DAY = 86_400.0


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def has(collector: FakeCollector, count: int) -> Callable[[], bool]:
    """Whether so many messages of `send` are there."""
    return lambda: len(numbers(collector)) == count


def test_a_clock_that_jumps(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Back by an hour, forward by a day, and from 1970 to now as a board without a clock does: live, and read again."""
    clock = LabClock(tmp_path)
    clock.offset = 60.0 - time.time()
    host = journald_host(environment=clock.environment)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        for jump, offset in enumerate((60.0 - time.time(), 0.0, -3600.0, DAY, 0.0)):
            clock.offset = offset
            send(host, jump * 50 + 1, jump * 50 + 50)
            collector.wait(has(collector, jump * 50 + 50))
        shipper.kill()
        clock.offset = -2 * 3600.0
        send(host, 251, 300)
        shipper.start()
        collector.wait(has(collector, 300))

        assert shipper.stop() == 0
    assert set(collector.entries) == in_journal(host)
    assert collector.gaps() == []


def test_a_journal_that_begins_anew(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Somebody deletes every journal file: the next ones count from one under a new seqnum id, and are shipped."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags):
        send(host, 1, 100)
        collector.wait(has(collector, 100))
        host.kill()
        for path in host.log_directory.iterdir():
            shutil.rmtree(path)
            path.mkdir()
        host.up()
        send(host, 101, 200)
        collector.wait(has(collector, 200))

    assert len({entry.seqnum_id for entry in collector.entries.values()}) == 2
    assert set(collector.entries) >= in_journal(host)
    assert collector.duplicates == 0


def test_a_journal_that_moves_to_the_disk(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """At boot journald copies /run/log/journal to /var/log/journal under other seqnums: nothing comes twice."""
    host = journald_host(flushed=False)
    (host.log_directory / host.machine_id).rmdir()
    send(host, 1, 50)
    flags = ("--collector", collector.url, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags, prefix=host.command([])):
        collector.wait(has(collector, 50))
        (host.log_directory / host.machine_id).mkdir()
        host.run(["journalctl", "--flush"])
        send(host, 51, 100)
        collector.wait(lambda: 100 in numbers(collector))
        send(host, 101, 101)
        collector.wait(lambda: 101 in numbers(collector))

    assert numbers(collector) == list(range(1, 102))
    assert collector.gaps() == []
