"""jhctl where one has to say who one is: contexts, tokens, and what it tells of the fleet."""

import json
import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import BIN, ENVIRONMENT
from tests.query.fleet import HOSTS, make_entries

from journalhub.access.roles import Role

ENTRIES = make_entries(300)


def jhctl(
    home: Path, *words: str | Path, given: str | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A run with a home directory of its own."""
    env = {**ENVIRONMENT, "HOME": str(home), "TZ": "UTC", **(environment or {})}
    env.pop("XDG_CONFIG_HOME", None)
    command: list[str | Path] = [BIN / "jhctl", *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, input=given, errors="replace")


def test_a_context(hub: SecuredCollector, tmp_path: Path) -> None:
    """Added once with its token and authority, it is what every command asks; the file is nobody else's."""
    token = hub.token(Role.READER, f"host={HOSTS[2]}")
    add = ("ctx", "add", "lab", hub.url, "--ca-file", hub.authority_file, "--token")
    assert 0 == jhctl(tmp_path, *add, given=token + "\n").returncode
    done = jhctl(tmp_path, "--no-pager", "-q", "-a")
    file = tmp_path / ".config" / "journalhub" / "contexts.json"

    assert (0, "") == (done.returncode, done.stderr)
    assert {"db-1"} == {line.split(" ")[3] for line in done.stdout.splitlines() if line[:3].isalpha()}
    assert 0o600 == file.stat().st_mode & 0o777
    assert f"* lab              {hub.url}\n" == jhctl(tmp_path, "ctx", "list").stdout
    assert token not in jhctl(tmp_path, "ctx", "list").stdout


def test_precedence(hub: SecuredCollector, tmp_path: Path) -> None:
    """Option before environment before context; a token goes to the collector it was given for, and to no other."""
    add = ("--ca-file", hub.authority_file, "--token")
    jhctl(tmp_path, "ctx", "add", "good", hub.url, *add, given=hub.token(Role.READER))
    jhctl(tmp_path, "ctx", "add", "bad", "http://127.0.0.1:1", *add, given="jht_wrong")

    assert 3 == jhctl(tmp_path, "--count").returncode
    assert "300\n" == jhctl(tmp_path, "--count", environment={"JOURNALHUB_CONTEXT": "good"}).stdout
    assert 0 == jhctl(tmp_path, "ctx", "use", "good").returncode
    assert "300\n" == jhctl(tmp_path, "--count").stdout
    assert 3 == jhctl(tmp_path, "--count", "--collector", "http://127.0.0.1:1").returncode
    other = {"JOURNALHUB_COLLECTOR": hub.url.replace("127.0.0.1", "localhost")}
    assert (5, True) == ((done := jhctl(tmp_path, "--count", environment=other)).returncode, "401" in done.stderr)
    assert (
        "300\n" == jhctl(tmp_path, "--count", environment=other | {"JOURNALHUB_TOKEN": hub.token(Role.READER)}).stdout
    )


@pytest.mark.parametrize(("command", "said"), [("exit 3", "ended with 3"), ("true", "it printed nothing")])
def test_a_token_command(hub: SecuredCollector, tmp_path: Path, command: str, said: str) -> None:
    """Is asked for each run; one that fails is told."""
    add = ("ctx", "add", "x", hub.url, "--ca-file", hub.authority_file, "--token-command")
    jhctl(tmp_path, *add, f"echo {hub.token(Role.READER)}")
    assert "300\n" == jhctl(tmp_path, "--count").stdout
    jhctl(tmp_path, *add, command)
    done = jhctl(tmp_path, "--count")

    assert (1, True) == (done.returncode, said in done.stderr), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ctx", "use", "nothing"), "there is no context 'nothing'"),
        (("ctx", "add", "x", "hub"), "not a collector's URL"),
        (("ctx", "frobnicate"), "does not know 'frobnicate'"),
        (("ctx", "current"), "no context is in use"),
    ],
)
def test_what_ctx_refuses(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """One line that says what to do."""
    done = jhctl(tmp_path, *words)

    assert 1 == done.returncode
    assert said in done.stderr


def test_a_broken_file(tmp_path: Path) -> None:
    """Is named, and not written over."""
    file = tmp_path / ".config" / "journalhub" / "contexts.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    done = jhctl(tmp_path, "ctx", "add", "x", "http://hub:19532")

    assert (1, "{") == (done.returncode, file.read_text())
    assert str(file) in done.stderr


@pytest.fixture
def asking(hub: SecuredCollector, tmp_path: Path) -> Path:
    """A home whose context asks the hub."""
    add = ("ctx", "add", "lab", hub.url, "--ca-file", hub.authority_file, "--token")
    assert 0 == jhctl(tmp_path, *add, given=hub.token(Role.READER)).returncode
    return tmp_path


def test_count(asking: Path) -> None:
    """How many, and how many of each value; with journalctl's exit code for a pattern that is not there."""
    counted = jhctl(asking, "--count=_HOSTNAME").stdout.splitlines()
    expected = {host: sum(1 for entry in ENTRIES if entry.first("_HOSTNAME") == host.encode()) for host in HOSTS}

    assert expected == {line.split()[1]: int(line.split()[0]) for line in counted}
    assert sorted(expected.values(), reverse=True) == [int(line.split()[0]) for line in counted]
    assert f"{expected['db-1']}\n" == jhctl(asking, "--count", "-H", "db-1").stdout
    assert (1, "0\n") == ((done := jhctl(asking, "--count", "-g", "zzz")).returncode, done.stdout)
    assert "no field name" in jhctl(asking, "--count=lower").stderr


def test_list_hosts(asking: Path) -> None:
    """A row for every host, those in trouble first; as JSON what the API says."""
    lines = jhctl(asking, "--list-hosts").stdout.splitlines()
    documents = [json.loads(line) for line in jhctl(asking, "--list-hosts", "-o", "json").stdout.splitlines()]

    assert ["HOST", "NAMESPACE", "STATE", "SEEN", "LAG", "RATE", "ENTRIES", "MISSING", "VERSION"] == lines[0].split()
    assert set(HOSTS) == {line.split()[0] for line in lines[1:]} == {row["hostname"] for row in documents}
    assert all(
        line.startswith("db-1 ") for line in jhctl(asking, "--list-hosts", "-q", "-H", "db*").stdout.splitlines()
    )


def test_header(asking: Path) -> None:
    """A paragraph for each node, in the place of journal files; a host has one for each of its journal namespaces."""

    def told(*words: str) -> list[tuple[str, str, int]]:
        paragraphs = [paragraph.splitlines() for paragraph in jhctl(asking, "--header", *words).stdout.split("\n\n")]
        nodes = [dict(line.split(": ", 1) for line in paragraph) for paragraph in paragraphs]
        return sorted((node["Host"], node.get("Namespace", ""), int(node["Entry objects"])) for node in nodes)

    documents = [json.loads(line) for line in jhctl(asking, "--list-hosts", "-o", "json").stdout.splitlines()]
    expected = sorted((row["hostname"], row["namespace"], row["entries"]) for row in documents)

    assert expected == told()
    assert [row for row in expected if row[0] == "db-1"] == told("-H", "db-1")
    assert any(namespace for _, namespace, _ in expected)
    assert "take up" in jhctl(asking, "--disk-usage").stdout


def test_list_gaps(asking: Path) -> None:
    """Where nothing is missing it says so, and with -q nothing."""
    assert "-- No gaps --\n" == jhctl(asking, "--list-gaps").stdout
    assert "" == jhctl(asking, "--list-gaps", "-q").stdout
    assert "Extraneous arguments" in jhctl(asking, "--list-gaps", "A=b").stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "/?since="),
        (("-H", "web-*", "-u", "ssh", "-p", "err"), "/?q=host%3Dweb-%2A%20unit%3Dssh&priority=3&since="),
        (("--search", "a OR b", "-t", "x y"), "/?q=%28a%20OR%20b%29%20ident%3D%22x%20y%22&since="),
        (("-S", "@1000", "-U", "@2000", "--utc"), "/?since=%401000.000000&until=%402000.000000&tz=utc"),
        (("_UID=0", "-g", "b.d"), "/?q=%2Fb.d%2F&since=&f=_UID%3D0"),
    ],
)
def test_web(asking: Path, hub: SecuredCollector, words: tuple[str, ...], expected: str) -> None:
    """The address of the page that shows the same."""
    assert f"{hub.url}{expected}\n" == jhctl(asking, "--web", *words).stdout


def test_web_refuses_what_the_page_cannot_show(asking: Path) -> None:
    """Rather than show something else."""
    assert "no + between matches" in jhctl(asking, "--web", "A=1", "+", "B=2").stderr
    assert "no filter for --facility" in jhctl(asking, "--web", "--facility", "cron").stderr


def test_a_terminal_shows_trouble_in_red(asking: Path) -> None:
    """The head is underlined, and no text of a host is obeyed."""
    master, slave = pty.openpty()
    env = {**ENVIRONMENT, "HOME": str(asking), "TERM": "xterm-256color", "SYSTEMD_COLORS": "1"}
    process = subprocess.Popen([BIN / "jhctl", "--no-pager", "--list-hosts"], stdout=slave, env=env)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)

    assert 0 == process.wait(240)
    assert b"\x1b[0;4mHOST" in shown
