"""journalctl on a journal, and jhctl on a collector that has it: the same words, the same bytes."""

import queue
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.jhctl.forking import Forking
from tests.jhctl.hub import TIMEOUT, environment
from tests.output import canonical

ZONE = {"TZ": "Europe/Berlin"}
WORKERS = 3
"""Command lines that are tried at once."""

Case = tuple[str, ...]


class Comparison:
    """A context manager: runs both programs on the same entries."""

    def __init__(self, url: str, journal: Path) -> None:
        self._url = url
        self._journal = journal
        self._free: queue.SimpleQueue[Forking] = queue.SimpleQueue()
        self._started = ExitStack()

    def differences(self, cases: Sequence[Case]) -> list[str]:
        """What is not equal, a text each."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return [text for text in pool.map(self.difference, cases) if text]

    def difference(self, words: Case, env: dict[str, str] | None = None) -> str:
        """What is not equal for one command line; nothing where all is."""
        environ = ZONE | (env or {})
        command = ["journalctl", "--no-pager", "-D", str(self._journal), *words]
        theirs = subprocess.run(command, env=environment(**environ), capture_output=True, timeout=TIMEOUT, check=False)
        forking = self._free.get()
        try:
            ours = forking.run(f"--collector={self._url}", "--no-pager", *words, env=environ)
        finally:
            self._free.put(forking)
        return told(words, theirs, ours)

    def __enter__(self) -> "Comparison":
        for _ in range(WORKERS):
            self._free.put(self._started.enter_context(Forking()))
        return self

    def __exit__(self, *error: object) -> None:
        self._started.close()


Done = subprocess.CompletedProcess[bytes]


def told(words: Case, theirs: Done, ours: Done) -> str:
    """What is not equal in two outcomes."""
    mode = output_mode(words)
    want, got = form(mode, theirs.stdout), form(mode, ours.stdout)
    if (theirs.returncode, want) == (ours.returncode, got):
        return ""
    said = f"{words}: status {theirs.returncode} and {ours.returncode}, {len(want)} and {len(got)} pieces"
    for number, (one, other) in enumerate(zip(want, got, strict=False)):
        if one != other:
            said = f"{words}: piece {number}: want {one!r:.300} got {other!r:.300}"
            break
    return f"{said} (stderr: {theirs.stderr[-300:]!r} and {ours.stderr[-300:]!r})"


def output_mode(words: Case) -> str:
    """The output mode that a command line asks for."""
    mode = "short"
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word == "-o":
            mode = following
        elif word.startswith(("--output=", "-o")):
            mode = word.removeprefix("--output=").removeprefix("-o")
    return mode


def form(mode: str, output: bytes) -> list[object]:
    """The output in comparable pieces: lines where every byte counts, entries where the order of fields is free."""
    if mode == "verbose":
        return list(canonical.verbose_entries(output))
    if mode == "export":
        return list(canonical.export_entries(output))
    if mode == "json-pretty":
        return list(canonical.pretty_objects(output))
    if mode.startswith("json"):
        return [canonical.json_members(line) if b"{" in line else line for line in output.split(b"\n")]
    return list(output.split(b"\n"))


@contextmanager
def in_zone() -> Iterator[None]:
    """The process is in a zone with summer time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", ZONE["TZ"])
        time.tzset()
        yield
    time.tzset()
