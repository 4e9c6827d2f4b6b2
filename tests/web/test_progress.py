"""Each of the four panels says how far it has come, keeps what it found, and goes on."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import Open
from tests.web.incident import Fleet
from tests.web.looks import picture
from tests.web.slow import KINDS, HeldStore, served

from journalhub.journal.batch import from_entries
from journalhub.store.memory import MemoryStore

DAY = 86_400_000_000
FIRST = 1_760_000_000_000_000 // DAY * DAY
"""Microseconds: the first of DAYS days, 2025-10-09."""
DAYS = 5
LINES = 12
"""Of each day."""
RANGE = "since=2025-10-01&until=2025-10-20&tz=utc"
REACHED = f"1 of {DAYS} days, {LINES} of {DAYS * LINES} entries"


@pytest.fixture
def held() -> Iterator[HeldStore]:
    """Some days of two hosts, in a store that can be held."""
    fleet = Fleet()
    entries = [
        fleet.line(("web-1", "web-2")[n % 2], FIRST + day * DAY + n * 60_000_000, f"day {day} line {n:02}", 3 + n % 4)
        for day in range(DAYS)
        for n in range(LINES)
    ]
    store = MemoryStore()
    store.append([from_entries(entries)])
    held = HeldStore(store)
    yield held
    held.hold()


@pytest.fixture
def address(held: HeldStore) -> Iterator[str]:
    """Where the page is."""
    with served(held) as url:
        yield url


def every_line(page: Page) -> list[str]:
    """What the rows say, from the top."""
    return page.locator("tr.row .c-message").all_text_contents()


def newest_days(days: int) -> list[str]:
    """What the rows of so many days say, newest first, with the words before urgent ones."""
    words = {3: "ERR", 4: "WARN"}
    last = range(DAYS - 1, DAYS - 1 - days, -1)
    return [f"{words.get(3 + n % 4, '')}day {day} line {n:02}" for day in last for n in reversed(range(LINES))]


def test_rows_come_as_they_are_found(held: HeldStore, address: str, open_page: Open) -> None:
    """Rows of the newest day are there while the rest is searched; stopped, they stay, and it goes on from there."""
    held.hold("search")
    page = open_page(f"{address}/?{RANGE}", wait="tr.row")
    expect(page.locator("tr.row")).to_have_count(LINES)
    meter = page.get_by_role("progressbar", name="Searched for the entries")
    expect(meter).to_have_attribute("aria-valuetext", REACHED)
    expect(page.locator(".list > .panel-state")).to_contain_text(REACHED)
    page.get_by_role("button", name="Cancel the entries").click()
    expect(page.get_by_role("status").filter(has_text=f"Only {REACHED}")).to_be_visible()
    assert newest_days(1) == every_line(page)

    page.get_by_role("button", name="Continue with the entries").click()
    expect(page.get_by_role("progressbar", name="Searched for the entries")).to_be_visible()
    held.hold()
    expect(page.locator("tr.row")).to_have_count(DAYS * LINES)
    expect(page.get_by_text("all there are in this range")).to_be_visible()
    assert newest_days(DAYS) == every_line(page)
    expect(page.get_by_text("Only 1 of")).to_have_count(0)


def test_nothing_so_far_is_not_nothing(held: HeldStore, address: str, open_page: Open) -> None:
    """While nothing was found yet, how far was searched stands where the rows would; not that there are none."""
    held.hold("search")
    page = open_page(f"{address}/?{RANGE}&q=%22day+0+line+01%22", wait=".so-far")
    expect(page.locator(".so-far")).to_contain_text(re.compile(r"Searching.*1 of 5 days.*2025-10-12 00:11:00"))
    page.get_by_role("button", name="Cancel the entries").click()
    expect(page.locator(".so-far")).to_contain_text("Nothing found so far")
    expect(page.get_by_text("No entries match")).to_have_count(0)
    held.hold()
    page.get_by_role("button", name="Continue with the entries").click()
    expect(page.locator("tr.row")).to_have_text([re.compile("day 0 line 01")])
    expect(page.locator(".so-far")).to_have_count(0)


FOUND = {
    "histogram": ("bars", ".legend", re.compile(r"err\s*3")),
    "terms": ("facets", ".facets", re.compile(r"web-1\s*6")),
    "count": ("count", ".figures .matched", re.compile("at least 12 matches")),
}
WHOLE = {
    "histogram": re.compile(r"err\s*15"),
    "terms": re.compile(r"web-1\s*30"),
    "count": re.compile("^60 matches"),
}


@pytest.mark.parametrize("kind", FOUND)
def test_figures_rise(held: HeldStore, address: str, open_page: Open, kind: str) -> None:
    """Bars, sidebar and count show what is found so far and how far it reaches; stopped, it stays and says so."""
    held.hold(kind)
    what, place, so_far = FOUND[kind]
    page = open_page(f"{address}/?{RANGE}", wait="tr.row")
    expect(page.get_by_role("progressbar", name=f"Searched for the {what}")).to_have_attribute(
        "aria-valuetext", REACHED
    )
    expect(page.locator(place)).to_contain_text(so_far)
    expect(page.locator("tr.row")).to_have_count(DAYS * LINES)
    page.get_by_role("button", name=f"Cancel the {what}").click()
    expect(page.get_by_role("status").filter(has_text=f"Only {REACHED}")).to_be_visible()
    expect(page.locator(place)).to_contain_text(so_far)
    held.hold()
    page.get_by_role("button", name=f"Load the {what}").click()
    expect(page.locator(place)).to_contain_text(WHOLE[kind])
    expect(page.get_by_text("Only 1 of")).to_have_count(0)


def test_cancelling_the_whole_search_keeps_what_was_found(held: HeldStore, address: str, open_page: Open) -> None:
    """One Cancel for all: each panel keeps its part, and each says that it is one."""
    held.hold(*KINDS)
    page = open_page(f"{address}/?{RANGE}", wait="tr.row")
    for what in ("entries", "bars", "count", "facets"):
        expect(page.get_by_role("progressbar", name=f"Searched for the {what}")).to_have_attribute(
            "aria-valuetext", REACHED
        )
    picture(page, "progress")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text=f"Only {REACHED}")).to_have_count(4)
    expect(page.get_by_text("Partial:")).to_have_count(0)
    expect(page.locator(".figures .matched")).to_have_text("at least 12 matches")
    assert newest_days(1) == every_line(page)
    picture(page, "cut")
