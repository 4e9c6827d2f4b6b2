"""What the shipper costs: `python -m tests.shipper.measure [SECONDS]` prints memory, CPU and latency at 500 entries/s.

Needs root, for a journald of its own. The collector is the small one of the tests, whose CPU is not counted.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import Shipper

RATE = 500
BACKLOG = 50_000
SENDER = """
import socket, sys, time
rate, seconds = int(sys.argv[1]), float(sys.argv[2])
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.connect("/run/systemd/journal/socket")
start = time.monotonic()
for number in range(int(rate * seconds)):
    time.sleep(max(0.0, start + number / rate - time.monotonic()))
    text = f"request {number} served in {number % 97} ms for client 10.0.{number % 250}.{number % 91}"
    to.send(f"MESSAGE={text}\\nPRIORITY=6\\nSYSLOG_IDENTIFIER=app\\nSENT={time.time_ns()}\\n".encode())
"""


def cpu(pid: int) -> float:
    """Seconds of CPU that the process used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def anonymous(pid: int) -> float:
    """MB of memory that is the process's own: mapped journal files do not count."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def main(seconds: float) -> None:
    """Measure once and print."""
    latencies: list[float] = []
    with tempfile.TemporaryDirectory() as name, FakeCollector() as collector:
        directory = Path(name)
        collector.on_entry = lambda entry: latencies.append(time.time_ns() - int(entry.first("SENT") or time.time_ns()))
        with JournaldHost(directory / "host", "measured.example") as host:
            flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", directory / "s")
            host.run([sys.executable, "-c", SENDER, "1000000", str(BACKLOG / 1_000_000)])
            host.sync()
            with Shipper(directory / "log", *flags) as shipper:
                peak = 0.0
                while len(collector.entries) < BACKLOG:
                    pids = [shipper.pid, *shipper.children()]
                    peak = max(peak, sum(map(anonymous, pids)))
                    time.sleep(0.01)
                latencies.clear()
                before_backlog = len(collector.entries)
                before, started = [cpu(pid) for pid in pids], time.monotonic()
                host.run([sys.executable, "-c", SENDER, str(RATE), str(seconds)])
                collector.wait(lambda: len(collector.entries) >= before_backlog + RATE * seconds)
                took = time.monotonic() - started
                used = [cpu(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
                memory = [anonymous(pid) for pid in pids]
    milliseconds = sorted(latency / 1e6 for latency in latencies)
    print(f"entries    {len(latencies)} in {took:.1f} s")
    print(f"RssAnon    parent {memory[0]:.1f} MB, reader {memory[1]:.1f} MB, together {sum(memory):.1f} MB")
    print(f"           together {peak:.1f} MB at most while it shipped a backlog of {BACKLOG} entries")
    shares = [seconds_used / took for seconds_used in (*used, sum(used))]
    print("CPU        parent {:.1%}, reader {:.1%}, together {:.1%} of a core".format(*shares))
    print(
        f"latency    from the program to the collector: median {statistics.median(milliseconds):.0f} ms, "
        f"95 % {milliseconds[int(len(milliseconds) * 0.95)]:.0f} ms, most {milliseconds[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
