"""The command lines that are drawn: every option, every mode, as many as are promised."""

import pytest
from tests.jhctl import test_drawn, wide
from tests.jhctl.drawing import Case, Drawer
from tests.jhctl.test_newer import CASES
from tests.output.journals import timed_export_text

from journalhub.journal.export import ExportParser
from journalhub.query.jhctl.getopt import split
from journalhub.query.jhctl.options import OPTIONS
from journalhub.query.output.options import MODES

OURS = {
    *("collector", "host", "machine", "search", "exclude-unit", "context", "until-match", "timeout", "buffer-window"),
    *("color", "stats", "list-hosts", "list-gaps", "events", "patterns", "count", "explain", "web", "uid"),
}
"""Options that journalctl has not, or means a machine by."""

ELSEWHERE = {
    *("follow", "help", "version", "new-id128", "list-catalog", "dump-catalog", "disk-usage", "header"),
    "synchronize-on-exit",
}
"""What cannot be compared byte by byte, or needs no journal: other tests have it."""


@pytest.fixture(scope="module")
def drawn() -> list[Case]:
    """The nightly number of command lines, and those that are listed."""
    parser = ExportParser()
    entries = [*parser.feed(timed_export_text(wide.entries())), *parser.finish()]
    listed = [words for by in (test_drawn.WHOSE, test_drawn.KNOWN) for own in by.values() for words in own]
    listed += [tuple(line.split()) for line in CASES] + [test_drawn.HIDING]
    return [*Drawer(entries, "drawing", newer=True).cases(2000), *(Case(words, {}) for words in listed)]


def test_every_option_is_compared(drawn: list[Case]) -> None:
    """Whatever journalctl and jhctl both have is drawn, or listed."""
    found = {given.option.name for case in drawn for given in split(case.words, lambda name, word: True)[0]}
    wanted = {option.name for option in OPTIONS if not option.refused} - OURS - ELSEWHERE
    assert set() == wanted - found


def test_every_mode_is_compared(drawn: list[Case]) -> None:
    """All of `-o help`."""
    modes = {
        following for case in drawn for word, following in zip(case.words, case.words[1:], strict=False) if word == "-o"
    }
    assert set(MODES) <= modes


def test_as_many_are_tried_as_are_promised() -> None:
    """In CI 200 at least, at night 2,000, all different: `cases` gives no two alike."""
    assert 200 <= sum(test_drawn.NUMBERS.values()) and 2000 <= 10 * sum(test_drawn.NUMBERS.values())
