"""VictoriaLogs beside our collector, where its binary is named: the same export text, the same questions.

It is not durable when it answers, knows no entry twice, and without entry metadata drops cursors: what its figures are
compared with promises more.
"""

import contextlib
import dataclasses
import http.client
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench import corpus
from bench.kept import Bodies
from bench.process import START_SECONDS, Collector, calibrate, free_port
from bench.queries import Latencies, Latency, laps

METADATA = "-journald.includeEntryMetadata"
"""Has it keep `__CURSOR` and its like, as we do."""

PATH = "/insert/journald/upload"

QUIET_SECONDS = 8.0
"""It merges what it wrote some seconds later: idle for a second, it is not done."""


class Store(Collector):
    """One that runs. What it holds in memory, 5 s of entries or more, counts once it is on the disk."""

    def wait_idle(self) -> None:
        """Return once it has written everything, and done nothing for a while."""
        with urllib.request.urlopen(self.url + "/internal/force_flush", timeout=120):
            Collector.wait_idle(self)


@contextlib.contextmanager
def started(binary: Path, *options: str) -> Iterator[Collector]:
    """It on a free port and an empty directory; both are gone afterwards. RuntimeError when it does not start."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-victorialogs-") as directory:
        port = free_port()
        # Without a long retention the corpus, of a day of the past, is acknowledged and thrown away.
        fixed = [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={directory}", "-retentionPeriod=100y"]
        process = subprocess.Popen([binary, *fixed, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for_health(url, process)
            yield Store(url, process.pid, Path(directory), QUIET_SECONDS)
        finally:
            process.terminate()
            process.wait(60)


def _wait_for_health(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "/health", timeout=10):
            return
        time.sleep(0.02)
    raise RuntimeError("VictoriaLogs does not start")


def requests(text: Bodies) -> Bodies:
    """The same requests, to the path where it takes them."""
    return dataclasses.replace(text, path=PATH)


def questions(days: int) -> dict[str, tuple[str, dict[str, str]]]:
    """What `bench.queries.questions` asks, in its language: by name the kind of request and its arguments."""
    newest = {"limit": "100"}
    span = {"step": f"{24 * days}m"}
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "rare word (1 entry), newest 100": ("query", {"query": corpus.NEEDLE, **newest}),
        "medium word, newest 100": ("query", {"query": "deadlock", **newest}),
        "common word, newest 100": ("query", {"query": "request", **newest}),
        "phrase, newest 100": ("query", {"query": '"connection refused"', **newest}),
        "AND NOT, newest 100": ("query", {"query": "failed -password", **newest}),
        "everything, newest 100": ("query", {"query": "*", **newest}),
        "host, newest 100": ("query", {"query": '_HOSTNAME:="web-00.example"', **newest}),
        "unit and priority, newest 100": (
            "query",
            {"query": '_SYSTEMD_UNIT:="nginx.service" PRIORITY:in(0,1,2,3)', **newest},
        ),
        "exact field, newest 100": ("query", {"query": 'CODE_LINE:="768"', **newest}),
        "substring, rare": ("query", {"query": '~"uokkaflu"', **newest}),
        "regex, rare": ("query", {"query": '~"quok+aflux[0-9]"', **newest}),
        "case-insensitive word, rare": ("query", {"query": f"i({corpus.NEEDLE.upper()})", **newest}),
        "count of a common word": ("query", {"query": "request | count()"}),
        "histogram, 60 buckets": ("hits", {"query": "*", **span}),
        "histogram by priority": ("hits", {"query": "*", "field": "PRIORITY", **span}),
        "histogram of a common word": ("hits", {"query": "request", **span}),
        "facets of every field": ("facets", {"query": "*", "limit": "10"}),
        "facets of a word": ("facets", {"query": "deadlock", "limit": "10"}),
    }
    start, end = corpus.START // 1_000_000, (corpus.START + days * corpus.DAY) // 1_000_000
    return {name: (kind, {**form, "start": str(start), "end": str(end)}) for name, (kind, form) in asked.items()}


def ask(store: Collector, days: int) -> Latencies:
    """Every question, over one kept-alive connection, whole answers."""
    netloc = urllib.parse.urlsplit(store.url).netloc
    with contextlib.closing(http.client.HTTPConnection(netloc, timeout=120)) as connection:
        found = {}
        for name, (kind, form) in questions(days).items():
            calibration = calibrate(1)
            found[name] = Latency.of(laps(partial(_time, connection, kind, form)), calibration)
        return found


def _time(connection: http.client.HTTPConnection, kind: str, form: dict[str, str]) -> float:
    begin = time.perf_counter()
    answer(connection, kind, form)
    return time.perf_counter() - begin


def answer(connection: http.client.HTTPConnection, kind: str, form: dict[str, str]) -> bytes:
    """The body of one answer. Raises RuntimeError for a refusal."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/select/logsql/{kind}", urllib.parse.urlencode(form), headers)
    got = connection.getresponse()
    body = got.read()
    if got.status != 200:
        raise RuntimeError(f"VictoriaLogs answered {kind} {form} with {got.status}: {body[:300]!r}")
    return body
