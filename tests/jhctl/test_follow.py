"""jhctl -f as a process: what is there, what arrives, outages, ends."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.jhctl import corpus
from tests.jhctl.fakes import FakeServer, chunked
from tests.jhctl.fleets import entries as entries_of_fleet
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment
from tests.output.journals import timed_export_text

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser


def machine_entries() -> list[Entry]:
    """The corpus as entries, those with a message."""
    parser = ExportParser()
    entries = [*parser.feed(timed_export_text(corpus.entries())), *parser.finish()]
    return [entry for entry in entries if entry.first("MESSAGE") is not None]


class Following:
    """A running `jhctl -f`, its stdout read line by line with a deadline."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._buffers = {"out": b"", "err": b""}

    def line(self, name: str = "out") -> str:
        """The next line of stdout, or of stderr with `err`."""
        stream = self.process.stdout if name == "out" else self.process.stderr
        assert stream is not None
        deadline = time.monotonic() + TIMEOUT
        while b"\n" not in self._buffers[name]:
            ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
            received = os.read(stream.fileno(), 65536) if ready else b""
            assert received, f"no line on {name} after {self._buffers[name]!r}"
            self._buffers[name] += received
        line, _, self._buffers[name] = self._buffers[name].partition(b"\n")
        return line.decode()

    def end(self, with_signal: int) -> int:
        """Send a signal; the status of the process."""
        self.process.send_signal(with_signal)
        return self.process.wait(TIMEOUT)


@contextmanager
def following(url: str, *words: str) -> Iterator[Following]:
    """A `jhctl -f` that ends with the block."""
    command = [*JHCTL, f"--collector={url}", "-f", *words]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield Following(process)
        finally:
            process.kill()


def numbered(entries: list[Entry]) -> list[str]:
    """The cursors of entries, as `-o json` shows them."""
    return [str(entry.cursor) for entry in entries]


def cursor_of(line: str) -> str:
    """The cursor in a line of `-o json`."""
    cursor: str = json.loads(line)["__CURSOR"]
    return cursor


def test_the_newest_are_shown_then_what_arrives() -> None:
    """Ten entries of the current boot, then each new one at once; Ctrl-C ends it by the signal, as journalctl."""
    entries = machine_entries()
    with Hub(entries[:-5]) as hub, following(hub.url, "-o", "json") as follow:
        assert numbered(entries[-15:-5]) == [cursor_of(follow.line()) for _ in range(10)]
        for entry in entries[-5:]:
            hub.append([entry])
            assert str(entry.cursor) == cursor_of(follow.line())
        assert -signal.SIGINT == follow.end(signal.SIGINT)


def test_the_selection_holds_for_what_arrives() -> None:
    """-u and --search select live entries, too."""
    entries = machine_entries()
    wanted = [entry for entry in entries[-40:] if entry.first("_SYSTEMD_UNIT") == b"ssh.service"]
    assert wanted
    with Hub(entries[:-40]) as hub, following(hub.url, "-o", "json", "-n0", "_SYSTEMD_UNIT=ssh.service") as follow:
        connected(hub)
        hub.append(entries[-40:])
        assert numbered(wanted) == [cursor_of(follow.line()) for _ in wanted]


def connected(hub: Hub) -> None:
    """Wait until a follower listens to the store: its first piece has been asked for."""
    deadline = time.monotonic() + TIMEOUT
    while not hub.tails:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_another_boot_is_announced_and_followed() -> None:
    """A host that restarts is followed further, with the line between boots."""
    entries = machine_entries()
    old = [entry for entry in entries if entry.boot_id.hex() == corpus.BOOTS[1]]
    new = [entry for entry in entries if entry.boot_id.hex() == corpus.BOOTS[2]]
    with Hub(old) as hub, following(hub.url, "-n", "1") as follow:
        follow.line()
        hub.append(new[:1])
        assert f"-- Boot {corpus.BOOTS[2]} --" == follow.line()


def test_an_outage_costs_a_line_and_no_entry() -> None:
    """The collector goes away and comes again: one line for each, and what came meanwhile is shown once."""
    entries = machine_entries()
    with Hub(entries[:-6]) as hub, following(hub.url, "-o", "json", "-n", "1") as follow:
        follow.line()
        hub.append(entries[-6:-4])
        assert numbered(entries[-6:-4]) == [cursor_of(follow.line()) for _ in range(2)]
        hub.stop()
        hub.append(entries[-4:-2])
        hub.start()
        hub.append(entries[-2:])
        assert numbered(entries[-4:]) == [cursor_of(follow.line()) for _ in range(4)]
        assert follow.line("err").endswith("; trying again")
        assert "jhctl: connected again; nothing is missing" == follow.line("err")


def test_another_store_is_told() -> None:
    """When the collector comes back with another store, stderr says that entries may be missing."""
    entries = machine_entries()
    with Hub(entries) as hub, following(hub.url, "-o", "json", "-n", "1") as follow:
        follow.line()
        hub.append([entries[0]._replace(seqnum=1)])
        follow.line()
        hub.stop()
        hub.empty()
        hub.start()
        assert follow.line("err").endswith("; trying again")
        assert "jhctl: the collector is another one than before: entries may be missing here" == follow.line("err")
        assert follow.line("err").startswith("jhctl: connected again")


