"""Journals to compare with the real programs: made by systemd-journal-remote, or kept beside the checkout."""

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from tests.lab.archives import unpack

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser

REMOTE = Path("/lib/systemd/systemd-journal-remote")
SHARED = Path(__file__).parents[2].parent / "shared" / "journals"

needs_remote = pytest.mark.skipif(
    not REMOTE.exists() or shutil.which("journalctl") is None,
    reason="needs journalctl and systemd-journal-remote (package systemd-journal-remote)",
)
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the sample journals in {SHARED}")

BOOT = b"11111111222233334444555555555555"


def make_journal(path: Path, entries: Iterable[Sequence[tuple[str, bytes]]]) -> Path:
    """A journal file with these fields, an entry a microsecond, written by the real program."""
    text = bytearray()
    for number, fields in enumerate(entries):
        text += b"__REALTIME_TIMESTAMP=%d\n" % (1_700_000_000_000_000 + number)
        text += b"__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\n" % (1000 + number, BOOT)
        for name, value in fields:
            text += b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(8, "little"), value)
        text += b"\n"
    subprocess.run([REMOTE, "-o", path, "-"], input=text, check=True, capture_output=True)
    return path


def journalctl(*words: str | Path) -> bytes:
    """What journalctl prints."""
    return subprocess.run(["journalctl", "--no-pager", *words], check=True, capture_output=True).stdout


def read_export(text: bytes) -> list[Entry]:
    """The entries of an export text, nothing of which may be dropped."""
    parser = ExportParser()
    found = [*parser.feed(text), *parser.finish()]
    assert not parser.dropped_fields
    assert not parser.dropped_entries
    return found


def unpack_shared(directory: Path) -> list[Path]:
    """All sample journals, unpacked below `directory`."""
    for archive in (*SHARED.rglob("*.tar.gz"), *SHARED.rglob("*.zip")):
        unpack(archive, directory / archive.parent.name)
    return sorted(path for path in directory.rglob("*") if path.is_file() and ".journal" in path.name)
