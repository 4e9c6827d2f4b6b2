"""The unit of systemd-journal-upload under a real systemd, as docs/operations.md sets it up."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.programs import Collector, assert_same_entries, wait_until
from tests.lab import box
from tests.test_structure import ROOT

UNIT = "systemd-journal-upload"

pytestmark = [
    pytest.mark.skipif(box.why_not() is not None, reason=f"needs a systemd box: {box.why_not()}"),
    pytest.mark.skipif(not Path(f"/lib/systemd/{UNIT}").exists(), reason="needs the package systemd-journal-remote"),
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[box.SystemdBox]:
    """A box that nothing was done to."""
    with box.SystemdBox(tmp_path / "box", "web-1") as running:
        yield running


def documented() -> list[str]:
    """The commands of the drop-in, as docs/operations.md has them."""
    page = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(rf"\n((?: {{6}}.*{UNIT}.*\n)+ {{6}}systemctl daemon-reload\n)", page)
    assert found is not None
    return [line.strip() for line in found[1].splitlines()]


def restarts(machine: box.SystemdBox) -> int:
    """How often systemd has started the unit again."""
    return int(machine.run(["systemctl", "show", "--value", "-p", "NRestarts", UNIT]).stdout)


def test_it_goes_on_until_the_hub_is_there(machine: box.SystemdBox, tmp_path: Path) -> None:
    """It fails more often than a start limit allows, is started again, and delivers everything once the hub is up."""
    collector = Collector(tmp_path)
    (machine.root / "etc/systemd/journal-upload.conf").write_text(f"[Upload]\nURL={collector.url}\n")
    for command in documented():
        machine.run(["sh", "-c", command.replace("RestartSec=5", "RestartSec=100ms")])
    machine.run(["systemctl", "start", "--no-block", UNIT])
    wait_until("it was started again ten times", lambda: restarts(machine) > 10)
    machine.run(["logger", "-t", "marked", "while the hub was away"])
    with collector:
        wait_until("the backlog has arrived", lambda: collector.count(q="ident=marked") == 1)
        assert "active" == machine.run(["systemctl", "is-active", UNIT]).stdout.strip()
        machine.run(["logger", "-t", "marked", "now it is there"])
        wait_until("it follows", lambda: collector.count(q="ident=marked") == 2)
        got = collector.jhctl("-t", "marked", "-o", "export")
    kept = machine.run(["journalctl", "--output=export", "--quiet", "-t", "marked"]).stdout

    assert_same_entries(kept.encode(), got)
