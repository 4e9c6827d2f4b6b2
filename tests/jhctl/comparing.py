"""journalctl on a journal, and jhctl on a collector that has it: the same words, the same bytes."""

import queue
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.jhctl.drawing import KEPT
from tests.jhctl.forking import Forking
from tests.jhctl.hub import TIMEOUT, environment
from tests.output import canonical

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser

ZONE = {"TZ": "Europe/Berlin"}
WORKERS = 3
"""Command lines that are tried at once."""

Case = tuple[str, ...]


class Comparison:
    """A context manager: runs both programs on the same entries."""

    def __init__(
        self,
        url: str,
        journal: Path | None,
        journalctl: Sequence[str] = ("journalctl",),
        ours: Sequence[str] = (),
    ) -> None:
        """Without `journal` journalctl looks where it does by itself; `ours` are words for jhctl only."""
        self._url = url
        self._source = [] if journal is None else source(journal)
        self._journalctl = journalctl
        self._ours = ours
        self._free: queue.SimpleQueue[Forking] = queue.SimpleQueue()
        self._started = ExitStack()
        self.is_sorted = False
        """Whether pieces are compared as a set: where the order is another one on purpose."""
        self.has_seqnum = False
        """Whether this journalctl prints __SEQNUM and __SEQNUM_ID in the modes for programs, which jhctl does not."""

    def differences(self, cases: Sequence[Case], environs: Sequence[dict[str, str]] = ()) -> list[str]:
        """What is not equal, a text each; `environs` are the environments of the cases."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return [text for text in pool.map(self.difference, cases, environs or [{}] * len(cases)) if text]

    def difference(self, words: Case, more: dict[str, str]) -> str:
        """What is not equal for one command line; nothing where all is."""
        environ = ZONE | more
        command = [*self._journalctl, "--no-pager", *self._source]
        with TemporaryDirectory() as directory:
            kept = [_keep(words, Path(directory, name)) for name in ("theirs", "ours")]
            env = environment(**environ)
            theirs = subprocess.run([*command, *kept[0]], env=env, capture_output=True, timeout=TIMEOUT, check=False)
            forking = self._free.get()
            try:
                ours = forking.run(f"--collector={self._url}", "--no-pager", *self._own(words), *kept[1], env=environ)
            finally:
                self._free.put(forking)
            files = [
                path.read_bytes() if path.exists() else b""
                for path in (Path(directory, "theirs"), Path(directory, "ours"))
            ]
        return told(words, theirs, ours, self.is_sorted, self.has_seqnum) or (
            "" if files[0] == files[1] else f"{words}: {files}"
        )

    def _own(self, words: Case) -> Sequence[str]:
        """Words for jhctl only: to journalctl, units of users are those of who runs it."""
        is_of_user = any(word.startswith("--user-unit") for word in words)
        return ["--uid=0"] if is_of_user and not self._ours else self._ours

    def __enter__(self) -> "Comparison":
        for _ in range(WORKERS):
            self._free.put(self._started.enter_context(Forking()))
        return self

    def __exit__(self, *error: object) -> None:
        self._started.close()


def _keep(words: Case, path: Path) -> list[str]:
    """The words, with a cursor in an option of KEPT put into the file `path` and the file in its place."""
    given = [word.removeprefix(KEPT) for word in words if word.startswith(KEPT)]
    if given:
        path.write_text(f"{given[0]}\n")
    return [f"{KEPT}{path}" if word.startswith(KEPT) else word for word in words]


def source(journal: Path) -> list[str]:
    """The option that makes journalctl read a directory; or its files, where a namespace's are among them."""
    if any("." in path.name for path in journal.iterdir() if path.is_dir()):
        return [f"--file={journal}/*/*.journal"]  # of a directory 252 reads the default namespace only
    return ["-D", str(journal)]


def entries_in(journal: Path) -> list[Entry]:
    """All entries of a directory, of all namespaces."""
    parser = ExportParser()
    command = ["journalctl", *source(journal), "-o", "export"]
    text = subprocess.run(command, env=environment(), capture_output=True, timeout=TIMEOUT, check=True).stdout
    return [*parser.feed(text), *parser.finish()]


Done = subprocess.CompletedProcess[bytes]


def told(words: Case, theirs: Done, ours: Done, is_sorted: bool = False, has_seqnum: bool = False) -> str:
    """What is not equal in two outcomes."""
    mode = "short" if "--list-boots" in words else output_mode(words)
    want, got = form(mode, theirs.stdout), form(mode, ours.stdout)
    if has_seqnum:
        want = [_without_seqnum(piece) for piece in want]
    if is_sorted or {"-F", "-N"} & set(words):
        want, got = sorted(want, key=repr), sorted(got, key=repr)  # ours are; theirs are in the order of a hash table
    is_nothing = theirs.stdout in (b"", b"-- No entries --\n")
    fails_without_cursor = is_nothing and "--show-cursor" in words and not ours.returncode  # 252 does
    if want == got and (theirs.returncode == ours.returncode or fails_without_cursor):
        return ""
    said = f"{words}: status {theirs.returncode} and {ours.returncode}, {len(want)} and {len(got)} pieces"
    for number, (one, other) in enumerate(zip(want, got, strict=False)):
        if one != other:
            said = f"{words}: piece {number}: want {one!r:.300} got {other!r:.300}"
            break
    return f"{said} (stderr: {theirs.stderr[-300:]!r} and {ours.stderr[-300:]!r})"


def _without_seqnum(piece: object) -> object:
    """The members of a JSON object but for the number of its entry; anything else as it is."""
    if not isinstance(piece, list):
        return piece
    return [part for part in piece if not (isinstance(part, str) and "__SEQNUM" in part.partition(":")[0])]


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
    body, is_told, cursor = output.rpartition(b"-- cursor: ")
    if is_told:
        return [*form(mode, body), cursor]
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
