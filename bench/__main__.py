"""`./dev bench`: ingest rate, CPU, memory, bytes on wire and disk, query and tail latency, beside what Debian has."""

import argparse
import dataclasses
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import dumps, fleet, ingest, page, peers, plots, queries, screen, sealed, steady
from bench.process import calibrate, collector

MIB = 1024 * 1024

Loads = dict[str, list[ingest.Load]]


def main() -> int:
    """Run everything, print the tables, and write JSON and plots where asked."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the corpus (100000)")
    parser.add_argument("--hosts", type=int, default=20, help="hosts of the corpus (20)")
    parser.add_argument("--rounds", type=int, default=1, help="turns of everything that is loaded (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw rate, CPU, bytes and latency there, as SVG")
    parser.add_argument("--fleet", type=int, metavar="N", help="only this: N nodes that send 20 entries a second each")
    parser.add_argument("--seconds", type=int, default=300, help="with --fleet: how long (300)")
    parser.add_argument("--steady", action="store_true", help="only this: 20,000 entries a second while questions come")
    parser.add_argument("--minutes", type=float, default=10, help="with --steady, --web: how long (10)")
    parser.add_argument("--web", action="store_true", help="only this: the page in Chromium")
    parser.add_argument("--sealed", action="store_true", help="only this: a day before and after it is sealed")
    options = parser.parse_args()
    if options.steady:
        with collector("--connections", str(steady.FOLLOWERS + 100)) as store:
            write(options.json, steady.steady(store, options.minutes))
        return 0
    if options.web:
        with collector() as store:
            write(options.json, page.page(store, options.entries, options.minutes))
        return 0
    if options.sealed:
        write(options.json, sealed.sealed(options.entries, options.hosts))
        return 0
    if options.fleet:
        with collector("--connections", str(options.fleet + 100)) as store:
            print(fleet.fleet(store, options.fleet, 20, options.seconds).table())
        return 0
    figures = measure(options.entries, options.hosts, options.rounds)
    write(options.json, figures)
    if options.plots is not None:
        draw(figures, options.plots)
    return 0


def write(file: Path | None, figures: dict[str, Any]) -> None:
    """As JSON, where a file is named."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2, default=dataclasses.asdict) + "\n")


def measure(entries: int, hosts: int, rounds: int) -> dict[str, Any]:
    """All figures, printed as they come."""
    begin = time.perf_counter()
    print(f"{entries:,} entries of {hosts} hosts; Python {platform.python_version()}, {platform.machine()}")
    _say("making the corpus")
    native = ingest.native(entries, hosts)
    text = ingest.export_text(entries, hosts)
    figures: dict[str, Any] = {"entries": entries, "hosts": hosts, "calibration_ms": calibrate()}
    with peers.journals(text) as files:
        loads: Loads = {}
        for turn in range(rounds):
            for name, load in contenders(native, text, files).items():
                _say(f"turn {turn + 1} of {rounds}: {name}")
                loads.setdefault(name, []).append(load())
        figures["ingest"] = _ingest(loads)
        figures["journalctl"] = peers.journalctl(files)
        figures["ripgrep"] = peers.ripgrep(text)
        del text
        _say("printing everything")
        with collector() as store:
            ingest.load(store, native, 2)
            figures["dumps"] = dumps.dumps(store, files)
    print("\n" + dumps.table(figures["dumps"]), flush=True)
    _say("asking")
    with collector() as store:
        ingest.load(store, native, 2)
        figures["queries"] = _queries(queries.ask(store), figures["journalctl"], figures["ripgrep"])
        figures["tail"] = _latencies("live tail, ms", {"acknowledged and on the follower": queries.tail(store)})
        figures["screen"] = _latencies("node to screen, ms", screen.screens(store))
        figures["cli"] = _latencies("command line, ms", queries.command_line(store))
    print(f"took {time.perf_counter() - begin:.0f} s")
    return figures


