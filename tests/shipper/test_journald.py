"""The shipper on real journals, with real faults; the collector is a small one that keeps each entry once."""

import os
import signal
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector, Handler, Key, key
from tests.shipper.process import Shipper, command, ship_once, wait_until

from journalhub.journal import wire
from journalhub.journal.export import ExportParser

needs_remote = pytest.mark.skipif(
    not Path("/lib/systemd/systemd-journal-remote").exists(), reason="needs the package systemd-journal-remote"
)
Hosts = Callable[..., JournaldHost]


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def send(host: JournaldHost, first: int, last: int, *fields: str) -> None:
    """Log the messages `n first` to `n last`, with further fields."""
    lines = "".join(f"n {number}\n" for number in range(first, last + 1))
    host.run(["systemd-cat", "-t", "test"], input=lines)
    host.sync()


def numbers(collector: FakeCollector) -> list[int]:
    """The n of every message of `send`, sorted."""
    return sorted(int(message[2:]) for message in collector.messages() if message.startswith("n "))


def in_journal(host: JournaldHost) -> set[Key]:
    """What journalctl finds in the journal of the host."""
    done = host.run(["journalctl", "-D", host.log_directory, "-o", "export", "--all"])
    parser = ExportParser()
    return {key(entry) for entry in (*parser.feed(done.stdout), *parser.finish())}


