"""A newer systemd is there to compare with."""

import subprocess

import pytest
from tests.lab.trees import NoTreeError, newer_journalctl


def test_the_newer_journalctl_runs() -> None:
    """It is the one of Debian 13, with libraries of its own."""
    try:
        command = newer_journalctl()
    except NoTreeError as why:
        pytest.skip(str(why))
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("systemd 257 ")
