"""Everything side by side on one corpus: who takes entries at what cost, and who answers how soon."""

import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import dumps, ingest, kept, peers, plots, queries, screen
from bench.process import calibrate, collector

MIB = 1024 * 1024

PRINTED = 50_000
"""Entries that are printed here; `--cli` prints all."""

Loads = dict[str, list[ingest.Load]]
Latencies = dict[str, queries.Latency]


def measure(entries: int, hosts: int, rounds: int) -> dict[str, Any]:
    """All figures, printed as they come."""
    begin = time.perf_counter()
    print(f"{entries:,} entries of {hosts} hosts; Python {platform.python_version()}, {platform.machine()}")
    say("making the corpus, where it is not kept")
    native, text = kept.native(entries, hosts), kept.export_text(entries, hosts)
    files = peers.journals(text, hosts)
    figures: dict[str, Any] = {"entries": entries, "hosts": hosts, "calibration_ms": calibrate()}
    loads: Loads = {}
    for turn in range(rounds):
        for name, load in contenders(native, text, files).items():
            say(f"turn {turn + 1} of {rounds}: {name}")
            loads.setdefault(name, []).append(load())
    print("\n" + ingest_table(loads), flush=True)
    figures["ingest"] = loads
    say("asking journalctl and ripgrep")
    figures["journalctl"] = peers.journalctl(files)
    figures["ripgrep"] = peers.ripgrep(text)
    with collector() as store:
        say("asking")
        ingest.load(store, native, 2)
        figures["queries"] = queries.ask(store)
        others: dict[str, Latencies] = {peer: figures[peer] for peer in ("journalctl", "ripgrep")}
        print("\n" + latency_table("query, ms", figures["queries"], others), flush=True)
        say("printing")
        figures["dumps"] = dumps.dumps(store, files, min(1.0, PRINTED / entries))
        print("\n" + dumps.table(figures["dumps"]), flush=True)
        say("watching")
        figures["tail"] = {"acknowledged and on the follower": queries.tail(store)}
        figures["screen"] = screen.screens(store)
        figures["cli"] = queries.command_line(store)
    for key, title in (("tail", "live tail, ms"), ("screen", "node to screen, ms"), ("cli", "command line, ms")):
        print("\n" + latency_table(title, figures[key]))
    print(f"\ntook {time.perf_counter() - begin:.0f} s")
    return figures


def contenders(native: kept.Bodies, text: kept.Bodies, files: Path) -> dict[str, Callable[[], ingest.Load]]:
    """Everything that takes entries, each on an empty directory, by name."""

    def ours(bodies: kept.Bodies, connections: int) -> Callable[[], ingest.Load]:
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


def say(what: str) -> None:
    """What is done now, on stderr."""
    print(f"… {what}", file=sys.stderr, flush=True)


def ingest_table(loads: Loads) -> str:
    """Of each contender the load of the median rate, and the range of rates."""
    lines = [
        f"{'ingest':39} {'entries/s':>9} {'lowest':>8} {'highest':>8} {'CPU µs':>7} {'peak RSS':>9} {'wire B':>7}"
        f" {'disk B':>7} {'calib ms':>8}"
    ]
    for name, several in loads.items():
        load = peers.middle(several)
        rates = [one.entries_per_second for one in several]
        lines.append(
            f"{name:39} {load.entries_per_second:9,.0f} {min(rates):8,.0f} {max(rates):8,.0f}"
            f" {load.cpu_us_per_entry:7.1f} {load.peak_rss_bytes / MIB:5.0f} MiB {load.wire_bytes_per_entry:7.1f}"
            f" {load.disk_bytes_per_entry:7.1f} {load.calibration_ms:8.1f}"
        )
    return "\n".join(lines)


def latency_table(title: str, latencies: Latencies, beside: dict[str, Latencies] | None = None) -> str:
    """A line for each; beside it the medians of others where they have one."""
    beside = beside or {}
    others = "".join(f" {name:>10}" for name in beside)
    lines = [f"{title:40} {'median':>8} {'95 %':>8} {'lowest':>8} {'highest':>8}{others}"]
    for name, one in latencies.items():
        others = "".join(f" {known[name].median:10.1f}" if name in known else f" {'':10}" for known in beside.values())
        line = f"{name:40} {one.median:8.1f} {one.late:8.1f} {one.lowest:8.1f} {one.highest:8.1f}{others}"
        lines.append(line.rstrip())
    return "\n".join(lines)


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
