"""Journals with every kind of entry that output modes treat differently, made by the real programs."""

import struct
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser
from journalhub.journal.printable import is_line

JOURNAL_REMOTE = Path("/lib/systemd/systemd-journal-remote")
SHARED = Path(__file__).resolve().parents[2].parent / "shared"

FIRST_BOOT = "11111111222233334444555555555555"
SECOND_BOOT = "aaaaaaaabbbbccccddddeeeeeeeeeeee"
EPOCH = 1_700_000_000_000_000

Field = tuple[str, str | bytes]

_HOST: Field = ("_HOSTNAME", "web-1")
_APP: tuple[Field, ...] = (_HOST, ("SYSLOG_IDENTIFIER", "app"), ("_PID", "42"))

AWKWARD: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (FIRST_BOOT, (*_APP, ("MESSAGE", "hello"), ("PRIORITY", "6"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "two\nlines\n\nand end\n"), ("PRIORITY", "3"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "tab\there \x1b[31mred\x1b[0m x"), ("PRIORITY", "4"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", b"bin\x00\x01" * 300))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", b"\xff\xfe"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", b"\xff" * 1024), ("PRIORITY", "0"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", b"\xff" * (1 << 20)))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", ""), ("PRIORITY", "5"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "\n"), ("PRIORITY", "2"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "\nafter an empty line"), ("PRIORITY", "1"))),
    (FIRST_BOOT, (*_APP, ("NOMESSAGE", "x"))),
    (FIRST_BOOT, (*_APP[1:], ("MESSAGE", "no host"))),
    (FIRST_BOOT, (_HOST, ("_COMM", "comm"), ("SYSLOG_PID", "77"), ("MESSAGE", "comm only\nsecond"))),
    (FIRST_BOOT, (_HOST, ("MESSAGE", "nothing\nsecond"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "x" * 5000), ("PRIORITY", "7"), ("BIG", "y" * 4091), ("BIG4", "y" * 4091))),
    (
        FIRST_BOOT,
        (*_APP, ("MESSAGE", "1st"), ("MESSAGE", "2nd"), ("_HOSTNAME", "web-2"), *(("X", x) for x in ("1", b"\xff"))),
    ),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "s"), ("_SOURCE_REALTIME_TIMESTAMP", "1699999999000001"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "m"), ("_SOURCE_MONOTONIC_TIMESTAMP", "123456"))),
    (
        FIRST_BOOT,
        (*_APP, ("MESSAGE", "a"), ("_SOURCE_REALTIME_TIMESTAMP", "a"), ("_SOURCE_MONOTONIC_TIMESTAMP", "-")),
    ),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "zero"), ("_SOURCE_REALTIME_TIMESTAMP", "0"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "far"), ("_SOURCE_REALTIME_TIMESTAMP", "36028797018963968"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "far"), ("_SOURCE_REALTIME_TIMESTAMP", "36028797018963967"))),
    (FIRST_BOOT, (*_APP, ("MESSAGE", "kernel"), ("_TRANSPORT", "kernel"), ("PRIORITY", "2"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "audit"), ("_TRANSPORT", "audit"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "ünï — ✓ \u200b\ufeff"), ("_SYSTEMD_UNIT", "a.service"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "nonchar \ufdd0 \uffff\nx"), ("_SYSTEMD_USER_UNIT", "b.service"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "a\nb"), ("_SYSTEMD_USER_UNIT", "b.service"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "a\nb"), ("_SYSTEMD_USER_UNIT", "b.service"), ("_SYSTEMD_UNIT", "long.service"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "c1 \x85 del \x7f"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "\x1b]8;;http://x\x07link\x1b]8;;\x07 end"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "osc \x1b]8;;http://x\x07link\x1b]8;;\x07 end \x1b(B \x1b"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "\x1b\x1b[31m \x1b[31 \x1b]x\x1b[0m \r\x1b[0m\n \r\r\n\r"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "bad csi \x1b[31xyz \x1b[0;1;31mok \x1b[Kk"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", b"nul in csi \x1b[0\x00m \x1b[\x1b[1mx\x1b["))),
    (
        SECOND_BOOT,
        (
            ("_HOSTNAME", "h" * 400),
            ("SYSLOG_IDENTIFIER", "i" * 300),
            ("_COMM", "c"),
            ("_PID", "1\x01"),
            ("SYSLOG_PID", "5"),
            ("MESSAGE", "long"),
        ),
    ),
    (
        SECOND_BOOT,
        (
            *_APP,
            ("MESSAGE", "x " * 200 + "\nsecond line " + "y" * 90 + "\nthird\nfourth"),
            ("BIG", "z" * 295),
            ("BIG2", "z" * 296),
            ("J", '"\\/\b\f\n\r\t\x01'),
            ("Q", '"\\/\n\t'),
            ("ML", "a\nb\n"),
        ),
    ),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "cr\r\nlf\r"), ("EMPTY", ""), ("PRIORITY", "9"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "a very long line " * 20), ("PRIORITY", "5"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "日本語" * 60), ("PRIORITY", "33"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "half 日本語 half latin, as names are"), ("PRIORITY", "3"), ("PRIORITY", "6"))),
    (
        SECOND_BOOT,
        (*_APP, ("MESSAGE", "one\ntwo " + "y" * 60 + "\nthree 日本語日本語日本語日本語日本語日\nfour")),
    ),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "1\n2\n3\n4"))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "w" * 48))),
    (SECOND_BOOT, (*_APP, ("MESSAGE", "w" * 49))),
)
"""(boot, fields) of each entry; the time of each is 1.234567 s after the one before."""


