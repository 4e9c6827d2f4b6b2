"""What journalctl prints is what we read and write, byte for byte."""

import subprocess
from pathlib import Path

import pytest
from tests.journal.real import SHARED, journalctl, make_journal, needs_remote, needs_shared, read_export, unpack_shared

from journalhub.journal.export import encode

# Both sides of every edge of the rule that tells text from binary, and what UTF-8 forbids.
EDGES: tuple[bytes | str, ...] = (
    *(bytes([byte]) for byte in range(1, 256)),
    *(b"a" + bytes([byte]) + b"z" for byte in range(256)),
    *(chr(code).encode() for code in (0x7F, 0x80, 0x9F, 0xA0, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFDCF, 0xFDD0, 0xFDEF)),
    *(chr(code).encode() for code in (0xFDF0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFD, 0x1FFFE, 0x1FFFF, 0x20000)),
    *(chr(plane << 16 | 0xFFFE).encode() for plane in range(17)),
    *(chr(plane << 16 | 0xFFFF).encode() for plane in range(17)),
    *(
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\x80",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x80\x80\x80",
    ),
    *(b"\xf4\x8f\xbf\xbd", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\x80", b"ok\xff", b"\xc3"),
    *("\u200b", "\u2028", "\u202e", "\ufeff", "\U000e0001", "\ue000", "e\u0301", "日本語"),
)
VALUES = tuple(value.encode() if isinstance(value, str) else value for value in EDGES)


@needs_remote
def test_text_or_binary(tmp_path: Path) -> None:
    """journalctl agrees on which values are text."""
    journal = make_journal(tmp_path / "edges.journal", [[("MESSAGE", value), ("N", b"1")] for value in VALUES])
    printed = journalctl("--file", journal, "-o", "export")
    entries = read_export(printed)

    assert len(VALUES) == len(entries)
    assert printed == b"".join(map(encode, entries))
    assert sorted(VALUES) == sorted(value for entry in entries for value in entry.values("MESSAGE"))


@needs_remote
def test_only_some_fields(tmp_path: Path) -> None:
    """journalctl agrees on what --output-fields leaves."""
    journal = make_journal(tmp_path / "some.journal", [[("A", b"1"), ("B", b"\n"), ("C", b"2"), ("A", b"3")]])
    entries = read_export(journalctl("--file", journal, "-o", "export"))
    printed = journalctl("--file", journal, "-o", "export", "--output-fields=A,C")

    assert printed == b"".join(encode(entry, fields=frozenset({"A", "C"})) for entry in entries)


@needs_remote
@needs_shared
def test_sample_journals(tmp_path: Path) -> None:
    """Every entry of every sample journal that journalctl can read comes back byte for byte."""
    seen = 0
    for path in unpack_shared(tmp_path):
        run = subprocess.run(["journalctl", "--file", path, "-o", "export"], capture_output=True)
        entries = read_export(run.stdout)
        seen += len(entries)

        assert run.stdout == b"".join(map(encode, entries))
    assert seen > 1000


@needs_shared
@pytest.mark.parametrize("path", sorted(SHARED.rglob("*.export")), ids=lambda path: path.stem)
def test_sample_texts(path: Path) -> None:
    """The sample texts are read whole."""
    text = path.read_bytes()
    entries = read_export(text)

    assert text.count(b"__REALTIME_TIMESTAMP=") == len(entries)
    assert text.replace(b";p=system.journal", b"").strip(b"\n") == b"".join(map(encode, entries)).strip(b"\n")
