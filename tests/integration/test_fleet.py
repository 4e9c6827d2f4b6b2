"""Five hosts, a hundred thousand entries, and everything that can be killed is."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.integration.programs import Collector, assert_same_entries, journalctl, shipper, wait_until
from tests.lab.journald import JournaldHost

HOSTS = 5
BLOCK = 4_000
"""Entries that each host writes during one of the steps of the test."""
STEPS = 5
WRITER = Path(__file__).with_name("writer.py")


class Writers:
    """One writer per host; they write on while the test does something else."""

    def __init__(self, hosts: list[JournaldHost]) -> None:
        self._processes = [host.popen([sys.executable, WRITER], stdin=subprocess.PIPE) for host in hosts]

    def go_on(self) -> None:
        """Let each write its next block; returns at once."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(b"%d\n" % BLOCK)
            process.stdin.flush()

    def finish(self) -> None:
        """Wait until all is written."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait() == 0


def test_kills_and_rotation_lose_and_double_nothing(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """While entries are written, a journald rotates, a shipper and the collector are killed: all entries once."""
    hosts = [journald_host(f"node-{n}") for n in range(HOSTS)]
    writers = Writers(hosts)
    with ExitStack() as stack:
        shippers = [
            stack.enter_context(shipper(collector, tmp_path / f"shipper-{n}", "--directory", host.log_directory))
            for n, host in enumerate(hosts)
        ]
        writers.go_on()
        wait_until("entries arrive", lambda: collector.stored() > BLOCK)
        hosts[0].rotate()
        writers.go_on()
        shippers[1].end(signal.SIGKILL)
        writers.go_on()
        shippers[1].start()
        writers.go_on()
        # Where this process is the slow one, all that was written so far may be there already.
        enough = min(collector.stored() + BLOCK, 4 * HOSTS * BLOCK)
        wait_until("more entries arrive", lambda: collector.stored() >= enough)
        collector.end(signal.SIGKILL)
        writers.go_on()
        hosts[0].rotate()
        collector.start()

        writers.finish()
        for host in hosts:
            host.sync()
        total = HOSTS * STEPS * BLOCK
        wait_until("every entry is found", lambda: collector.count(match="SYSLOG_IDENTIFIER=writer") >= total)
        assert [0] * HOSTS == [program.end() for program in shippers]

    assert total == collector.count(match="SYSLOG_IDENTIFIER=writer")
    assert total == collector.count(q='"entry number"')
    assert_same_entries(b"".join(journalctl("--directory", host.log_directory) for host in hosts), collector.export())
    assert 0 == collector.end()
