"""Debian's systemd-journal-upload, as shipped, is a sender."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.programs import (
    Collector,
    Program,
    assert_same_entries,
    journalctl,
    ship_once,
    wait_until,
)
from tests.lab.journald import JournaldHost

UPLOAD = Path("/lib/systemd/systemd-journal-upload")

pytestmark = pytest.mark.skipif(not UPLOAD.exists(), reason="the package systemd-journal-remote is not installed")


def fill(host: JournaldHost) -> None:
    """A few entries, also with binary values and several lines."""
    host.run(["systemd-cat", "-t", "many", "-p", "warning"], "\n".join(f"line {n}" for n in range(500)))
    host.run(["logger", "--journald"], "MESSAGE=first line\nMESSAGE=a second value\nCODE_FUNC=f\n")
    host.run(["logger", "-t", "bytes", b"caf\xe9".decode("latin-1")])
    host.sync()


def upload(collector: Collector, host: JournaldHost, state: Path, *options: str) -> list[str | Path]:
    """The command line of the stock sender."""
    return [UPLOAD, f"--url={collector.url}", f"--directory={host.log_directory}", f"--save-state={state}", *options]


def test_its_backlog_arrives_whole(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """One run without following ends with 0, saves its state, and all entries are there; a second run adds none."""
    host = journald_host()
    fill(host)
    for state in (tmp_path / "state", tmp_path / "another-state"):
        subprocess.run(upload(collector, host, state, "--follow=no"), check=True)
        assert state.read_text().count("LAST_CURSOR=") == 1

    assert_same_entries(journalctl("--directory", host.log_directory), collector.export())


def test_it_follows(journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path) -> None:
    """While it runs, new entries arrive soon after they are written, across a rotation."""
    host = journald_host()
    fill(host)
    with Program(upload(collector, host, tmp_path / "state"), tmp_path / "upload.log"):
        wait_until("the backlog has arrived", lambda: collector.count(q="ident=many") == 500)
        host.rotate()
        host.run(["logger", "-t", "later", "after the rotation"])
        wait_until("the new entry has arrived", lambda: collector.count(q="ident=later") == 1)


def test_both_senders_together_store_each_entry_once(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """A node that ships by both protocols has each entry once."""
    host = journald_host()
    fill(host)
    subprocess.run(upload(collector, host, tmp_path / "state", "--follow=no"), check=True)
    ship_once(collector, tmp_path / "shipper", "--directory", host.log_directory)

    assert_same_entries(journalctl("--directory", host.log_directory), collector.export())
