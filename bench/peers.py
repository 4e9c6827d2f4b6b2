"""What is measured beside our collector: systemd-journal-remote and -upload, journalctl over files, ripgrep."""

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL
from typing import IO

from bench import corpus
from bench.ingest import Load
from bench.kept import Bodies
from bench.process import START_SECONDS, Collector, calibrate, free_port
from bench.queries import Latency, time_command

REMOTE = Path("/lib/systemd/systemd-journal-remote")
UPLOAD = Path("/lib/systemd/systemd-journal-upload")

_HOSTNAME = re.compile(rb"^_HOSTNAME=(.+)$", re.MULTILINE)


@contextlib.contextmanager
def journal_remote() -> Iterator[Collector]:
    """systemd-journal-remote listening on an empty directory; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-remote-") as directory:
        port = free_port()
        command = [str(REMOTE), f"--listen-http=127.0.0.1:{port}", "-o", directory, "--split-mode=host"]
        process = subprocess.Popen(command, stderr=DEVNULL)
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


def journals(text: Bodies) -> Path:
    """The corpus as journal files in a directory, one or more of each host, and kept."""
    found = text.file.with_name("journals")
    if not found.exists():
        with tempfile.TemporaryDirectory(dir=found.parent) as name, contextlib.ExitStack() as writers:
            new = Path(name) / "journals"
            new.mkdir()
            pipes: dict[bytes, IO[bytes]] = {}
            for body in text:
                host = _HOSTNAME.findall(body, 0, 4096)[0]
                if host not in pipes:
                    pipes[host] = writers.enter_context(_written(new / f"remote-{host.decode()}.journal"))
                pipes[host].write(body)
            writers.close()
            new.rename(found)
    return found


@contextlib.contextmanager
def _written(file: Path) -> Iterator[IO[bytes]]:
    """A pipe for export text, which systemd-journal-remote makes a journal of."""
    process = subprocess.Popen([REMOTE, "-o", file, "-"], stdin=subprocess.PIPE, stdout=DEVNULL, stderr=DEVNULL)
    assert process.stdin is not None
    with process.stdin as pipe:
        yield pipe
    if process.wait(600):
        raise RuntimeError(f"systemd-journal-remote ended with {process.returncode}")


def upload(receiver: Collector, files: Path, text: Bodies) -> Load:
    """Send journal files with one systemd-journal-upload; the CPU is the receiver's, until it is idle again."""
    calibration = calibrate()
    cpu = receiver.cpu_seconds()
    begin = time.perf_counter()
    url = f"http://{urllib.parse.urlsplit(receiver.url).netloc}"
    command = [str(UPLOAD), f"--url={url}", f"--directory={files}", "--follow=no"]
    subprocess.run(command, check=True, stdout=DEVNULL, stderr=DEVNULL, timeout=600)
    seconds = time.perf_counter() - begin
    receiver.wait_idle()
    return Load(
        entries_per_second=text.entries / seconds,
        cpu_us_per_entry=(receiver.cpu_seconds() - cpu) * 1e6 / text.entries,
        peak_rss_bytes=receiver.memory("VmHWM"),
        wire_bytes_per_entry=text.size / text.entries,
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
        "case-insensitive word, rare": ["-g", corpus.NEEDLE, "--case-sensitive=no"],
    }
    return {name: time_command([*base, *options], check=False) for name, options in asked.items()}


def ripgrep(text: Bodies) -> dict[str, Latency]:
    """ripgrep over the messages alone, as lines of a file: the floor for whoever looks at all of them."""
    if shutil.which("rg") is None:
        return {}
    asked = {
        "substring, rare": ["uokkaflu"],
        "regex, rare": ["quok+aflux[0-9]"],
        "case-insensitive word, rare": ["-i", corpus.NEEDLE],
    }
    file = str(_messages(text))
    return {name: time_command(["rg", "-N", *words, file], check=False) for name, words in asked.items()}


def _messages(text: Bodies) -> Path:
    """A file of the messages alone, kept beside the corpus."""
    found = text.file.with_name("messages")
    if not found.exists():
        new = found.with_name(f"messages.{os.getpid()}")
        with new.open("wb") as out:
            for body in text:
                out.write(b"".join(line[8:] + b"\n" for line in body.split(b"\n") if line.startswith(b"MESSAGE=")))
        new.rename(found)
    return found


def middle(loads: list[Load]) -> Load:
    """Of several loads the one with the median rate."""
    rates = [load.entries_per_second for load in loads]
    return min(loads, key=lambda load: abs(load.entries_per_second - statistics.median(rates)))
