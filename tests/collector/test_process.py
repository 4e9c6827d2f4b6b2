"""The real process: how it starts, why it does not, how it ends, and what survives when it is killed."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.collector.material import batch, entry

from journalhub.collector.settings import TABLE
from journalhub.journal import wire
from journalhub.journal.export import encode
from journalhub.store.embedded import open_store

SECONDS = 240.0
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("JOURNALHUB_", "NOTIFY_"))}
PROGRAM = [sys.executable, "-m", "journalhub"]


def run(*argv: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `journalhub` to its end."""
    command = [*PROGRAM, *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT | environment)


class Collector:
    """A process of its own; `port` is where it listens."""

    def __init__(self, data: Path, *options: str, **environment: str) -> None:
        listen = [*PROGRAM, "collector", "--listen", "127.0.0.1:0", "--data-dir", str(data), *options]
        self.process = subprocess.Popen(listen, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT | environment)
        assert self.process.stderr is not None
        self.lines: list[str] = []
        for line in self.process.stderr:
            self.lines.append(line)
            if "listening on" in line:
                break
        else:
            raise AssertionError("".join(self.lines))
        self.port = int(self.lines[-1].split("127.0.0.1:")[1].split(",")[0])

    def post(self, body: bytes, path: str = "/api/v1/ingest") -> tuple[int, dict[str, Any]]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def get(self, path: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def wait_found(self, count: int, selection: str = "") -> None:
        """Until the index finds so many entries, which takes a second after their arrival, and no more."""
        deadline = time.monotonic() + SECONDS
        while (found := json.loads(self.get(f"/api/v1/count{selection}")[1])["matched"]) != count:
            assert found < count and time.monotonic() < deadline, f"found {found} entries, want {count}"
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        assert self.process.stderr is not None
        self.lines += self.process.stderr.readlines()
        self.process.stderr.close()
        return self.process.wait(SECONDS)


@contextmanager
def collector(data: Path, *options: str, **environment: str) -> Iterator[Collector]:
    running = Collector(data, *options, **environment)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end(tmp_path: Path, number: signal.Signals) -> None:
    """It says where it listens and that it stopped, ends with 0, and what it took is stored."""
    with collector(tmp_path / "data") as running:
        assert 200 == running.post(wire.encode(batch(1, 2, 3)))[0]
        assert (200, b"ready\n") == running.get("/readyz")
        assert 0 == running.end(number)
        assert running.lines[-1].endswith("stopped; everything acknowledged is stored\n")
    store = open_store(tmp_path / "data")
    assert 3 == store.newest_ord()
    store.close()
    assert 0o700 == (tmp_path / "data").stat().st_mode & 0o777


@pytest.mark.parametrize(("pure", "said"), [("", "compiled codec"), ("1", "codec in Python")])
def test_which_codec_runs(tmp_path: Path, pure: str, said: str) -> None:
    """It says at its start which codec runs; with either entries are stored and found."""
    with collector(tmp_path / "data", JOURNALHUB_PURE_PYTHON=pure) as running:
        assert running.lines[-1].endswith(f"; {said}\n")
        assert 200 == running.post(wire.encode(batch(1, 2, 3)))[0]
        running.wait_found(3)
        assert 0 == running.end()


def test_the_end_does_not_wait_for_uploads(tmp_path: Path) -> None:
    """An upload under way is told to come again, not cut off; what was complete of it is stored."""
    text = b"".join(encode(entry(seqnum)) for seqnum in range(1, 11))
    with collector(tmp_path / "data") as running, socket.create_connection(("127.0.0.1", running.port)) as link:
        link.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.fdo.journal\r\n")
        link.sendall(b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(text) + 9, text + b"MESSAGE=h"))
        running.wait_found(10)
        assert 0 == running.end()
        answer = link.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"what was complete is stored" in answer


