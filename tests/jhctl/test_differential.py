"""jhctl against the real journalctl: the same command line, the same journal, the same bytes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.jhctl import corpus
from tests.jhctl.collector import JOURNAL_UPLOAD, Collector
from tests.jhctl.combinations import LINE_MODES, OTHER_MODES, WRONG, amounts, selections
from tests.jhctl.comparing import Case, Comparison, in_zone
from tests.jhctl.facts import facts_of
from tests.jhctl.hub import Hub
from tests.lab.journald import JournaldHost
from tests.output.journals import (
    AWKWARD,
    JOURNAL_REMOTE,
    SHARED,
    entries_of,
    export_text,
    make_journal,
    timed_export_text,
)

from journalhub.journal.entry import Entry
from journalhub.journal.fields import PRIORITIES


@pytest.fixture(scope="module", autouse=True)
def berlin() -> Iterator[None]:
    """Times are read in a zone with summer time."""
    with in_zone():
        yield


def differences(url: str, journal: Path, cases: list[Case]) -> list[str]:
    """What is not equal, a text each."""
    with Comparison(url, journal) as comparison:
        return comparison.differences(cases)


needs_journal_remote = pytest.mark.skipif(
    not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals from text"
)


def plain_cases(entries: list[Entry]) -> list[Case]:
    """Every selection, and every amount."""
    return [*selections(facts_of(entries, "started")), *amounts()]


def moded_cases(entries: list[Entry]) -> list[Case]:
    """Every selection and amount, each in some output mode."""
    modes = (*LINE_MODES, *OTHER_MODES)
    return [(*words, "-o", modes[number % len(modes)]) for number, words in enumerate(plain_cases(entries))]


@needs_journal_remote
def test_every_selection_is_shown_equally(tmp_path: Path) -> None:
    """From the journal of a machine through shipper and collector: each command line prints journalctl's bytes."""
    journal = make_journal(tmp_path / "machine", timed_export_text(corpus.entries()))
    with Collector(tmp_path) as collector:
        collector.ship(journal)
        collector.wait_for(len(entries_of(journal)))
        cases = plain_cases(entries_of(journal))
        assert len(cases) >= 100
        assert differences(collector.url, journal, cases) == []


@needs_journal_remote
def test_every_selection_is_shown_equally_in_other_modes(tmp_path: Path) -> None:
    """The same command lines in all modes, each ending with journalctl's status."""
    journal = make_journal(tmp_path / "machine", timed_export_text(corpus.entries()))
    with Hub(entries_of(journal)) as hub:
        assert differences(hub.url, journal, moded_cases(entries_of(journal))) == []


@needs_journal_remote
def test_what_makes_no_sense_ends_equally(tmp_path: Path) -> None:
    """What journalctl refuses is refused with its status, and nothing else is."""
    journal = make_journal(tmp_path / "machine", timed_export_text(corpus.entries()))
    with Hub(entries_of(journal)) as hub:
        assert differences(hub.url, journal, [tuple(line.split()) for line in WRONG]) == []


@pytest.mark.skipif(not SHARED.exists(), reason="needs the journals of ../shared")
def test_a_real_journal_is_shown_equally(shared_journal: Path, tmp_path: Path) -> None:
    """A journal of a real machine, interleaved boots and all, prints journalctl's bytes in every mode."""
    cases: list[Case] = [("-o", mode) for mode in (*LINE_MODES, *OTHER_MODES)]
    cases += [*amounts(), ("-u", "NetworkManager", "-r"), ("-p", "warning"), ("-t", "systemd"), ("-b",), ("-b", "-1")]
    with Collector(tmp_path) as collector:
        collector.ship(shared_journal)
        collector.wait_for(len(entries_of(shared_journal)))
        assert differences(collector.url, shared_journal, cases) == []


def test_a_live_journal_is_shown_equally(journald_host: Callable[..., JournaldHost], tmp_path: Path) -> None:
    """The journal of a running journald over a restart of its host prints journalctl's bytes."""
    host = journald_host("web-1.example")
    for boot in range(3):
        for number in range(20):
            host.run(
                ["logger", "-t", f"tag{number % 3}", "-p", f"daemon.{PRIORITIES[number % 8]}", f"job {number} started"]
            )
        host.run(["systemd-cat", "-t", "trace", "-p", "err", "printf", "one\\n two\\n"])
        host.sync()
        if boot < 2:
            host.reboot()
    journal = host.log_directory
    entries = entries_of(journal)
    with Hub(entries) as hub:
        assert differences(hub.url, journal, moded_cases(entries)) == []


@needs_journal_remote
@pytest.mark.skipif(not JOURNAL_UPLOAD.exists(), reason="needs systemd-journal-upload")
def test_awkward_entries_are_shown_equally(tmp_path: Path) -> None:
    """Uploaded by systemd's own program, entries of every kind print journalctl's bytes in every mode."""
    journal = make_journal(tmp_path / "awkward", export_text(AWKWARD))
    cases: list[Case] = [("-o", mode, *words) for mode in (*LINE_MODES, *OTHER_MODES) for words in ((), ("-a",))]
    cases += [("-o", "cat", "--output-fields=PRIORITY"), ("-o", "json", "--output-fields=X,MESSAGE")]
    cases += [("-o", "verbose", "--output-fields=MESSAGE,_PID"), ("-o", "export", "--output-fields=MESSAGE")]
    with Collector(tmp_path) as collector:
        collector.upload(journal)
        collector.wait_for(len(entries_of(journal)))
        assert differences(collector.url, journal, cases) == []
