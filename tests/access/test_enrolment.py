"""Nodes that enrol, ship, are bound to their machine, renew, and are revoked: real journald, real TLS."""

import json
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import BIN, ENVIRONMENT, Program, assert_same_entries, journalctl, wait_until
from tests.lab.journald import JournaldHost
from tests.query.fleet import make_entries

from journalhub.access import authority as authorities
from journalhub.access.roles import Role
from journalhub.shipper import credentials

UPLOAD = Path("/lib/systemd/systemd-journal-upload")


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[SecuredCollector]:
    """A collector of the test's own, empty."""
    with SecuredCollector(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def node(journald_host: Callable[..., JournaldHost]) -> JournaldHost:
    """A node with some entries."""
    host = journald_host("web-1.example")
    host.run(["systemd-cat", "-t", "app"], "\n".join(f"line {number}" for number in range(50)))
    host.sync()
    return host


def create_token(hub: SecuredCollector, *options: str) -> list[str]:
    """The words of the line that `journalhub enroll --create-token` prints."""
    command = hub.command("enroll", "--create-token", "--url", hub.url, *options)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def enrol(node: JournaldHost, words: list[str], state: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the line on the node."""
    return node.run([BIN / words[0], *words[1:], "--state-dir", state, "--no-start"], check=False)


def ship(hub: SecuredCollector, node: JournaldHost, state: Path, *options: str | Path) -> list[str | Path]:
    """The command of the node's shipper."""
    return [
        *(BIN / "journalhub", "shipper", "--collector", hub.url, "--state-dir", state),
        *("--directory", node.log_directory, *options),
    ]


def exported(hub: SecuredCollector) -> bytes:
    """Everything stored, as somebody sees it who may see all, once it is in the index."""
    reader = hub.token(Role.READER)
    wait_until("everything stored is found", lambda: hub.get("/api/v1/count", reader)["matched"] == stored(hub, reader))
    return hub.ask("/api/v1/export?format=export", reader).body


def stored(hub: SecuredCollector, reader: str) -> int:
    """How many entries have arrived, as the ledger of nodes counts them."""
    return sum(node["entries"] for node in hub.get("/api/v1/nodes", reader)["nodes"])


def test_one_line_enrols_a_node(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """The printed line is all it takes; what is shipped then is what the node has."""
    state = tmp_path / "state"
    done = enrol(node, create_token(own_hub, "--host", "web-*"), state)
    assert 0 == done.returncode, done.stderr.decode()
    shipped = subprocess.run(ship(own_hub, node, state, "--once"), capture_output=True, text=True, env=ENVIRONMENT)
    assert 0 == shipped.returncode, shipped.stderr
    reader = own_hub.token(Role.READER)
    wait_until("all is found", lambda: own_hub.get("/api/v1/count", reader)["matched"] >= 50)

    assert_same_entries(journalctl("--directory", node.log_directory), exported(own_hub))
    assert 0o600 == (state / "tls" / "node.pem").stat().st_mode & 0o777
    listed = subprocess.run(own_hub.command("enroll", "--list"), capture_output=True, text=True, check=True).stdout
    assert f"web-1.example {node.machine_id}" in " ".join(listed.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "db-*"], "hosts that match 'db-*'"),
        (["--ttl", "1us"], "wrong, expired or revoked"),
    ],
)
def test_a_token_for_others(
    own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path, options: list[str], said: str
) -> None:
    """A token of other hosts or of another time enrols nobody, and leaves no file."""
    done = enrol(node, create_token(own_hub, *options), tmp_path / "state")

    assert 1 == done.returncode
    assert said in done.stderr.decode()
    assert not (tmp_path / "state" / "tls").exists()


