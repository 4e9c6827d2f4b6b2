"""Everything side by side on one corpus: who takes entries at what cost, and who answers how soon."""

import contextlib
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab import journald

from bench import contenders, dumps, ingest, kept, killed, peers, plots, queries, screen, victorialogs
from bench.process import Collector, calibrate, collector
from bench.queries import Latencies

MIB = 1024 * 1024

PRINTED = 50_000
"""Entries that are printed here; `--cli` prints all."""

KILLED = 100_000
"""Entries that are acknowledged when the collector is killed."""

Loads = dict[str, list[ingest.Load]]
PEERS = ("journalctl", "ripgrep", "VictoriaLogs")


def measure(entries: int, hosts: int, rounds: int, days: int = 1, binary: Path | None = None) -> dict[str, Any]:
    """All figures, printed as they come. `binary` is VictoriaLogs'."""
    begin = time.perf_counter()
    spread = f" over {days} days" if days > 1 else ""
    print(f"{entries:,} entries of {hosts} hosts{spread}; Python {platform.python_version()}, {platform.machine()}")
    say("making the corpus, where it is not kept")
    native, text = kept.native(entries, hosts, days), kept.export_text(entries, hosts, days)
    files = peers.journals(text)
    figures: dict[str, Any] = {"entries": entries, "hosts": hosts, "days": days, "calibration_ms": calibrate()}
    loads: Loads = {}
    for turn in range(rounds):
        for name, load in contenders.contenders(native, text, files, binary).items():
            say(f"turn {turn + 1} of {rounds}: {name}")
            loads.setdefault(name, []).append(load())
    print("\n" + ingest_table(loads), flush=True)
    figures["ingest"] = loads
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(collector())
        ingest.load(store, native, 2)
        answers = _askers(stack, store, text, files, days, binary)
        turns: dict[str, list[Latencies]] = {}
        for turn in range(rounds):
            for who, ask in answers.items():
                say(f"turn {turn + 1} of {rounds}: asking {who}")
                turns.setdefault(who, []).append(ask())
        for who, laps in turns.items():
            figures[who] = queries.over(laps)
        others: dict[str, Latencies] = {peer: figures[peer] for peer in PEERS if peer in figures}
        print("\n" + latency_table("query, ms", figures["queries"], others), flush=True)
        say("printing")
        figures["dumps"] = dumps.dumps(store, files, min(1.0, PRINTED / entries), rounds, days)
        print("\n" + dumps.table(figures["dumps"]), flush=True)
        say("watching")
        figures["rss_bytes"] = store.memory("VmHWM")
        figures["tail"] = {"acknowledged and on the follower": queries.tail(store)}
        figures["screen"] = _screens(store)
        figures["cli"] = queries.command_line(store, days)
    for key, title in (("tail", "live tail, ms"), ("screen", "node to screen, ms"), ("cli", "command line, ms")):
        print("\n" + latency_table(title, figures[key]))
    figures["left_percent"] = 100 * killed.left(KILLED, hosts) / KILLED
    print(f"\nleft after kill -9 of {KILLED:,} acknowledged entries: {figures['left_percent']:.0f} %")
    figures["bench_rss_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    figures["seconds"] = time.perf_counter() - begin
    print(
        f"\ntook {figures['seconds']:.0f} s; the benchmark itself held {figures['bench_rss_bytes'] >> 20} MiB at most"
    )
    return figures


def _askers(
    stack: contextlib.ExitStack, store: Collector, text: kept.Bodies, files: Path, days: int, binary: Path | None
) -> dict[str, Callable[[], Latencies]]:
    """Who is asked in each turn: each has all entries."""
    found: dict[str, Callable[[], Latencies]] = {
        "queries": lambda: queries.ask(store, days),
        "journalctl": lambda: peers.journalctl(files),
        "ripgrep": lambda: peers.ripgrep(text),
    }
    if binary is not None:
        other = stack.enter_context(victorialogs.started(binary, victorialogs.METADATA))
        ingest.load(other, victorialogs.requests(text), 2)
        found["VictoriaLogs"] = lambda: victorialogs.ask(other, days)
    return found


def _screens(store: Collector) -> Latencies:
    """Nothing, and a line that says why, where no journald of its own can be had."""
    why_not = journald.why_not()
    if why_not is not None:
        say(f"node to screen is not measured: {why_not}")
        return {}
    return screen.screens(store)


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
    others = "".join(f" {name:>12}" for name in beside)
    lines = [f"{title:40} {'median':>8} {'95 %':>8} {'lowest':>8} {'highest':>8} {'calib':>6}{others}"]
    for name, one in latencies.items():
        others = "".join(f" {known[name].median:12.1f}" if name in known else f" {'':12}" for known in beside.values())
        line = f"{name:40} {one.median:8.1f} {one.late:8.1f} {one.lowest:8.1f} {one.highest:8.1f}"
        line += (f" {one.calibration_ms:6.1f}" if one.calibration_ms else f" {'':6}") + others
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
        for peer in PEERS:
            if name in figures.get(peer, {}):
                other = figures[peer][name]
                bars.append(plots.Bar(f"— {peer}", other.median, other.lowest, other.highest))
    plots.write(directory, "queries", "Whole requests, entries included", "ms", bars)
