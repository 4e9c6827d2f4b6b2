"""A collector under measurement: started on a fresh directory, watched through /proc, stopped."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")

START_SECONDS = 120
"""How long a collector may take until it is ready; it needs about one, on a machine that is idle."""

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""For programs whose start is measured: what is installed has been compiled."""


@dataclass(frozen=True, slots=True)
class Collector:
    """A running collector."""

    url: str
    pid: int
    data_directory: Path
    quiet_seconds: float = 1.0
    """How long it must have done nothing to be idle."""

    def cpu_seconds(self) -> float:
        """User and system time so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, key: str) -> int:
        """Bytes of one line of /proc/PID/status: VmHWM, VmRSS, RssAnon."""
        return memory(self.pid, key)

    def disk_bytes(self) -> int:
        """Bytes that the data directory takes on disk."""
        files = (path for path in self.data_directory.rglob("*") if path.is_file())
        return sum(path.stat().st_blocks * 512 for path in files)

    def written_bytes(self) -> int:
        """Bytes that the process has caused to be written to disk, of /proc/PID/io."""
        lines = Path(f"/proc/{self.pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))

    def open_files(self) -> int:
        """File descriptors that are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_idle(self) -> None:
        """Return once the process has used no more than 2 % of a core for so long: merges are part of the bill."""
        looks = int(self.quiet_seconds / 0.25) + 1
        used = deque([self.cpu_seconds()], maxlen=looks)
        while len(used) < looks or used[-1] - used[0] > 0.02 * self.quiet_seconds:
            time.sleep(0.25)
            used.append(self.cpu_seconds())


def memory(pid: int, key: str, file: str = "status") -> int:
    """Bytes of one line of /proc/PID/status: VmHWM, VmRSS, RssAnon; or of another file there.

    Raises KeyError, or OSError, once the process has ended.
    """
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def calibrate(tries: int = 3) -> float:
    """Milliseconds for a fixed piece of work, best of some: the speed of a core right now, on machines that vary."""
    laps = []
    for _ in range(tries):
        begin = time.perf_counter()
        total = 0
        for number in range(1_500_000):
            total += number & 7
        laps.append((time.perf_counter() - begin) * 1e3)
    return min(laps)


@contextlib.contextmanager
def collector(*options: str) -> Iterator[Collector]:
    """A collector on a free port and an empty directory; both are gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="journalhub-bench-") as directory,
        started(Path(directory), *options) as one,
    ):
        yield one


@contextlib.contextmanager
def started(directory: Path, *options: str) -> Iterator[Collector]:
    """A collector on a free port and a directory of the caller's; it has ended afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "journalhub", "collector", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, "--data-dir", str(directory), *options], stderr=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_ready(url, process)
        yield Collector(url, process.pid, directory)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(f"the collector ended: {process.stderr.read().decode(errors='replace')}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "/readyz", timeout=10) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the collector was not ready within {START_SECONDS} s")
