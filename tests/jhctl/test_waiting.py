"""What somebody at a terminal sees of a query that takes long, and of hosts; and what Ctrl-C ends."""

import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from tests.jhctl.fakes import FakeServer, chunked
from tests.jhctl.fleets import HOSTS, entries
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment
from tests.jhctl.test_terminal import on_terminal
from tests.output.journals import EPOCH, timed_export_text

from journalhub.query.api.limits import EXPORT_PROGRESS_SECONDS
from journalhub.query.jhctl.meter import Meter, short_number
from journalhub.query.output.colors import of_host
from journalhub.store.contract import Budget, Order, Page, Position, Scope
from journalhub.store.memory import MemoryStore


class Slow(MemoryStore):
    """A store whose searches end only when their asker is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.cancelled = threading.Event()

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """Nothing, until the budget says stop."""
        self.began.set()
        deadline = time.monotonic() + TIMEOUT
        while budget.reason is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if budget.reason is not None:
            self.cancelled.set()
        return Page([], True, budget.reason)


class OnTerminal:
    """jhctl with a terminal of its own; what it shows is read until a text comes."""

    def __init__(self, url: str, words: Sequence[str], stdout_too: bool = True, **more: str) -> None:
        self._primary, secondary = pty.openpty()
        self.process = subprocess.Popen(
            [*JHCTL, f"--collector={url}", *words],
            env=environment(TERM="xterm-256color", **more),
            stdin=secondary,
            stdout=secondary if stdout_too else subprocess.DEVNULL,
            stderr=secondary,
            start_new_session=True,
        )
        os.close(secondary)
        self.shown = b""

    def wait_for(self, text: bytes) -> None:
        """Return when the terminal has shown `text`."""
        deadline = time.monotonic() + TIMEOUT
        while text not in self.shown:
            ready, _, _ = select.select([self._primary], [], [], 0.1)
            assert time.monotonic() < deadline, self.shown
            if ready:
                self.shown += os.read(self._primary, 65536)

    def interrupt(self) -> int:
        """Ctrl-C; the status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(TIMEOUT)

    def __enter__(self) -> "OnTerminal":
        return self

    def __exit__(self, *error: Any) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT)
        os.close(self._primary)


def test_somebody_who_waits_is_told_and_can_end_it() -> None:
    """After a second a line on stderr says so, and again; Ctrl-C ends the query on the collector, too."""
    store = Slow()
    with Hub(entries([("web-1", 1, "x")]), store=store) as hub, OnTerminal(hub.url, ["--no-pager"]) as terminal:
        terminal.wait_for(b" s, nothing found yet; Ctrl-C ends it\r\x1b[Kjhctl: ")
        assert not store.cancelled.is_set()
        assert -signal.SIGINT == terminal.interrupt()
        terminal.wait_for(b"\r\x1b[Kjhctl: stopped, here and at the collector; nothing was found yet\r\n")
        assert store.cancelled.wait(TIMEOUT)


class SlowOnTheLastDay(Slow):
    """A store in which all days but the last are searched at once."""

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """As the slow one where the scope has the last entry."""
        if scope.until < self.partitions()[-1].last.realtime:
            time.sleep(2 * EXPORT_PROGRESS_SECONDS)  # long enough to be told
            return MemoryStore.search(self, scope, order, limit, after, budget)
        return super().search(scope, order, limit, after, budget)


def test_who_waits_for_a_search_is_told_how_much_is_searched() -> None:
    """The line counts days and entries, while nothing is found; so does what Ctrl-C says."""
    told = entries([("web-1", number * 30_000, "x") for number in range(8)])
    with (
        Hub(told, store=SlowOnTheLastDay()) as hub,
        OnTerminal(hub.url, ["--no-pager", "-g", "y"]) as terminal,
    ):
        terminal.wait_for(b" s, searched 3 of 4 days, 6 entries, nothing found yet; Ctrl-C ends it")
        terminal.interrupt()
        terminal.wait_for(b"stopped, here and at the collector, searched 3 of 4 days, 6 entries; nothing was found yet")


def test_what_the_collector_prints_is_counted_in_bytes() -> None:
    """Whoever waits for a file to fill is told how much has come; how many entries that is nobody knows here."""
    meter = Meter()
    meter.printed = 3 << 20
    assert meter.progress().endswith(" s, 3.0M received; Ctrl-C ends it")
    assert "stopped, here and at the collector; 3.0M were received" == meter.interrupted()


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (9999, "9999"), (10_000, "10 k"), (999_999, "999 k"), (1_250_000, "1.2 M"), (3_490_000_000, "3.4 G")],
)
def test_large_numbers_are_short(number: int, said: str) -> None:
    """Rounded down."""
    assert said == short_number(number)


def test_the_progress_makes_room_for_lines() -> None:
    """The line goes away before entries are written, and comes again after them."""
    entry = timed_export_text([(EPOCH, 1, "0b" * 16, (("MESSAGE", "one"),))])
    body = b"%x\r\n%b\r\n" % (len(entry), entry)
    server = FakeServer(chunked("application/vnd.fdo.journal", body), silent=True)
    with server, OnTerminal(server.url, ["--no-pager", "-o", "short"]) as terminal:
        terminal.wait_for(b" one\r\n")
        terminal.wait_for(b"1 entries, the last of Tue 2023-11-14 22:13:20 UTC; Ctrl-C ends it")
        assert -signal.SIGINT == terminal.interrupt()
        terminal.wait_for(b"\r\x1b[Kjhctl: stopped, here and at the collector; 1 entries were shown, from Tue 2023-")


def test_the_progress_is_told_beside_a_pipe() -> None:
    """stderr alone can be a terminal; with -q, or where it is none, nothing is told."""
    store = Slow()
    with Hub(store=store) as hub:
        with OnTerminal(hub.url, [], stdout_too=False) as terminal:
            terminal.wait_for(b" s, nothing found yet")
        store.began.clear()
        with OnTerminal(hub.url, ["-q", "--no-pager"]) as terminal:
            assert store.began.wait(TIMEOUT)
            assert (-signal.SIGINT, b"") == (terminal.interrupt(), terminal.shown)
        command = [*JHCTL, f"--collector={hub.url}"]
        store.began.clear()
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert store.began.wait(TIMEOUT)
            process.send_signal(signal.SIGINT)
            assert ((b"", b""), -signal.SIGINT) == (process.communicate(timeout=TIMEOUT), process.returncode)


def test_hosts_have_colours_of_their_own() -> None:
    """On a terminal every host wears its colour, the same everywhere; not in a pipe, nor where one host is named."""
    told = entries([(host, second, "x") for second, host in enumerate(HOSTS)])
    with Hub(told) as hub:
        shown = on_terminal(hub, "--no-pager", "-q")[1]
        assert [of_host(host.encode(), 256) for host in HOSTS] == re.findall(
            rb" (\x1b\[0;38;5;[0-9]+m[a-z0-9-]+\x1b\[0m)", shown
        )
        assert b" web-1 unknown" in on_terminal(hub, "--no-pager", "-q", "-H", "web-1")[1]
        assert of_host(b"web-1", 16) in on_terminal(hub, "--no-pager", "-H", "web-*", SYSTEMD_COLORS="16")[1]
        assert b" web-1 unknown" in on_terminal(hub, "--no-pager", NO_COLOR="1")[1]
    assert len({of_host(b"web-%d" % number, 256) for number in range(20)}) > 12
