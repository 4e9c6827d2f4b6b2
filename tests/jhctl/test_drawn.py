"""jhctl against the real journalctl on command lines that are drawn at random: the same bytes, the same status.

JOURNALHUB_NIGHTLY=1 tries ten times as many, and JOURNALHUB_SEED=… others.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.jhctl import scenes
from tests.jhctl.comparing import Comparison, entries_in, in_zone
from tests.jhctl.drawing import Case, Drawer, differs_from_newer, hides_alike, may_be_narrowed, names_boot
from tests.jhctl.found import FOUND
from tests.jhctl.hub import Hub
from tests.jhctl.inhabited import USERS, as_user, inhabit
from tests.lab.journald import JournaldHost
from tests.lab.trees import NoTreeError, newer_journalctl
from tests.output.journals import JOURNAL_REMOTE, SHARED

from journalhub.journal.entry import Entry

SEED = os.environ.get("JOURNALHUB_SEED", "0")
TIMES = 10 if os.environ.get("JOURNALHUB_NIGHTLY") else 1

NUMBERS = {
    "machine": 50,
    "everything": 65,
    "awkward": 30,
    "namespaces": 20,
    "real": 25,
    "foreign": 15,
    "live": 20,
    "root 252": 30,
    "user 252": 30,
    "root 257": 15,
    "user 257": 15,
}
"""Command lines for each journal, and for who runs which journalctl, of which a few may then not be compared."""

HIDING = ("-q", "-T", "ssh", "-Tkernel")
"""Without lines between boots: those of hidden entries are there with journalctl only."""

needs_journal_remote = pytest.mark.skipif(
    not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals from text"
)


@pytest.fixture(scope="module", autouse=True)
def berlin() -> Iterator[None]:
    """Times are read in a zone with summer time."""
    with in_zone():
        yield


def compare(journal: Path, number: int, allowed: Callable[[Case], bool] = lambda case: True) -> None:
    """Draw command lines over a journal, and try them."""
    entries = entries_in(journal)
    cases = [case for case in Drawer(entries, (SEED, journal.name)).cases(number * TIMES) if allowed(case)]
    with Hub(entries) as hub, Comparison(hub.url, journal) as comparison:
        found = comparison.differences([case.words for case in cases], [case.environ for case in cases])
    said = "\n".join(found)
    assert not found, f"{len(found)} of {len(cases)} with JOURNALHUB_SEED={SEED}:\n{said}"


@needs_journal_remote
@pytest.mark.parametrize("name", ["machine", "everything", "awkward", "namespaces"])
def test_made_journals_are_shown_equally(name: str, tmp_path: Path) -> None:
    """Journals with everything that machines write, and with what they should not."""
    compare(scenes.MADE[name](tmp_path), NUMBERS[name])


@pytest.mark.skipif(not SHARED.exists(), reason="needs the journals of ../shared")
@pytest.mark.parametrize("name", ["real", "foreign"])
def test_found_journals_are_shown_equally(name: str, tmp_path: Path) -> None:
    """Journals that machines of others wrote, in several files."""
    compare(scenes.FOUND[name](tmp_path), NUMBERS[name], _is_of_interleaved_boots)


def _is_of_interleaved_boots(case: Case) -> bool:
    """Whether boots that interleave change nothing: the table of boots and the boots that --grep passes are others."""
    searches = any(word.startswith(("-g", "--grep")) for word in case.words)
    return "--list-boots" not in case.words and not (searches and not {"-q", "--quiet"} & set(case.words))


def test_a_live_journal_is_shown_equally(journald_host: Callable[..., JournaldHost]) -> None:
    """The journal of a journald that is running, over restarts and rotations."""
    compare(scenes.live(journald_host), NUMBERS["live"])


WHOSE: dict[str, tuple[tuple[str, ...], ...]] = {
    "root": (
        *(("--namespace=web",), ("--namespace=db",), ("--namespace=+web",), ("--namespace=*",), ("--namespace=",)),
        *(
            ("--system", "--namespace="),
            ("--system", "--namespace=", "-u", "user@1001"),
            ("--namespace=*", "-u", "user@*"),
        ),
        *(("--namespace=", "-u", "user-1001.slice"), ("--namespace=*", "-u", "system.slice")),
    ),
    "user": (
        ("--user",),
        ("--user", "-u", "mail"),
        ("--user", "-u", "mai*"),
        ("--user", "--user-unit=app.slice"),
    ),
}
"""By who runs journalctl: words that say whose entries are shown."""

KNOWN: dict[str, tuple[tuple[str, ...], ...]] = {
    "root": (
        *(("--namespace=db", "--list-boots"), ("--namespace=+db", "--list-boots"), ("--namespace=db", "-b", "-1")),
        *(("--namespace=db", "-b"), ("--namespace=db", "-b", "-2"), ("--namespace=db", "-b", "1")),
        *(("--system", "--namespace=", "--list-boots"), ("--namespace=db", "--list-boots", "-o", "json-seq")),
        *(("--namespace=db", "-u", "web-ap*"), ("--namespace=web", "-u", "web-ap*"), ("--namespace=db", "-u", "*")),
        *(("--namespace=db", "-u", "web-ap*", "-u", "x"), ("--namespace=web", "-u", "web-ap*", "-S", "2090-01-01")),
        *(("--namespace=db", "-u", "web-ap*", "-t", "x"), ("--system", "--namespace=", "-u", "*-app.*")),
    ),
    "user": (
        ("--user", "--list-boots"),
        ("--user", "-b", "-1"),
        ("--user", "-b", "-2"),
        ("--user", "-b", "2"),
        ("--user", "-u", "*"),
    ),
}
"""The same, of boots and of globs: both are looked up in the journals shown, of which some are silent in a boot."""


@pytest.mark.parametrize("version", ["252", "257"])
def test_journals_of_users_and_namespaces_are_shown_equally(
    journald_host: Callable[..., JournaldHost], version: str
) -> None:
    """What a journald puts into journals of their own is told apart as journalctl does, which looks into files."""
    host = journald_host("web-1.example")
    inhabit(host)
    entries = entries_in(host.log_directory)
    program = ["journalctl"] if version == "252" else _newer_within(host)
    journalctl = {"root": program, "user": as_user(USERS[0], program)}
    ours = {"root": (), "user": (f"--uid={USERS[0]}", "--namespace=")}
    said = []
    with Hub(entries) as hub:
        for who in WHOSE:
            cases = _narrowed(who, entries, version)
            with Comparison(hub.url, None, host.command(journalctl[who]), ours[who]) as comparison:
                comparison.has_seqnum = version == "257"
                said += comparison.differences([case.words for case in cases], [case.environ for case in cases])
    assert not said, f"{len(said)} with JOURNALHUB_SEED={SEED}:\n" + "\n".join(said)


def _newer_within(host: JournaldHost) -> list[str]:
    """The command of the newer journalctl, at a place where each user of the host may read it."""
    try:
        newer = newer_journalctl()
    except NoTreeError as why:
        pytest.skip(str(why))
    tree = newer[0].partition("/usr/lib/")[0]
    host.run(["mount", "--bind", tree, "/mnt"])
    return [word.replace(tree, "/mnt") for word in newer]


def _narrowed(who: str, entries: list[Entry], version: str) -> list[Case]:
    """Command lines of somebody, drawn and not, of which each has words that say whose journals are shown."""
    whose, is_newer = WHOSE[who], version == "257"
    drawn = Drawer(entries, (SEED, "inhabited", who, version), is_newer).cases(NUMBERS[f"{who} {version}"] * TIMES)
    cases = [case for case in drawn if may_be_narrowed(case, who == "user")]
    # -F and -N honour a unit with us; journalctl has all that is in the files it reads. Boots of units of users are
    # counted over all journals (docs/jhctl.md).
    numbers = [
        0 if {"-F", "-N"} & set(case.words) or (who == "user" and names_boot(case)) else number % len(whose)
        for number, case in enumerate(cases)
    ]
    plain = [Case(words, {}) for words in (*whose, *KNOWN[who], (*whose[0], "-N"))]
    both = [*plain, *(Case((*whose[n], *case.words), case.environ) for n, case in zip(numbers, cases, strict=True))]
    return [case for case in both if not (is_newer and differs_from_newer(case))]


@needs_journal_remote
@pytest.mark.parametrize("name", ["machine", "everything", "namespaces"])
def test_a_newer_journalctl_shows_the_same(name: str, tmp_path: Path) -> None:
    """A sample with the journalctl of systemd 257, and -T, which 252 has not."""
    try:
        newer = newer_journalctl()
    except NoTreeError as why:
        pytest.skip(str(why))
    journal = scenes.MADE[name](tmp_path)
    entries = entries_in(journal)
    drawn = Drawer(entries, (SEED, journal.name, "newer"), newer=True).cases(70 * TIMES)
    cases = [case for case in drawn if not differs_from_newer(case)]
    hidden = [case._replace(words=(*case.words, *HIDING)) for case in cases if hides_alike(case)]
    assert hidden
    with Hub(entries) as hub, Comparison(hub.url, journal, newer) as comparison:
        comparison.has_seqnum = True
        every = [*cases, *hidden]
        found = comparison.differences([case.words for case in every], [case.environ for case in every])
    said = "\n".join(found)
    assert not found, f"{len(found)} of {len(every)} with JOURNALHUB_SEED={SEED}:\n{said}"


@needs_journal_remote
def test_what_was_found_is_shown_equally(tmp_path: Path) -> None:
    """Each difference that was ever found stays away."""
    journal = scenes.everything(tmp_path)
    entries = entries_in(journal)
    early, late = str(entries[5].cursor), str(entries[-5].cursor)
    with Hub(entries) as hub, Comparison(hub.url, journal) as comparison:
        texts = [found.words.replace("@EARLY", early).replace("@LATE", late) for found in FOUND]
        cases = [tuple(text.split()) for text in texts]
        environs = [{"SYSTEMD_URLIFY": "0", **found.environ} for found in FOUND]
        assert "" == "\n".join(comparison.differences(cases, environs))
