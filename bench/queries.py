"""How long questions take, whole requests over HTTP, entries included; and how soon a new entry is seen."""

import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import corpus
from bench.process import ENVIRONMENT, Collector, calibrate
from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry

RUNS = 10
RUNS_LEAST = 3
ENOUGH_SECONDS = 2.0
"""Each thing is run RUNS times after a first that is not counted; fewer once the runs took so long together."""

TAILED = 50
"""Entries sent one by one for the latency of live tail."""

_FIELDS = (
    "_HOSTNAME _MACHINE_ID _TRANSPORT SYSLOG_FACILITY SYSLOG_IDENTIFIER _UID _GID _COMM _EXE _CMDLINE _CAP_EFFECTIVE",
    "_SYSTEMD_CGROUP _SYSTEMD_UNIT _SYSTEMD_SLICE PRIORITY CODE_FILE CODE_LINE JOB_TYPE",
)
EVERY_FIELD = "&".join(f"field={name}" for line in _FIELDS for name in line.split())
"""All of the corpus but those that have nearly as many values as entries."""

FACETS = "field=_HOSTNAME&field=_SYSTEMD_UNIT&field=PRIORITY"


def questions(days: int = 1) -> dict[str, str]:
    """What is asked of a corpus over so many days: names, and addresses below the collector's."""
    span = f"since=@{corpus.START // 1_000_000}&until=@{(corpus.START + days * corpus.DAY) // 1_000_000}"
    newest = f"/api/v1/entries?limit=100&{span}"
    return {
        "rare word (1 entry), newest 100": f"{newest}&q={corpus.NEEDLE}",
        "medium word, newest 100": f"{newest}&q=deadlock",
        "common word, newest 100": f"{newest}&q=request",
        "phrase, newest 100": f"{newest}&q=%22connection+refused%22",
        "AND NOT, newest 100": f"{newest}&q=failed+-password",
        "everything, newest 100": newest,
        "host, newest 100": f"{newest}&host=web-00*",
        "unit and priority, newest 100": f"{newest}&unit=nginx&priority=err",
        "exact field, newest 100": f"{newest}&match=CODE_LINE%3D768",
        "substring, rare": f"{newest}&q=*uokkaflu*",
        "regex, rare": f"{newest}&q=/quok%2Baflux[0-9]/",
        "case-insensitive word, rare": f"{newest}&q={corpus.NEEDLE.upper()}",
        "count of a common word": f"/api/v1/count?{span}&q=request",
        "histogram, 60 buckets": f"/api/v1/histogram?{span}",
        "histogram by priority": f"/api/v1/histogram?{span}&by=PRIORITY",
        "histogram of a common word": f"/api/v1/histogram?{span}&q=request",
        "facets of four fields": f"/api/v1/facets?{span}&{FACETS}&field=SYSLOG_IDENTIFIER",
        "facets of every field": f"/api/v1/facets?{span}&{EVERY_FIELD}",
        "facets of a word": f"/api/v1/facets?{span}&{FACETS}&q=deadlock",
    }


LISTED = ("substring, rare", "histogram, 60 buckets")
"""Of these the first one has the collector read in the background what later ones use: a list of the day's words, which
patterns use, too; the times of its blocks."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over the runs."""

    median: float
    late: float
    """The 95th percentile."""
    lowest: float
    highest: float
    calibration_ms: float = 0.0
    """The machine's speed just before; 0 where it stands beside all figures of a run."""

    @classmethod
    def of(cls, seconds: list[float], calibration_ms: float = 0.0) -> "Latency":
        """From measured seconds."""
        late = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
        middle = statistics.median(seconds)
        return cls(middle * 1e3, late * 1e3, min(seconds) * 1e3, max(seconds) * 1e3, calibration_ms)

    @classmethod
    def over(cls, turns: "list[Latency]") -> "Latency":
        """Of several turns: the medians of their figures, and the range of all their runs."""
        return cls(
            statistics.median(one.median for one in turns),
            statistics.median(one.late for one in turns),
            min(one.lowest for one in turns),
            max(one.highest for one in turns),
            statistics.median(one.calibration_ms for one in turns),
        )


