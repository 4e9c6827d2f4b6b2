"""Newer systemds are there to compare with."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.lab.trees import NEWEST, NoTreeError, mirror, newer_journalctl, stock_program


def test_the_newer_journalctl_runs() -> None:
    """It is the one of Debian 13, with libraries of its own."""
    try:
        command = newer_journalctl()
    except NoTreeError as why:
        pytest.skip(str(why))
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("systemd 257 ")


def test_the_newest_sender_runs() -> None:
    """It is one that compresses."""
    try:
        command = stock_program(NEWEST, "usr/lib/systemd/systemd-journal-upload")
    except NoTreeError as why:
        pytest.skip(str(why))
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    version = re.match(r"systemd (\d+)", done.stdout)
    assert version is not None and int(version[1]) >= 258, done.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "deb http://mirror.example/debian bookworm main\n"),
        ("sources.list", "deb [signed-by=/x] http://mirror.example/debian bookworm main\n"),
        ("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"),
    ],
)
def test_the_mirror_of_this_machine(name: str, text: str, tmp_path: Path) -> None:
    """It is the one that apt uses, not that of security updates."""
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "a.sources").write_text("URIs: http://mirror.example/debian-security\n")
    (tmp_path / name).write_text(text)
    assert mirror(tmp_path) == "http://mirror.example/debian"


def test_no_mirror(tmp_path: Path) -> None:
    """That is a reason, not a crash."""
    with pytest.raises(NoTreeError, match="no mirror"):
        mirror(tmp_path)
