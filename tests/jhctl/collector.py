"""A collector as a process, and journals sent to it by the programs that send them in production."""

import re
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.jhctl.hub import TIMEOUT, environment

from journalhub.query.jhctl.address import parse
from journalhub.query.jhctl.api import ask_json

JOURNALHUB = [sys.executable, "-m", "journalhub"]
JOURNAL_UPLOAD = Path("/lib/systemd/systemd-journal-upload")


class Collector:
    """A context manager: `journalhub collector` on a port of its own; `kill` and `again` make an outage."""

    def __init__(self, directory: Path) -> None:
        self.url = ""
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def ship(self, journal: Path) -> None:
        """Send a journal directory with our shipper, and wait until everything is acknowledged."""
        state = self._directory / "shipper"
        options = [f"--collector={self.url}", f"--directory={journal}", f"--state-dir={state}", "--once"]
        subprocess.run(
            [*JOURNALHUB, "shipper", *options], env=environment(), check=True, capture_output=True, timeout=TIMEOUT
        )

    def upload(self, journal: Path) -> None:
        """Send a journal directory with the stock systemd-journal-upload."""
        state = f"--save-state={self._directory / 'upload.state'}"
        command = [str(JOURNAL_UPLOAD), f"--url={self.url}", "-D", str(journal), state, "--follow=no"]
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)

    def wait_for(self, entries: int) -> None:
        """Return when so many entries can be found: what was acknowledged is indexed within a second or so."""
        deadline = time.monotonic() + TIMEOUT
        while (found := ask_json(parse(self.url), "count", [])["matched"]) != entries:
            assert time.monotonic() < deadline, f"{found} entries instead of {entries}"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at whatever it is."""
        assert self._process is not None and self._process.stderr is not None
        self._process.kill()
        self._process.wait(TIMEOUT)
        self._process.stderr.close()

    def again(self) -> None:
        """Start it on the same port with the same data."""
        self._start(self.url.rpartition(":")[2])

    def __enter__(self) -> Self:
        self._start("0")
        return self

    def _start(self, port: str) -> None:
        options = [f"--listen=127.0.0.1:{port}", f"--data-dir={self._directory / 'data'}"]
        self._process = subprocess.Popen(
            [*JOURNALHUB, "collector", *options], env=environment(), stderr=subprocess.PIPE
        )
        assert self._process.stderr is not None
        said = b""
        while line := self._process.stderr.readline():
            said += line
            if found := re.search(rb"listening on (127\.0\.0\.1:[0-9]+)", line):
                self.url = f"http://{found[1].decode()}"
                return
        self._process.kill()
        raise RuntimeError(f"cannot start a collector: {said.decode(errors='replace')}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
