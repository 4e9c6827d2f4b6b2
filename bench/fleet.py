"""Many nodes at once: each sends a little all the time, as shippers do; when is it acknowledged, and at what cost?"""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field

from bench.process import Collector
from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.shipper.address import parse
from journalhub.shipper.answer import read_answer
from journalhub.shipper.uplink import Uplink

MIB = 1024 * 1024
HEADERS = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}


@dataclass(slots=True)
class Node:
    """One node; `waits` are seconds from the moment that the oldest part of a batch was due to its acknowledgement."""

    number: int
    seqnum: int = 0
    waits: list[float] = field(default_factory=list)
    failures: int = 0

    def batch(self, entries: int) -> bytes:
        """The next entries, with a status."""
        host = f"node-{self.number:04}"
        machine = self.number.to_bytes(16, "big")
        now = time.time_ns() // 1000
        made: list[Entry] = []
        for _ in range(entries):
            self.seqnum += 1
            message = f"request {random.getrandbits(32):x} took {self.seqnum % 97} ms"
            fields = (
                ("_HOSTNAME", host.encode()), ("_MACHINE_ID", machine.hex().encode()), ("PRIORITY", b"6"),
                ("_SYSTEMD_UNIT", b"api.service"), ("SYSLOG_IDENTIFIER", b"api"), ("MESSAGE", message.encode()),
            )  # fmt: skip
            at = now - entries + len(made)
            made.append(Entry(machine, self.seqnum, machine, at % 2**40, at, random.getrandbits(63), fields))
        status = {"machine_id": machine, "hostname": host, "version": "bench", "sent_at": now, "behind": 0}
        return wire.encode(from_entries(made), status)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed."""

    nodes: int
    entries: int
    longest: float
    p99: float
    median: float
    unfair: float
    """Mean wait of the node that waited most, as a multiple of the median node's."""
    cpu: float
    """Seconds of the collector for each second."""
    cpu_each: float
    """Seconds of the collector for each request: hardly depends on what else the machine does."""
    own_cpu: float
    """Seconds of this process, the nodes, for each second: near 1, it is they who are waited for."""
    peak_rss: int
    failures: int

    def table(self) -> str:
        """Two lines for people."""
        return (
            f"{self.nodes} nodes, {self.entries:,} entries: acknowledged after {self.median * 1e3:.0f} ms (median), "
            f"{self.p99 * 1e3:.0f} ms (99 of 100), {self.longest * 1e3:.0f} ms (the longest); "
            f"the slowest node waits {self.unfair:.1f} times the median node's mean\n"
            f"collector: {self.cpu:.2f} cores, {self.cpu_each * 1e3:.2f} ms of CPU for each request, "
            f"{self.peak_rss / MIB:.0f} MiB peak RSS; {self.failures} requests failed; "
            f"the nodes: {self.own_cpu:.2f} cores"
        )


def fleet(collector: Collector, nodes: int, rate: int, seconds: int) -> Outcome:
    """So many nodes, `rate` entries of each a second, in a batch a second while the collector keeps up."""
    begun, before, own_before = time.monotonic(), collector.cpu_seconds(), time.process_time()
    fleet = [Node(number + 1) for number in range(nodes)]
    asyncio.run(_run(collector.url, fleet, rate, seconds))
    took, own, cpu = time.monotonic() - begun, time.process_time() - own_before, collector.cpu_seconds() - before
    waits = sorted(wait for node in fleet for wait in node.waits)
    means = [statistics.fmean(node.waits) for node in fleet if node.waits]
    return Outcome(
        nodes, sum(node.seqnum for node in fleet), waits[-1], waits[len(waits) * 99 // 100], statistics.median(waits),
        max(means) / statistics.median(means), cpu / took, cpu / len(waits), own / took, collector.memory("VmHWM"),
        sum(node.failures for node in fleet),
    )  # fmt: skip


async def _run(url: str, nodes: list[Node], rate: int, seconds: int) -> None:
    await asyncio.gather(*(_ship(url, node, rate, seconds) for node in nodes))


async def _ship(url: str, node: Node, rate: int, seconds: int) -> None:
    """Send what was written in the last second; what is written while an answer is waited for goes with the next."""
    uplink = Uplink(parse(url), "journalhub-bench/1")
    begin = time.monotonic() + random.random()
    sent = 0
    try:
        while sent < seconds:
            oldest = begin + sent + 1
            await asyncio.sleep(max(0.0, oldest - time.monotonic()))
            now = min(seconds, int(time.monotonic() - begin))
            body = node.batch(rate * (now - sent))
            got = await uplink.request("POST", "/api/v1/ingest", body, HEADERS)
            answer = read_answer(got.status, got.headers, got.body)
            node.failures += not (answer.status == 200 and answer.understood)
            node.waits.append(time.monotonic() - oldest)
            sent = now
    finally:
        uplink.close()
