"""Journal files of a systemd that is newer than this one, or compressed in a way that this one does not know."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.journal_file import LZ4, XZ, ZSTD, add_incompatible_flags, seqnums, set_data_flags
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import Shipper, ship_once, wait_until
from tests.shipper.test_journald import numbers, send

Hosts = Callable[..., JournaldHost]

UNKNOWN = 1 << 20
"""A flag of the header that no systemd has a meaning for yet."""


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def archived(host: JournaldHost, first: int, last: int) -> Path:
    """An archived file with these messages, in the journal of the host."""
    directory = host.log_directory / host.machine_id
    before = set(directory.glob("system@*.journal"))
    send(host, first, last)
    host.rotate()
    (new,) = set(directory.glob("system@*.journal")) - before
    return new


@pytest.mark.usefixtures("library")
def test_a_file_of_a_newer_systemd(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """It is named and left out, the files beside it are shipped, and exactly its entries are told as missing."""
    host = journald_host()
    archived(host, 1, 100)
    newer = archived(host, 101, 200)
    send(host, 201, 300)
    add_incompatible_flags(newer, UNKNOWN)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)

    assert done.returncode == 0, done.stderr
    assert f"journal file {newer} is left out" in done.stderr
    assert "Protocol not supported" in done.stderr
    assert numbers(collector) == [*range(1, 101), *range(201, 301)]
    assert collector.gaps() == [seqnums(newer)]
    assert collector.statuses[-1]["quarantined"] == (str(newer),)


def test_it_appears_while_shipping(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A file that becomes unreadable under a running shipper is named, and the journal is followed all the same."""
    host = journald_host()
    newer = archived(host, 1, 100)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: len(numbers(collector)) == 100)
        copy = newer.with_name("system@of-another-systemd.journal")
        copy.write_bytes(newer.read_bytes())
        add_incompatible_flags(copy, UNKNOWN)
        newer.unlink()
        collector.wait(lambda: any(str(copy) in status["quarantined"] for status in collector.statuses))
        send(host, 101, 200)
        collector.wait(lambda: len(numbers(collector)) == 200)
        wait_until(lambda: f"journal file {copy} is left out" in shipper.log())

        assert shipper.stop() == 0
    assert collector.duplicates == 0
    assert collector.gaps() == []


@pytest.mark.parametrize("compression", [XZ, LZ4, ZSTD, XZ | LZ4])
def test_a_field_that_cannot_be_unpacked(
    journald_host: Hosts, collector: FakeCollector, tmp_path: Path, compression: int
) -> None:
    """The entry arrives without the field, and the ledger names it: libsystemd leaves it out without a word."""
    host = journald_host()
    file = archived(host, 1, 100)
    send(host, 101, 200)
    assert set_data_flags(file, b"MESSAGE=n 50", compression) == 1
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)
    lost = [entry for entry in collector.entries.values() if entry.first("MESSAGE") is None]
    reports = [report for status in collector.statuses for report in status["dropped"]]

    assert done.returncode == 0, done.stderr
    assert numbers(collector) == [number for number in range(1, 201) if number != 50]
    assert len(lost) == 1
    assert [(report["rule"], report["count"], report["first"]) for report in reports] == [
        ("field that cannot be read", 1, lost[0].seqnum)
    ]
    assert 'rule="field that cannot be read"' in done.stderr
    assert collector.gaps() == []