def write_native(host: JournaldHost, *fields: tuple[str, bytes]) -> None:
    """Send one entry by journald's native protocol, any bytes in its fields."""
    packet = b"".join(name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n" for name, value in fields)
    code = (
        "import socket,sys,os\n"
        "data=sys.stdin.buffer.read()\n"
        "s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n"
        "s.connect('/run/systemd/journal/socket')\n"
        "try: s.send(data)\n"
        "except OSError:\n"
        " f=os.memfd_create('m',os.MFD_ALLOW_SEALING); os.write(f,data)\n"
        " import fcntl; fcntl.fcntl(f,1033,15)\n"
        " socket.send_fds(s,[b''],[f])\n"
    )
    host.run(["python3", "-c", code], input=packet)
    host.sync()


def test_once_ships_everything(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """`--once` ships the whole journal, says so in one line, and a second run finds nothing new."""
    host = journald_host()
    send(host, 1, 5000)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)

    assert done.returncode == 0, done.stderr
    assert set(collector.entries) == in_journal(host)
    assert len(done.stdout.splitlines()) == 1
    assert f"{len(collector.entries):,} entries acknowledged" in done.stdout

    again = ship_once(*flags)

    assert again.returncode == 0, again.stderr
    assert collector.duplicates == 0


def test_follows_live(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """What is logged while it runs arrives by itself, through rotations; a clean stop leaves nothing behind."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        for round_ in range(4):
            send(host, round_ * 500 + 1, round_ * 500 + 500)
            host.rotate()
        collector.wait(lambda: len(numbers(collector)) == 2000)

        assert shipper.stop() == 0
    assert numbers(collector) == list(range(1, 2001))
    assert collector.duplicates == 0
    assert collector.gaps() == []
    assert set(collector.entries) <= in_journal(host)


@pytest.mark.usefixtures("library")
def test_unusual_fields(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Binary, repeated, empty and huge values arrive byte for byte."""
    host = journald_host()
    huge = os.urandom(3 * 1024 * 1024)
    write_native(host, ("MESSAGE", b"odd"), ("TAG", b"one"), ("TAG", b"two"), ("BIN", b"\xff\x00\n="), ("EMPTY", b""))
    write_native(host, ("MESSAGE", b"huge"), ("BLOB", huge))
    write_native(host, ("TAG", b"no message"))
    done = ship_once(
        "--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state"
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert set(collector.entries) == in_journal(host)
    by_message = {entry.first("MESSAGE"): entry for entry in collector.entries.values()}
    odd = by_message[b"odd"]
    assert sorted(odd.values("TAG")) == [b"one", b"two"]
    assert odd.first("BIN") == b"\xff\x00\n="
    assert odd.first("EMPTY") == b""
    assert by_message[b"huge"].first("BLOB") == huge
    assert by_message[None].first("TAG") == b"no message"


@pytest.mark.usefixtures("library")
def test_journald_killed_and_rotated(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """journald dies and comes back, rotates and reboots while the shipper reads: every entry of the journal once.

    What it finds open after its death it puts aside as `.journal~`: it dies before the sync that closes a file for the
    time being, which nothing asks for here.
    """
    host = journald_host(settings={"SyncIntervalSec": "1h"})
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags):
        host.run(["systemd-cat", "-t", "test"], input="".join(f"n {number}\n" for number in range(1, 301)))
        collector.wait(lambda: len(numbers(collector)) == 300)
        host.kill()
        host.up()
        send(host, 301, 600)
        host.rotate()
        send(host, 601, 900)
        host.reboot()
        send(host, 901, 1200)
        collector.wait(lambda: len(numbers(collector)) == 1200)
        everything = in_journal(host)
        collector.wait(lambda: set(collector.entries) >= everything)

    assert list((host.log_directory / host.machine_id).glob("*.journal~"))
    assert numbers(collector) == list(range(1, 1201))
    assert collector.gaps() == []


def test_shipper_killed_midway(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """kill -9 of the shipper at any moment loses nothing and repeats little."""
    host = journald_host()
    send(host, 1, 20_000)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    shipper = Shipper(tmp_path / "log", *flags)
    with shipper:
        for at_least in (1, 6_000, 12_000):
            collector.wait(lambda least=at_least: len(collector.entries) >= least)  # type: ignore[misc]
            readers = shipper.children()
            shipper.kill()
            wait_until(lambda left=readers: not any(map(is_alive, left)))  # type: ignore[misc]
            shipper.start()
        collector.wait(lambda: len(numbers(collector)) == 20_000)

    assert numbers(collector) == list(range(1, 20_001))
    assert collector.gaps() == []


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_reader_killed(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A reader that dies is started again where it was."""
    host = journald_host()
    send(host, 1, 100)
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: len(numbers(collector)) == 100)
        os.kill(shipper.children()[0], signal.SIGSEGV)
        send(host, 101, 200)
        collector.wait(lambda: len(numbers(collector)) == 200)

        assert "SIGSEGV" in shipper.log()
    assert collector.duplicates == 0


def test_journals_of_users(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A user's journal shares the system's numbers but not its seqnum id: neither has gaps, also when resumed."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    for first in (1, 101):
        for number in range(first, first + 100):
            as_user = ("setpriv", "--reuid=1001", "--clear-groups") if number % 3 else ()
            host.run([*as_user, "logger", "--id", "-t", "number", str(number)])
        host.sync()
        assert ship_once(*flags).returncode == 0

    assert len({entry.seqnum_id for entry in collector.entries.values()}) == 2
    assert collector.gaps() == []
    seqnums = {entry.seqnum for entry in collector.entries.values()}
    assert seqnums == set(range(1, max(seqnums) + 1))


@pytest.mark.usefixtures("library")
def test_vacuumed_away(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """What was deleted before it was shipped is reported as a gap with its exact seqnums."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    send(host, 1, 100)
    assert ship_once(*flags).returncode == 0
    shipped = max(entry.seqnum for entry in collector.entries.values())
    send(host, 101, 200)
    host.rotate()
    host.vacuum(files=1)
    send(host, 201, 300)
    first_left = min(seqnum for _, _, seqnum, _ in in_journal(host))
    assert ship_once(*flags).returncode == 0

    assert collector.gaps() == [(shipped + 1, first_left - 1)]
    assert collector.statuses[-1]["gaps"][0]["cause"] == "rotated away before it was read"
    assert numbers(collector) == [*range(1, 101), *range(201, 301)]


def cut_off(handler: Handler, body: bytes) -> bool:
    """Close the connection without an answer."""
    handler.cut()
    return True


def test_collector_down_then_up(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """While the collector is away nothing is lost and nothing ends; one line of log says so."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        send(host, 1, 10)
        collector.wait(lambda: len(numbers(collector)) == 10)
        collector.misbehave = cut_off
        send(host, 11, 20)
        wait_until(lambda: "does not take batches" in shipper.log())
        collector.down()
        send(host, 21, 30)
        collector.misbehave = None
        collector.up()
        collector.wait(lambda: len(numbers(collector)) == 30)

        assert shipper.log().count("does not take batches") == 1
    assert collector.duplicates == 0


def test_starts_before_the_collector(journald_host: Hosts, tmp_path: Path) -> None:
    """A shipper whose collector was never there waits for it."""
    host = journald_host()
    send(host, 1, 10)
    with FakeCollector() as collector:
        collector.down()
        flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
        with Shipper(tmp_path / "log", *flags) as shipper:
            wait_until(lambda: "connection refused" in shipper.log())
            collector.up()
            collector.wait(lambda: len(numbers(collector)) == 10)


def test_cut_after_the_request(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A batch that was stored but never acknowledged is sent again, and nothing else."""
    host = journald_host()
    send(host, 1, 10)
    cut = threading.Event()

    def store_and_cut(handler: Handler, body: bytes) -> bool:
        if cut.is_set():
            return False
        cut.set()
        collector.store(wire.decode(body))
        handler.cut()
        return True

    collector.misbehave = store_and_cut
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)

    assert done.returncode == 0, done.stderr
    assert numbers(collector) == list(range(1, 11))
    assert collector.duplicates == len(collector.entries)


@pytest.mark.parametrize("status", [429, 503])
def test_pushed_back(journald_host: Hosts, collector: FakeCollector, tmp_path: Path, status: int) -> None:
    """Either with Retry-After is obeyed, and the batch sent again."""
    host = journald_host()
    send(host, 1, 10)
    left = [2]

    def busy(handler: Handler, body: bytes) -> bool:
        if not left[0]:
            return False
        left[0] -= 1
        handler.answer(status, {"error": {"what": "full", "where": "disk", "do": "wait"}}, Retry_After="1")
        return True

    collector.misbehave = busy
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)

    assert done.returncode == 0, done.stderr
    assert "full, disk, wait" in done.stderr
    assert numbers(collector) == list(range(1, 11))
    assert collector.duplicates == 0


def test_lost_state_file(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Without its state file the shipper asks the collector what it has, and sends only the rest."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    send(host, 1, 100)
    assert ship_once(*flags).returncode == 0
    newest = max(collector.entries.values(), key=lambda entry: entry.seqnum)
    collector.resume_streams = [
        {
            "seqnum_id": newest.seqnum_id.hex(), "boot_id": newest.boot_id.hex(), "cursor": str(newest.cursor),
            "first_seqnum": min(entry.seqnum for entry in collector.entries.values()), "last_seqnum": newest.seqnum,
        }
    ]  # fmt: skip
    (tmp_path / "state" / "state.json").unlink()
    send(host, 101, 200)
    assert ship_once(*flags).returncode == 0

    assert collector.asked[-1] == f"/api/v1/resume?machine_id={host.machine_id}"
    assert numbers(collector) == list(range(1, 201))
    assert collector.duplicates == 0
    assert collector.gaps() == []


def test_damaged_state_file(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A state file that cannot be read costs a second look at the journal, no entry."""
    host = journald_host()
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    send(host, 1, 10)
    assert ship_once(*flags).returncode == 0
    (tmp_path / "state" / "state.json").write_text('{"version": 1, "coll')
    send(host, 11, 20)
    done = ship_once(*flags)

    assert done.returncode == 0
    assert "is damaged" in done.stderr
    assert numbers(collector) == list(range(1, 21))


@pytest.mark.usefixtures("library")
def test_corrupt_file_beside_good_ones(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A journal file that is garbage, one that is cut off, and one that is empty hurt only themselves."""
    host = journald_host()
    send(host, 1, 100)
    host.rotate()
    send(host, 101, 200)
    directory = host.log_directory / host.machine_id
    archived = next(directory.glob("system@*.journal"))
    (directory / "garbage.journal").write_bytes(os.urandom(100_000))
    (directory / "empty.journal").write_bytes(b"")
    (directory / "short.journal").write_bytes(archived.read_bytes()[:1000])
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    done = ship_once(*flags)

    assert done.returncode == 0, done.stderr
    assert numbers(collector) == list(range(1, 201))
    bad = [str(directory / f"{name}.journal") for name in ("empty", "garbage", "short")]
    assert list(collector.statuses[-1]["quarantined"]) == bad

    other = (*flags[:2], "--file", directory / "*.journal", "--state-dir", tmp_path / "other")
    again = ship_once(*other)

    assert (again.returncode, numbers(collector)) == (0, list(range(1, 201))), again.stderr
    assert collector.duplicates == len(collector.entries)


@needs_remote
@pytest.mark.usefixtures("library")
def test_namespaces_of_this_machine(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Without --directory the journal of the machine is read, with every namespace."""
    host = journald_host()
    send(host, 1, 10)
    other = host.log_directory / f"{host.machine_id}.web"
    other.mkdir()
    text = "__REALTIME_TIMESTAMP=1700000000000000\nMESSAGE=of the namespace\n_NAMESPACE=web\n\n"
    host.run(
        ["/lib/systemd/systemd-journal-remote", "-o", other / "system.journal", "-"], input=text
    )  # fmt: skip
    done = host.run(command("--once", "--collector", collector.url, "--state-dir", tmp_path / "state"), check=False)

    assert done.returncode == 0, done.stderr
    assert numbers(collector) == list(range(1, 11))
    assert "of the namespace" in collector.messages()
    assert collector.statuses[-1]["hostname"] == host.hostname
    assert collector.statuses[-1]["machine_id"].hex() == host.machine_id


def import_entry(path: Path, seconds: int, message: str) -> None:
    """Append an entry with this time to a journal file, as a receiver of other hosts' journals does."""
    text = f"__REALTIME_TIMESTAMP={1_700_000_000 + seconds}000000\n__MONOTONIC_TIMESTAMP={seconds}\n"
    text += f"_BOOT_ID={'c' * 32}\nMESSAGE={message}\n\n"
    subprocess.run(
        ["/lib/systemd/systemd-journal-remote", "-o", path, "-"], input=text.encode(), check=True, capture_output=True
    )


@needs_remote
def test_late_entries_of_another_writer(collector: FakeCollector, tmp_path: Path) -> None:
    """An entry that appears behind the place where the handle stands is found when its writer goes on, or restarts."""
    journals = tmp_path / "remote"
    journals.mkdir()
    flags = ("--collector", collector.url, "--directory", journals, "--state-dir", tmp_path / "state")
    import_entry(journals / "remote-a.journal", 10, "a 1")
    import_entry(journals / "remote-b.journal", 1, "b 1")
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: len(collector.entries) == 2)
        import_entry(journals / "remote-b.journal", 5, "b late")
        import_entry(journals / "remote-b.journal", 20, "b 2")
        collector.wait(lambda: len(collector.entries) == 4)

        assert shipper.stop() == 0
    import_entry(journals / "remote-b.journal", 15, "b late again")
    assert ship_once(*flags).returncode == 0
    import_entry(journals / "remote-a.journal", 30, "a 2")
    import_entry(journals / "remote-b.journal", 40, "b 3")
    assert ship_once(*flags).returncode == 0

    assert collector.messages() == ["a 1", "a 2", "b 1", "b 2", "b 3", "b late", "b late again"]
    assert collector.gaps() == []


def test_chosen_files_live(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """`--file` follows what its pattern matches, also files that appear later; the files it leaves out are no gap."""
    host = journald_host()
    send(host, 1, 100)
    pattern = host.log_directory / host.machine_id / "system*.journal"
    flags = ("--collector", collector.url, "--file", pattern, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: len(numbers(collector)) == 100)
        send(host, 101, 200)
        host.rotate()
        send(host, 201, 300)
        collector.wait(lambda: len(numbers(collector)) == 300)

        assert shipper.stop() == 0
    assert collector.duplicates == 0
    assert collector.gaps() == []


def test_directory_that_goes_away(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """A source that vanishes and comes back is picked up again; the others go on meanwhile."""
    first, second = journald_host("a.example"), journald_host("b.example")
    both = tmp_path / "both"
    both.mkdir()
    for host in (first, second):
        send(host, 1, 10)
        (both / host.machine_id).symlink_to(host.log_directory / host.machine_id)
    flags = ("--collector", collector.url, "--directory", both, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: len(numbers(collector)) == 20)
        assert shipper.stop() == 0
    moved = first.log_directory / "moved"
    (first.log_directory / first.machine_id).rename(moved)
    with Shipper(tmp_path / "log", *flags) as shipper:
        send(second, 11, 20)
        collector.wait(lambda: len(numbers(collector)) == 30)
        moved.rename(first.log_directory / first.machine_id)
        send(first, 11, 20)
        collector.wait(lambda: len(numbers(collector)) == 40)

        assert shipper.stop() == 0
    assert collector.duplicates == 0
    assert collector.gaps() == []


def test_stops_while_nothing_is_taken(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """What the reader has handed over and nobody takes does not keep the shipper from ending."""
    host = journald_host()
    send(host, 1, 30_000)

    def busy(handler: Handler, body: bytes) -> bool:
        handler.answer(503, {"error": {"what": "full", "where": "", "do": "come again"}})
        return True

    collector.misbehave = busy
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
    with Shipper(tmp_path / "log", *flags) as shipper:
        wait_until(lambda: collector.requests > 2)

        assert shipper.stop() == 0
