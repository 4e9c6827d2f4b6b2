"""From logger on a node to a line of `jhctl -f`."""

import select
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.integration.programs import BIN, DEADLINE, ENVIRONMENT, Collector, shipper, wait_until
from tests.lab.journald import JournaldHost

LINES = 25
QUICKEST_MAX = 1.0
"""Seconds that the quickest line takes at most: what is waited for on the way is waited for by every line. On an idle
machine the median is under 0.3."""
PROGRAMS = 10
"""Programs that could be run in the meantime at most, beside that second: on a busy machine each takes its time."""


def read_until(stream: "subprocess.Popen[bytes]", text: bytes, seconds: float = DEADLINE) -> None:
    """Read the output of a program until a line has `text`."""
    assert stream.stdout is not None
    deadline = time.monotonic() + seconds
    seen = b""
    while text not in seen:
        ready, _, _ = select.select([stream.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"no {text!r} within {seconds:g} s; got {seen[-500:]!r}"
        piece = stream.stdout.read1()  # type: ignore[attr-defined]
        assert piece, f"it ended; got {seen[-500:]!r}"
        seen += piece


def test_a_line_is_seen_at_once(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """What logger says is on the screen of `jhctl -f` within a fraction of a second."""
    host = journald_host()
    host.run(["logger", "-t", "live", "the beginning"])
    host.sync()
    with shipper(collector, tmp_path / "shipper", "--directory", host.log_directory):
        wait_until("the beginning has arrived", lambda: collector.count(q="beginning") == 1)
        command = [str(BIN / "jhctl"), "--collector", collector.url, "-f", "-t", "live"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as follow:
            read_until(follow, b"the beginning")
            took, busy = [], []
            for number in range(LINES):
                started = time.monotonic()
                host.run(["true"])
                busy.append(time.monotonic() - started)
                started = time.monotonic()
                host.run(["logger", "-t", "live", f"line number {number}."])
                read_until(follow, b"line number %d." % number)
                took.append(time.monotonic() - started)
            follow.terminate()

    most = QUICKEST_MAX + PROGRAMS * statistics.median(busy)
    assert min(took) < most, (sorted(took), sorted(busy))
