"""A container without a machine id: what its shipper and its doctor say and do."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.programs import BIN, ENVIRONMENT
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import command
from tests.shipper.test_journald import numbers, send

Hosts = Callable[..., JournaldHost]
WITHOUT = ["unshare", "--mount", "sh", "-c", 'mount --bind /dev/null /etc/machine-id && exec "$@"', "-"]


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def run(host: JournaldHost, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A program on the host, from which the machine id is taken away."""
    return subprocess.run(
        host.command([*WITHOUT, *words]), capture_output=True, text=True, env=ENVIRONMENT, check=False
    )


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What the doctor found, by subject."""
    return {finding["subject"]: finding for finding in json.loads(done.stdout)}


def test_its_own_journal(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Which journal is its own cannot be known: the shipper ends and says what to do, and so does the doctor."""
    host = journald_host()
    send(host, 1, 10)
    flags = ("--collector", collector.url, "--state-dir", str(tmp_path / "state"))
    shipped = run(host, *command("--once", *flags))
    looked = run(host, BIN / "journalhub", "doctor", "node", *flags, "--json")

    assert shipped.returncode == 4
    assert "/etc/machine-id" in shipped.stderr
    assert "--directory" in shipped.stderr
    assert collector.entries == {}
    assert looked.returncode == 1
    found = findings(looked)
    assert ("wrong", "wrong") == (found["machine id"]["state"], found["journal"]["state"])
    assert "--directory" in found["machine id"]["do"]


def test_a_journal_by_name(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A journal that is named is shipped in the name of the machine that wrote it, and resumed."""
    host = journald_host()
    flags = ("--collector", collector.url, "--state-dir", str(tmp_path / "state"), "--directory", host.log_directory)
    for first in (1, 101):
        send(host, first, first + 99)
        done = run(host, *command("--once", *flags))
        assert done.returncode == 0, done.stderr
    looked = run(host, BIN / "journalhub", "doctor", "node", *flags, "--json")

    assert numbers(collector) == list(range(1, 201))
    assert collector.duplicates == 0
    assert {host.machine_id} == {status["machine_id"].hex() for status in collector.statuses}
    assert looked.returncode == 0, looked.stdout
    found = findings(looked)["machine id"]
    assert "warning" == found["state"]
    assert host.machine_id in found["what"]
    assert collector.asked[-1] == f"/api/v1/resume?machine_id={host.machine_id}"