def test_kill_during_ingest(tmp_path: Path) -> None:
    """After kill -9 in the middle, everything that was acknowledged is there, and a resend adds only the rest."""
    acknowledged: list[int] = []
    batches = [range(100 * number, 100 * number + 100) for number in range(200)]
    with collector(tmp_path / "data") as running:

        def post() -> None:
            for number, seqnums in enumerate(batches):
                try:
                    status, _ = running.post(wire.encode(batch(*seqnums)))
                except OSError:
                    return
                if status == 200:
                    acknowledged.append(number)

        sender = threading.Thread(target=post)
        sender.start()
        deadline = time.monotonic() + SECONDS
        while len(acknowledged) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert -signal.SIGKILL == running.end(signal.SIGKILL)
        sender.join(SECONDS)

    with collector(tmp_path / "data") as again:
        for number in acknowledged:
            assert (200, 100) == (lambda pair: (pair[0], pair[1]["duplicates"]))(
                again.post(wire.encode(batch(*batches[number])))
            )
        for seqnums in batches:
            again.post(wire.encode(batch(*seqnums)))
        nodes = json.loads(again.get("/api/v1/nodes")[1])["nodes"]
        assert [20_000] == [node["entries"] for node in nodes]
        again.wait_found(20_000)


def test_the_service_manager_is_told(tmp_path: Path) -> None:
    """READY with the address, a status line, the watchdog, and STOPPING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        with collector(tmp_path / "data", **environment) as running:
            heard = [manager.recv(1000) for _ in range(4)]
            assert 0 == running.end()
        manager.setblocking(False)
        rest = []
        with pytest.raises(BlockingIOError):
            while True:
                rest.append(manager.recv(1000))

    assert heard[0].startswith(b"READY=1\nSTATUS=listening on 127.0.0.1:")
    assert b"WATCHDOG=1" in heard[1:]
    assert any(message.startswith(b"STATUS=0 nodes") for message in heard)
    assert rest[-1].startswith(b"STOPPING=1")


def test_port_taken(tmp_path: Path) -> None:
    """Exit code 3 and a line that says what to do; the data directory is not touched."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("collector", "--listen", f"127.0.0.1:{port}", "--data-dir", tmp_path / "data")

    assert 3 == done.returncode
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; another program has the port" in done.stderr
    assert 1 == done.stderr.count("\n")
    assert not (tmp_path / "data").exists()


def test_not_our_address(tmp_path: Path) -> None:
    """An address of another machine is exit code 3 as well."""
    listen = ["--listen", "192.0.2.1:1", "--insecure"]
    done = run("collector", *listen, "--data-dir", tmp_path)

    assert (3, True) == (done.returncode, "it is no address of this machine" in done.stderr)


def test_data_in_use(tmp_path: Path) -> None:
    """A second collector, reindex and verify on the same directory end with 4 and name the process."""
    with collector(tmp_path / "data") as running:
        for argv in (["collector", "--listen", "127.0.0.1:0"], ["reindex"], ["verify"]):
            done = run(*argv, "--data-dir", tmp_path / "data")
            assert (4, True) == (done.returncode, f"in use by process {running.process.pid}" in done.stderr), done
        assert 200 == running.post(wire.encode(batch(1)))[0]


def test_data_of_another_version(tmp_path: Path) -> None:
    """Exit code 5, and the directory stays as it is."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "FORMAT_VERSION").write_text("99\n")
    done = run("collector", "--listen", "127.0.0.1:0", "--data-dir", tmp_path / "data")

    assert (5, True) == (done.returncode, "is of format '99'" in done.stderr)
    assert "99\n" == (tmp_path / "data" / "FORMAT_VERSION").read_text()


def test_data_unusable(tmp_path: Path) -> None:
    """A file, somebody else's directory, or one below a file is exit code 6 with the reason."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("x")
    for place, said in (
        (tmp_path / "file", "Not a directory"),
        (tmp_path / "file" / "below", "Not a directory"),
        (tmp_path / "home", "letter.txt"),
    ):
        done = run("collector", "--listen", "127.0.0.1:0", "--data-dir", place)
        assert (6, True) == (done.returncode, said in done.stderr), done


