"""Terminal escapes in every field of an entry, in every mode, in lists and in errors: a terminal gets none."""

from collections.abc import Iterator

import pytest
from tests.jhctl.hub import Hub
from tests.jhctl.test_terminal import on_terminal
from tests.output.journals import FIRST_BOOT, export_text

from journalhub.journal.export import ExportParser
from journalhub.query.jhctl.fleet import table
from journalhub.query.output.options import MODES

ATTACK = b"\x1b]0;owned\x07\x1b[2J\x9b31m\xc2\x9b32m\x08\x7f\x0e\r"
"""A title, a cleared screen, both C1 forms of CSI, and controls that move or change what is shown."""

HOSTILE = (
    "MESSAGE",
    "PRIORITY",
    "_HOSTNAME",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "SYSLOG_TIMESTAMP",
    "_PID",
    "_COMM",
    "_EXE",
    "_CMDLINE",
    "_SYSTEMD_UNIT",
    "_SYSTEMD_USER_UNIT",
    "UNIT",
    "CODE_FILE",
    "DOCUMENTATION",
    "CONFIG_FILE",
    "_TRANSPORT",
    "_UID",
    "ODD",
)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """With entries of which one field each is hostile, and one of which all are."""
    plain = {"_HOSTNAME": b"web-1", "SYSLOG_IDENTIFIER": b"app", "MESSAGE": b"hello"}
    entries = [tuple((plain | {name: b"a" + ATTACK + b"z"}).items()) for name in HOSTILE]
    entries.append(tuple(dict.fromkeys(HOSTILE, b"a" + ATTACK + b"z").items()))
    parser = ExportParser()
    text = export_text(tuple((FIRST_BOOT, fields) for fields in entries))
    with Hub([*parser.feed(text), *parser.finish()]) as running:
        yield running


def assert_harmless(shown: bytes) -> None:
    """No control but the end of a line and a tab, none of C1 either: as UTF-8 or as a byte that is no UTF-8."""
    text = shown.decode(errors="surrogateescape")
    bad = {c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or "\udc80" <= c <= "\udcff"}
    assert not bad, shown


@pytest.mark.parametrize("mode", MODES)
def test_no_mode_gives_an_escape_to_a_terminal(hub: Hub, mode: str) -> None:
    """With -a, which prints all, and without; without colours of ours there are no escapes at all."""
    for words in ((), ("-a",)):
        status, shown = on_terminal(hub, "--no-pager", "-o", mode, *words, NO_COLOR="1")
        assert 0 == status
        text = shown.replace(b"\x1e", b"") if mode == "json-seq" else shown  # RFC 7464 begins each record with it
        assert_harmless(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_value_gives_an_escape_to_a_terminal(hub: Hub, name: str) -> None:
    """-F of every field; in a pipe it gives the bytes (tests of what journalctl does see to that)."""
    status, shown = on_terminal(hub, "--no-pager", "-F", name)
    assert 0 == status
    assert b"owned" in shown
    assert_harmless(shown)


@pytest.mark.parametrize(
    "words",
    [
        ("-u", "a\x1b[2Jz\x9b"),
        ("-H", "a\x1b[2Jz*"),
        ("-t", "\x1b]0;owned\x07"),
        ("--since", "\x1b[2J"),
        ("-o", "\x1b[2J"),
        ("-F", "\x1b[2J"),
        ("\x1b[2J=1",),
        ("--\x1b[2J",),
        ("-c", "\x1b[2J"),
        ("-g", "(\x1b[2J"),
        ("-q", "(\x1b[2J"),
        ("-b", "\x1b[2J"),
        ("-p", "\x1b[2J"),
        ("--list-hosts", "-H", "\x1b[2J"),
        ("--list-gaps", "-H", "\x1b[2J"),
        ("--list-boots",),
        ("-N",),
        ("-F", "\x9b31m"),
    ],
)
def test_no_error_gives_an_escape_to_a_terminal(hub: Hub, words: tuple[str, ...]) -> None:
    """What was typed, perhaps pasted, comes back in messages without its escapes."""
    assert_harmless(on_terminal(hub, "--no-pager", *words, NO_COLOR="1")[1])


def test_no_table_gives_an_escape_to_a_terminal() -> None:
    """The host name, the version and the cause that a node tells are cells of --list-hosts and --list-gaps."""
    told = "a\x1b[2Jz\x9b31m\r"
    shown = b"".join(table(["HOST", "VERSION"], [[told, told], ["web-1", "1"]], True, 0, [False, False]))
    assert 3 == shown.count(b"\n")
    assert_harmless(shown)
