"""The corpus on disk is the corpus, and what is measured with it is read as it is wanted."""

from pathlib import Path

import pytest
from bench import corpus, kept, results
from bench.__main__ import number
from bench.queries import RUNS, RUNS_LEAST, laps

from journalhub.journal import wire
from journalhub.journal.export import ExportParser


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The corpus of these tests, and what they measure, lies in directories of theirs."""
    monkeypatch.setattr(kept, "KEPT", tmp_path)
    monkeypatch.setattr(results, "KEPT", tmp_path / "results")
    return tmp_path


def test_both_forms_have_every_entry() -> None:
    """Batches and export text hold the entries of the corpus, each request those of one host."""
    native, text = kept.native(700, 3), kept.export_text(700, 3)
    expected = sorted(entry.cursor for entry in corpus.entries(700, 3))

    batches = [list(wire.decode(body).batch) for body in native]
    parsed = [list(ExportParser().feed(body)) for body in text]

    assert [expected, expected] == [sorted(e.cursor for body in form for e in body) for form in (batches, parsed)]
    assert {1} == {len({entry.seqnum_id for entry in body}) for form in (batches, parsed) for body in form}
    assert native.size == sum(map(len, native))


def test_what_is_made_is_kept(elsewhere: Path) -> None:
    """A second run reads the file of the first, and what other sources made is removed."""
    (elsewhere / "older" / "corpus").mkdir(parents=True)

    first = kept.native(50, 2).file
    made = first.stat().st_mtime_ns
    again = kept.native(50, 2).file

    assert (first, made) == (again, again.stat().st_mtime_ns)
    assert not (elsewhere / "older").exists()


def test_days() -> None:
    """A corpus over three days has a third of its entries in each, in order of time."""
    times = [entry.realtime for entry in corpus.entries(300, 2, days=3)]

    assert times == sorted(times)
    assert [100, 100, 100] == [
        sum(day * corpus.DAY <= t - corpus.START < (day + 1) * corpus.DAY for t in times) for day in range(3)
    ]


@pytest.mark.parametrize(("text", "entries"), [("100000", 100_000), ("300k", 300_000), ("10M", 10_000_000)])
def test_numbers(text: str, entries: int) -> None:
    """Numbers may be written short."""
    assert entries == number(text)


def test_what_takes_long_is_run_fewer_times() -> None:
    """A first run is not counted; then ten, or three of what takes a second."""
    assert [0.001] * RUNS == laps(lambda: 0.001)
    assert [1.0] * RUNS_LEAST == laps(lambda: 1.0)
