"""The command line beside journalctl over the same entries as local files: how soon it answers, how fast it prints."""

import statistics
import sys
from pathlib import Path
from typing import Any

from bench import dumps, ingest, kept, peers, plots
from bench.process import Collector, calibrate, collector
from bench.queries import Latency, time_command

Starts = dict[str, dict[str, list[Latency]]]
"""By name and by program, one of each turn."""

OURS, THEIRS = "jhctl", "journalctl"


def measure(entries: int, hosts: int, rounds: int = 1) -> dict[str, Any]:
    """The figures, also printed: everything in turns, as often as there are rounds."""
    native, text = kept.native(entries, hosts), kept.export_text(entries, hosts)
    files = peers.journals(text)
    with collector() as store:
        ingest.load(store, native, 2)
        store.wait_idle()
        figures: dict[str, Any] = {"entries": entries, "rounds": rounds, "calibration_ms": calibrate()}
        turns: Starts = {}
        for _ in range(rounds):
            for name, commands in _starts(store, files).items():
                for who, command in commands.items():
                    turns.setdefault(name, {}).setdefault(who, []).append(time_command(command))
        figures["dumps"] = dumps.dumps(store, files, rounds=rounds)
    figures["starts"] = {name: {who: Latency.over(laps) for who, laps in one.items()} for name, one in turns.items()}
    figures["ratios"] = {name: _ratio(one) for name, one in turns.items()}
    print(table(figures))
    return figures


def _ratio(one: dict[str, list[Latency]]) -> float:
    """Ours to theirs, the median of the turns."""
    return statistics.median(o.median / t.median for o, t in zip(one[OURS], one[THEIRS], strict=True))


def _starts(store: Collector, files: Path) -> dict[str, dict[str, list[str]]]:
    """Commands that do little but start."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    asked = [jhctl, "--collector", store.url, "--no-pager"]
    local = ["journalctl", "-q", "--no-pager", "--directory", str(files)]
    return {
        "--version": {OURS: [jhctl, "--version"], THEIRS: ["journalctl", "--version"]},
        "-n 10": {OURS: [*asked, "-n", "10"], THEIRS: [*local, "-n", "10"]},
        "-n 10 -o json": {OURS: [*asked, "-n", "10", "-o", "json"], THEIRS: [*local, "-n", "10", "-o", "json"]},
    }


def table(figures: dict[str, Any]) -> str:
    """As text."""
    lines = [
        f"{figures['entries']:,} entries, {figures['rounds']} turns; calibration {figures['calibration_ms']:.1f} ms\n",
        f"{'median ms':16} {'jhctl':>8} {'lowest':>8} {'highest':>8} {'journalctl':>10} {'lowest':>8} {'highest':>8}"
        f" {'ratio':>6} {'calib ms':>8}",
    ]
    for name, one in figures["starts"].items():
        ours, theirs = one[OURS], one[THEIRS]
        lines.append(
            f"{name:16} {ours.median:8.1f} {ours.lowest:8.1f} {ours.highest:8.1f} {theirs.median:10.1f}"
            f" {theirs.lowest:8.1f} {theirs.highest:8.1f} {figures['ratios'][name]:6.2f} {ours.calibration_ms:8.1f}"
        )
    return "\n".join([*lines, "", dumps.table(figures["dumps"])])


def draw(figures: dict[str, Any], directory: Path) -> None:
    """Two pictures: what starts take, and what printing everything takes."""
    bars = [
        plots.Bar(f"{who} {name}", latency.median, latency.lowest, latency.highest)
        for name, one in figures["starts"].items()
        for who, latency in one.items()
    ]
    plots.write(directory, "cli-start", "Whole processes", "ms", bars)
    bars = [
        plots.Bar(f"{who} -o {mode}", statistics.median(seconds), min(seconds), max(seconds))
        for mode, one in figures["dumps"].items()
        for who, seconds in ((OURS, one.ours), (THEIRS, one.theirs))
    ]
    plots.write(directory, "cli-dumps", "All entries, printed", "s", bars)
