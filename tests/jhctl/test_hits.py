"""What --search found is set off: what made the entry match, in any mode for people, and no byte is changed by it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jhctl.hub import TIMEOUT, Hub, environment, jhctl
from tests.jhctl.test_terminal import on_terminal
from tests.output.journals import FIRST_BOOT, export_text

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser
from journalhub.query.jhctl.hits import Hits
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.render import render

CODES = re.compile(rb"\x1b\[0(?:;[0-9]+)*m")
"""What jhctl colours with."""


@pytest.mark.parametrize(
    ("search", "message", "expected"),
    [
        ("connection refused", "REFUSED a Connection, unrefused", "[REFUSED] a [Connection], unrefused"),
        ('"connection refused"', "refused: connection  (refused)", "refused: [connection  (refused])"),
        ("10.0.0.7", "10.0.0.17 10.0.0.7:443 7", "10.0.0.17 [10.0.0.7]:443 7"),
        ("strasse", "Die STRASSE, die Straße, die Straßen", "Die [STRASSE], die [Straße], die Straßen"),
        ("conn*", "Connection reconnect conn", "[Connection] reconnect [conn]"),
        ("nginx.ser*", "server of nginx: nginx.service", "server of nginx: [nginx.service]"),
        ("*FUS*", "refused ſ fus", "re[fus]ed ſ [fus]"),
        ('*"n re"*', "Connection refused", "Connectio[n re]fused"),
        ("con*ed", "the connected peer", "the [connected] peer"),
        ("/timed? ?out/", "Time out, timeout", "[Time out], [timeout]"),
        ("/Out[[:space:]]of/", "Out of out of", "[Out of] out of"),
        ("/x*/", "axxb", "a[xx]b"),
        ("error -timeout", "an error: refused", "an [error]: refused"),
        ("disk (full OR error)", "full disk error", "[full] [disk] [error]"),
        ("(disk full) OR error", "error on a disk", "[error] on a disk"),
        ("(host=a disk) OR error", "error on a disk", "[error] on a [disk]"),
        ("(-host=a disk) OR full", "disk full", "[disk] [full]"),
        ("unit=ssh.service _PID>1", "ssh.service 1", "ssh.service 1"),
        ("message:full", "disk full", "disk [full]"),
        ("MESSAGE=disk*", "disk full", "[disk full]"),
        ("-MESSAGE=x full", "disk full", "disk [full]"),
        ("*", "anything", "anything"),
        ("", "anything", "anything"),
        ("->", "a->b", "a[->]b"),
        ("disk (full", "disk is full", "[disk] is [full]"),
        ("started -v", "started -v", "[started -v]"),
        ("started -v", "started -v again", "started -v again"),
        ("one two", "one\ntwo", "[one]\n[two]"),
        ('"one two"', "one\ntwo", "[one]\n[two]"),
        ("31mopen", "to \x1b[31mopen\x1b[0m", "to \x1b[31m[open]\x1b[0m"),
        ('"to open"', "to \x1b[1;31m open", "to \x1b[1;31m open"),
        ("/o .*n/", "to \x1b[31mopen", "t[o ]\x1b[31m[open]"),
        ("title", "\x1b]0;a title\x07 and title", "\x1b]0;a title\x07 and [title]"),
    ],
)
def test_what_matched_is_found(search: str, message: str, expected: str) -> None:
    """Words, phrases and patterns as the search language means them; never what is excluded, nor in an escape."""
    raw, shown, at = message.encode(), "", 0
    for start, end in Hits(search)(raw):
        shown += f"{raw[at:start].decode()}[{raw[start:end].decode()}]"
        at = end
    assert expected == shown + raw[at:].decode()


@given(st.binary() | st.text(alphabet="aB é\u0301ßİ\x1b[3m\n;").map(str.encode), st.sampled_from(["a", "*b*", "/.b?/"]))
def test_spans_lie_apart_and_in_order(message: bytes, search: str) -> None:
    """Any bytes: spans are in order, none is empty, none splits a character."""
    spans = Hits(search)(message)
    ends = [place for span in spans for place in span]
    assert ends == sorted(ends) and all(start < end for start, end in spans)
    try:
        message.decode()
    except UnicodeDecodeError:
        return
    assert all(message[start:end].decode() for start, end in spans)


MESSAGES = (
    ("6", "connection to \x1b[31mdb\x1b[0m refused\tby a Straße"),
    ("3", "first line\nconnection refused in the second, which is so long that it does not fit into eighty columns"),
    ("7", b"refused: \xff connection"),
    ("5", "x" * 290 + " connection refused"),
)


def entries() -> list[Entry]:
    """Of messages that are hard to colour."""
    parser = ExportParser()
    fields = tuple((("MESSAGE", message), ("PRIORITY", priority)) for priority, message in MESSAGES)
    return [*parser.feed(export_text(tuple((FIRST_BOOT, own) for own in fields))), *parser.finish()]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """With these entries."""
    with Hub(entries()) as running:
        yield running


def test_hits_wear_a_colour_on_a_terminal(hub: Hub) -> None:
    """Also in messages that have no colour of their own, and only where colours are wanted; with --grep, too."""
    red, bold = b"\x1b[0;1;31m", b"\x1b[0;1;39m"
    words = ("--no-pager", "--search=refused connection")
    shown = on_terminal(hub, *words, "-g", "line|db")[1]
    assert red + b"connection\x1b[0m to " + red + b"db\x1b[0m " + red + b"refused\x1b[0m" in shown
    assert red + b"first " + bold + b"line" + red in shown and bold + b"connection" + red in shown
    shown = on_terminal(hub, *words, "-o", "verbose")[1]
    assert bold + red + b"connection" + bold + b" " + red + b"refused" + bold in shown
    assert b"\x1b" not in on_terminal(hub, *words, NO_COLOR="1")[1]
    assert b"\x1b" not in jhctl(hub.url, *words).stdout


@pytest.mark.parametrize("mode", ["short", "with-unit", "cat", "verbose", "json"])
@pytest.mark.parametrize("look", [{}, {"show_all": True}, {"full": False}, {"truncate_newline": True}, {"terminal": 1}])
@pytest.mark.parametrize("columns", [60, 100, 400])
def test_setting_off_changes_nothing_else(mode: str, look: dict[str, Any], columns: int) -> None:
    """Without the colours the output is that of a pipe, byte for byte: no escape of a message is broken into."""
    hits = Hits("refused connection")
    plain, coloured = (
        b"".join(render(entries(), mode, OutputOptions(colors=colors, hits=hits, columns=columns, **look)))
        for colors in (0, 256)
    )
    assert b"\x1b[0;1;31m" in coloured or mode == "json"
    assert CODES.sub(b"", plain) == CODES.sub(b"", coloured)


def test_follow_sets_hits_off(hub: Hub) -> None:
    """-f, too."""
    command = ["-f", "-n1", "--color=always", "--search=connection refused", "--until-match=1"]
    done = jhctl(hub.url, *command)
    assert b"\x1b[0;1;31mconnection" in done.stdout


def test_grep_sets_off_what_pcre2_finds(hub: Hub) -> None:
    """Where Python's patterns mean another thing than PCRE2's, the collector's meaning is that which is coloured."""
    done = jhctl(hub.url, "--color=always", "-o", "cat", "-p3..3", "-g", "[[:alpha:]]+ \\Kli[[:lower:]]e")
    assert done.stdout.startswith(b"\x1b[0;1;31mfirst \x1b[0;1;39mline\x1b[0;1;31m\n")


def test_nothing_is_loaded_for_it_without_colours() -> None:
    """A pipe is not made to wait for what colours hits."""
    code = (
        "import sys, os; from journalhub.query.jhctl.request import read; from journalhub.query.jhctl import look; "
        "from journalhub.query.jhctl.address import parse; "
        "request = read(['--search=a', '-g', 'b'], {}, int); "
        "look.output_options(parse('http://x:1'), request, {}, False); "
        "sys.exit('journalhub.query.jhctl.hits' in sys.modules or 'pcre2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True, timeout=TIMEOUT)