Latencies = dict[str, Latency]
"""By name of the question."""


def over(turns: list[Latencies]) -> Latencies:
    """Of several turns, each question that was asked in any of them."""
    names = dict.fromkeys(name for turn in turns for name in turn)
    return {name: Latency.over([turn[name] for turn in turns if name in turn]) for name in names}


def ask(collector: Collector, days: int = 1, only: str = "") -> Latencies:
    """Every question about the days of the corpus whose name has `only` in it, over one kept-alive connection."""
    latencies = {}
    with connected(collector) as connection:
        for name, path in questions(days).items():
            if only not in name:
                continue
            calibration = calibrate(1)
            if name in LISTED:
                latencies[f"{name}, the first time"] = Latency.of([time_query(connection, path)] * 2, calibration)
                collector.wait_idle()  # what it reads is there
            latencies[name] = Latency.of(laps(partial(time_query, connection, path)), calibration)
    return latencies


def connected(collector: Collector) -> "contextlib.closing[http.client.HTTPConnection]":
    """A connection that is kept alive; closed afterwards."""
    return contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(collector.url).netloc, timeout=120))


def laps(once: Callable[[], float]) -> list[float]:
    """Seconds of each run that counts."""
    once()
    found: list[float] = []
    while len(found) < RUNS_LEAST or (len(found) < RUNS and sum(found) < ENOUGH_SECONDS):
        found.append(once())
    return found


def time_query(connection: http.client.HTTPConnection, path: str) -> float:
    """Seconds of one request. Raises RuntimeError for an answer that is not whole."""
    begin = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begin
    if answer.status != 200 or json.loads(body).get("partial"):
        raise RuntimeError(f"{path} answered {answer.status}: {body[:300]!r}")
    return seconds


def tail(collector: Collector) -> Latency:
    """From the request that brings one entry to the event that shows it to a follower."""
    netloc = urllib.parse.urlsplit(collector.url).netloc
    follower = http.client.HTTPConnection(netloc, timeout=60)
    follower.request("GET", "/api/v1/tail?q=tailed")
    events = follower.getresponse()
    sender = http.client.HTTPConnection(netloc, timeout=60)
    headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
    seen = threading.Semaphore(0)
    threading.Thread(target=_count_events, args=(events, seen), daemon=True).start()
    laps = []
    for number in range(TAILED):
        body = wire.encode(from_entries([_tailed(number)]))
        begin = time.perf_counter()
        sender.request("POST", "/api/v1/ingest", body, headers)
        sender.getresponse().read()
        if not seen.acquire(timeout=10):
            raise RuntimeError(f"live tail did not show entry {number} within 10 s")
        laps.append(time.perf_counter() - begin)
    return Latency.of(laps)


def _count_events(events: http.client.HTTPResponse, seen: threading.Semaphore) -> None:
    while line := events.readline():
        if line.startswith(b"data:"):
            seen.release()


def _tailed(number: int) -> Entry:
    now = time.time_ns() // 1000
    fields = (("_HOSTNAME", b"tail.example"), ("MESSAGE", f"tailed {number}".encode()))
    return Entry(b"tail" * 4, number + 1, b"boot" * 4, number, now, number, fields)


def command_line(collector: Collector, days: int = 1) -> Latencies:
    """Whole runs of `jhctl`, from fork to exit."""
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    until = f"@{(corpus.START + days * corpus.DAY) // 1_000_000}"
    commands = {
        "jhctl --version": [jhctl, "--version"],
        "jhctl -n 10": [jhctl, "--collector", collector.url, "--no-pager", "-U", until, "-n", "10"],
    }
    return {name: time_command(command) for name, command in commands.items()}


def time_command(command: list[str], check: bool = True) -> Latency:
    """Runs of a command, from fork to exit; without `check` it may end with any code, as grep does."""

    def once() -> float:
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=check, env=ENVIRONMENT)
        return time.perf_counter() - begin

    calibration = calibrate(1)
    return Latency.of(laps(once), calibration)