def test_somebody_in_between(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """A hub with another authority than the token names is found out before the token is sent."""
    with SecuredCollector(tmp_path / "other") as other:
        words = create_token(own_hub)
        words[3] = other.url
        done = enrol(node, words, tmp_path / "state")
        admin = other.token(Role.ADMIN)
        asked = [record["path"] for record in other.get("/api/v1/audit", admin)["records"]]

    assert 6 == done.returncode
    assert "is not the hub that made the token" in done.stderr.decode()
    assert "/api/v1/enroll" not in asked


def test_a_node_speaks_for_itself(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """Entries of another machine are refused one by one, counted to who sent them, and the rest is stored."""
    state = tmp_path / "state"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    answer = own_hub.send(make_entries(5), certificate=state / "tls" / "node.pem")
    assert 200 == answer.status
    assert 5 == len(answer.document["refused"])
    assert {"it claims another machine than its sender is enrolled for"} == {
        row["reason"] for row in answer.document["refused"]
    }
    shipped = subprocess.run(ship(own_hub, node, state, "--once"), capture_output=True, text=True, env=ENVIRONMENT)
    assert 0 == shipped.returncode, shipped.stderr
    reader = own_hub.token(Role.READER)
    wait_until("all is found", lambda: own_hub.get("/api/v1/count", reader)["matched"] >= 50)
    nodes = own_hub.get("/api/v1/nodes", reader)["nodes"]

    assert {"web-1.example"} == {row["hostname"] for row in nodes}
    assert 5 == sum(row["refused"] for row in nodes)
    assert_same_entries(journalctl("--directory", node.log_directory), exported(own_hub))


def test_another_machine_with_the_same_files(
    own_hub: SecuredCollector, journald_host: Callable[..., JournaldHost], node: JournaldHost, tmp_path: Path
) -> None:
    """A clone that took the certificate along is told to enrol, keeps its entries, and does not speak for the first."""
    state = tmp_path / "state"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    clone = journald_host("web-9.example")
    clone.run(["logger", "of the clone"])
    clone.sync()
    command = ship(own_hub, clone, state, "--once", "--once-timeout", "10")
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)

    assert 0 != done.returncode
    assert "enrol" in done.stderr
    assert 0 == own_hub.get("/api/v1/count", own_hub.token(Role.READER))["matched"]


def test_revocation_is_immediate(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """A running shipper's next batch is refused, on the connection that is open; enrolled anew it goes on."""
    state = tmp_path / "state"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    reader = own_hub.token(Role.READER)
    with Program(ship(own_hub, node, state), tmp_path / "shipper.log") as shipper:
        wait_until("the backlog is found", lambda: own_hub.get("/api/v1/count", reader, q="ident=app")["matched"] == 50)
        revoke = own_hub.command("enroll", "--revoke", "web-1.example")
        assert "revoked 1 certificate" in subprocess.run(revoke, capture_output=True, text=True, check=True).stdout
        node.run(["logger", "-t", "late", "after it was revoked"])
        wait_until("the shipper says that it is refused", lambda: "revoked" in shipper.log.read_text())
        assert 0 == own_hub.get("/api/v1/count", reader, q="ident=late")["matched"]
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    with Program(ship(own_hub, node, state), tmp_path / "shipper.log"):
        wait_until("what waited is found", lambda: own_hub.get("/api/v1/count", reader, q="ident=late")["matched"] == 1)


def test_a_certificate_is_renewed_while_shipping(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """A shipper whose certificate is near its end gets another, with another key, by itself."""
    state = tmp_path / "state"
    assert 0 == enrol(node, create_token(own_hub), state).returncode
    kept = credentials.enrolled(state)
    assert kept is not None
    before = kept.node.read_bytes()
    file = state / "tls" / "enrolled.json"
    file.write_text(json.dumps({"hub": kept.hub, "issued": 0, "expires": time.time_ns() // 1000 + 3_600_000_000}))
    with Program(ship(own_hub, node, state), tmp_path / "shipper.log"):
        wait_until("it has another certificate", lambda: kept.node.read_bytes() != before)
        node.run(["logger", "-t", "later", "with the new one"])
        reader = own_hub.token(Role.READER)
        wait_until("it ships", lambda: own_hub.get("/api/v1/count", reader, q="ident=later")["matched"] == 1)

    assert before.split(b"PRIVATE KEY")[1] != kept.node.read_bytes().split(b"PRIVATE KEY")[1]
    assert 2 == len([row for row in own_hub.senders.all() if row.revoked is None])


@pytest.mark.skipif(not UPLOAD.exists(), reason="the package systemd-journal-remote is not installed")
def test_the_stock_uploader_with_its_three_files(own_hub: SecuredCollector, node: JournaldHost, tmp_path: Path) -> None:
    """`enroll --issue` makes what journal-upload.conf wants; with it Debian's uploader is a known sender."""
    files = tmp_path / "files"
    issue = own_hub.command(*("enroll", "--issue", "web-1.example", "--machine-id", node.machine_id, "--out", files))
    subprocess.run(issue, check=True, capture_output=True)
    upload: list[str | Path] = [
        *(UPLOAD, f"--url={own_hub.url}", f"--directory={node.log_directory}", "--follow=no"),
        f"--save-state={tmp_path / 'upload-state'}",
    ]
    keys = [f"--key={files / 'key.pem'}", f"--cert={files / 'certificate.pem'}", f"--trust={files / 'authority.pem'}"]
    without = subprocess.run([*upload, f"--trust={files / 'authority.pem'}"], capture_output=True, text=True)
    done = subprocess.run([*upload, *keys], capture_output=True, text=True)
    reader = own_hub.token(Role.READER)
    wait_until("all is found", lambda: own_hub.get("/api/v1/count", reader)["matched"] >= 50)

    assert 0 != without.returncode
    assert 0 == done.returncode, done.stderr
    assert_same_entries(journalctl("--directory", node.log_directory), exported(own_hub))


def test_an_expired_certificate(own_hub: SecuredCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS refuses it before any request is read."""
    monkeypatch.setattr(authorities, "SENDER_DAYS", -1)
    monkeypatch.setattr(authorities, "CLOCK_SLACK", timedelta(days=3))
    key, request = authorities.new_request("web-1")
    issued = own_hub.senders.issue(own_hub.authority, request, "web-1", "a" * 32, "web-1", relay=False)
    (tmp_path / "node.pem").write_bytes(issued.pem + key)

    with pytest.raises(OSError, match="(?i)expired|reset|broken|closed|EOF"):
        own_hub.ask("/api/v1/resume?machine_id=" + "a" * 32, certificate=tmp_path / "node.pem")


def test_a_certificate_of_another_authority(own_hub: SecuredCollector, tmp_path: Path) -> None:
    """One that looks the same, but that nobody here signed, is refused by TLS."""
    stranger = authorities.init(tmp_path / "stranger", ["localhost"])
    key, request = authorities.new_request("web-1")
    (tmp_path / "node.pem").write_bytes(stranger.issue_sender(request, "web-1", "a" * 32).pem + key)

    with pytest.raises(OSError, match="(?i)unknown ca|verify|reset|broken|closed|EOF"):
        own_hub.ask("/api/v1/resume?machine_id=" + "a" * 32, certificate=tmp_path / "node.pem")


def test_a_new_certificate_without_a_restart(own_hub: SecuredCollector) -> None:
    """`ca renew` gives the running hub another one; a pair that does not fit leaves the old one in use."""

    def serial() -> str:
        return ssl.get_server_certificate(("127.0.0.1", own_hub.port))

    before = serial()
    subprocess.run(own_hub.command("ca", "renew", "--name", "127.0.0.1"), check=True, capture_output=True)
    wait_until("the new certificate is served", lambda: serial() != before)
    after = serial()
    certificate, _ = own_hub.authority.hub_files
    certificate.write_bytes(own_hub.authority.pem)
    wait_until("the collector complains", lambda: "stays in use" in own_hub.log.read_text())

    assert after == serial()
