"""Journals that other programs and other versions of systemd wrote."""

import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.lab.archives import unpack
from tests.shipper.collector import FakeCollector
from tests.shipper.process import ship_once

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser

JOURNALS = Path(__file__).resolve().parents[3] / "shared" / "journals"
needs_journals = pytest.mark.skipif(not JOURNALS.is_dir(), reason=f"{JOURNALS} is not there")


def counted(entries: Iterable[Entry]) -> Counter[Entry]:
    """How often each entry is there; the order of fields within one is free."""
    return Counter(entry._replace(fields=tuple(sorted(entry.fields))) for entry in entries)


@needs_journals
@pytest.mark.parametrize("name", ["kjournald-export/journal.tar.gz", "velociraptor/system.journal.zip"])
def test_same_as_journalctl(name: str, tmp_path: Path) -> None:
    """What journalctl exports from the files is what arrives: the same entries with the same fields."""
    unpack(JOURNALS / name, tmp_path / "journals")
    files = sorted((tmp_path / "journals").rglob("*.journal*"))
    expected: Counter[Entry] = Counter()
    for file in files:  # each alone: journalctl reads none when it cannot open one
        shown = subprocess.run(
            ["journalctl", "-o", "export", "--all", f"--file={file}"], capture_output=True, check=False
        )
        parser = ExportParser()
        expected += counted((*parser.feed(shown.stdout), *parser.finish()))
    with FakeCollector() as collector:
        flags = [flag for file in files for flag in ("--file", str(file))]
        done = ship_once("--collector", collector.url, "--state-dir", tmp_path / "state", *flags)

    assert done.returncode == 0, done.stderr
    assert len(expected) > 0
    assert counted(collector.entries.values()) == expected