def test_not_writable() -> None:
    """A directory of another user is exit code 6 with what to do."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or subprocess.run([*nobody, *PROGRAM, "--version"], capture_output=True).returncode != 0:
        pytest.skip("needs root, to become another user who can run this Python")
    with TemporaryDirectory() as outside:
        os.chmod(outside, 0o755)
        command = [*nobody, *PROGRAM, "collector", "--listen", "127.0.0.1:0", "--data-dir", outside]
        existing = subprocess.run(command, capture_output=True, text=True)
        missing = subprocess.run([*command[:-1], f"{outside}/data"], capture_output=True, text=True)

    for done in (existing, missing):
        assert (6, True) == (done.returncode, "Permission denied; make it writable for this user" in done.stderr), done


def test_disk_full(tmp_path: Path) -> None:
    """On a full disk senders get 503 and nothing is lost; when there is space again it goes on by itself."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "x", disk]).returncode != 0:
        pytest.skip("needs root and mount, for a small disk")
    try:
        with collector(disk / "data") as running:
            assert 200 == running.post(wire.encode(batch(1)))[0]
            with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
                while True:
                    filler.write(bytes(65536))
            answer: dict[str, Any] = {}
            status, number = 200, 1
            while status == 200 and number < 500:
                number += 1
                status, answer = running.post(wire.encode(batch(number, message=os.urandom(50_000))))
            assert (503, True) == (status, "no space left" in answer["error"]["what"]), answer
            assert 503 == running.get("/readyz")[0]
            assert 200 == running.get("/healthz")[0]
            (disk / "filler").unlink()
            deadline = time.monotonic() + SECONDS
            while running.get("/readyz")[0] != 200:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            status, answer = running.post(wire.encode(batch(number)))
            assert (200, 1) == (status, answer["stored"])
            assert 0 == running.end()
            assert 1 == sum("no space left" in line for line in running.lines), running.lines
        with collector(disk / "data") as again:
            again.wait_found(number)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_reindex_and_verify(tmp_path: Path) -> None:
    """A directory that was used verifies; with a damaged log it does not; reindex makes all searchable again."""
    data = tmp_path / "data"
    with collector(data) as running:
        running.post(wire.encode(batch(*range(1, 3001))))
        assert 0 == running.end()
    verified = run("verify", "--data-dir", data)
    assert (0, "3000 entries of 1 days: all readable and indexed\n") == (verified.returncode, verified.stdout), verified

    for index in data.glob("partitions/*/index/*"):
        index.unlink()
    reindexed = run("reindex", "--data-dir", data)
    assert (0, "indexed 3000 entries of 1 days\n") == (reindexed.returncode, reindexed.stdout), reindexed
    with collector(data) as again:
        again.wait_found(3000, "?q=hello")
        again.end()

    log = next(data.glob("partitions/*/log.sqlite"))
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = os.urandom(2000)
    log.write_bytes(content)
    damaged = run("verify", "--data-dir", data)
    assert (1, "") == (damaged.returncode, damaged.stdout), damaged
    assert damaged.stderr


def test_upkeep_of_nothing(tmp_path: Path) -> None:
    """reindex and verify do not make a directory that is not there."""
    for command in ("reindex", "verify"):
        done = run(command, "--data-dir", tmp_path / "typo")
        assert (6, True) == (done.returncode, "there is no data directory at" in done.stderr)
    assert not (tmp_path / "typo").exists()


def test_settings_errors(tmp_path: Path) -> None:
    """Exit code 2 and one line, from flags, environment and file alike."""
    file = tmp_path / "x.toml"
    file.write_text("retention_days = 3\n")
    for argv, environment, said in (
        (["--lisen", "x"], {}, "did you mean --listen?"),
        (["--listen", "0.0.0.0:1"], {}, "neither encrypted nor authenticated"),
        ([], {"JOURNALHUB_CONNECTIONS": "many"}, "JOURNALHUB_CONNECTIONS: got 'many'; want a whole number"),
        (["--config", str(file)], {}, "did you mean retention-days?"),
    ):
        done = run("collector", *argv, **environment)
        assert (2, True, 1) == (done.returncode, said in done.stderr, done.stderr.count("\n")), done


def test_the_command_line() -> None:
    """Help fits on a screen, an unknown command names the nearest, nothing at all is help and exit code 2."""
    assert (0, True) == ((done := run("--help")).returncode, len(done.stdout.splitlines()) <= 24)
    assert (0, "journalhub 0.1.0\n") == ((done := run("--version")).returncode, done.stdout)
    assert (2, "") == ((done := run()).returncode, done.stdout)
    assert (2, "journalhub: unknown command 'colector'; did you mean collector?\n") == (
        (done := run("colector")).returncode,
        done.stderr,
    )
    help_page = run("collector", "--help")
    assert (0, []) == (help_page.returncode, [s.name for s in TABLE if f"--{s.name}" not in help_page.stdout])
