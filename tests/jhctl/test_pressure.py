"""A terminal and its pager: the bytes that journalctl shows through a pty, and work only as fast as it is read."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.jhctl import scenes
from tests.jhctl.comparing import ZONE, entries_in, in_zone
from tests.jhctl.fleets import entries
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment
from tests.jhctl.test_terminal import without_progress
from tests.output.journals import JOURNAL_REMOTE

from journalhub.store.contract import Budget, Order, Page, Position, Scope
from journalhub.store.memory import MemoryStore


def shown_on_terminal(command: Sequence[str], errors_too: bool) -> bytes:
    """What a program shows on a terminal of its own, where its errors go as well or not."""
    primary, secondary = pty.openpty()
    env = environment(TERM="xterm-256color", SYSTEMD_URLIFY="0", LC_ALL="C.UTF-8", **ZONE)
    errors = secondary if errors_too else subprocess.DEVNULL
    with subprocess.Popen(command, env=env, stdin=secondary, stdout=secondary, stderr=errors) as process:
        os.close(secondary)
        shown = b""
        try:
            while received := os.read(primary, 65536):
                shown += received
        except OSError:
            pass  # EIO: nobody has the terminal open any more
        process.wait(TIMEOUT)
    os.close(primary)
    return without_progress(shown)


@pytest.mark.skipif(not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals")
@pytest.mark.parametrize(
    "words",
    [
        "",
        "-r -n 30",
        "-p warning",
        "-g started",
        "-o cat -p crit _UID=0 -g request",
        "-o with-unit --no-full",
        "-o short-monotonic --utc",
        "-b -1 -o short-iso-precise",
    ],
)
def test_a_terminal_is_shown_what_journalctl_shows(words: str, tmp_path: Path) -> None:
    """Colours, lines between boots and marks of hits go through a pty as journalctl's do, where one host is named."""
    journal = scenes.machine(tmp_path)
    with in_zone(), Hub(entries_in(journal)) as hub:
        for errors_too in (True, False):
            stock = ["journalctl", "--no-pager", "-D", str(journal), *words.split()]
            own = [*JHCTL, f"--collector={hub.url}", "-H", "db-1", "--no-pager", *words.split()]
            theirs, ours = shown_on_terminal(stock, errors_too), shown_on_terminal(own, errors_too)
            assert (errors_too, theirs) == (b"\x1b[" in theirs, ours)


class Counting(MemoryStore):
    """A store that counts what it is asked for."""

    given = 0

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """As the store's own."""
        page = super().search(scope, order, limit, after, budget)
        self.given += len(page.hits)
        return page


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


ENTRIES, SIZE = 600, 100_000
"""60 MB: more than pipes and sockets hold."""


def test_a_pager_that_does_not_read_stops_the_collector(tmp_path: Path) -> None:
    """While the pager waits nothing more is searched; when it is left, the rest is never looked at."""
    told = entries([("web-1", number / 1000, "x" * SIZE) for number in range(ENTRIES)])
    go_on = tmp_path / "go-on"
    os.mkfifo(go_on)
    script = tmp_path / "pager"
    script.write_text(f"#!/bin/sh\nhead -c 1000 >/dev/null\necho reading\nread line < {go_on}\n")
    script.chmod(0o755)
    store = Counting()
    with Hub(told, store=store) as hub:
        primary, secondary = pty.openpty()
        env = environment(TERM="xterm", SYSTEMD_PAGER=str(script))
        command = [*JHCTL, f"--collector={hub.url}"]
        with subprocess.Popen(command, env=env, stdin=secondary, stdout=secondary, stderr=secondary) as process:
            os.close(secondary)
            shown = b""
            while b"reading" not in shown:
                ready, _, _ = select.select([primary], [], [], TIMEOUT)
                assert ready, shown
                shown += os.read(primary, 65536)
            until(lambda: _is_still(store))
            assert 0 < store.given < ENTRIES
            with go_on.open("w") as gate:
                gate.write("\n")
            assert 0 == process.wait(TIMEOUT)
        os.close(primary)
        assert store.given < ENTRIES


def _is_still(store: Counting) -> bool:
    """Whether nothing more is asked for within a second."""
    before = store.given
    time.sleep(1)
    return before == store.given > 0
