"""systemd-journal-upload of systemd 257, and of the newest, which compresses: real programs, real journals."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.collector.cutting import CuttingProxy, wait_until
from tests.collector.running import Running
from tests.integration.programs import assert_same_entries, journalctl
from tests.lab.journald import JournaldHost
from tests.lab.trees import NEWER, NEWEST, NoTreeError, stock_program

from journalhub.journal.export import encode
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Scope

UPLOAD = "usr/lib/systemd/systemd-journal-upload"


def sender(suite: str) -> list[str]:
    """The command of the program; skips where it cannot be had."""
    try:
        return stock_program(suite, UPLOAD)
    except NoTreeError as why:
        pytest.skip(str(why))


@pytest.fixture
def host(journald_host: Callable[..., JournaldHost]) -> JournaldHost:
    """A host with some hundred kilobytes of entries, also with binary values and several lines."""
    host = journald_host()
    host.run(["systemd-cat", "-t", "many"], "\n".join(f"line {n} {'x' * (n % 300)}" for n in range(1200)))
    host.run(["logger", "--journald"], "MESSAGE=first line\nMESSAGE=a second value\nCODE_FUNC=f\n")
    host.run(["logger", "-t", "bytes", b"caf\xe9".decode("latin-1")])
    host.sync()
    return host


def upload(command: list[str], port: int, host: JournaldHost, state: Path, follow: str = "no") -> list[str]:
    """The command line; its settings are the host's."""
    options = [f"--directory={host.log_directory}", f"--save-state={state}", f"--follow={follow}"]
    return [*command, f"--url=http://127.0.0.1:{port}", *options]


def configure(host: JournaldHost, *lines: str) -> None:
    """Write the host's journal-upload.conf."""
    (host.directory / "etc" / "journal-upload.conf").write_text("\n".join(("[Upload]", *lines, "")))


def stored(running: Running) -> bytes:
    """Everything stored, as export text."""
    running.store.refresh()
    page = running.store.search(Scope(All()), Order.OLDEST_FIRST, 100_000, None, Budget())
    return b"".join(encode(hit.entry) for hit in page.hits)


def assert_all_there(running: Running, host: JournaldHost) -> None:
    """The hub has the host's entries, each once, byte for byte."""
    host.sync()
    assert_same_entries(journalctl("--directory", host.log_directory), stored(running))


@pytest.mark.parametrize("suite", [NEWER, NEWEST])
def test_its_backlog_arrives_whole(suite: str, host: JournaldHost, running: Running, tmp_path: Path) -> None:
    """All of it in one request; what a second run sends again, from its state or without, adds nothing."""
    command = sender(suite)
    for state in ("state", "state", "another-state"):
        host.run(upload(command, running.port, host, tmp_path / state))
        assert "LAST_CURSOR=" in (tmp_path / state).read_text()

    assert_all_there(running, host)
    assert 0 == running.ledger.totals()["missing"]


def test_interrupted_at_any_byte(host: JournaldHost, running: Running, tmp_path: Path) -> None:
    """Wherever the connection breaks, it exits, is started again as its unit does, and nothing is lost or doubled."""
    command, state = sender(NEWER), tmp_path / "state"
    size = len(journalctl("--directory", host.log_directory))
    chosen = random.Random(7)
    places = [1, 40, 250, *(chosen.randrange(300, size) for _ in range(5))]
    for place in sorted(places):
        proxy = CuttingProxy(running.port, place)
        assert 0 != host.run(upload(command, proxy.port, host, state), check=False).returncode
        proxy.close()
        assert not state.exists()
        host.run(["logger", "-t", "between", f"cut after {place} bytes"])
    wait_until(lambda: not running.intake.uploads)
    host.run(upload(command, running.port, host, state))

    assert_all_there(running, host)


def test_it_comes_again_when_the_hub_is_back(host: JournaldHost, running: Running, tmp_path: Path) -> None:
    """It ends while nobody answers, and while it is refused; started again, it goes on behind its last cursor."""
    command, state = sender(NEWER), tmp_path / "state"
    host.run(upload(command, running.port, host, state))
    before = running.store.newest_ord()
    host.run(["logger", "-t", "later", "while the hub was away"])
    host.sync()
    assert 0 != host.run(upload(command, 9, host, state), check=False).returncode
    running.intake.ingest._full = "no space left on the disk"
    running.intake.ingest._has_space = lambda: False
    refused = host.run(upload(command, running.port, host, state), check=False)
    running.intake.ingest._full = ""

    assert (True, True) == (refused.returncode != 0, b"503" in refused.stderr), refused.stderr
    assert before == running.store.newest_ord()
    host.run(upload(command, running.port, host, state))
    assert_all_there(running, host)


@pytest.mark.parametrize("algorithm", ["zstd", "xz", "lz4"])
def test_compressed(algorithm: str, host: JournaldHost, running: Running, tmp_path: Path) -> None:
    """Each of its compressions, which makes a frame of every buffer; also where one is cut in the middle."""
    command, state = sender(NEWEST), tmp_path / "state"
    configure(host, f"Compression={algorithm}", "ForceCompression=yes")
    cut = CuttingProxy(running.port, 9000)
    assert 0 != host.run(upload(command, cut.port, host, state), check=False).returncode
    cut.close()
    wait_until(lambda: not running.intake.uploads)
    whole = CuttingProxy(running.port)
    host.run(upload(command, whole.port, host, state))
    whole.close()

    assert f"Content-Encoding: {algorithm}\r\n".encode() in whole.seen
    assert_all_there(running, host)


def test_it_compresses_because_it_is_offered(host: JournaldHost, running: Running, tmp_path: Path) -> None:
    """The first request is plain, the answer offers zstd, and what follows on the connection is compressed."""
    proxy = CuttingProxy(running.port)
    with host.popen(
        upload(sender(NEWEST), proxy.port, host, tmp_path / "state", "yes"), stderr=subprocess.DEVNULL
    ) as it:
        try:
            wait_until(lambda: (tmp_path / "state").exists())
            assert b"Content-Encoding" not in proxy.seen
            before = running.store.newest_ord()
            host.run(["logger", "-t", "later", "hello again"])
            wait_until(lambda: running.store.newest_ord() > before)
        finally:
            it.kill()
    proxy.close()

    assert b"Content-Encoding: zstd\r\n" in proxy.seen
    assert_all_there(running, host)
