"""`journalhub install` on a machine with a real systemd: from the wheel, started, killed, rebooted, taken away."""

import json
import pwd
import socket
import ssl
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab import box
from tests.lab.ports import free_port
from tests.test_packaging import ROOT, build

from journalhub.access import authority

pytestmark = pytest.mark.skipif(box.why_not() is not None, reason=f"needs a systemd box: {box.why_not()}")

PORT = free_port()
"""The box shares the network of this machine."""

UNITS = ("journalhub-collector", "journalhub-shipper")
LOGS = [f"--unit={unit}" for unit in UNITS]

# The interpreter and the dependencies are shown inside under /opt: a home directory, where they may lie out here, is
# closed to the units; so is the libpython that the interpreter names. PYTHONPATH reads no .pth files, so the
# checkout's editable install stays out of it.
ENVIRONMENT = {"PYTHONPATH": "/opt/journalhub/wheel:/opt/packages", "LD_LIBRARY_PATH": "/opt/python/lib"}
VARIABLES = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
PYTHON = f"/opt/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
PROGRAM = f'#!/bin/sh\n{VARIABLES} exec {PYTHON} -m journalhub "$@"\n'


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[box.SystemdBox]:
    """A box with both units installed and started."""
    directory = tmp_path_factory.mktemp("box")
    packages = Path(sysconfig.get_path("purelib"))
    with box.SystemdBox(
        directory, "hub-1", {Path(sys.base_prefix): "/opt/python", packages: "/opt/packages"}
    ) as machine:
        wheel = build("wheel", ROOT, directory / "wheel")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(machine.root / "opt/journalhub/wheel")
        program = machine.root / "opt/journalhub/bin/journalhub"
        program.parent.mkdir()
        program.write_text(PROGRAM)
        program.chmod(0o755)
        machine.run(["chmod", "-R", "go+rX", "/opt/journalhub"])
        settings = machine.root / "etc/journalhub"
        settings.mkdir()
        (settings / "collector.toml").write_text(f'listen = ["127.0.0.1:{PORT}"]\n')
        install(machine, "collector")
        install(machine, "shipper", "--collector", f"http://127.0.0.1:{PORT}")
        yield machine


def install(machine: box.SystemdBox, *words: str) -> None:
    """Run `journalhub install` in the box."""
    program = "/opt/journalhub/bin/journalhub"
    done = machine.run([program, "install", *words, "--program", program], check=False)
    assert done.returncode == 0, done.stderr + machine.run(["journalctl", "--no-pager", "-o", "cat", *LOGS]).stdout


def show(machine: box.SystemdBox, unit: str, name: str) -> str:
    """A property of a unit."""
    return machine.run(["systemctl", "show", unit, "-P", name]).stdout.strip()


