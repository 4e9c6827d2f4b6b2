"""What is measured beside our collector: systemd-journal-remote and -upload, journalctl over files, ripgrep."""

import contextlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from bench import corpus
from bench.ingest import Bodies, Load
from bench.process import START_SECONDS, Collector, calibrate, free_port
from bench.queries import Latency, time_command

REMOTE = Path("/lib/systemd/systemd-journal-remote")
UPLOAD = Path("/lib/systemd/systemd-journal-upload")


@contextlib.contextmanager
def journal_remote() -> Iterator[Collector]:
    """systemd-journal-remote listening on an empty directory; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-remote-") as directory:
        port = free_port()
        command = [str(REMOTE), f"--listen-http=127.0.0.1:{port}", "-o", directory, "--split-mode=host"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _wait_for_port(port, process)
            yield Collector(f"http://127.0.0.1:{port}", process.pid, Path(directory))
        finally:
            process.terminate()
            process.wait(60)


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError("systemd-journal-remote does not listen")


@contextlib.contextmanager
def journals(text: Bodies) -> Iterator[Path]:
    """The corpus as journal files in a directory, written by systemd-journal-remote; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-journals-") as directory:
        command = [str(REMOTE), "-o", str(Path(directory) / "corpus.journal"), "-"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert process.stdin is not None
        for body in text.bodies:
            process.stdin.write(body)
        process.stdin.close()
        if process.wait(600):
            raise RuntimeError(f"systemd-journal-remote ended with {process.returncode}")
        yield Path(directory)


def upload(receiver: Collector, files: Path, text: Bodies) -> Load:
    """Send journal files with one systemd-journal-upload; the CPU is the receiver's, until it is idle again."""
    calibration = calibrate()
    cpu = receiver.cpu_seconds()
    begin = time.perf_counter()
    url = f"http://{urllib.parse.urlsplit(receiver.url).netloc}"
    command = [str(UPLOAD), f"--url={url}", f"--directory={files}", "--follow=no"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    seconds = time.perf_counter() - begin
    receiver.wait_idle()
    return Load(
        entries_per_second=text.entries / seconds,
        cpu_us_per_entry=(receiver.cpu_seconds() - cpu) * 1e6 / text.entries,
        peak_rss_bytes=receiver.memory("VmHWM"),
        wire_bytes_per_entry=sum(map(len, text.bodies)) / text.entries,
        disk_bytes_per_entry=receiver.disk_bytes() / text.entries,
        calibration_ms=calibration,
    )


def journalctl(files: Path) -> dict[str, Latency]:
    """The same questions to journalctl over local files, by the names that they have in `bench.queries`."""
    base = ["journalctl", "-q", "--no-pager", "--directory", str(files), "-n", "100"]
    asked = {
        "rare word (1 entry), newest 100": ["-g", corpus.NEEDLE],
        "common word, newest 100": ["-g", "request"],
        "everything, newest 100": [],
        "host, newest 100": ["_HOSTNAME=web-00.example"],
        "unit and priority, newest 100": ["_SYSTEMD_UNIT=nginx.service", "-p", "err"],
        "exact field, newest 100": ["CODE_LINE=768"],
        "substring, rare": ["-g", "uokkaflu"],
        "regex, rare": ["-g", "quok+aflux[0-9]"],
    }
    return {name: time_command([*base, *options], check=False) for name, options in asked.items()}


def ripgrep(text: Bodies) -> dict[str, Latency]:
    """ripgrep over the messages alone, as lines of a file: the floor for whoever looks at all of them."""
    if shutil.which("rg") is None:
        return {}
    with tempfile.NamedTemporaryFile(prefix="journalhub-bench-messages-") as file:
        for body in text.bodies:
            file.write(b"".join(line[8:] + b"\n" for line in body.split(b"\n") if line.startswith(b"MESSAGE=")))
        file.flush()
        asked = {"substring, rare": "uokkaflu", "regex, rare": "quok+aflux[0-9]"}
        return {name: time_command(["rg", "-N", pattern, file.name], check=False) for name, pattern in asked.items()}


def middle(loads: list[Load]) -> Load:
    """Of several loads the one with the median rate."""
    rates = [load.entries_per_second for load in loads]
    return min(loads, key=lambda load: abs(load.entries_per_second - statistics.median(rates)))
