"""A hub and three nodes from the Debian package, set up by the documented commands, each a machine with its systemd."""

import json
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from deploy.debian.build import build
from deploy.debian.tree import SYSTEM_PYTHON
from tests.integration.programs import wait_until
from tests.lab import box
from tests.lab.ports import free_port
from tests.test_structure import ROOT


def why_no_package() -> str | None:
    """Why none can be made and installed here, or None."""
    if shutil.which("dpkg-deb") is None:
        return "dpkg-deb is not installed"
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    ask = [SYSTEM_PYTHON, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    if subprocess.run(ask, capture_output=True, text=True).stdout.strip() != here:
        return f"{SYSTEM_PYTHON} is not the Python {here} of this environment"
    return box.why_not()


pytestmark = pytest.mark.skipif(why_no_package() is not None, reason=f"needs a package in a box: {why_no_package()}")

PORT = free_port()
"""The boxes share the network of this machine."""
URL = f"https://localhost:{PORT}"
AUTHORITY = "/var/lib/journalhub/collector/access/authority/authority.pem"
NODES = ("web-1", "web-2", "web-3")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def fleet(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, box.SystemdBox]]:
    """A hub with an authority, and nodes that are enrolled at it."""
    directory = tmp_path_factory.mktemp("boxes")
    with ExitStack() as stack:
        machines = {}
        for name in ("hub", *NODES):
            machine = box.SystemdBox(directory / name, name, {package.parent: "/opt/packages"})
            machines[name] = stack.enter_context(machine)
            machine.run(["dpkg", "--force-unsafe-io", "-i", f"/opt/packages/{package.name}"])
        hub = machines["hub"]
        settings = hub.root / "etc/journalhub/collector.toml"
        settings.parent.mkdir()
        settings.write_text(f'listen = ["127.0.0.1:{PORT}"]\n')
        hub.run(["journalhub", "ca", "init", "--name", "localhost"])
        hub.run(["journalhub", "install", "collector"])
        line = hub.run(["journalhub", "enroll", "--create-token", "--host", "web-*", "--url", URL]).stdout
        for name in NODES:
            done = machines[name].run(shlex.split(line), check=False)
            assert done.returncode == 0, done.stderr + logs(machines[name])
        yield machines


def logs(machine: box.SystemdBox) -> str:
    """What our services have said."""
    return machine.run(["journalctl", "--no-pager", "-o", "cat", "-u", "journalhub-*"]).stdout


def found(hub: box.SystemdBox, *options: str) -> str:
    """What jhctl prints on the hub, for a program with a token."""
    token = hub.run(["journalhub", "token", "create", "test"]).stdout.strip()
    environment = [f"SSL_CERT_FILE={AUTHORITY}", f"JOURNALHUB_TOKEN={token}"]
    jhctl = ["env", *environment, "jhctl", "--collector", URL, "--no-pager", "-o", "cat", *options]
    done = hub.run(jhctl, check=False)
    assert done.returncode == 0, done.stderr + logs(hub)
    return done.stdout


def log(machine: box.SystemdBox, text: str) -> None:
    """Write a line to a machine's journal."""
    machine.run(["systemd-cat", "-t", "greeter", "echo", text])


def eventually(fleet: Mapping[str, box.SystemdBox], node: str, text: str) -> None:
    """Wait until the hub has this line of a node."""
    wait_until(f"{text!r} of {node} arrives", lambda: text in found(fleet["hub"], "-H", node, "-t", "greeter"))


def test_nodes_that_ran_the_printed_line_ship(fleet: Mapping[str, box.SystemdBox]) -> None:
    """The line enrols the node and starts its service; what the node logs is found under its name."""
    for name in NODES:
        log(fleet[name], f"hello from {name}")
    for name in NODES:
        eventually(fleet, name, f"hello from {name}")
        assert "enabled" == fleet[name].run(["systemctl", "is-enabled", "journalhub-shipper"]).stdout.strip()


def test_reboots_change_nothing(fleet: Mapping[str, box.SystemdBox]) -> None:
    """After a reboot of the hub, and of a node, all goes on without a hand."""
    for name in ("hub", "web-1"):
        fleet[name].down()
    log(fleet["web-2"], "while the hub was away")
    for name in ("hub", "web-1"):
        fleet[name].up()
    log(fleet["web-1"], "a boot later")

    eventually(fleet, "web-1", "a boot later")
    eventually(fleet, "web-2", "while the hub was away")


def test_an_upgrade_restarts_what_runs(fleet: Mapping[str, box.SystemdBox], package: Path) -> None:
    """Installing a package over the one that is there restarts the service, which goes on where it was."""
    node = fleet["web-1"]
    invocation = ["systemctl", "show", "journalhub-shipper", "-P", "InvocationID"]
    before = node.run(invocation).stdout
    node.run(["dpkg", "--force-unsafe-io", "-i", f"/opt/packages/{package.name}"])
    log(node, "upgraded")

    assert before != node.run(invocation).stdout
    eventually(fleet, "web-1", "upgraded")


def test_certificates_are_rotated(fleet: Mapping[str, box.SystemdBox]) -> None:
    """A node whose certificate is due gets another by itself, a hub another by a command; both go on shipping."""
    node, hub = fleet["web-1"], fleet["hub"]
    files = node.root / "var/lib/private/journalhub/shipper/tls"
    before, shown = (files / "node.pem").read_bytes(), ssl.get_server_certificate(("localhost", PORT))
    enrolled = json.loads((files / "enrolled.json").read_text())
    # As if it had been issued long ago; the file stays the service's own.
    (files / "enrolled.json").write_text(json.dumps(enrolled | {"issued": 1}))
    node.run(["systemctl", "restart", "journalhub-shipper"])
    hub.run(["journalhub", "ca", "renew", "--name", "localhost"])

    wait_until("the node has another", lambda: (files / "node.pem").read_bytes() != before)
    wait_until("the hub shows another", lambda: ssl.get_server_certificate(("localhost", PORT)) != shown)
    log(node, "with new certificates")
    eventually(fleet, "web-1", "with new certificates")


def test_a_revoked_node_is_refused(fleet: Mapping[str, box.SystemdBox]) -> None:
    """From its revocation on nothing of the node arrives, and its service says why; the others go on."""
    # A first try may have revoked it.
    fleet["hub"].run(["journalhub", "enroll", "--revoke", "web-2"], check=False)
    log(fleet["web-2"], "after the revocation")
    log(fleet["web-1"], "still welcome")
    eventually(fleet, "web-1", "still welcome")

    wait_until("the node is told", lambda: "revoked" in logs(fleet["web-2"]))
    assert "after the revocation" not in found(fleet["hub"], "-H", "web-2")


def test_the_package_leaves_nothing_but_what_was_kept(fleet: Mapping[str, box.SystemdBox]) -> None:
    """Removed, its service is stopped and nothing runs at the next boot; the node's state stays."""
    node = fleet["web-2"]
    node.run(["dpkg", "--purge", "journalhub"])

    assert "inactive" == node.run(["systemctl", "is-active", "journalhub-shipper"], check=False).stdout.strip()
    assert not list((node.root / "etc/systemd/system").rglob("journalhub-*"))
    assert not (node.root / "opt/journalhub").exists()
    assert (node.root / "var/lib/private/journalhub/shipper/tls").is_dir()
