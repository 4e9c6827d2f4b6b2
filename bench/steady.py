"""A hub at work: entries come all the time while questions are asked, and then while many follow."""

import http.client
import json
import statistics
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import ingest, kept, plots, queries, traffic
from bench.fleet import HEADERS, Node
from bench.process import Collector, calibrate
from bench.queries import time_query

RATE = 20_000
"""Entries a second."""

SUSTAINED = 0.98
"""Of RATE, what still counts as kept up with."""

PRELOADED = 100_000
"""Entries of the corpus that are asked for: a day of the past, which does not grow."""

PAUSE = 1.0
"""Seconds between two turns of all questions."""

LAG_MAX = 60.0
"""Seconds after which an entry is not waited for any longer."""

FOLLOWERS = 100
FOLLOWED_RATE = 2000
FOLLOWED_SECONDS = 20

Laps = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The collector at one moment."""

    at: float
    rss: int
    files: int
    lag: float
    """Seconds from an acknowledgement until the API found the entry."""


def steady(collector: Collector, minutes: float, rate: int = RATE) -> dict[str, Any]:
    """The figures, also printed."""
    ingest.load(collector, kept.native(PRELOADED, traffic.NODES), 2)
    calibration = calibrate()
    idle = queries.ask(collector)
    written, cpu, begin = collector.written_bytes(), collector.cpu_seconds(), time.perf_counter()
    today = of_today(int(time.time()))
    with traffic.started("send", collector.url, rate, minutes * 60) as sender:
        busy, samples, refused = _watch(collector, sender, {**queries.questions(), **today}, begin)
        sent = traffic.result(sender)
    cores = (collector.cpu_seconds() - cpu) / (time.perf_counter() - begin)
    collector.wait_idle()
    written = collector.written_bytes() - written
    cpu = collector.cpu_seconds() - cpu
    after = queries.ask(collector) | _laps(collector, today)
    figures = {
        "rate": rate,
        "calibration_ms": calibration,
        "sent": sent,
        "cores": cores,
        "cpu_us_per_entry": cpu * 1e6 / sent["entries"],
        "written_per_wire_byte": written / sent["bytes"],
        "written_per_entry": written / sent["entries"],
        "idle_ms": {name: statistics.fmean([after[name].median, idle.get(name, after[name]).median]) for name in busy},
        "busy_ms": {name: statistics.median(_counted(name, laps)) * 1e3 for name, laps in busy.items()},
        "samples": samples,
        "refused": refused,
        "follower_cpu_ms_per_second": _followers(collector),
        "lag": {
            "median": statistics.median(one.lag for one in samples),
            "longest": max(one.lag for one in samples),
            "times": len(samples),
        },
        "growth": {name: growth([getattr(one, name) for one in samples]) for name in ("rss", "files")},
    }
    print(table(figures))
    return figures


def growth(values: list[int]) -> float:
    """What the last quarter is to the second: 1 for what has become flat by half-way."""
    quarter = max(1, len(values) // 4)
    return statistics.fmean(values[-quarter:]) / statistics.fmean(
        values[len(values) // 2 - quarter or None :][:quarter]
    )


TODAY = "today:"


def of_today(since: int) -> dict[str, str]:
    """Questions about what is being sent, which becomes ever more."""
    newest = f"/api/v1/entries?limit=100&since=@{since}"
    return {
        f"{TODAY} everything, newest 100": newest,
        f"{TODAY} common word, newest 100": f"{newest}&q=request",
        f"{TODAY} unit and priority, newest 100": f"{newest}&unit=api&priority=info",
        f"{TODAY} histogram, 60 buckets": f"/api/v1/histogram?since=@{since}",
    }


def _counted(name: str, laps: list[float]) -> list[float]:
    """Of questions about today, whose idle time is taken at the end, the last third."""
    return laps[-(len(laps) // 3 or 1) :] if name.startswith(TODAY) else laps


def _watch(
    collector: Collector, sender: "subprocess.Popen[str]", asked: dict[str, str], begin: float
) -> tuple[Laps, list[Sample], list[str]]:
    """Ask in turns until the sender ends; with what was refused, or answered in part only."""
    laps: Laps = {}
    samples: list[Sample] = []
    refused: list[str] = []
    with queries.connected(collector) as connection:
        while sender.poll() is None or not samples:
            for name, path in asked.items():
                try:
                    laps.setdefault(name, []).append(time_query(connection, path))
                except RuntimeError as error:
                    refused.append(str(error))
            lag = _lag(connection, len(samples))
            samples.append(Sample(time.perf_counter() - begin, collector.memory("VmRSS"), collector.open_files(), lag))
            time.sleep(PAUSE)
    return laps, samples, refused


def _laps(collector: Collector, asked: dict[str, str]) -> dict[str, queries.Latency]:
    with queries.connected(collector) as connection:
        return {
            name: queries.Latency.of(queries.laps(partial(time_query, connection, path)))
            for name, path in asked.items()
        }


def _lag(connection: http.client.HTTPConnection, number: int) -> float:
    """Send one entry, and ask for it until it is found."""
    marker = Node(90_000 + number)
    connection.request("POST", "/api/v1/ingest", marker.batch(1), HEADERS)
    connection.getresponse().read()
    begin = time.perf_counter()
    while time.perf_counter() - begin < LAG_MAX:
        connection.request("GET", f"/api/v1/count?host=node-{90_000 + number}")
        if json.loads(connection.getresponse().read()).get("matched"):
            return time.perf_counter() - begin
        time.sleep(0.01)
    return LAG_MAX


def _followers(collector: Collector) -> float:
    """CPU of the collector for one follower of everything, in ms a second, while FOLLOWED_RATE entries come."""
    used = []
    for followers in (0, FOLLOWERS):
        with traffic.started("follow", collector.url, followers) as listening:
            assert listening.stdout is not None
            listening.stdout.readline()  # all are connected
            cpu = collector.cpu_seconds()
            with traffic.started("send", collector.url, FOLLOWED_RATE, FOLLOWED_SECONDS) as sender:
                traffic.result(sender)
            used.append(collector.cpu_seconds() - cpu)
    return (used[1] - used[0]) * 1e3 / FOLLOWERS / FOLLOWED_SECONDS


def table(figures: dict[str, Any]) -> str:
    """As text."""
    sent, samples = figures["sent"], figures["samples"]
    half = samples[len(samples) // 2]
    rate = sent["entries"] / sent["seconds"]
    kept_up = "kept up with" if rate >= SUSTAINED * figures["rate"] else "NOT kept up with"
    refused = figures["refused"]
    lines = [
        f"{figures['rate']:,} entries/s were {kept_up}: {sent['entries']:,} in {sent['seconds']:.0f} s are"
        f" {rate:,.0f} a second; longest wait for an acknowledgement {sent['longest']:.2f} s",
        f"the collector used {figures['cores']:.2f} cores, the sender {sent['cores']:.2f};"
        f" {figures['cpu_us_per_entry']:.1f} µs CPU an entry, questions included",
        f"{figures['written_per_entry']:.0f} bytes written an entry, {figures['written_per_wire_byte']:.1f} for each"
        " byte acknowledged",
        f"RSS {samples[0].rss >> 20} MiB at first, {half.rss >> 20} half-way, {samples[-1].rss >> 20} at the end;"
        f" open files {samples[0].files}, {half.files}, {samples[-1].files}",
        "found after its acknowledgement: median {median:.2f} s, longest {longest:.2f} s, {times} times".format(
            **figures["lag"]
        ),
        f"{len(refused)} questions were refused or answered in part {refused[:1] or ''}".rstrip(),
        f"a follower costs {figures['follower_cpu_ms_per_second']:.2f} ms CPU a second at {FOLLOWED_RATE} entries/s"
        f" ({FOLLOWERS} of them)",
        f"\n{'query, median ms':45} {'idle':>8} {'busy':>8} {'ratio':>6}",
    ]
    for name, busy in figures["busy_ms"].items():
        idle = figures["idle_ms"][name]
        lines.append(f"{name:45} {idle:8.1f} {busy:8.1f} {busy / idle:6.1f}")
    return "\n".join(lines)


def draw(figures: dict[str, Any], directory: Path) -> None:
    """A picture of the latencies."""
    bars = []
    for name, busy in figures["busy_ms"].items():
        idle = figures["idle_ms"][name]
        bars += [plots.Bar(name, busy, busy, busy), plots.Bar("— idle", idle, idle, idle)]
    plots.write(directory, "steady", f"While {figures['rate']:,} entries a second come", "ms", bars)