def contenders(native: ingest.Bodies, text: ingest.Bodies, files: Path) -> dict[str, Callable[[], ingest.Load]]:
    """Everything that takes entries, each on an empty directory, by name."""

    def ours(bodies: ingest.Bodies, connections: int) -> Callable[[], ingest.Load]:
        def load() -> ingest.Load:
            with collector() as store:
                return ingest.load(store, bodies, connections)

        return load

    def remote() -> ingest.Load:
        with peers.journal_remote() as receiver:
            return ingest.load(receiver, text, 2)

    def uploaded(receiver: Callable[[], Any]) -> Callable[[], ingest.Load]:
        def load() -> ingest.Load:
            with receiver() as opened:
                return peers.upload(opened, files, text)

        return load

    return {
        "native batches, 2 connections": ours(native, 2),
        "export text, 1 connection": ours(text, 1),
        "export text, 2 connections": ours(text, 2),
        "export text, 4 connections": ours(text, 4),
        "systemd-journal-upload": uploaded(collector),
        "journal-remote: text, 2 connections": remote,
        "journal-remote: systemd-journal-upload": uploaded(peers.journal_remote),
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def _ingest(loads: Loads) -> Loads:
    print(
        f"\n{'ingest':39} {'entries/s':>9} {'lowest':>8} {'highest':>8} {'CPU µs':>7} {'peak RSS':>9} {'wire B':>7}"
        f" {'disk B':>7} {'calib ms':>8}"
    )
    for name, several in loads.items():
        load = peers.middle(several)
        rates = [one.entries_per_second for one in several]
        print(
            f"{name:39} {load.entries_per_second:9,.0f} {min(rates):8,.0f} {max(rates):8,.0f}"
            f" {load.cpu_us_per_entry:7.1f} {load.peak_rss_bytes / MIB:5.0f} MiB {load.wire_bytes_per_entry:7.1f}"
            f" {load.disk_bytes_per_entry:7.1f} {load.calibration_ms:8.1f}",
            flush=True,
        )
    return loads


def _queries(
    ours: dict[str, queries.Latency], theirs: dict[str, queries.Latency], floor: dict[str, queries.Latency]
) -> dict[str, queries.Latency]:
    _latencies("query, ms", ours, {"journalctl": theirs, "ripgrep": floor})
    return ours


def _latencies(
    title: str, latencies: dict[str, queries.Latency], beside: dict[str, dict[str, queries.Latency]] | None = None
) -> dict[str, queries.Latency]:
    beside = beside or {}
    others = "".join(f" {name:>10}" for name in beside)
    print(f"\n{title:40} {'median':>8} {'95 %':>8} {'lowest':>8} {'highest':>8}{others}")
    for name, one in latencies.items():
        others = "".join(f" {known[name].median:10.1f}" if name in known else f" {'':10}" for known in beside.values())
        line = f"{name:40} {one.median:8.1f} {one.late:8.1f} {one.lowest:8.1f} {one.highest:8.1f}{others}"
        print(line.rstrip(), flush=True)
    print()
    return latencies


def draw(figures: dict[str, Any], directory: Path) -> None:
    """Pictures of the figures."""
    loads: Loads = figures["ingest"]
    for key, title, unit in (
        ("entries_per_second", "Ingest", "entries per second"),
        ("cpu_us_per_entry", "CPU of the receiver", "µs per entry"),
        ("disk_bytes_per_entry", "Disk", "bytes per entry"),
    ):
        bars = []
        for name, several in loads.items():
            values = [getattr(one, key) for one in several]
            bars.append(plots.Bar(name, getattr(peers.middle(several), key), min(values), max(values)))
        plots.write(directory, key, title, unit, bars)
    bars = []
    for name, one in figures["queries"].items():
        bars.append(plots.Bar(name, one.median, one.lowest, one.highest))
        for peer in ("journalctl", "ripgrep"):
            if name in figures[peer]:
                other = figures[peer][name]
                bars.append(plots.Bar(f"— {peer}", other.median, other.lowest, other.highest))
    plots.write(directory, "queries", "Whole requests, entries included", "ms", bars)


if __name__ == "__main__":
    sys.exit(main())
