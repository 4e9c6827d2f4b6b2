"""The doctor, on real nodes and hubs with real faults."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import BIN, ENVIRONMENT, Collector, ship_once
from tests.lab.journald import JournaldHost
from tests.lab.ports import free_port

from journalhub.access import authority
from journalhub.journal import compiled

Found = dict[str, tuple[str, str]]


def doctor(
    *words: str | Path, on: JournaldHost | None = None, variables: dict[str, str] | None = None
) -> tuple[int, Found]:
    """The exit code, and state and text by subject; of two findings of a subject the worse one."""
    environment = {**ENVIRONMENT, **(variables or {})}
    command = [str(BIN / "journalhub"), "doctor", *map(str, words), "--json"]
    done = subprocess.run(on.command(command) if on else command, capture_output=True, text=True, env=environment)
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    order = ("ok", "warning", "wrong")
    found: Found = {}
    for finding in sorted(findings, key=lambda finding: order.index(finding["state"])):
        assert (finding["state"] == "ok") == (finding["do"] == "")
        found[finding["subject"]] = (finding["state"], finding["what"])
    return done.returncode, found


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector without authentication."""
    with Collector(tmp_path) as running:
        yield running


def test_a_node_that_is_well(journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path) -> None:
    """Nothing is wrong with a node that ships."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()
    ship_once(collector, tmp_path / "ship", "--directory", host.log_directory)
    state = tmp_path / "ship" / "state"
    code, found = doctor(
        *("node", "--collector", collector.url, "--directory", host.log_directory, "--state-dir", state), on=host
    )

    assert 0 == code, found
    assert {"ok"} == {state for state, _ in found.values()}, found
    assert {"machine id", "libsystemd", "journal", "state directory", "collector", "clock", "lag"} == set(found)
    assert "1 sequences" in found["collector"][1]


def test_a_node_without_anything(tmp_path: Path) -> None:
    """No journal, no collector: each is said, with what to do."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    code, found = doctor("node", "--collector", url, "--directory", tmp_path, "--state-dir", tmp_path / "state")

    assert 1 == code
    assert ("wrong", "wrong", "warning") == (found["journal"][0], found["collector"][0], found["lag"][0])
    assert "Connection refused" in found["collector"][1]


@pytest.mark.parametrize(("pure", "expected"), [("0", "ok"), ("1", "wrong")])
def test_a_node_without_systemd_python(tmp_path: Path, pure: str, expected: str) -> None:
    """Nothing is wrong with that where the compiled codec reads journals, and everything where it does not."""
    (tmp_path / "systemd.py").write_text("raise ImportError('it is not installed')")
    words = ("node", "--directory", tmp_path, "--state-dir", tmp_path / "state")
    _, found = doctor(*words, variables={"PYTHONPATH": str(tmp_path), compiled.PURE: pure})

    assert expected == found["libsystemd"][0], found
    assert ("compiled codec" in found["libsystemd"][1]) == (expected == "ok")


def test_a_node_that_the_hub_does_not_know(tmp_path: Path) -> None:
    """A node that has not enrolled learns that from its doctor."""
    with SecuredCollector(tmp_path / "hub") as hub:
        node = ("node", "--directory", tmp_path, "--state-dir", tmp_path / "state", "--collector", hub.url)
        _, without = doctor(*node)
        _, trusting = doctor(*node, "--ca-file", hub.authority_file)

    assert ("wrong", True) == (without["TLS"][0], "certificate" in without["TLS"][1])
    assert "warning" == trusting["enrolment"][0]
    assert ("wrong", True) == (trusting["collector"][0], "(401)" in trusting["collector"][1])


@pytest.mark.parametrize(("days", "expected"), [(90, "ok"), (-1, "wrong")])
def test_a_certificate_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, expected: str) -> None:
    """One that the settings name is looked at, too: whether it has ended."""
    monkeypatch.setattr(authority, "SENDER_DAYS", days)
    monkeypatch.setattr(authority, "CLOCK_SLACK", timedelta(days=3))
    own = authority.init(tmp_path, ["localhost"])
    key, request = authority.new_request("web-1")
    (tmp_path / "own.pem").write_bytes(own.issue_sender(request, "web-1", "a" * 32).pem + key)
    url = f"https://127.0.0.1:{free_port()}"
    node = ("node", "--directory", tmp_path, "--state-dir", tmp_path / "state", "--collector", url)
    _, found = doctor(*node, "--certificate", tmp_path / "own.pem", "--ca-file", own.certificate_file)

    assert expected == found["certificate"][0]
    assert "enrolment" not in found


def test_a_hub(collector: Collector, tmp_path: Path) -> None:
    """A hub that runs, and one that does not."""
    where = collector.url.removeprefix("http://")
    words = ("hub", "--data-dir", tmp_path / "collector", "--listen", where)
    code, found = doctor(*words, "--retention-days", "30")
    (tmp_path / "collector").chmod(0o755)
    _, open_to_all = doctor(*words)
    collector.end()
    stopped, down = doctor(*words)

    assert 0 == code, found
    assert {"ok"} == {state for state, _ in found.values()}, found
    assert "in use" in found["data directory"][1]
    assert ("wrong", "warning") == (open_to_all["data directory"][0], open_to_all["disk"][0])
    assert (1, "wrong") == (stopped, down["collector"][0])


def test_a_hub_with_logins(tmp_path: Path) -> None:
    """Its certificate is looked at; what only readers may know is not asked."""
    with SecuredCollector(tmp_path / "hub") as hub:
        code, found = doctor("hub", "--data-dir", hub.data_dir, "--listen", f"127.0.0.1:{hub.port}")

    assert 0 == code, found
    assert ("ok", "ok") == (found["certificate"][0], found["authentication"][0])
