"""All entries of a corpus, printed: by jhctl from a collector, by journalctl from local files."""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench import corpus
from bench.process import ENVIRONMENT, Collector, calibrate, memory

MODES = ("export", "short", "json")

LOOK_SECONDS = 0.02
"""How often memory is looked at."""


@dataclass(frozen=True, slots=True)
class Dump:
    """One way to print everything; seconds from fork to exit, one of each turn."""

    ours: list[float]
    theirs: list[float]
    ours_cpu: list[float]
    """User and system time of jhctl and of the collector meanwhile, seconds."""
    theirs_cpu: list[float]
    """Of journalctl."""
    peak_rss_bytes: int
    """Of jhctl."""
    collector_rss_bytes: int
    """Of the collector, the most so far."""
    bytes: int
    """Printed by jhctl; journalctl prints a cursor of its own with each entry, so that lengths differ a little."""
    calibration_ms: float

    @property
    def ratio(self) -> float:
        """Ours to theirs, the median of the turns."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The same of CPU time."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.ours_cpu, self.theirs_cpu, strict=True))


def dumps(collector: Collector, files: Path, share: float = 1.0, rounds: int = 1, days: int = 1) -> dict[str, Dump]:
    """Both, in turns, for each of MODES: the first part of the days, all of them where `share` is 1."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    begin, end = corpus.START // 1_000_000, (corpus.START + int(days * corpus.DAY * share)) // 1_000_000
    span = ["-S", f"@{begin}", "-U", f"@{end}"]
    figures: dict[str, Dump] = {}
    for turn in range(rounds):
        for mode in MODES:
            calibration, before = calibrate(), collector.cpu_seconds()
            ours = _run([jhctl, "--collector", collector.url, "--no-pager", *span, "-o", mode])
            served = collector.cpu_seconds() - before
            theirs = _run(["journalctl", "-q", "--no-pager", "--directory", str(files), *span, "-o", mode])
            earlier = figures[mode] if turn else Dump([], [], [], [], 0, 0, 0, calibration)
            figures[mode] = Dump(
                [*earlier.ours, ours.seconds],
                [*earlier.theirs, theirs.seconds],
                [*earlier.ours_cpu, ours.cpu_seconds + served],
                [*earlier.theirs_cpu, theirs.cpu_seconds],
                max(ours.peak_rss_bytes, earlier.peak_rss_bytes),
                collector.memory("VmHWM"),
                ours.bytes,
                min(calibration, earlier.calibration_ms),
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
    """As text: medians of the turns, and their ranges; CPU is that of jhctl and the collector together."""
    lines = [
        f"{'all entries, s':16} {'jhctl':>8} {'lowest':>8} {'highest':>8} {'journalctl':>10} {'lowest':>8}"
        f" {'highest':>8} {'ratio':>6} {'CPU':>7} {'theirs':>7} {'ratio':>6} {'jhctl RSS':>10} {'collector':>10}"
        f" {'MB':>6} {'calib ms':>8}"
    ]
    for mode, one in figures.items():
        lines.append(
            f"-o {mode:13} {statistics.median(one.ours):8.2f} {min(one.ours):8.2f} {max(one.ours):8.2f}"
            f" {statistics.median(one.theirs):10.2f} {min(one.theirs):8.2f} {max(one.theirs):8.2f} {one.ratio:6.2f}"
            f" {statistics.median(one.ours_cpu):7.2f} {statistics.median(one.theirs_cpu):7.2f} {one.cpu_ratio:6.2f}"
            f" {one.peak_rss_bytes >> 20:6} MiB {one.collector_rss_bytes >> 20:6} MiB {one.bytes / 1e6:6.0f}"
            f" {one.calibration_ms:8.1f}"
        )
    return "\n".join(lines)
