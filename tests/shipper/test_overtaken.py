"""A collector that is slow while the journal goes on: vacuuming overtakes the reader, memory stays small."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import Shipper, wait_until
from tests.shipper.test_journald import in_journal, numbers, send

Hosts = Callable[..., JournaldHost]
MEBIBYTE = 1024 * 1024


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def open_journals(pid: int) -> int:
    """How many journal files a process has open."""
    found = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += ".journal" in os.readlink(descriptor)
        except OSError:
            continue
    return found


def anonymous(pid: int) -> int:
    """Bytes of memory of a process that are not of files."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) * 1024


def test_vacuumed_while_the_reader_waits(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A reader that nobody takes anything from lets go of its files; what goes meanwhile is told, each seqnum of it.

    Until then its memory does not grow with what waits in the journal.
    """
    host = journald_host(max_file_size="2M")
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        send(host, 1, 100)
        collector.wait(lambda: len(numbers(collector)) == 100)
        gate = threading.Event()
        collector.misbehave = lambda handler, body: not gate.wait(300)
        # More than the window, the pipe between reader and parent, and the buffers at its ends hold.
        host.run(["systemd-cat", "-t", "test"], input="".join(f"m {n} {'x' * 300}\n" for n in range(20_000)))
        host.sync()
        (reader,) = shipper.children()
        wait_until(lambda: open_journals(reader) == 0)
        assert anonymous(shipper.pid) < 64 * MEBIBYTE
        assert anonymous(reader) < 64 * MEBIBYTE
        written = in_journal(host)
        host.rotate()
        host.vacuum(files=1)
        send(host, 101, 200)
        written |= in_journal(host)
        gate.set()
        last = max(written, key=lambda key: key[2])
        collector.wait(lambda: last in collector.entries)
        collector.wait(lambda: bool(collector.gaps()))

        assert shipper.stop() == 0
    told = {seqnum for first, last_missing in collector.gaps() for seqnum in range(first, last_missing + 1)}
    stored = {seqnum for _, _, seqnum, _ in collector.entries}

    assert told
    assert not told & stored
    assert told | stored == {seqnum for _, _, seqnum, _ in written}
