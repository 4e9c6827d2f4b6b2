"""Newer systemds are there to compare with."""

import re
import subprocess

import pytest
from tests.lab.trees import NEWEST, NoTreeError, newer_journalctl, stock_program


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
