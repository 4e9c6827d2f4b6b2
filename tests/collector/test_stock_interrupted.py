"""systemd-journal-upload whose connection breaks: it starts over, and each entry is stored once."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.collector.cutting import CuttingProxy, wait_until
from tests.collector.running import Running
from tests.lab.journald import JournaldHost

from journalhub.collector.settings import CollectorSettings

UPLOAD = Path("/lib/systemd/systemd-journal-upload")

pytestmark = pytest.mark.skipif(not UPLOAD.exists(), reason="the package systemd-journal-remote is not installed")


def upload(port: int, host: JournaldHost, state: Path) -> subprocess.CompletedProcess[bytes]:
    url = f"--url=http://127.0.0.1:{port}"
    options = [f"--directory={host.log_directory}", f"--save-state={state}", "--follow=no"]
    return subprocess.run([UPLOAD, url, *options], capture_output=True, timeout=240)


def test_interrupted_and_sent_again(
    journald_host: Callable[..., JournaldHost], running: Running, tmp_path: Path
) -> None:
    """Two broken attempts leave what was complete of them; the third stores the rest; nothing is there twice."""
    host = journald_host()
    host.run(["systemd-cat", "-t", "many"], "\n".join(f"line {n} {'x' * 200}" for n in range(4000)))
    host.sync()
    state = tmp_path / "state"
    stored = []
    for after in (500_000, 1_200_000):
        proxy = CuttingProxy(running.port, after)
        assert 0 != upload(proxy.port, host, state).returncode
        proxy.close()
        assert not state.exists()
        wait_until(lambda: not running.intake.uploads)
        stored.append(running.store.newest_ord())
    done = upload(running.port, host, state)
    assert 0 == done.returncode, done.stderr

    printed = host.run(["journalctl", "--directory", host.log_directory, "-o", "export", "-q"]).stdout
    total = printed.count(b"\n__CURSOR=") + 1
    assert 0 < stored[0] < stored[1] < total
    assert total == running.store.newest_ord()
    assert "LAST_CURSOR=" in state.read_text()


def test_refused_before_the_body(journald_host: Callable[..., JournaldHost], running: Running, tmp_path: Path) -> None:
    """While the collector cannot take anything the stock sender sends no body, says why, and keeps its place."""
    host = journald_host()
    host.sync()
    running.intake.ingest.stop_taking()
    done = upload(running.port, host, tmp_path / "state")

    assert (True, True) == (done.returncode != 0, b"code 503" in done.stderr), done.stderr
    assert not (tmp_path / "state").exists()
    assert 0 == running.store.newest_ord()


def test_an_idle_connection_that_was_closed(
    journald_host: Callable[..., JournaldHost], running: Running, tmp_path: Path
) -> None:
    """A follower whose connection the collector has closed opens another one for the next entry."""
    host = journald_host()
    settings = CollectorSettings(data_dir=running.settings.data_dir, idle_timeout=1.0)
    with Running(running.store, settings) as impatient, (tmp_path / "log").open("wb") as log:
        url = f"--url=http://127.0.0.1:{impatient.port}"
        argv = [str(UPLOAD), url, f"--directory={host.log_directory}", f"--save-state={tmp_path / 'state'}"]
        sender = subprocess.Popen(argv, stderr=log)
        try:
            wait_until(lambda: running.store.newest_ord() > 0 and not impatient.connections())
            before = running.store.newest_ord()
            host.run(["logger", "-t", "later", "hello again"])
            wait_until(lambda: running.store.newest_ord() > before)
            assert sender.poll() is None
        finally:
            sender.kill()
            sender.wait()