def export_text(entries: tuple[tuple[str, tuple[Field, ...]], ...]) -> bytes:
    """Export text of entries that are given as AWKWARD is."""
    return timed_export_text(
        (EPOCH + number * 1_234_567, 5_000_000 + number * 1_234_567, boot, fields)
        for number, (boot, fields) in enumerate(entries, 1)
    )


def timed_export_text(entries: Iterable[tuple[int, int, str, tuple[Field, ...]]]) -> bytes:
    """Export text of entries given as (realtime, monotonic, boot, fields)."""
    return b"".join(_export_entry(*entry) for entry in entries)


def _export_entry(realtime: int, monotonic: int, boot: str, fields: tuple[Field, ...]) -> bytes:
    address = f"__REALTIME_TIMESTAMP={realtime}\n__MONOTONIC_TIMESTAMP={monotonic}\n_BOOT_ID={boot}\n"
    return address.encode() + b"".join(_export_field(*field) for field in fields) + b"\n"


def _export_field(name: str, value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    if is_line(raw):
        return b"%b=%b\n" % (name.encode(), raw)
    return b"%b\n%b%b\n" % (name.encode(), struct.pack("<Q", len(raw)), raw)


def make_journal(directory: Path, text: bytes) -> Path:
    """A directory with a journal of the entries of `text`, as systemd-journal-remote writes it."""
    directory.mkdir()
    source = directory.with_suffix(".export")
    source.write_bytes(text)
    subprocess.run(
        [JOURNAL_REMOTE, "-o", directory / "system.journal", source], check=True, capture_output=True, timeout=240
    )
    return directory


def journalctl(directory: Path, *words: str, **environment: str) -> bytes:
    """What the real journalctl prints into a pipe."""
    done = subprocess.run(
        ["journalctl", "-D", directory, *words],
        env={"PATH": "/usr/bin:/bin", "TZ": "UTC", **environment},
        capture_output=True,
        timeout=240,
    )
    return done.stdout


@cache
def entries_of(directory: Path) -> list[Entry]:
    """The entries of a journal, read through `journalctl -o export`."""
    parser = ExportParser()
    return [*parser.feed(journalctl(directory, "-o", "export")), *parser.finish()]
