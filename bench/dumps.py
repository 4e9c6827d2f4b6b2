"""All entries of a corpus, printed: by jhctl from a collector, by journalctl from local files."""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import corpus
from bench.process import ENVIRONMENT, Collector, memory

MODES = ("export", "short", "json")

LOOK_SECONDS = 0.02
"""How often memory is looked at."""


@dataclass(frozen=True, slots=True)
class Dump:
    """One way to print everything; seconds from fork to exit."""

    ours: float
    theirs: float
    peak_rss_bytes: int
    """Of jhctl."""
    bytes: int
    """Printed by jhctl; journalctl prints a cursor of its own with each entry, so that lengths differ a little."""


def dumps(collector: Collector, files: Path, share: float = 1.0) -> dict[str, Dump]:
    """Both, in turns, for each of MODES: the first part of the day, all of it where `share` is 1."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    begin, end = corpus.START // 1_000_000, (corpus.START + int(corpus.DAY * share)) // 1_000_000
    span = ["-S", f"@{begin}", "-U", f"@{end}"]
    figures = {}
    for mode in MODES:
        ours, peak, size = _run([jhctl, "--collector", collector.url, "--no-pager", *span, "-o", mode])
        theirs, _, _ = _run(["journalctl", "-q", "--no-pager", "--directory", str(files), *span, "-o", mode])
        figures[mode] = Dump(ours, theirs, peak, size)
    return figures


def _run(command: list[str]) -> tuple[float, int, int]:
    """Seconds, peak memory, and bytes printed."""
    begin = looked = time.perf_counter()
    size = peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 1 << 20):
            size += len(piece)
            if not peak or time.perf_counter() - looked > LOOK_SECONDS:
                looked = time.perf_counter()
                with contextlib.suppress(KeyError):  # what it printed may be all there is
                    peak = memory(process.pid, "VmHWM")  # getrusage would tell ours from before the exec, if larger
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - begin, peak, size


def table(figures: dict[str, Dump]) -> str:
    """As text."""
    lines = [f"{'all entries, s':40} {'jhctl':>8} {'journalctl':>10} {'ratio':>6} {'jhctl RSS':>10} {'MB':>6}"]
    for mode, one in figures.items():
        lines.append(
            f"-o {mode:37} {one.ours:8.2f} {one.theirs:10.2f} {one.ours / one.theirs:6.2f}"
            f" {one.peak_rss_bytes >> 20:6} MiB {one.bytes / 1e6:6.0f}"
        )
    return "\n".join(lines)