def test_gaps_are_told() -> None:
    """Entries that a node lost are a line on stderr, where stdout is no terminal."""
    gap = {"hostname": "web-1\x1b[31m", "seqnum_id": "00" * 16, "first": 5, "last": 9, "cause": "rotated away"}
    event = b"event: gap\ndata: " + json.dumps(gap).encode() + b"\n\n"
    body = b"%x\r\n%b\r\n" % (len(event), event)
    with FakeServer(chunked("text/event-stream", body), silent=True) as server, following(server.url, "-n0") as follow:
        assert "jhctl: Gap web-1 [31m: 5 entries lost (rotated away)" == follow.line("err")


def test_a_reader_that_goes_away_ends_it() -> None:
    """With stdout closed it ends at once, though nothing arrives; the status is journalctl's."""
    entries = machine_entries()
    with Hub(entries) as hub, following(hub.url, "-n", "1") as follow:
        follow.line()
        assert follow.process.stdout is not None
        follow.process.stdout.close()
        assert 1 == follow.process.wait(TIMEOUT)


def test_a_collector_that_is_down_at_the_start_is_an_error() -> None:
    """A wrong address is told at once, not tried for ever."""
    with following("http://127.0.0.1:1") as follow:
        assert "cannot reach the collector" in follow.line("err")
        assert 3 == follow.process.wait(TIMEOUT)


def test_an_empty_store_is_followed() -> None:
    """Where nothing is stored there is no boot yet, and nothing is wrong."""
    entries = machine_entries()
    with Hub() as hub, following(hub.url, "-o", "json") as follow:
        connected(hub)
        hub.append(entries[:1])
        assert str(entries[0].cursor) == cursor_of(follow.line())


@pytest.mark.parametrize("words", [("-n0",), ("-n0", "-q")])
def test_a_refused_selection_ends_it(words: tuple[str, ...]) -> None:
    """What makes no sense is an error with -f as without."""
    with Hub(machine_entries()) as hub, following(hub.url, *words, "-p", "loud") as follow:
        assert "jhctl: Unknown log level loud" == follow.line("err")
        assert 1 == follow.process.wait(TIMEOUT)


@pytest.mark.parametrize("option", ["--after-cursor", "--cursor"])
def test_whoever_continues_misses_nothing(option: str) -> None:
    """From a cursor on -f shows everything, of earlier boots, too, and goes on with what arrives."""
    entries = machine_entries()
    start = -len(entries) + 5
    assert entries[start].boot_id != entries[-1].boot_id
    wanted = entries[start + (option == "--after-cursor") :]
    words = (f"{option}={entries[start].cursor}", "-o", "json", "-n3")
    with Hub(entries[:-2]) as hub, following(hub.url, *words) as follow:
        assert numbered(wanted[:-2]) == [cursor_of(follow.line()) for _ in wanted[:-2]]
        hub.append(entries[-2:])
        assert numbered(wanted[-2:]) == [cursor_of(follow.line()) for _ in range(2)]


def test_a_cursor_file_continues_following(tmp_path: Path) -> None:
    """What one -f showed before it was ended by a signal, the next does not repeat; what came between it does show."""
    entries = machine_entries()
    option = f"--cursor-file={tmp_path / 'cursor'}"
    with Hub(entries[:20]) as hub:
        with following(hub.url, option, "-o", "json") as follow:
            first = [cursor_of(follow.line()) for _ in range(10)]
            hub.append(entries[20:25])
            first += [cursor_of(follow.line()) for _ in range(5)]
            assert -signal.SIGTERM == follow.end(signal.SIGTERM)
        hub.append(entries[25:-5])
        with following(hub.url, option, "-o", "json", f"--until-match={len(entries) - 5 - 25}") as follow:
            between = [cursor_of(follow.line()) for _ in entries[25:-5]]
            assert 0 == follow.process.wait(TIMEOUT)
        with following(hub.url, option, "-o", "json") as follow:
            hub.append(entries[-5:])
            last = [cursor_of(follow.line()) for _ in range(5)]
            assert -signal.SIGINT == follow.end(signal.SIGINT)
    assert numbered(entries[10:]) == first + between + last
    assert f"{entries[-1].cursor}\n" == (tmp_path / "cursor").read_text()


def test_hosts_that_join_appear() -> None:
    """A host that was never heard of before is followed as soon as it speaks, if --host means it."""
    old = entries_of_fleet([("web-1", 0, "old")])
    new = entries_of_fleet([("db-1", 1, "not meant"), ("web-2", 2, "joined"), ("web-1", 3, "goes on")])
    with Hub(old) as hub, following(hub.url, "-o", "cat", "-n1", "-H", "web-*") as follow:
        assert "old" == follow.line()
        hub.append(new)
        assert ["joined", "goes on"] == [follow.line(), follow.line()]
