"""Long steps: run, show that they go on, and when one fails show why."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SHOW_EVERY_TTY = 0.2
SHOW_EVERY_PLAIN = 20.0
"""Seconds between signs of life: a terminal's line is rewritten, a file gets a line now and then."""
TAIL_LINES = 25
"""Lines of a failed step's output to show: the cause of pip's and apt's failures is near the end."""


class Failure(Exception):
    """A command of ./dev cannot go on; the message says why and what to do."""


class Steps:
    """Runs programs one after the other, their output in one log file."""

    def __init__(self, log: Path) -> None:
        """The log is begun anew."""
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        self._log = log

    def run(
        self, title: str, argv: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        """Run one step; Failure when its program does not end with 0."""
        started = time.monotonic()
        begin = self._log.stat().st_size
        with self._log.open("ab") as log:
            try:
                child = subprocess.Popen(
                    list(map(str, argv)),
                    cwd=cwd,
                    env={**os.environ, **(env or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                raise Failure(f"cannot {title}: {error}") from error
            with child:
                try:
                    self._wait(title, child, started)
                except BaseException:
                    child.terminate()
                    raise
        took = f"{time.monotonic() - started:.0f} s"
        if child.returncode != 0:
            show(f"{title}: failed after {took}", last=True)
            tail = "\n".join(self._log.read_bytes()[begin:].decode(errors="replace").splitlines()[-TAIL_LINES:])
            command = " ".join(map(str, argv))
            raise Failure(f"cannot {title}: `{command}` ended with {child.returncode}\n{tail}\nAll of it: {self._log}")
        show(f"{title}: done in {took}", last=True)

    def _wait(self, title: str, child: subprocess.Popen[bytes], started: float) -> None:
        """Until the child ends, show how long it has run and the last it said."""
        show(f"{title} …", last=not sys.stderr.isatty())
        while True:
            try:
                child.wait(SHOW_EVERY_TTY if sys.stderr.isatty() else SHOW_EVERY_PLAIN)
            except subprocess.TimeoutExpired:
                said = self._last_line()
                show(f"{title} … {time.monotonic() - started:.0f} s  {said}", last=not sys.stderr.isatty())
            else:
                return

    def _last_line(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
            lines = log.read().decode(errors="replace").split("\n")
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1] if spoken else ""


def show(text: str, *, last: bool) -> None:
    """A line of progress on stderr, rewritten in place by the next one unless it is the `last` of its step."""
    if sys.stderr.isatty():
        width = os.get_terminal_size(sys.stderr.fileno()).columns
        text = "\r\x1b[K" + "".join(c for c in text if c.isprintable())[: max(20, width - 1)]
    sys.stderr.write(text + ("\n" if last else ""))
    sys.stderr.flush()
