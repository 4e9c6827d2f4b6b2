"""A real shipper process for tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from journalhub.journal import compiled

RUN = "import sys; from journalhub.shipper.main import run; sys.exit(run(sys.argv[1:]))"


def command(*flags: str | Path) -> list[str]:
    """The command line of a shipper."""
    return [sys.executable, "-P", "-c", RUN, *map(str, flags)]


def environment() -> dict[str, str]:
    """Without settings of the one who runs the tests, but for which codec runs."""
    kept = (item for item in os.environ.items() if item[0] == compiled.PURE or not item[0].startswith("JOURNALHUB_"))
    return dict(kept)


def ship_once(*flags: str | Path, seconds: float = 240.0) -> subprocess.CompletedProcess[str]:
    """Run `shipper --once` to its end."""
    return subprocess.run(
        command("--once", *flags), capture_output=True, text=True, timeout=seconds, env=environment(), check=False
    )


def wait_until(condition: Callable[[], bool], seconds: float = 240.0) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.02)


class Shipper:
    """A shipper that runs until the test ends. A context manager."""

    def __init__(self, log: Path, *flags: str | Path, prefix: Sequence[str] = (), **variables: str) -> None:
        self._log = log
        self._command = [*prefix, *command(*flags)]
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the parent process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start it (again)."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environment(), **self._variables},
            )
        return self

    def kill(self) -> None:
        """As a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As systemd would; the exit code."""
        return self._end(signal.SIGTERM)

    def wait(self, seconds: float = 240.0) -> int:
        """For its own end; the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def log(self) -> str:
        """What it said."""
        return self._log.read_text()

    def children(self) -> list[int]:
        """Processes that it started."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(240)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
