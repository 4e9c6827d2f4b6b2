"""What carries a node's journal away: the shipper, systemd-journal-upload, and journalctl into a pipe."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL

from bench import sink
from bench.peers import UPLOAD
from bench.process import ENVIRONMENT

SHIPPER, UPLOADER, PIPE = "journalhub shipper", "systemd-journal-upload", "journalctl -o json | count"
SENDERS = (SHIPPER, UPLOADER, PIPE)


class Sender:
    """One that runs: its process, and how many entries have come from it."""

    def __init__(self, process: "subprocess.Popen[bytes]", counter: sink.Counter | None) -> None:
        self.process = process
        self._counter = counter
        self._lines = 0
        if counter is None:
            self._thread = threading.Thread(target=self._count, daemon=True)
            self._thread.start()

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        return self.process.pid

    def came(self) -> int:
        """Entries so far."""
        return self._lines if self._counter is None else self._counter.came()

    def wait(self) -> None:
        """For the end of one that sends what there is. Raises RuntimeError when it fails."""
        if self.process.wait(3600):
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.returncode}")
        if self._counter is None:
            self._thread.join()

    def _count(self) -> None:
        assert self.process.stdout is not None
        while piece := os.read(self.process.stdout.fileno(), 1 << 20):
            self._lines += piece.count(b"\n")


@contextlib.contextmanager
def started(name: str, journals: Path, state: Path, follow: bool) -> Iterator[Sender]:
    """One of SENDERS on the journals below a directory: all there is, and then, with `follow`, all that comes.

    It has ended afterwards, and its receiver with it.
    """
    with contextlib.ExitStack() as stack:
        counter = None if name == PIPE else stack.enter_context(sink.started())
        command = _command(name, journals, state, "" if counter is None else counter.url, follow)
        out = subprocess.PIPE if counter is None else DEVNULL
        process = stack.enter_context(
            subprocess.Popen(command, stdout=out, stderr=DEVNULL, stdin=DEVNULL, env=ENVIRONMENT)
        )
        stack.callback(process.terminate)
        yield Sender(process, counter)


def _command(name: str, journals: Path, state: Path, url: str, follow: bool) -> list[str]:
    if name == SHIPPER:
        program = str(Path(sys.executable).with_name("journalhub"))
        words = [program, "shipper", "--collector", url, "--directory", str(journals), "--state-dir", str(state)]
        return words if follow else [*words, "--once"]
    if name == UPLOADER:
        state.mkdir(parents=True, exist_ok=True)
        words = [str(UPLOAD), f"--url={url}", f"--directory={journals}", f"--save-state={state}/state"]
        return [*words, f"--follow={'yes' if follow else 'no'}"]
    words = ["journalctl", "-q", "--no-pager", "--directory", str(journals), "-o", "json"]
    return [*words, "--lines=all", "--follow"] if follow else words
