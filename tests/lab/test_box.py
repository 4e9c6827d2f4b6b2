"""The lab's systemd boxes."""

from pathlib import Path

import pytest
from tests.lab import box

pytestmark = pytest.mark.skipif(box.why_not() is not None, reason=f"needs a systemd box: {box.why_not()}")


def test_a_box_boots_reboots_and_keeps_its_journal(tmp_path: Path) -> None:
    """After down() and up() it is the same machine, with two boots in its journal and nothing changed out here."""
    with box.SystemdBox(tmp_path, "box-1") as one:
        assert "box-1" == one.run(["hostname"]).stdout.strip()
        one.run(["touch", "/etc/made-in-the-box"])
        one.down()
        one.up()

        assert one.machine_id == one.run(["cat", "/etc/machine-id"]).stdout.strip()
        assert 3 == len(one.run(["journalctl", "--no-pager", "--list-boots"]).stdout.splitlines())
        one.run(["test", "-e", "/etc/made-in-the-box"])
    assert not Path("/etc/made-in-the-box").exists()