def jhctl(machine: box.SystemdBox, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run jhctl in the box."""
    python = ["env", *VARIABLES.split(), PYTHON, "-m", "journalhub.query.jhctl"]
    return machine.run([*python, "--collector", f"http://127.0.0.1:{PORT}", *arguments], check=False)


def eventually(what: str, machine: box.SystemdBox, *arguments: str) -> None:
    """Poll jhctl until its output has `what`."""
    deadline = time.monotonic() + 240
    while what not in (got := jhctl(machine, *arguments)).stdout:
        assert time.monotonic() < deadline, got
        time.sleep(0.1)


def test_both_units_start_and_ship(installed: box.SystemdBox) -> None:
    """Both say that they are ready, and what a unit of the machine logs can be found."""
    for unit in UNITS:
        assert ("active", "notify") == (show(installed, unit, "ActiveState"), show(installed, unit, "Type"))
    installed.run(["systemd-run", "--wait", "--unit=greeter", "sh", "-c", "echo hello from a unit"])

    eventually("hello from a unit", installed, "-u", "greeter")


def test_the_users_of_the_machine_have_names(installed: box.SystemdBox) -> None:
    """The shipper tells what its machine's passwd calls them."""
    url = f"http://127.0.0.1:{PORT}/api/v1/users"
    deadline = time.monotonic() + 240
    while not (told := json.load(urllib.request.urlopen(url, timeout=240))["users"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    (alike,) = told
    assert [installed.machine_id] == alike["machine_ids"]
    assert "root" == alike["names"]["0"]
    assert str(pwd.getpwnam("nobody").pw_uid) in alike["names"]


def test_they_come_back_after_a_kill(installed: box.SystemdBox) -> None:
    """kill -9 of both is followed by a restart, and entries go on arriving."""
    before = {unit: show(installed, unit, "NRestarts") for unit in UNITS}
    for unit in before:
        installed.run(["systemctl", "kill", "--signal=KILL", unit])
    installed.run(["systemd-run", "--wait", "--unit=phoenix", "sh", "-c", "echo written while they were dead"])

    eventually("written while they were dead", installed, "-u", "phoenix")
    assert all(int(show(installed, unit, "NRestarts")) > int(count) for unit, count in before.items())


def boot_of(machine: box.SystemdBox) -> str:
    """The id of its boot, as journalctl has it."""
    return machine.run(["cat", "/proc/sys/kernel/random/boot_id"]).stdout.strip().replace("-", "")


def test_they_come_back_after_a_reboot(installed: box.SystemdBox) -> None:
    """The next boot starts both without a word, and what the machine logs then arrives."""
    if not installed.is_up:  # A first try got no further than this.
        installed.down()
        installed.up()
    first = boot_of(installed)
    installed.down()
    installed.up()
    installed.run(["systemd-run", "--wait", "--unit=second", "sh", "-c", "echo a boot later"])

    eventually("a boot later", installed, "-u", "second")
    boots = jhctl(installed, "--list-boots", "-q").stdout.splitlines()
    assert [1, 1] == [sum(boot in line for line in boots) for boot in (first, boot_of(installed))]


def test_a_new_unit_restarts_the_service(installed: box.SystemdBox) -> None:
    """Installed once more with another unit, as an upgrade does it, the service runs from the new one."""
    unit = installed.root / "etc/systemd/system/journalhub-shipper.service"
    unit.write_text(unit.read_text().replace("Nice=5", "Nice=6"))
    before = show(installed, "journalhub-shipper", "InvocationID")
    install(installed, "shipper")

    assert ("active", "5") == tuple(show(installed, "journalhub-shipper", name) for name in ("ActiveState", "Nice"))
    assert before != show(installed, "journalhub-shipper", "InvocationID")


def test_they_stop_cleanly(installed: box.SystemdBox) -> None:
    """systemctl stop ends both with success."""
    installed.run(["systemctl", "stop", *reversed(UNITS)])

    for unit in UNITS:
        assert ("success", "inactive") == (show(installed, unit, "Result"), show(installed, unit, "ActiveState"))


def test_a_certificate_that_only_root_may_read(installed: box.SystemdBox, tmp_path: Path) -> None:
    """LoadCredential= hands certificate and key of an organisation's own to the collector, as the page shows it."""
    lines = (ROOT / "docs" / "operations.md").read_text().split("    [Service]\n")[1].split("\n\n")[0].splitlines()
    own = authority.init(tmp_path, ["localhost"])
    certificate, key = own.hub_files
    for source, name in ((certificate, "etc/ssl/hub.pem"), (key, "etc/ssl/private/hub.key")):
        (installed.root / name).parent.mkdir(exist_ok=True)
        (installed.root / name).touch(0o600)
        (installed.root / name).write_bytes(source.read_bytes())
    settings = installed.root / "etc/systemd/system/journalhub-collector.service.d/override.conf"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("[Service]\n" + "".join(f"{line.strip()}\n" for line in lines))
    installed.run(["systemctl", "daemon-reload"])
    installed.run(["systemctl", "restart", "journalhub-collector"])

    context = ssl.create_default_context(cafile=own.certificate_file)
    with socket.create_connection(("localhost", PORT)) as plain:
        context.wrap_socket(plain, server_hostname="localhost").close()
    settings.unlink()
    installed.run(["systemctl", "stop", "journalhub-collector"])


def test_uninstalled_they_are_gone(installed: box.SystemdBox) -> None:
    """systemd knows them no more; what the collector keeps is there."""
    install(installed, "collector")  # A second try may find one of them gone.
    install(installed, "shipper", "--collector", f"http://127.0.0.1:{PORT}")
    installed.run(["systemctl", "start", *UNITS])
    for role in ("shipper", "collector"):
        installed.run(["/opt/journalhub/bin/journalhub", "uninstall", role])

    for unit in UNITS:
        assert ("not-found", "inactive") == (show(installed, unit, "LoadState"), show(installed, unit, "ActiveState"))
    assert (installed.root / "var/lib/private/journalhub/collector/partitions").is_dir()
