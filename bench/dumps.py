"""All entries of a corpus, printed: by jhctl from a collector, by journalctl from local files."""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
    ours_cpu: float
    """User and system time of jhctl and of the collector meanwhile, seconds."""
    theirs_cpu: float
    """Of journalctl."""
    peak_rss_bytes: int
    """Of jhctl."""
    collector_rss_bytes: int
    """Of the collector, the most so far."""
    bytes: int
    """Printed by jhctl; journalctl prints a cursor of its own with each entry, so that lengths differ a little."""


def dumps(collector: Collector, files: Path, share: float = 1.0) -> dict[str, Dump]:
    """Both, in turns, for each of MODES: the first part of the day, all of it where `share` is 1."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    begin, end = corpus.START // 1_000_000, (corpus.START + int(corpus.DAY * share)) // 1_000_000
    span = ["-S", f"@{begin}", "-U", f"@{end}"]
    figures = {}
    for mode in MODES:
        before = collector.cpu_seconds()
        ours = _run([jhctl, "--collector", collector.url, "--no-pager", *span, "-o", mode])
        served = collector.cpu_seconds() - before
        theirs = _run(["journalctl", "-q", "--no-pager", "--directory", str(files), *span, "-o", mode])
        figures[mode] = Dump(
            ours.seconds,
            theirs.seconds,
            ours.cpu_seconds + served,
            theirs.cpu_seconds,
            ours.peak_rss_bytes,
            collector.memory("VmHWM"),
            ours.bytes,
        )
    return figures


class Run(NamedTuple):
    """A command that printed everything."""

    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    bytes: int


def _run(command: list[str]) -> Run:
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
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Run(time.perf_counter() - begin, used.ru_utime + used.ru_stime, peak, size)


def table(figures: dict[str, Dump]) -> str:
    """As text."""
    head = f"{'all entries, s':12} {'jhctl':>8} {'journalctl':>10} {'ratio':>6}"
    lines = [
        f"{head} {'CPU, jhctl + collector':>22} {'journalctl':>10} {'ratio':>6} {'RSS':>7} {'collector':>11} {'MB':>6}"
    ]
    for mode, one in figures.items():
        lines.append(
            f"-o {mode:9} {one.ours:8.2f} {one.theirs:10.2f} {one.ours / one.theirs:6.2f}"
            f" {one.ours_cpu:22.2f} {one.theirs_cpu:10.2f} {one.ours_cpu / one.theirs_cpu:6.2f}"
            f" {one.peak_rss_bytes >> 20:3} MiB {one.collector_rss_bytes >> 20:7} MiB {one.bytes / 1e6:6.0f}"
        )
    return "\n".join(lines)
