"""Certificates that end while a node ships: nothing is lost, nobody insists, and it goes on by itself."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.access.test_enrolment import create_token, enrol, exported, ship
from tests.integration.programs import Program, assert_same_entries, journalctl, wait_until
from tests.lab.journald import JournaldHost

from journalhub.access import authority as authorities
from journalhub.access.roles import Role
from journalhub.shipper import credentials

NAMES = ["localhost", "127.0.0.1"]
TAKEN = "new connections use the new certificate"


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[SecuredCollector]:
    """A collector with a certificate that somebody else puts in place, as an organisation's own is."""
    files = tmp_path / "organisation"
    files.mkdir()
    hub = SecuredCollector(tmp_path / "hub", "--tls-certificate", files / "hub.pem", "--tls-key", files / "hub.key")
    put_in_place(hub, files)
    with hub:
        yield hub


@pytest.fixture
def node(journald_host: Callable[..., JournaldHost]) -> JournaldHost:
    """A node with some entries."""
    host = journald_host("web-1.example")
    say(host, "before")
    return host


def say(node: JournaldHost, what: str) -> None:
    """Fifty entries."""
    node.run(["systemd-cat", "-t", "app"], "\n".join(f"{what} {number}" for number in range(50)))
    node.sync()


def put_in_place(hub: SecuredCollector, files: Path) -> None:
    """Another certificate of the hub."""
    hub.authority.issue_hub(NAMES)
    for made, name in zip(hub.authority.hub_files, ("hub.pem", "hub.key"), strict=True):
        shutil.copy(made, files / name)


def expire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let certificates that are made from now on have ended yesterday."""
    monkeypatch.setattr(authorities, "SENDER_DAYS", -1)
    monkeypatch.setattr(authorities, "HUB_DAYS", -1)
    monkeypatch.setattr(authorities, "CLOCK_SLACK", timedelta(days=3))


def all_is_there(hub: SecuredCollector, node: JournaldHost, count: int) -> None:
    """Every entry of the node once, and so many of `say`; nothing is told missing, or came twice."""
    reader = hub.token(Role.READER)
    wait_until("all is found", lambda: hub.get("/api/v1/count", reader, q="ident=app")["matched"] >= count)
    assert_same_entries(journalctl("--directory", node.log_directory), exported(hub))
    assert [(0, 0, 0)] == [
        (row["missing"], row["duplicates"], row["refused"]) for row in hub.get("/api/v1/nodes", reader)["nodes"]
    ]


def lines(log: Path, about: str) -> int:
    """How many lines of a log have these words."""
    return sum(about in line for line in log.read_text().splitlines())


def test_of_the_hub(
    own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipper says once that it has expired, waits, and goes on when there is another."""
    state, files = tmp_path / "state", tmp_path / "organisation"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    with monkeypatch.context() as yesterday:
        expire(yesterday)
        put_in_place(own_hub, files)
    wait_until("the hub shows it", lambda: lines(own_hub.log, TAKEN) == 1)
    with Program(ship(own_hub, node, state), tmp_path / "shipper.log") as shipper:
        wait_until("the shipper refuses it", lambda: "certificate has expired" in shipper.log.read_text())
        say(node, "meanwhile")
        put_in_place(own_hub, files)
        wait_until("the hub shows another", lambda: lines(own_hub.log, TAKEN) == 2)
        all_is_there(own_hub, node, 100)

        assert 1 == lines(shipper.log, "does not take batches")
        assert 1 == lines(shipper.log, "the collector takes batches")


@pytest.mark.parametrize("by_enrolment", [True, False])
def test_of_the_node(
    own_hub: SecuredCollector,
    node: JournaldHost,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_enrolment: bool,
) -> None:
    """The hub refuses it; enrolled anew, or with another file in place, the running shipper goes on where it was."""
    state, own = tmp_path / "state", tmp_path / "node.pem"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    kept = credentials.enrolled(state)
    assert kept is not None
    good = kept.node.read_bytes()
    key, request = authorities.new_request("web-1.example")
    with monkeypatch.context() as yesterday:
        expire(yesterday)
        issued = own_hub.senders.issue(
            own_hub.authority, request, "web-1.example", node.machine_id, "web-1.example", relay=False
        )
    shown = kept.node if by_enrolment else own
    shown.write_bytes(issued.pem + key)
    options = () if by_enrolment else ("--certificate", own, "--ca-file", kept.authority)
    with Program(ship(own_hub, node, state, *options), tmp_path / "shipper.log") as shipper:
        wait_until("the hub refuses it", lambda: "certificate ended 1.0 days ago" in shipper.log.read_text())
        say(node, "meanwhile")
        refused = len(own_hub.log.read_text().splitlines())
        if by_enrolment:
            assert 0 == enrol(node, create_token(own_hub), state).returncode
        else:
            own.write_bytes(good)
        all_is_there(own_hub, node, 100)

        assert 1 == lines(shipper.log, "does not take batches")
        assert 1 == lines(shipper.log, "certificate and token were taken anew")
        assert refused < 20
