"""The systemd units, as systemd itself reads them."""

import shutil
import subprocess
from pathlib import Path

import pytest

DIRECTORY = Path(__file__).resolve().parent.parent.parent / "install" / "units"
UNITS = sorted(DIRECTORY.glob("*.service"))
EXPOSURE_MAX = 20
"""Ten times what `systemd-analyze security` may say at most: 2.0 is well inside its class "OK"."""

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    """Every setting is known and well formed; systemd-analyze says so on stderr and exits 0 all the same."""
    program = tmp_path / "journalhub"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/journalhub/bin/journalhub", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_unit_is_hardened(unit: Path) -> None:
    """A daemon that parses what anyone may log can reach little."""
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_shipper_may_read_the_journal() -> None:
    """Without the group a shipper sees an empty journal and no error."""
    assert "SupplementaryGroups=systemd-journal" in (DIRECTORY / "journalhub-shipper.service").read_text().splitlines()
