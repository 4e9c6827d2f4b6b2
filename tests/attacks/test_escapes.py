"""No escape sequence out of a journal reaches a terminal: in no output mode, table, list, hint or error of jhctl."""

import time
from collections.abc import Iterator

import pytest
from tests.integration.programs import Collector
from tests.jhctl.test_terminal import on_terminal
from tests.web.hub import feed

from journalhub.journal.entry import Entry
from journalhub.query.events.kinds import NAMES as KINDS
from journalhub.query.output.options import MODES

EVIL = b"a\x1b]0;taken over\x07\x1b[2J\x1bP+q\x1b\\ \xc2\x9b31m \xc2\x85 \x9b2J \x7f\x08\x0e\rz"
"""Sets a title, clears the screen, asks for a capability; C1 controls in UTF-8 and as bytes; DEL, BS, SO and CR."""

NAMED = ("_HOSTNAME", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "_COMM", "_EXE", "_PID", "_NAMESPACE", "UNIT", "CODE_FILE")
FAILED = b"be02cf6855d2428ba40df7e9d022f03d"
"""MESSAGE_ID of a unit that failed to start (systemd.journal-fields(7): sd-messages.h)."""

INVOCATION = b"11" * 16


def hostile() -> Iterator[Entry]:
    """Entries of two boots, with EVIL wherever a value can stand, and a hole of numbers between them."""
    now = time.time_ns() // 1000 - 60_000_000
    for number, boot in enumerate((b"b" * 16, b"b" * 16, b"c" * 16)):
        fields = [(name, EVIL) for name in NAMED]
        fields += [("MESSAGE", EVIL + b"\n" + EVIL), ("MESSAGE_ID", FAILED), ("PRIORITY", EVIL if number else b"3")]
        fields += [("_MACHINE_ID", b"ab" * 16), ("_SYSTEMD_INVOCATION_ID", INVOCATION), ("INVOCATION_ID", INVOCATION)]
        yield Entry(b"s" * 16, 1 + 5 * number, boot, number, now + number, number, tuple(fields))


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """With all of them."""
    with Collector(tmp_path_factory.mktemp("escapes")) as running:
        feed(running, hostile())
        yield running


UNIT = EVIL.partition(b"\x1b")[0].decode() + "*"

LOOKS = [
    *(f"-o {mode} {words}" for mode in MODES for words in ("", "-a")),
    *("--no-full", "-x", "--truncate-newline", "-o verbose --no-full", "--show-cursor", "--stats"),
    *("-g taken", "-g taken --context=1", "--search=taken", "-f -n 1 --until-match=1"),
    *("--list-hosts", "--list-gaps", "--list-boots", "--list-namespaces", "--disk-usage", "--header"),
    *("--events", *(f"--events={kind}" for kind in KINDS[:1]), "--patterns", "--count", "--explain", "-N"),
    *(f"-F {name}" for name in (*NAMED, "MESSAGE", "PRIORITY")),
    *(f"--count={name}" for name in ("_HOSTNAME", "PRIORITY")),
    *("-H nosuch", "-u nosuch", "-t nosuch", "NOSUCH=1", "-F NOSUCH", f"--list-invocations -u {UNIT}"),
]


@pytest.mark.parametrize("words", LOOKS)
def test_nothing_of_a_log_steers_a_terminal(collector: Collector, words: str) -> None:
    """Without colours nothing but text, tabs and line ends comes, on stdout and on stderr."""
    _, shown = on_terminal(collector, "--no-pager", *words.split(), NO_COLOR="1")
    text = shown.decode()  # UTF-8, all of it
    own = {"\x1e"} if "json-seq" in words else set()  # the separator of RFC 7464
    assert shown
    assert {character for character in text if not character.isprintable()} <= {"\n", "\t"} | own


@pytest.mark.parametrize("words", ["-o short", "-o cat -a", "-o verbose -a", "-o json", "--list-hosts", "-g taken"])
def test_colours_are_ours_alone(collector: Collector, words: str) -> None:
    """With colours no other sequence than those that set them comes, and they are set back."""
    _, shown = on_terminal(collector, "--no-pager", *words.split())
    assert b"\x1b[" in shown
    assert not {b"\x07", b"\x08", b"\x0e", b"\x7f", b"\x1b]", b"\x1bP", b"\x1b[2J"} & {
        shown[at : at + size] for at in range(len(shown)) for size in (1, 2, 4)
    }
    assert b"\xc2\x9b" not in shown
