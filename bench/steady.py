"""A hub at work: entries come all the time while questions are asked and followers listen.

./dev bench --steady [--minutes N]       # 10 minutes, and one more for the followers
"""

import asyncio
import http.client
import json
import statistics
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench import ingest, kept, queries
from bench.fleet import HEADERS, Node
from bench.process import Collector

RATE = 20_000
"""Entries a second."""

BATCHES = 10
"""Of a second: shippers of busy nodes send that often."""

NODES = 20

FOLLOWERS = 100

FOLLOWED_RATE = 2000
FOLLOWED_SECONDS = 20

PRELOADED = 100_000
"""Entries of the corpus that are asked for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The collector at one moment."""

    at: float
    rss: int
    files: int
    lag: float
    """Seconds from an acknowledgement until the entry was found."""


def steady(collector: Collector, minutes: float) -> dict[str, Any]:
    """The figures, also printed."""
    ingest.load(collector, kept.native(PRELOADED, NODES), 2)
    queries.ask(collector)
    idle = queries.ask(collector)
    written, cpu, begin = collector.written_bytes(), collector.cpu_seconds(), time.perf_counter()
    sender = start_sender(collector.url, RATE, minutes * 60)
    busy: dict[str, list[float]] = {}
    samples: list[Sample] = []
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(collector.url).netloc, timeout=120)
    while sender.poll() is None:
        for name, path in queries.questions().items():
            busy.setdefault(name, []).append(queries.time_query(connection, path))
        lag = _lag(connection, len(samples))
        samples.append(Sample(time.perf_counter() - begin, collector.memory("VmRSS"), collector.open_files(), lag))
        time.sleep(1)
    sent = result_of(sender)
    collector.wait_idle()
    figures = {
        "sent": sent,
        "cpu_us_per_entry": (collector.cpu_seconds() - cpu) * 1e6 / sent["entries"],
        "written_per_wire_byte": (collector.written_bytes() - written) / sent["bytes"],
        "written_per_entry": (collector.written_bytes() - written) / sent["entries"],
        "idle_ms": {name: one.median for name, one in idle.items()},
        "busy_ms": {name: statistics.median(laps) * 1e3 for name, laps in busy.items()},
        "samples": samples,
        "follower_cpu_ms_per_second": _followers(collector),
    }
    print(_table(figures))
    return figures


def _lag(connection: http.client.HTTPConnection, number: int) -> float:
    """Send one entry, and ask for it until it is found."""
    marker = Node(90_000 + number)
    connection.request("POST", "/api/v1/ingest", marker.batch(1), HEADERS)
    connection.getresponse().read()
    begin = time.perf_counter()
    while True:
        connection.request("GET", f"/api/v1/count?host=node-{90_000 + number}")
        if json.loads(connection.getresponse().read())["matched"]:
            return time.perf_counter() - begin
        time.sleep(0.01)


def _followers(collector: Collector) -> float:
    """CPU of the collector for one follower of everything, in ms a second, while FOLLOWED_RATE entries come."""
    used = []
    for followers in (0, FOLLOWERS):
        listening = _run("follow", collector.url, str(followers))
        assert listening.stdout is not None
        listening.stdout.readline()  # all are connected
        cpu = collector.cpu_seconds()
        result_of(start_sender(collector.url, FOLLOWED_RATE, FOLLOWED_SECONDS))
        used.append(collector.cpu_seconds() - cpu)
        listening.terminate()
        listening.communicate()
    return (used[1] - used[0]) * 1e3 / FOLLOWERS / FOLLOWED_SECONDS


def _table(figures: dict[str, Any]) -> str:
    sent, samples = figures["sent"], figures["samples"]
    half = samples[len(samples) // 2 :]
    lags = sorted(one.lag for one in samples)
    lines = [
        f"{sent['entries']:,} entries in {sent['seconds']:.0f} s, {sent['entries'] / sent['seconds']:,.0f} a second;"
        f" longest wait for an acknowledgement {sent['longest']:.2f} s",
        f"CPU {figures['cpu_us_per_entry']:.1f} µs an entry; {figures['written_per_entry']:.0f} bytes written an entry,"
        f" {figures['written_per_wire_byte']:.1f} for each byte received",
        f"RSS {samples[0].rss >> 20} MiB at first, {half[0].rss >> 20} half-way, {samples[-1].rss >> 20} at the end;"
        f" open files {samples[0].files}, {half[0].files}, {samples[-1].files}",
        f"found after its acknowledgement: median {statistics.median(lags):.2f} s, longest {lags[-1]:.2f} s",
        f"a follower costs {figures['follower_cpu_ms_per_second']:.2f} ms CPU a second at {FOLLOWED_RATE} entries/s",
        f"\n{'query, median ms':40} {'idle':>8} {'busy':>8} {'ratio':>6}",
    ]
    for name, busy in figures["busy_ms"].items():
        idle = figures["idle_ms"][name]
        lines.append(f"{name:40} {idle:8.1f} {busy:8.1f} {busy / idle:6.1f}")
    return "\n".join(lines)


def _run(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-m", "bench.steady", *words], stdout=subprocess.PIPE, text=True)


def start_sender(url: str, rate: int, seconds: float) -> "subprocess.Popen[str]":
    """A process that sends so many entries a second, for so long; `result_of` waits for it."""
    return _run("send", url, str(rate), str(seconds))


def result_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What a sender says at its end: entries, bytes, seconds, and the longest wait for an acknowledgement."""
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the sender failed")
    result: dict[str, Any] = json.loads(out)
    return result


async def _send(url: str, rate: int, seconds: float) -> dict[str, Any]:
    """Entries of NODES nodes at a rate, as one process of its own; what is late is sent as soon as it can be."""
    first = 1000 + int(time.time()) % 100_000_000  # other nodes in every run
    nodes = [Node(first * NODES + number) for number in range(NODES)]
    begin = time.perf_counter()
    entries = size = 0
    longest = 0.0
    async with aiohttp.ClientSession() as session:

        async def post(body: bytes) -> float:
            sent = time.perf_counter()
            async with session.post(url + "/api/v1/ingest", data=body, headers=HEADERS) as answer:
                await answer.read()
                answer.raise_for_status()
            return time.perf_counter() - sent

        waiting: set[asyncio.Task[float]] = set()
        for number in range(int(seconds * BATCHES)):
            await asyncio.sleep(max(0.0, begin + number / BATCHES - time.perf_counter()))
            body = nodes[number % NODES].batch(rate // BATCHES)
            entries, size = entries + rate // BATCHES, size + len(body)
            if len(waiting) >= NODES:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                longest = max([longest, *(one.result() for one in done)])
            waiting.add(asyncio.create_task(post(body)))
        longest = max([longest, *await asyncio.gather(*waiting)])
    return {"entries": entries, "bytes": size, "seconds": time.perf_counter() - begin, "longest": longest}


async def _follow(url: str, followers: int) -> None:
    """Live tails of everything, read and thrown away; a line is printed once all are there."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        answers = [await session.get(url + "/api/v1/tail") for _ in range(followers)]
        print("following", flush=True)

        async def drain(answer: aiohttp.ClientResponse) -> None:
            while await answer.content.readany():
                pass

        await asyncio.gather(asyncio.sleep(3600), *map(drain, answers))


if __name__ == "__main__":
    what, target, *rest = sys.argv[1:]
    if what == "send":
        print(json.dumps(asyncio.run(_send(target, int(rest[0]), float(rest[1])))))
    else:
        asyncio.run(_follow(target, int(rest[0])))
