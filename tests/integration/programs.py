"""The real programs, run as processes, for tests of the whole way of an entry."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.demo import hub
from tests.lab.ports import free_port

BIN = Path(sys.executable).parent
DEADLINE = 240.0
"""Seconds to wait for something that takes a few on an idle machine."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("JOURNALHUB_")}


def wait_until(what: str, holds: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Poll until `holds()`; AssertionError naming `what` when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


class Program:
    """A daemon of ours that is started, killed and started again."""

    def __init__(self, argv: Sequence[str | Path], log: Path) -> None:
        self.argv = list(map(str, argv))
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=ENVIRONMENT
            )
        return self

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code (negative: the signal)."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        code = self.process.wait(DEADLINE)
        self.process = None
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Collector(Program):
    """A collector on a port of its own, ready when `start` returns."""

    def __init__(self, directory: Path, *settings: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        listen: list[str | Path] = ["--listen", f"127.0.0.1:{port}", "--data-dir", directory / "collector"]
        super().__init__([BIN / "journalhub", "collector", *listen, *settings], directory / "collector.log")

    def start(self) -> Self:
        """Start it, and wait until it takes entries and answers."""
        super().start()
        wait_until("the collector is ready", lambda: self._alive() and hub.ready(self.url))
        return self

    def _alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return True

    def jhctl(self, *arguments: str) -> bytes:
        """What `jhctl` prints; it must end with 0."""
        command = [str(BIN / "jhctl"), "--collector", self.url, "--no-pager", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def get(self, path: str, **parameters: str) -> Any:
        """A JSON answer of the API."""
        with urllib.request.urlopen(
            f"{self.url}{path}?{urllib.parse.urlencode(parameters)}", timeout=DEADLINE
        ) as answer:
            return json.load(answer)

    def count(self, **selection: str) -> int:
        """How many entries the index finds."""
        return int(self.get("/api/v1/count", **selection)["matched"])

    def export(self) -> bytes:
        """Everything stored, as `jhctl -o export` prints it once all of it is in the index."""
        wait_until("everything stored is in the index", lambda: self.count() == self.stored())
        return self.jhctl("-o", "export")

    def stored(self) -> int:
        """How many entries have arrived, as the ledger of nodes counts them."""
        return sum(node["entries"] for node in self.get("/api/v1/nodes")["nodes"])


def shipper(collector: Collector, state: Path, *source: str | Path) -> Program:
    """A shipper; `source` is its `--directory`, `--file` and further options."""
    state.mkdir(parents=True, exist_ok=True)
    argv = [BIN / "journalhub", "shipper", "--collector", collector.url, "--state-dir", state / "state", *source]
    return Program(argv, state / "log")


def ship_once(collector: Collector, state: Path, *source: str | Path) -> None:
    """Ship all there is of `source`; the shipper must end with 0."""
    with shipper(collector, state, *source, "--once") as program:
        assert program.process is not None
        assert program.process.wait(DEADLINE) == 0, program.log.read_text()


def journalctl(*source: str | Path) -> bytes:
    """What the local journalctl prints in the export format."""
    command = ["journalctl", *source, "--output=export", "--all", "--quiet"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def entries(export: bytes) -> "Counter[tuple[bytes, ...]]":
    """The entries of an export, each as its sorted fields: the format leaves their order free.

    Deliberately not our own parser: this is what it is judged by.
    """
    found: Counter[tuple[bytes, ...]] = Counter()
    fields: list[bytes] = []
    at = 0
    while at < len(export):
        end = export.index(b"\n", at)
        line, at = export[at:end], end + 1
        if not line:
            found[tuple(sorted(fields))] += 1
            fields = []
        elif b"=" in line:
            fields.append(line)
        else:
            size = int.from_bytes(export[at : at + 8], "little")
            fields.append(line + b"=" + export[at + 8 : at + 8 + size])
            at += 8 + size + 1
    if fields:
        found[tuple(sorted(fields))] += 1
    return found


def without_sequence(found: "Counter[tuple[bytes, ...]]") -> "Counter[tuple[bytes, ...]]":
    """Entries without `__SEQNUM` and `__SEQNUM_ID`, which journalctl prints since systemd 254 only."""
    drop = re.compile(rb"__SEQNUM(_ID)?=")
    kept: Counter[tuple[bytes, ...]] = Counter()
    for fields, times in found.items():
        kept[tuple(field for field in fields if not drop.match(field))] += times
    return kept


def assert_same_entries(expected: bytes, got: bytes) -> None:
    """The same entries, as many times each, byte for byte; says which differ."""
    want, have = without_sequence(entries(expected)), without_sequence(entries(got))
    missing, extra = want - have, have - want
    first = f"\nmissing {next(iter(missing), None)}\nextra {next(iter(extra), None)}"
    assert not missing and not extra, f"{missing.total()} missing, {extra.total()} too many of {want.total()}{first}"
