"""The daemons that the demo runs: started, watched, ended in order, with no orphans whatever happens."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

STOP_TIMEOUT = 20.0
"""Seconds that a daemon may take to end after SIGTERM before it is killed: a collector commits what it has."""


class Child(NamedTuple):
    """A daemon, and where its output goes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


class Children:
    """Daemons in the order in which they were started; they end the other way round."""

    def __init__(self, logs: Path) -> None:
        """`logs` is a directory: one file per daemon."""
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._children: list[Child] = []

    def start(self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Child:
        """Start a daemon; it gets SIGTERM when this process dies, and no Ctrl-C of the terminal."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *map(str, argv)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def ended(self) -> Child | None:
        """A daemon that ended although nobody asked it to, or None."""
        return next((child for child in self._children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """End all, those of one name before `-` together, the last started first; returns when all have ended."""
        while self._children:
            kind = self._children[-1].name.partition("-")[0]
            group = [child for child in self._children if child.name.partition("-")[0] == kind]
            for child in group:
                child.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + STOP_TIMEOUT
            for child in group:
                try:
                    child.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
                self._children.remove(child)

    def kill(self) -> None:
        """End all at once, by force."""
        for child in self._children:
            child.process.kill()


def tail(child: Child, lines: int = 15) -> str:
    """The last that a daemon said."""
    return "\n".join(child.log.read_text(errors="replace").splitlines()[-lines:])
