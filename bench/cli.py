"""The command line beside journalctl over the same entries as local files: how soon it answers, how fast it prints."""

import sys
from pathlib import Path
from typing import Any

from bench import dumps, ingest, kept, peers, plots
from bench.process import Collector, calibrate, collector
from bench.queries import Latency, time_command

Starts = dict[str, tuple[Latency, Latency]]
"""By name: ours, and journalctl's."""


def measure(entries: int, hosts: int) -> dict[str, Any]:
    """The figures, also printed."""
    native, text = kept.native(entries, hosts), kept.export_text(entries, hosts)
    files = peers.journals(text, hosts)
    with collector() as store:
        ingest.load(store, native, 2)
        store.wait_idle()
        calibration = calibrate()
        starts = _starts(store, files)
        figures = {"entries": entries, "calibration_ms": calibration, "dumps": dumps.dumps(store, files)}
    figures["starts"] = {name: {"jhctl": ours, "journalctl": theirs} for name, (ours, theirs) in starts.items()}
    print(table(figures))
    return figures


def _starts(store: Collector, files: Path) -> Starts:
    """Whole processes, from fork to exit, that do little but start."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    asked = [jhctl, "--collector", store.url, "--no-pager"]
    local = ["journalctl", "-q", "--no-pager", "--directory", str(files)]
    return {
        "--version": (time_command([jhctl, "--version"]), time_command(["journalctl", "--version"])),
        "-n 10": (time_command([*asked, "-n", "10"]), time_command([*local, "-n", "10"])),
        "-n 10 -o json": (
            time_command([*asked, "-n", "10", "-o", "json"]),
            time_command([*local, "-n", "10", "-o", "json"]),
        ),
    }


def table(figures: dict[str, Any]) -> str:
    """As text."""
    lines = [
        f"{figures['entries']:,} entries; calibration {figures['calibration_ms']:.1f} ms\n",
        f"{'median ms':40} {'jhctl':>8} {'journalctl':>10} {'ratio':>6}",
    ]
    for name, one in figures["starts"].items():
        ours, theirs = one["jhctl"].median, one["journalctl"].median
        lines.append(f"{name:40} {ours:8.1f} {theirs:10.1f} {ours / theirs:6.2f}")
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
        plots.Bar(f"{who} -o {mode}", seconds, seconds, seconds)
        for mode, one in figures["dumps"].items()
        for who, seconds in (("jhctl", one.ours), ("journalctl", one.theirs))
    ]
    plots.write(directory, "cli-dumps", "All entries, printed", "s", bars)
