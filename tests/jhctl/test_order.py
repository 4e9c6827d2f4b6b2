"""The order of entries of a machine whose clock was set back: docs/decisions/0005-order.md."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jhctl import scenes
from tests.jhctl.comparing import Comparison, in_zone
from tests.jhctl.drawing import Drawer
from tests.jhctl.fleets import entries
from tests.jhctl.forking import Forking
from tests.jhctl.hub import Hub
from tests.output.journals import EPOCH, JOURNAL_REMOTE, entries_of, journalctl

from journalhub.journal.entry import Entry

pytestmark = pytest.mark.skipif(not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals")

AGAIN = EPOCH // 1_000_000 - 3600 + 20 * 60
"""The second at which the clock began to show an hour again."""


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of that machine."""
    return scenes.set_back(tmp_path_factory.mktemp("order"))


@pytest.fixture(scope="module")
def written(journal: Path) -> list[Entry]:
    """Its entries in the order in which they were written."""
    return entries_of(journal)


@pytest.fixture(scope="module")
def hub(written: list[Entry]) -> Iterator[Hub]:
    """A collector that has them."""
    with Hub(written) as running:
        yield running


@pytest.fixture(scope="module")
def forking() -> Iterator[Forking]:
    """Runs jhctl."""
    with Forking() as running:
        yield running


def shown(forking: Forking, hub: Hub, *words: str) -> list[str]:
    """The cursors that jhctl shows."""
    lines = forking.run(f"--collector={hub.url}", "-o", "json", *words).stdout.splitlines()
    return [json.loads(line)["__CURSOR"] for line in lines]


def test_entries_stand_in_the_order_of_their_times(forking: Forking, hub: Hub, written: list[Entry]) -> None:
    """From the oldest time to the newest, whichever way they are asked for; no entry is missing, none there twice."""
    ordered = [str(entry.cursor) for entry in sorted(written, key=lambda entry: entry.realtime)]
    assert ordered != [str(entry.cursor) for entry in written]
    assert ordered == shown(forking, hub)
    assert ordered[::-1] == shown(forking, hub, "-r")
    assert ordered[-7:] == shown(forking, hub, "-n", "7")
    assert ordered[:7] == shown(forking, hub, "-n", "+7")
    paged = shown(forking, hub, "-n", "+7")
    while page := shown(forking, hub, "-n", "7", f"--after-cursor={paged[-1]}"):
        paged += page
    assert ordered == paged


def test_a_range_of_time_has_all_of_its_entries(
    forking: Forking, hub: Hub, journal: Path, written: list[Entry]
) -> None:
    """-S and -U find what journalctl, which takes times for rising, does not."""
    since, until = AGAIN + 60, AGAIN + 600
    expected = {str(one.cursor) for one in written if since <= one.realtime // 1_000_000 <= until}
    words = ("-S", f"@{since}", "-U", f"@{until}")
    assert 10 == len(expected)
    assert expected == set(shown(forking, hub, *words))
    assert b"" == journalctl(journal, "-o", "json", "-q", *words)


def test_the_same_entries_are_shown_as_by_journalctl(hub: Hub, journal: Path, written: list[Entry]) -> None:
    """Selections without bounds and numbers give the lines of journalctl, in the other order."""
    bounded = ("-S", "-U", "-n", "--lines", "-e", "-c", "--cursor", "--after-cursor", "--list-boots", "--show-cursor")
    cases = [
        case for case in Drawer(written, "order").cases(60) if not any(word.startswith(bounded) for word in case.words)
    ]
    with in_zone(), Comparison(hub.url, journal) as comparison:
        comparison.is_sorted = True
        environs = [case.environ for case in cases]
        assert [] == comparison.differences([case.words for case in cases], environs)


def test_one_microsecond_is_ordered_by_seqnum(forking: Forking) -> None:
    """Entries of the same time stand in the order in which their node wrote them, whenever they arrived."""
    told = entries([("web-1", 1, f"{number}") for number in range(9)])
    with Hub() as hub:
        for one in (*told[5:], *told[:5]):
            hub.append([one])
        assert [str(one.cursor) for one in told] == shown(forking, hub)
        assert [str(one.cursor) for one in told][::-1] == shown(forking, hub, "-r")
