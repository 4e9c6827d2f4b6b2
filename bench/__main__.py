"""`./dev bench`: ingest rate, CPU, memory, bytes on wire and disk, query and tail latency, start of the CLI."""

import argparse
import dataclasses
import json
import platform
import sys
from pathlib import Path
from typing import Any

from bench import ingest, queries, screen
from bench.process import calibrate, collector

MIB = 1024 * 1024


def main() -> int:
    """Run everything, print the tables, and write the JSON where asked."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the corpus (100000)")
    parser.add_argument("--hosts", type=int, default=20, help="hosts of the corpus (20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    figures = measure(options.entries, options.hosts)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2, default=dataclasses.asdict) + "\n")
    return 0


def measure(entries: int, hosts: int) -> dict[str, Any]:
    """All figures, printed as they come."""
    print(f"{entries:,} entries of {hosts} hosts; Python {platform.python_version()}, {platform.machine()}")
    _say("making the corpus as native batches")
    native = ingest.native(entries, hosts)
    print(f"{'ingest':34} {'entries/s':>10} {'CPU µs':>8} {'peak RSS':>9} {'wire B':>7} {'disk B':>7} {'calib ms':>8}")
    figures: dict[str, Any] = {"entries": entries, "hosts": hosts, "calibration_ms": calibrate()}
    with collector() as store:
        figures["native, 2 connections"] = _row("native batches, 2 connections", ingest.load(store, native, 2))
        del native
        figures["queries"] = _latencies("query, ms", queries.ask(store))
        figures["tail"] = _latencies("live tail, ms", {"acknowledged and on the follower": queries.tail(store)})
        figures["screen"] = _latencies("node to screen, ms", screen.screens(store))
        figures["cli"] = _latencies("command line, ms", queries.command_line(store))
    _say("making the corpus as export text")
    text = ingest.export_text(entries, hosts)
    for connections in (1, 2):
        with collector() as store:
            name = f"export text, {connections} connection{'s' * (connections > 1)}"
            figures[name] = _row(name, ingest.load(store, text, connections))
    return figures


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def _row(name: str, load: ingest.Load) -> ingest.Load:
    print(
        f"{name:34} {load.entries_per_second:10,.0f} {load.cpu_us_per_entry:8.1f} {load.peak_rss_bytes / MIB:5.0f} MiB"
        f" {load.wire_bytes_per_entry:7.1f} {load.disk_bytes_per_entry:7.1f} {load.calibration_ms:8.1f}",
        flush=True,
    )
    return load


def _latencies(title: str, latencies: dict[str, queries.Latency]) -> dict[str, queries.Latency]:
    print(f"\n{title:40} {'median':>8} {'95 %':>8} {'lowest':>8} {'highest':>8}")
    for name, one in latencies.items():
        print(f"{name:40} {one.median:8.1f} {one.late:8.1f} {one.lowest:8.1f} {one.highest:8.1f}", flush=True)
    print()
    return latencies


if __name__ == "__main__":
    sys.exit(main())
