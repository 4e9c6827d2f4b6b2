"""`./dev up --fleet`, as one runs it."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.programs import BIN, DEADLINE, ENVIRONMENT, wait_until
from tests.lab import journald

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.skipif(
    journald.why_not() is not None, reason=f"needs a private journald: {journald.why_not()}"
)


def processes_below(directory: Path) -> list[str]:
    """Command lines of this machine's processes that name a directory."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in line:
            found.append(line)
    return found


def test_the_fleet_runs_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints where the page is, entries of every host arrive without a gap, and Ctrl-C leaves nothing running."""
    state, printed = tmp_path / "state", tmp_path / "printed"
    command = [sys.executable, "-m", "deploy.demo", "--fleet", "2", "--port", "0", "--state-dir", str(state)]
    with printed.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, env=ENVIRONMENT) as demo:
        try:
            wait_until("it is up", lambda: "Ctrl-C" in printed.read_text() or demo.poll() is not None)
            found = re.search(r"page +(http://\S+)/\n", printed.read_text())
            assert found is not None, printed.read_text()
            jhctl = [str(BIN / "jhctl"), "--collector", found[1], "--no-pager"]

            def hosts_of(*arguments: str) -> list[str]:
                done = subprocess.run([*jhctl, *arguments], capture_output=True, text=True, env=ENVIRONMENT)
                return sorted(done.stdout.split())

            # The app host has journals of users beside the system's: their seqnums interleave.
            wait_until("both arrive", lambda: hosts_of("-F", "_HOSTNAME") == ["app-1.example.net", "web-1.example.net"])
            wait_until(
                "units arrive", lambda: {"nginx.service", "orders.service"} <= set(hosts_of("-F", "_SYSTEMD_UNIT"))
            )
            assert "entries are missing" not in "".join(log.read_text() for log in state.rglob("shipper-*.log"))
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(DEADLINE) == 0
    assert [] == processes_below(state)
