"""Rules on a real node: what is left out is counted, and no gap; what is blackened never leaves it."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.programs import BIN, ENVIRONMENT, Collector, journalctl, ship_once, shipper, wait_until
from tests.lab.journald import JournaldHost


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector of the test's own."""
    with Collector(tmp_path) as running:
        yield running


@pytest.fixture
def node(journald_host: Callable[..., JournaldHost]) -> JournaldHost:
    """A node that logs what everybody should see, what nobody needs, and secrets."""
    host = journald_host()
    for number in range(20):
        host.run(["logger", "-t", "wanted", f"entry {number}"])
        host.run(["logger", "-t", "noise", "-p", "user.debug", f"noise {number}"])
    host.run(["logger", "-t", "wanted", "login with password=hunter2"])
    host.sync()
    return host


def written(host: JournaldHost) -> Counter[bytes]:
    """Entries in the node's journal by identifier."""
    lines = journalctl("--directory", host.log_directory).splitlines()
    return Counter(line.partition(b"=")[2] for line in lines if line.startswith(b"SYSLOG_IDENTIFIER="))


def account(collector: Collector) -> dict[str, int]:
    """What the ledger says was left out, by rule."""
    (node,) = collector.get("/api/v1/nodes")["nodes"]
    assert (0, []) == (node["missing"], node["gaps"])
    return {item["rule"]: item["count"] for item in node["dropped"]}


def test_left_out_is_accounted_for(node: JournaldHost, collector: Collector, tmp_path: Path) -> None:
    """The node's entries are those of the hub and those that the rules count; nothing is a gap, secrets stay home."""
    rules = ["--exclude", "identifier=noise", "--redact", "secrets"]
    ship_once(collector, tmp_path / "shipper", "--directory", node.log_directory, *rules)
    has = written(node)
    found = collector.export()

    assert account(collector) == {"exclude: identifier=noise": has[b"noise"], "redact: secrets": 1}
    assert has.total() - has[b"noise"] == collector.stored()
    assert b"noise" not in found
    assert b"hunter2" not in found
    assert b"MESSAGE=login with password=[redacted]\n" in found
    hub = tmp_path / "collector"
    assert not any(b"hunter2" in path.read_bytes() for path in hub.rglob("*") if path.is_file())


def test_counts_survive_restarts_and_resends(node: JournaldHost, collector: Collector, tmp_path: Path) -> None:
    """Following, with both ends killed: each entry is left out once in the account."""
    rules = ["--exclude", "priority=debug..debug"]
    with shipper(collector, tmp_path / "shipper", "--directory", node.log_directory, *rules) as program:
        wait_until("the first are counted", lambda: collector.stored() >= 21)
        for round_ in range(3):
            collector.end()
            node.run(["systemd-cat", "-t", "noise", "-p", "debug"], "\n".join(map(str, range(30))))
            collector.start()
            node.run(["logger", "-t", "wanted", f"round {round_}"])
            node.sync()
            wait_until("it is stored", lambda r=round_: collector.count(q=f'"round {r}"') == 1)  # type: ignore[misc]
        assert 0 == program.end()
    has = written(node)

    assert {"exclude: priority=debug..debug": has[b"noise"]} == account(collector)
    assert 20 + 3 * 30 == has[b"noise"]


def test_a_node_that_ships_nothing(node: JournaldHost, collector: Collector, tmp_path: Path) -> None:
    """Its checkpoint moves all the same: a second run reads nothing again."""
    rules = ["--include", "identifier=nobody"]
    for _ in range(2):
        ship_once(collector, tmp_path / "shipper", "--directory", node.log_directory, *rules)

    assert {"include": written(node).total()} == account(collector)
    assert 0 == collector.stored()


def test_a_wrong_rule(tmp_path: Path) -> None:
    """Is an error of the settings that names the place, also in the file."""
    file = tmp_path / "shipper.toml"
    file.write_text('collector = "http://127.0.0.1:1"\nexclude = ["unit=cron", "priority=loud"]\n')
    command: list[str | Path] = [BIN / "journalhub", "shipper", "--config", file]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)

    assert 2 == done.returncode
    assert "--exclude: cannot read the rule 'priority=loud': unknown priority 'loud'" in done.stderr
