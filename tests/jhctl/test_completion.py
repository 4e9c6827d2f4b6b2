"""Completion in real shells, with live values of a collector."""

import os
import pty
import re
import select
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jhctl.fakes import FakeServer
from tests.jhctl.fleets import entries
from tests.jhctl.hub import TIMEOUT, Hub, environment

from journalhub.query.jhctl import completion, shells
from journalhub.query.jhctl.options import OPTIONS

TOLD = [
    ("web-1", 1, "x", ("_SYSTEMD_UNIT", "nginx.service"), ("SYSLOG_IDENTIFIER", "nginx")),
    ("web-2", 2, "x", ("_SYSTEMD_UNIT", "nginx-exporter.service"), ("_SYSTEMD_USER_UNIT", "app.service")),
    ("db-1", 3, "x", ("_SYSTEMD_UNIT", "my odd.service"), ("SYSLOG_IDENTIFIER", "post gres"), ("_NAMESPACE", "web")),
]


NOTHING = "zz"
"""What no value begins with."""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A collector of three hosts."""
    with Hub(entries(TOLD)) as running:
        yield running


@pytest.fixture
def environ(hub: Hub, tmp_path: Path) -> dict[str, str]:
    """An environment in which `jhctl` is a program that asks the hub, and keeps its values in a place of its own."""
    program = tmp_path / "bin" / "jhctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m journalhub.query.jhctl "$@"\n')
    program.chmod(0o755)
    return environment(
        PATH=f"{program.parent}:{os.environ['PATH']}",
        JOURNALHUB_COLLECTOR=hub.url,
        HOME=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        TERM="dumb",
    )


def offered(environ: dict[str, str], *words: str) -> list[str]:
    """What `jhctl completion values` prints, waiting for what comes later: a loaded machine is slow."""
    command = [sys.executable, "-m", "journalhub.query.jhctl", "completion", "values", *words]
    deadline = time.monotonic() + TIMEOUT
    while True:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT)
        assert (0, "") == (done.returncode, done.stderr)
        if done.stdout or words[-1] == NOTHING or time.monotonic() > deadline:
            return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("host",), ["db-1", "web-1", "web-2"]),
        (("host", "web"), ["web-1", "web-2"]),
        (("unit", "ngi"), ["nginx-exporter.service", "nginx.service"]),
        (("user-unit",), ["app.service"]),
        (("identifier",), ["nginx", "post gres"]),
        (("namespace",), ["web"]),
        (("boot", "0b"), ["0b" * 16]),
        (("field", "_SYSTEMD_U"), ["_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT"]),
        (("_SYSTEMD_UNIT=", "nginx."), ["nginx.service"]),
        (("priority", "e"), ["emerg", "err"]),
        (("facility", "ke"), ["kern"]),
        (("mode", "json-s"), ["json-sse", "json-seq"]),
        (("boolean",), ["yes", "no"]),
        (("host", NOTHING), []),
    ],
)
def test_values_are_offered(environ: dict[str, str], words: tuple[str, ...], expected: list[str]) -> None:
    """Each kind is what the collector has, or what there is at all."""
    assert expected == offered(environ, *words)


def test_values_are_kept_for_a_while(environ: dict[str, str], hub: Hub) -> None:
    """What was offered once is offered again without the collector, to the same user and of the same collector only."""
    assert ["db-1", "web-1", "web-2"] == offered(environ, "host")
    kept = [path for path in Path(environ["XDG_CACHE_HOME"]).rglob("*") if path.is_file()]
    assert [0o600] == [stat.S_IMODE(path.stat().st_mode) for path in kept]
    kept[0].write_text("web-7")
    assert ["web-7"] == offered(environ, "host")
    os.utime(kept[0], (1, 1))
    assert ["db-1", "web-1", "web-2"] == offered(environ, "host")
    assert ["web-1"] == offered(environ | {"JOURNALHUB_TOKEN": "t"}, "host", "web-1")
    assert ["web-1"] == offered(environ | {"JOURNALHUB_COLLECTOR": ""}, "host", "web-1", "--collector", hub.url)
    assert ["web-1"] == offered(environ | {"JOURNALHUB_COLLECTOR": ""}, "host", "web-1", "-r", f"--collector={hub.url}")


def test_faults_are_silent(environ: dict[str, str]) -> None:
    """A collector that is down, a word that is no kind, a cache that cannot be written: nothing is offered or said."""
    for more, words in (
        ({"JOURNALHUB_COLLECTOR": "http://127.0.0.1:1"}, ("host",)),
        ({"JOURNALHUB_COLLECTOR": "nonsense"}, ("host",)),
        ({"JOURNALHUB_CONTEXT": "none"}, ("host",)),
        ({}, ("no such kind",)),
        ({}, ("host", "web-1", "--collector")),
        ({"XDG_CACHE_HOME": "/dev/null"}, ("user-unit", NOTHING)),
    ):
        command = [sys.executable, "-m", "journalhub.query.jhctl", "completion", "values", *words]
        done = subprocess.run(command, env=environ | more, capture_output=True, timeout=TIMEOUT)
        assert (0, b"") == (done.returncode, done.stderr)
        assert b"" == done.stdout or words[-1] == "--collector"


def test_nobody_waits_for_a_slow_collector(environ: dict[str, str]) -> None:
    """One that does not answer is not waited for: what was known is offered, and the shell's pipe is let go."""
    with FakeServer(b"", silent=True) as server:
        slow = environ | {"JOURNALHUB_COLLECTOR": server.url}
        command = [sys.executable, "-m", "journalhub.query.jhctl", "completion", "values", "host"]
        done = subprocess.run(command, env=slow, capture_output=True, timeout=completion.FETCH_SECONDS * 0.9)
        assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root, for a resolver of its own")
