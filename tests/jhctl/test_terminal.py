"""What a terminal gets: the pager, colours, and never an escape sequence out of a log."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from tests.jhctl.fakes import FakeServer
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment
from tests.output.journals import AWKWARD, export_text

from journalhub.journal.export import ExportParser
from journalhub.query.jhctl import pager, terminal


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A collector with entries of every kind, but for huge ones: a terminal is slow."""
    parser = ExportParser()
    entries = [*parser.feed(export_text(AWKWARD)), *parser.finish()]
    with Hub(entry for entry in entries if len(entry.first("MESSAGE") or b"") < 10_000) as running:
        yield running


class Served(Protocol):
    """What has an address."""

    @property
    def url(self) -> str: ...


def on_terminal(hub: Served, *words: str, **more: str) -> tuple[int, bytes]:
    """Status, and what a terminal shows while jhctl runs on it; KEYS of `more` are typed once something is shown."""
    primary, secondary = pty.openpty()
    command = [*JHCTL, f"--collector={hub.url}", *words]
    env = environment(**{"TERM": "xterm-256color", **more})
    with subprocess.Popen(
        command, env=env, stdin=secondary, stdout=secondary, stderr=secondary, start_new_session=True
    ) as process:
        os.close(secondary)
        shown = _read(primary, process, more.get("KEYS", "").encode())
        status = process.wait(TIMEOUT)
    os.close(primary)
    return status, without_progress(shown).replace(b"\r\n", b"\n")


_PROGRESS = re.compile(rb"(\r\x1b\[Kjhctl: [0-9]+ s, [^\r\n]*)+(\r\x1b\[K)?")


def without_progress(shown: bytes) -> bytes:
    """What a terminal shows, but for the line that tells somebody who waits: a loaded machine is slow."""
    return _PROGRESS.sub(b"", shown)


def _read(primary: int, process: "subprocess.Popen[bytes]", keys: bytes) -> bytes:
    shown = b""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        ready, _, _ = select.select([primary], [], [], 0.1)
        if not ready:
            if process.poll() is not None:
                break
            if shown and keys:
                os.write(primary, keys)
                keys = b""
            continue
        try:
            received = os.read(primary, 65536)
        except OSError:
            break
        if not received:
            break
        shown += received
    return shown


CODES = b"\x1b[0;1;31m"


def test_a_terminal_gets_colours(hub: Hub) -> None:
    """Priorities are coloured as journalctl colours them, unless the environment says no."""
    assert CODES in on_terminal(hub, "--no-pager")[1]
    for name, value in (("NO_COLOR", "1"), ("SYSTEMD_COLORS", "0"), ("TERM", "dumb")):
        assert CODES not in on_terminal(hub, "--no-pager", **{name: value})[1]


def test_colours_are_chosen_on_the_command_line(hub: Hub) -> None:
    """--color goes before the terminal and the environment; `auto` leaves it to them."""
    assert CODES not in on_terminal(hub, "--no-pager", "--color=never", SYSTEMD_COLORS="1")[1]
    assert CODES in on_terminal(hub, "--no-pager", "--color=always", NO_COLOR="1", SYSTEMD_COLORS="0")[1]
    command = [*JHCTL, f"--collector={hub.url}"]
    for when, is_coloured in (("always", True), ("auto", False), ("never", False)):
        done = subprocess.run(
            [*command, f"--color={when}"], env=environment(), capture_output=True, timeout=TIMEOUT, check=True
        )
        assert is_coloured == (CODES in done.stdout), when


@pytest.mark.parametrize("mode", ["short", "cat", "export", "verbose", "json", "json-pretty", "with-unit"])
@pytest.mark.parametrize("words", [(), ("-a",)])
def test_a_terminal_never_gets_an_escape_of_a_log(hub: Hub, mode: str, words: tuple[str, ...]) -> None:
    """Without colours of ours, no mode sends a control character; it is shown instead."""
    status, shown = on_terminal(hub, "--no-pager", "-o", mode, *words, NO_COLOR="1")
    assert 0 == status
    assert not set(shown) & (set(range(0x20)) - set(b"\n\t")), mode
    assert b"\xc2\x85" not in shown and b"\x7f" not in shown


def test_values_are_shown_safely(hub: Hub) -> None:
    """-F on a terminal writes control characters visibly; in a pipe it gives the bytes."""
    assert b"c1 \\x85 del \\x7f\n" in on_terminal(hub, "--no-pager", "-F", "MESSAGE")[1]


