"""What carrying its journal away costs a node: the shipper beside what Debian has for that, in turns.

./dev bench --node [--entries N] [--rounds N] [--seconds N]      # a private journald: as root
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import journald

from bench import kept, peers, plots, senders, tree
from bench.process import calibrate
from bench.senders import SENDERS, SHIPPER, UPLOADER, Sender

RATES = (10, 500, 5000)
"""Entries a second."""

SECONDS = 10
WARM = 20
"""Entries that are sent ahead, so that starting up is not measured."""

WAIT_SECONDS = 300.0
"""For what was written to have come."""

LOOK_SECONDS = 0.25
"""Between two looks at memory and at what has come."""

MIB = 1024 * 1024

# On the node: each entry is one datagram of journald's own protocol.
_WRITER = """
import socket, sys, time
rate, count = int(sys.argv[1]), int(sys.argv[2])
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.connect("/run/systemd/journal/socket")
start = time.monotonic()
for number in range(count):
    time.sleep(max(0.0, start + number / rate - time.monotonic()))
    text = f"request {number} served in {number % 97} ms for client 10.0.{number % 250}.{number % 91}"
    to.send(f"MESSAGE={text}\\nPRIORITY=6\\nSYSLOG_IDENTIFIER=app\\nCODE_LINE={number % 500}\\n".encode())
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one of them took, of one core, while entries came at a rate; or to bring all there was."""

    entries_per_second: float
    cpu_share: float
    """Of a core."""
    cpu_us_per_entry: float
    resident: int
    """Bytes at most: RSS of all its processes, with the files that are mapped."""
    own: int
    """Bytes at most that are no file's."""
    share: int
    """Bytes at most with its part of what others hold too: PSS."""
    calibration_ms: float


Turns = dict[str, list[Carried]]
"""By sender, one for each turn."""


def measure(entries: int, seconds: int, rounds: int) -> dict[str, Any]:
    """The figures, also printed. Where no journald can be had, `why_not` tells why, and only the backfill is there."""
    why_not = journald.why_not()
    figures: dict[str, Any] = {"entries": entries, "seconds": seconds, "why_not": why_not}
    figures["backfill"] = _turns(rounds, lambda name: _backfill(name, entries))
    if why_not is None:
        figures["live"] = {rate: _turns(rounds, lambda name, rate=rate: _live(name, rate, seconds)) for rate in RATES}  # type: ignore[misc]
    else:
        print(f"what a node's programs cost while entries come is not measured: {why_not}", file=sys.stderr)
        figures["live"] = {}
    print(table(figures))
    return figures


def _turns(rounds: int, measured: Callable[[str], Carried]) -> Turns:
    turns: Turns = {name: [] for name in SENDERS}
    for _ in range(rounds):
        for name in SENDERS:
            turns[name].append(measured(name))
    return turns


def _backfill(name: str, entries: int) -> Carried:
    """All entries of one host's journal files, from fork to exit."""
    journals = peers.journals(kept.export_text(entries, 1))
    calibration = calibrate()
    with (
        tempfile.TemporaryDirectory(prefix="journalhub-bench-") as state,
        senders.started(name, journals, Path(state) / "state", follow=False) as sender,
    ):
        begin, before = time.perf_counter(), _reaped()
        most = tree.held(sender.pid)
        while sender.process.poll() is None:
            time.sleep(LOOK_SECONDS / 10)
            most = most.most(tree.held(sender.pid))
        seconds, cpu = time.perf_counter() - begin, _reaped() - before
        sender.wait()
        if sender.came() != entries:
            raise RuntimeError(f"{name} brought {sender.came():,} of {entries:,} entries")
    return Carried(
        entries / seconds, cpu / seconds, cpu * 1e6 / entries, most.resident, most.own, most.share, calibration
    )


