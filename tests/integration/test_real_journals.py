"""Journals of other people's machines come back from the collector as journalctl reads them."""

import urllib.request
from pathlib import Path

import pytest
from tests.integration.programs import Collector, assert_same_entries, journalctl, ship_once
from tests.lab.archives import unpack

JOURNALS = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "journals"
ARCHIVES = sorted(path for path in JOURNALS.rglob("*") if path.name.endswith((".tar.gz", ".zip")))
EXPORTS = sorted(JOURNALS.rglob("*.export"))

pytestmark = pytest.mark.skipif(not JOURNALS.is_dir(), reason="there is no ../shared/journals beside the checkout")


def directories(archive: Path, into: Path) -> list[Path]:
    """The directories with journal files of an archive."""
    return sorted({file.parent for file in unpack(archive, into).rglob("*.journal*")})


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.parent.name)
def test_a_real_journal_comes_back_byte_for_byte(archive: Path, collector: Collector, tmp_path: Path) -> None:
    """Shipped once, `jhctl -o export` has exactly the entries and fields that journalctl reads from the files."""
    for n, directory in enumerate(directories(archive, tmp_path / "j")):
        expected = journalctl("--directory", directory)
        before = collector.export()
        ship_once(collector, tmp_path / f"state-{n}", "--directory", directory)

        assert_same_entries(before + expected, collector.export())


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.parent.name)
def test_shipped_again_nothing_is_stored_twice(archive: Path, collector: Collector, tmp_path: Path) -> None:
    """A shipper that lost its state ships all again; the collector keeps each entry once, also in the index."""
    for n, directory in enumerate(directories(archive, tmp_path / "j")):
        for attempt in ("first", "second"):
            ship_once(collector, tmp_path / f"state-{n}-{attempt}", "--directory", directory)
    stored = collector.export()

    assert collector.stored() == stored.count(b"\n__CURSOR=") + stored.startswith(b"__CURSOR=")


@pytest.mark.parametrize("export", EXPORTS, ids=lambda path: path.stem)
def test_export_text_comes_back(export: Path, collector: Collector) -> None:
    """What is posted to /upload as export text comes back with the same fields."""
    content = {"Content-Type": "application/vnd.fdo.journal"}
    request = urllib.request.Request(f"{collector.url}/upload", data=export.read_bytes(), headers=content)
    with urllib.request.urlopen(request, timeout=240) as answer:
        assert 202 == answer.status

    # The cursor's `p=` is of a systemd of 2012; no journalctl since has printed it.
    assert_same_entries(export.read_bytes().replace(b";p=system.journal\n", b"\n"), collector.export())