def test_the_pager_is_used_on_a_terminal(hub: Hub, tmp_path: Path) -> None:
    """SYSTEMD_PAGER comes before PAGER, gets less's options, and the output; --no-pager and -f leave it out."""
    script = tmp_path / "pager"
    script.write_text('#!/bin/sh\necho "paged with $LESS"\ncat\n')
    script.chmod(0o755)
    both = {"SYSTEMD_PAGER": str(script), "PAGER": "false"}
    assert on_terminal(hub, "-n", "1", **both)[1].startswith(b"paged with FRSXMK\nNov 14 ")
    assert on_terminal(hub, "-e", **both)[1].startswith(b"paged with FRSXMK +G\n")
    assert b"paged" not in on_terminal(hub, "-n", "1", "--no-pager", **both)[1]
    assert b"paged" not in on_terminal(hub, "-n", "1", SYSTEMD_PAGER="", PAGER=str(script))[1]


def test_leaving_the_pager_is_no_error(hub: Hub, tmp_path: Path) -> None:
    """A pager that ends before the output does ends jhctl, with status 0."""
    script = tmp_path / "pager"
    script.write_text("#!/bin/sh\nhead -c 5 >/dev/null\necho left\n")
    script.chmod(0o755)
    assert (0, b"left\n") == on_terminal(hub, "-o", "json", "-a", SYSTEMD_PAGER=str(script))


def test_a_pager_that_is_not_there_is_done_without(hub: Hub) -> None:
    """Output comes all the same."""
    assert b"Nov 14 " in on_terminal(hub, "-n", "1", SYSTEMD_PAGER="/no/such/pager")[1]


def test_less_shows_and_quits(hub: Hub) -> None:
    """The real less, left with q."""
    status, shown = on_terminal(hub, KEYS="q", LINES="10", PAGER="less")
    assert 0 == status
    assert b"web-1" in shown


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [["pager"], ["less"], ["more"]]),
        ({"PAGER": "less -X"}, [["less", "-X"]]),
        ({"PAGER": "less", "SYSTEMD_PAGER": "more"}, [["more"]]),
        ({"PAGER": "cat"}, []),
        ({"PAGER": "less", "SYSTEMD_PAGER": ""}, []),
    ],
)
def test_pagers_are_chosen_as_systemd_does(environ: dict[str, str], expected: list[list[str]]) -> None:
    """SYSTEMD_PAGER, PAGER, then what is there; cat and nothing mean none."""
    assert expected == pager.commands(environ)


@pytest.mark.parametrize(
    ("environ", "is_terminal", "expected"),
    [
        ({}, False, 0),
        ({"TERM": "xterm"}, False, 0),
        ({"TERM": "xterm"}, True, 256),
        ({"TERM": "dumb"}, True, 0),
        ({}, True, 0),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, 0),
        ({"SYSTEMD_COLORS": "1"}, False, 256),
        ({"SYSTEMD_COLORS": "16"}, False, 16),
        ({"SYSTEMD_COLORS": "auto-16", "TERM": "xterm"}, True, 16),
        ({"SYSTEMD_COLORS": "no", "TERM": "xterm"}, True, 0),
    ],
)
def test_colours_follow_the_environment(environ: dict[str, str], is_terminal: bool, expected: int) -> None:
    """SYSTEMD_COLORS decides, then the terminal."""
    assert expected == terminal.colors(environ, is_terminal)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "en_GB.utf8", "LC_ALL": "C"}, False),
        ({"LC_CTYPE": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "C", "SYSTEMD_UTF8": "1"}, True),
    ],
)
def test_locales_are_told_apart(environ: dict[str, str], expected: bool) -> None:
    """UTF-8 or not, by the first variable that is set."""
    assert expected == terminal.unicode(environ)


def test_the_width_is_known() -> None:
    """COLUMNS, or 80 where stdout is no terminal."""
    assert (33, 80) == (terminal.columns({"COLUMNS": "33"}), terminal.columns({"COLUMNS": "x"}))


def test_interrupting_a_query_ends_it(hub: Hub) -> None:
    """Without a pager Ctrl-C ends jhctl by the signal."""
    command = [*JHCTL, f"--collector={hub.url}", "-f"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert -signal.SIGINT == process.wait(TIMEOUT)


def test_leaving_the_pager_ends_a_query_that_has_not_answered_yet(tmp_path: Path) -> None:
    """Nothing is waited for when nobody reads any more."""
    script = tmp_path / "pager"
    script.write_text("#!/bin/sh\necho left\n")
    script.chmod(0o755)
    with FakeServer(b"", silent=True) as server:
        assert (0, b"left\n") == on_terminal(server, SYSTEMD_PAGER=str(script))
