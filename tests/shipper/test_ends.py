"""How the shipper ends when it cannot work: one exit code per cause, and a message that says what to do."""

import json
import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector, Handler
from tests.shipper.process import Shipper, command, environment, ship_once, wait_until

from journalhub.shipper.errors import Exit

Hosts = Callable[..., JournaldHost]
needs_root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory below which any user may read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ([], Exit.USAGE, "no collector"),
        (["--collector", "http://x", "--nonsense"], Exit.USAGE, "unknown option --nonsense"),
        (["--collector", "http://x", "--file", "a", "--directory", "b"], Exit.USAGE, "exclude each other"),
        (["--collector", "collector.example:19532"], Exit.BAD_URL, "does not begin with http"),
        (["--collector", "http://"], Exit.BAD_URL, "names no host"),
        (["--collector", "http://h:99999"], Exit.BAD_URL, "Port out of range"),
        (["--collector", "http://h", "--directory", "/nonexistent"], Exit.NO_JOURNAL, "no journal files"),
        (["--collector", "http://h", "--file", "/nonexistent/*.journal"], Exit.NO_JOURNAL, "no journal files match"),
    ],
)
def test_wrong_from_the_start(flags: list[str], code: Exit, said: str, tmp_path: Path) -> None:
    """What can never work is said at once."""
    done = ship_once(*flags, "--state-dir", tmp_path / "state")

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert done.stdout == ""


def test_help() -> None:
    """`--help` names every setting."""
    done = ship_once("--help")

    assert done.returncode == 0
    for flag in ("--collector", "--directory", "--file", "--state-dir", "--once", "--once-timeout"):
        assert flag in done.stdout


@needs_root
def test_no_permission(journald_host: Hosts, collector: FakeCollector, public: Path) -> None:
    """A user outside the group systemd-journal would see an empty journal: it is an error that names the group."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()
    for directory in (host.directory, *host.directory.parents):
        if directory.stat().st_uid == 0 and directory != Path("/"):
            os.chmod(directory, directory.stat().st_mode | stat.S_IXOTH)
    as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    state = public / "state"
    state.mkdir(mode=0o777)
    os.chmod(state, 0o777)
    line = [*as_nobody, *command("--once", "--collector", collector.url, "--state-dir", state)]
    if not can_run(as_nobody):
        pytest.skip("this Python may not be run by other users")
    done = host.run([*line, "--directory", host.log_directory], check=False)

    assert done.returncode == Exit.UNREADABLE, done.stderr
    assert b"group systemd-journal" in done.stderr

    own = host.run(line, check=False)

    assert own.returncode == Exit.UNREADABLE, own.stderr
    assert b"group systemd-journal" in own.stderr
    assert collector.entries == {}


def can_run(prefix: list[str]) -> bool:
    """Whether this Python, with our modules, starts under the prefix."""
    import subprocess

    check = [*prefix, sys.executable, "-P", "-c", "import journalhub.shipper.main"]
    return subprocess.run(check, capture_output=True, env=environment(), check=False).returncode == 0


def test_state_directory(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A state directory that is in use, of another version, or no directory, is found out before anything is sent."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()
    state = tmp_path / "state"
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", state)
    with Shipper(tmp_path / "log", *flags):
        collector.wait(lambda: bool(collector.entries))
        done = ship_once(*flags)

        assert (done.returncode, "another shipper uses" in done.stderr) == (Exit.STATE, True), done.stderr
    (state / "state.json").write_text(json.dumps({"version": 99}))
    done = ship_once(*flags)

    assert (done.returncode, "version 99" in done.stderr) == (Exit.STATE, True), done.stderr
    shutil.rmtree(state)
    state.write_text("a file")
    done = ship_once(*flags)

    assert (done.returncode, "--state-dir" in done.stderr) == (Exit.STATE, True), done.stderr


def test_once_without_collector(journald_host: Hosts, tmp_path: Path) -> None:
    """`--once` tries for a bounded time, then says so by its exit code."""
    host = journald_host()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = ship_once(
            "--collector", url, "--directory", host.log_directory, "--state-dir", tmp_path / "s", "--once-timeout", "5"
        )

    assert (done.returncode, "gave up after 5 s" in done.stderr) == (Exit.UNSENT, True), done.stderr
    assert "connection refused" in done.stderr


def test_refused_version(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A collector that does not take the format ends the shipper, with the collector's own words."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()

    def refuse(handler: Handler, body: bytes) -> bool:
        handler.answer(415, {"error": {"what": "batch version 1", "where": "v", "do": "this collector reads 2"}})
        return True

    collector.misbehave = refuse
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        assert shipper.wait() == Exit.REFUSED
        assert "this collector reads 2" in shipper.log()


def test_not_a_collector(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Something that answers 200 to everything acknowledges nothing."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()

    def friendly(handler: Handler, body: bytes) -> bool:
        handler.answer(200, {"welcome": "to this hotel"})
        return True

    collector.misbehave = friendly
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags, "--once-timeout", "5")

    assert (done.returncode, "is this the address of a Journalhub collector?" in done.stderr) == (Exit.UNSENT, True)
    assert json.loads((tmp_path / "state" / "state.json").read_text())["sources"] == {}


def test_service_manager_is_told(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """READY=1, a STATUS, the watchdog and STOPPING=1 reach the socket of systemd; our log has priorities."""
    host = journald_host()
    host.run(["logger", "hello"])
    host.sync()
    said: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
        variables = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000", "JOURNAL_STREAM": "1:2"}

        def heard(what: bytes) -> bool:
            try:
                while True:
                    said.append(manager.recv(4096))
            except BlockingIOError:
                return any(what in message for message in said)

        with Shipper(tmp_path / "log", *flags, **variables) as shipper:
            for what in (b"READY=1", b"WATCHDOG=1", b"entries acknowledged"):
                wait_until(lambda what=what: heard(what))  # type: ignore[misc]

            assert shipper.stop() == 0
            assert heard(b"STOPPING=1")
            assert all(line.startswith("<") for line in shipper.log().splitlines())
