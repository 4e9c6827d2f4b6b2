"""All entries of a corpus, printed: by jhctl from a collector, by journalctl from local files."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import corpus
from bench.process import Collector

MODES = ("export", "short", "json")


@dataclass(frozen=True, slots=True)
class Dump:
    """One way to print everything; seconds from fork to exit."""

    ours: float
    theirs: float
    peak_rss_bytes: int
    """Of jhctl."""
    bytes: int
    """Printed by jhctl; journalctl prints a cursor of its own with each entry, so that lengths differ a little."""


def dumps(collector: Collector, files: Path) -> dict[str, Dump]:
    """Both, in turns, for each of MODES."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    whole = ["-S", f"@{corpus.START // 1_000_000}", "-U", f"@{(corpus.START + corpus.DAY) // 1_000_000}"]
    figures = {}
    for mode in MODES:
        ours, peak, size = _run([jhctl, "--collector", collector.url, "--no-pager", *whole, "-o", mode])
        theirs, _, _ = _run(["journalctl", "-q", "--no-pager", "--directory", str(files), "-o", mode])
        figures[mode] = Dump(ours, theirs, peak, size)
    return figures


def _run(command: list[str]) -> tuple[float, int, int]:
    """Seconds, peak memory, and bytes printed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    size = peak = pieces = 0
    while piece := os.read(process.stdout.fileno(), 1 << 20):
        size += len(piece)
        pieces += 1
        if pieces % 100 == 0:  # ru_maxrss begins with the memory of who started it
            peak = _peak_rss(process.pid) or peak
    if process.wait():
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - begin, peak, size


def _peak_rss(pid: int) -> int:
    """Bytes, 0 when the process has ended meanwhile."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def table(figures: dict[str, Dump]) -> str:
    """As text."""
    lines = [f"{'all entries, s':40} {'jhctl':>8} {'journalctl':>10} {'ratio':>6} {'jhctl RSS':>10} {'MB':>6}"]
    for mode, one in figures.items():
        lines.append(
            f"-o {mode:37} {one.ours:8.2f} {one.theirs:10.2f} {one.ours / one.theirs:6.2f}"
            f" {one.peak_rss_bytes >> 20:6} MiB {one.bytes / 1e6:6.0f}"
        )
    return "\n".join(lines)