def test_nobody_waits_for_a_name_that_is_not_found(environ: dict[str, str], tmp_path: Path) -> None:
    """A resolver that says nothing blocks whoever asks it; who types is not that one."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.77.0.1\noptions timeout:30\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
    mounts = "; ".join(f"mount --bind {tmp_path / name} /etc/{name}" for name in ("resolv.conf", "nsswitch.conf"))
    offer = f"exec {sys.executable} -m journalhub.query.jhctl completion values host"
    with socket.socket(type=socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.77.0.1", 53))
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", f"{mounts}; {offer}"],
            env=environ | {"JOURNALHUB_COLLECTOR": "http://hub.example:1"},
            capture_output=True,
            timeout=TIMEOUT * 0.9,
        )
        resolver.settimeout(TIMEOUT)
        assert b"example" in resolver.recv(512)
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


def in_bash(environ: dict[str, str], typed: str) -> list[str]:
    """What bash offers for the words typed, split as readline splits them."""
    words = [word for word in re.split(r"(=)|\s+", typed) if word] + ([""] if typed.endswith(" ") else [])
    script = f"""
        {shells.bash()}
        compopt() {{ :; }}
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
        COMP_CWORD=$(({len(words)} - 1))
        _jhctl
        ((${{#COMPREPLY[@]}})) && printf '%s\\n' "${{COMPREPLY[@]}}"
        true
    """
    done = subprocess.run(["bash", "--norc", "-c", script], env=environ, capture_output=True, timeout=TIMEOUT)
    assert (0, b"") == (done.returncode, done.stderr)
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jhctl -u ngi", ["nginx-exporter.service", "nginx.service"]),
        ("jhctl --unit=ngi", ["nginx-exporter.service", "nginx.service"]),
        ("jhctl --unit my", ["my\\ odd.service"]),
        ("jhctl -r -H web-", ["web-1", "web-2"]),
        ("jhctl --host=", ["db-1", "web-1", "web-2"]),
        ("jhctl -o short-i", ["short-iso", "short-iso-precise"]),
        ("jhctl -p war", ["warning"]),
        ("jhctl _SYSTEMD_UN", ["_SYSTEMD_UNIT="]),
        ("jhctl _SYSTEMD_UNIT=nginx.", ["nginx.service"]),
        ("jhctl -r _HOSTNAME=", ["db-1", "web-1", "web-2"]),
        ("jhctl --until-m", ["--until-match="]),
        ("jhctl --no-f", ["--no-full"]),
        ("jhctl -F SYSLOG_", ["SYSLOG_IDENTIFIER"]),
        ("jhctl --grep x", []),
        ("jhctl --since ", []),
        ("jhctl c", ["ctx", "completion"]),
        ("jhctl ctx ", list(shells.CONTEXT_VERBS)),
        ("jhctl completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_bash_offers(environ: dict[str, str], typed: str, expected: list[str]) -> None:
    """Options, their values, fields and their values, as a person types them."""
    for kind in ("host", "unit", "field", "_SYSTEMD_UNIT=", "_HOSTNAME="):
        offered(environ, kind)
    assert expected == in_bash(environ, typed)


def typed_into(command: list[str], environ: dict[str, str], script: Path, keys: bytes, until: bytes) -> None:
    """Type into a shell that has read a script, on a terminal, until it shows a text."""
    primary, secondary = pty.openpty()
    with subprocess.Popen(
        command, env=environ, stdin=secondary, stdout=secondary, stderr=secondary, start_new_session=True
    ) as shell:
        os.close(secondary)
        try:
            os.write(primary, f". {script}; echo re''ady\n".encode())
            shown = b""
            deadline = time.monotonic() + TIMEOUT
            while until not in shown:
                ready, _, _ = select.select([primary], [], [], 0.2)
                assert time.monotonic() < deadline, shown
                shown += os.read(primary, 65536) if ready else b""
                if keys and b"ready\r\n" in shown:
                    os.write(primary, keys)
                    keys = b""
        finally:
            shell.kill()
            os.close(primary)


def test_a_person_types_into_bash(environ: dict[str, str], tmp_path: Path) -> None:
    """With the script sourced, the tab key completes a unit behind `=`, and runs what was completed."""
    offered(environ, "unit")
    script = tmp_path / "script"
    script.write_text(shells.bash())
    keys = b"jhctl -q --no-pager -o cat --output-fields=_SYSTEMD_UNIT --unit=nginx.\t\n"
    typed_into(["bash", "--norc", "-i"], environ, script, keys, b"--unit=nginx.service \r\n")


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_a_person_types_into_zsh(environ: dict[str, str], tmp_path: Path) -> None:
    """The same in zsh."""
    offered(environ, "unit")
    script = tmp_path / "script"
    script.write_text(f"autoload -U compinit; compinit -u -D\n{shells.zsh()}")
    keys = b"echo jhctl; jhctl --unit=nginx.\t"
    typed_into(["zsh", "-f", "-i"], environ, script, keys, b"nginx.service")


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jhctl -u ngi", {"nginx-exporter.service", "nginx.service"}),
        ("jhctl --unit=ngi", {"--unit=nginx-exporter.service", "--unit=nginx.service"}),
        ("jhctl _SYSTEMD_UNIT=nginx.", {"_SYSTEMD_UNIT=nginx.service"}),
        ("jhctl ctx cur", {"current"}),
        ("jhctl --until-m", {"--until-match"}),
    ],
)
def test_fish_offers(environ: dict[str, str], tmp_path: Path, typed: str, expected: set[str]) -> None:
    """The same in fish, which says itself what it offers."""
    for kind in ("unit", "_SYSTEMD_UNIT="):
        offered(environ, kind)
    script = tmp_path / "script"
    script.write_text(shells.fish())
    command = ["fish", "--no-config", "-c", f"source {script}; complete -C '{typed}'"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT)
    assert expected == {line.split("\t")[0] for line in done.stdout.splitlines()}, done.stderr


def test_every_option_is_offered() -> None:
    """The scripts come from the table: none is missing, and those that are refused are not offered."""
    for script in (shells.bash(), shells.zsh(), shells.fish()):
        for option in OPTIONS:
            named = re.search(rf"(--|-l ){option.name}(?![a-z-])", script)
            assert bool(named) != bool(option.refused), option.name


def test_every_kind_is_known() -> None:
    """What the table says of values is something that `jhctl completion values` can give."""
    assert {option.values for option in OPTIONS} - {"", "file"} <= completion.KINDS


def test_shells_that_are_not_known_are_refused() -> None:
    """One line; without a shell, how it is used."""
    command = [sys.executable, "-m", "journalhub.query.jhctl", "completion"]
    refused = subprocess.run([*command, "tcsh"], env=environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert (1, "jhctl: completion for 'tcsh' is not known; give bash, zsh or fish\n") == (
        refused.returncode,
        refused.stderr,
    )
    helped = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert (0, completion.USAGE) == (helped.returncode, helped.stdout)