def _reaped() -> float:
    """Seconds of CPU of the children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _live(name: str, rate: int, seconds: int) -> Carried:
    """On a node of its own, which has a journal of nothing but what is sent."""
    calibration = calibrate()
    with (
        tempfile.TemporaryDirectory(prefix="journalhub-bench-") as directory,
        journald.JournaldHost(Path(directory) / "host", "node.example", max_file_size="64M") as host,
    ):
        host.run(_writing(Path(directory), 1000, WARM))
        host.sync()
        with senders.started(name, host.log_directory, Path(directory) / "state", follow=True) as sender:
            most = _until(sender, WARM)
            count = rate * seconds
            before, begin = tree.cpu_seconds(sender.pid), time.perf_counter()
            there = sender.came()
            writer = host.popen(_writing(Path(directory), rate, count))
            most = _until(sender, there + count)
            took, cpu = time.perf_counter() - begin, tree.cpu_seconds(sender.pid) - before
            if writer.wait(60):
                raise RuntimeError("the program that writes to the journal failed")
    return Carried(count / took, cpu / took, cpu * 1e6 / count, most.resident, most.own, most.share, calibration)


def _writing(directory: Path, rate: int, count: int) -> list[str]:
    """The program in a file: as an argument it would be a long `_CMDLINE` in every entry, which journald compresses."""
    file = directory / "app.py"
    file.write_text(_WRITER)
    return [sys.executable, str(file), str(rate), str(count)]


def _until(sender: Sender, entries: int) -> tree.Memory:
    """Wait until so many have come; the most memory meanwhile. Raises RuntimeError when they do not."""
    deadline = time.monotonic() + WAIT_SECONDS
    most = tree.held(sender.pid)
    while sender.came() < entries:
        if sender.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{sender.process.args!r} brought {sender.came()} of {entries} entries")
        time.sleep(LOOK_SECONDS)
        most = most.most(tree.held(sender.pid))
    return most


def median(turns: list[Carried], name: str) -> float:
    """Of one figure over the turns."""
    return float(statistics.median(getattr(one, name) for one in turns))


def ratio(turns: Turns) -> float:
    """CPU of the shipper for each of systemd-journal-upload, the median of the turns."""
    pairs = zip(turns[SHIPPER], turns[UPLOADER], strict=True)
    return statistics.median(ours.cpu_us_per_entry / theirs.cpu_us_per_entry for ours, theirs in pairs)


def table(figures: dict[str, Any]) -> str:
    """As text."""
    head = (
        f"{'CPU µs':>8} {'lowest':>8} {'highest':>8} {'of a core':>9} {'RSS':>8} {'own':>8} {'PSS':>8} {'calib ms':>8}"
    )
    lines = []
    for title, turns in _parts(figures):
        lines += ["", f"{title:40} {'entries/s':>9} {head}"]
        for name, several in turns.items():
            cpu = [one.cpu_us_per_entry for one in several]
            lines.append(
                f"{name:40} {median(several, 'entries_per_second'):9,.0f} {statistics.median(cpu):8.1f}"
                f" {min(cpu):8.1f} {max(cpu):8.1f} {median(several, 'cpu_share'):9.1%}"
                f" {median(several, 'resident') / MIB:4.0f} MiB {median(several, 'own') / MIB:4.0f} MiB"
                f" {median(several, 'share') / MIB:4.0f} MiB"
                f" {median(several, 'calibration_ms'):8.1f}"
            )
        lines.append(f"the shipper takes {ratio(turns):.2f} times the CPU of {UPLOADER}")
    if figures["why_not"]:
        lines += ["", f"nothing at a rate: {figures['why_not']}"]
    return "\n".join(lines[1:])


def _parts(figures: dict[str, Any]) -> list[tuple[str, Turns]]:
    parts = [(f"{rate:,} entries/s for {figures['seconds']} s", turns) for rate, turns in figures["live"].items()]
    return [*parts, (f"{figures['entries']:,} entries that wait", figures["backfill"])]


def draw(figures: dict[str, Any], directory: Path) -> None:
    """Two pictures: CPU and memory."""
    for key, title, unit, scale in (
        ("cpu_us_per_entry", "CPU of the node", "µs per entry", 1.0),
        ("resident", "Memory of the node", "MiB", MIB),
    ):
        bars = []
        for part, turns in _parts(figures):
            for name, several in turns.items():
                values = [getattr(one, key) / scale for one in several]
                bars.append(plots.Bar(f"{name}, {part}", statistics.median(values), min(values), max(values)))
        plots.write(directory, f"node-{key}", title, unit, bars)
