"""Five hosts, a hundred thousand entries, and everything that can be killed is."""

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.integration.programs import Collector, assert_same_entries, journalctl, shipper, wait_until
from tests.lab.journald import JournaldHost

HOSTS = 5
PER_HOST = 20_000
PER_SECOND = 2_000
"""Entries per second and host: slow enough that all that happens here happens while they are written."""
WRITER = Path(__file__).with_name("writer.py")


def test_kills_and_rotation_lose_and_double_nothing(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """While entries are written, a journald rotates, a shipper and the collector are killed: all entries once."""
    hosts = [journald_host(f"node-{n}") for n in range(HOSTS)]
    with ExitStack() as stack:
        shippers = [
            stack.enter_context(shipper(collector, tmp_path / f"shipper-{n}", "--directory", host.log_directory))
            for n, host in enumerate(hosts)
        ]
        total = HOSTS * PER_HOST
        writers = [host.popen([sys.executable, WRITER, str(PER_HOST), str(PER_SECOND)]) for host in hosts]

        wait_until("a tenth has arrived", lambda: collector.stored() > total * 0.1)
        hosts[0].rotate()
        shippers[1].end(signal.SIGKILL)
        wait_until("a quarter has arrived", lambda: collector.stored() > total * 0.25)
        shippers[1].start()
        wait_until("two fifths have arrived", lambda: collector.stored() > total * 0.4)
        collector.end(signal.SIGKILL)
        hosts[0].rotate()
        collector.start()
        assert any(writer.poll() is None for writer in writers), "the entries were written too fast for this test"

        assert [0] * HOSTS == [writer.wait() for writer in writers]
        for host in hosts:
            host.sync()
        wait_until(
            "every entry has arrived", lambda: collector.count(match="SYSLOG_IDENTIFIER=writer") >= HOSTS * PER_HOST
        )
        assert [0] * HOSTS == [program.end() for program in shippers]

    assert HOSTS * PER_HOST == collector.count(match="SYSLOG_IDENTIFIER=writer")
    assert HOSTS * PER_HOST == collector.count(q='"entry number"')
    expected = b"".join(journalctl("--directory", host.log_directory) for host in hosts)
    assert_same_entries(expected, collector.export())
    assert 0 == collector.end()
