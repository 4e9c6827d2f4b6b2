"""Many days beside one: what is asked for newest first must not cost more because there is more behind it.

./dev bench --grown --entries 10M [--days 10] [--rounds N]       # 10 days, and the share of one of them beside them
"""

import contextlib
import resource
import time
from typing import Any

from bench import ingest, kept, queries
from bench.process import Collector, calibrate, collector
from bench.queries import Latencies, Latency

NEWEST = "newest 100"
"""In the names of the questions that are asked."""

MIB = 1024 * 1024


def measure(entries: int, hosts: int, rounds: int, days: int) -> dict[str, Any]:
    """The figures, also printed. Both stores are asked in turns."""
    begin = time.perf_counter()
    sizes = {"many": (entries, days), "one": (entries // days, 1)}
    with contextlib.ExitStack() as stack:
        stores: dict[str, Collector] = {}
        loads: dict[str, ingest.Load] = {}
        for name, (count, spread) in sizes.items():
            bodies = kept.native(count, hosts, spread)
            stores[name] = stack.enter_context(collector())
            loads[name] = ingest.load(stores[name], bodies, 2)
        calibration = calibrate()
        turns: dict[str, list[Latencies]] = {name: [] for name in sizes}
        for _ in range(rounds):
            for name, (_, spread) in sizes.items():
                turns[name].append(queries.ask(stores[name], spread, only=NEWEST))
    many, one = queries.over(turns["many"]), queries.over(turns["one"])
    figures = {
        "entries": entries,
        "days": days,
        "calibration_ms": calibration,
        "loads": loads,
        "many": many,
        "one": one,
        "ratios": ratios(many, one),
        "bench_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": time.perf_counter() - begin,
    }
    print(table(figures))
    return figures


def ratios(many: Latencies, one: Latencies) -> dict[str, float]:
    """Of the medians. A rare word, which is in one day of many, may have to be looked for in all of them."""
    return {name: latency.median / one[name].median for name, latency in many.items()}


def table(figures: dict[str, Any]) -> str:
    """As text."""
    entries, days = figures["entries"], figures["days"]
    titles = {"many": f"{entries:,} entries, {days} days", "one": f"{entries // days:,} entries, one day"}
    lines = [f"{'':40} {'entries/s':>9} {'CPU µs':>8} {'disk B':>7} {'peak RSS':>9} {'calib ms':>8}"]
    for name, load in figures["loads"].items():
        lines.append(
            f"{titles[name]:40} {load.entries_per_second:9,.0f} {load.cpu_us_per_entry:8.1f}"
            f" {load.disk_bytes_per_entry:7.1f} {load.peak_rss_bytes / MIB:5.0f} MiB {load.calibration_ms:8.1f}"
        )
    lines.append(f"\n{'query, ms':40} {'days':>8} {'lowest':>8} {'highest':>8} {'one':>8} {'ratio':>6} {'calib':>6}")
    for name, many in figures["many"].items():
        one: Latency = figures["one"][name]
        lines.append(
            f"{name:40} {many.median:8.1f} {many.lowest:8.1f} {many.highest:8.1f} {one.median:8.1f}"
            f" {figures['ratios'][name]:6.2f} {many.calibration_ms:6.1f}"
        )
    held = figures["bench_rss_bytes"] // MIB
    lines.append(f"\ntook {figures['seconds']:.0f} s; the benchmark itself held {held} MiB at most")
    return "\n".join(lines)
