"""Ranges of time: typed words, steps back and forth, and the way back."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, settled
from tests.web.hub import feed
from tests.web.incident import Fleet

MINUTE = 60_000_000
AGES = (5, 65, 125, 30 * 60)
"""Minutes: one entry of each of the last three hours, and one of the day before."""


@pytest.fixture(scope="module")
def hours(hub: Collector) -> Iterator[Collector]:
    """Each entry says how old it is."""
    fleet = Fleet()
    now = int(time.time() * 1e6)
    feed(hub, [fleet.line("web-1", now - age * MINUTE, f"{age} minutes old") for age in sorted(AGES, reverse=True)])
    yield hub


def expect_ages(page: Page, *ages: int) -> None:
    """Wait until the rows are those of these ages, and the bars of that range, which steps begin at."""
    settled(page)
    expect(page.locator("tr.row .c-message")).to_have_text([f"{age} minutes old" for age in ages])


def test_steps_and_the_way_back(hours: Collector, open_page: Open) -> None:
    """◀ goes one range back, ▶ one forth and in the end to now, where it is live; the back button undoes each."""
    page = open_page(hours.url)
    expect_ages(page, 5)
    earlier, later = (page.get_by_role("button", name=name, exact=True) for name in ("Earlier", "Later"))
    expect(later).to_be_disabled()
    earlier.click()
    expect_ages(page, 65)
    earlier.click()
    expect_ages(page, 125)
    later.click()
    expect_ages(page, 65)
    page.go_back()
    expect_ages(page, 125)
    page.go_forward()
    expect_ages(page, 65)
    later.click()

    expect_ages(page, 5)
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()


def test_steps_faster_than_the_bars(hours: Collector, open_page: Open) -> None:
    """A step begins at the range that is asked for, though the bars on the screen are still those of another."""
    page = open_page(hours.url)
    earlier = page.get_by_role("button", name="Earlier", exact=True)
    earlier.click()
    expect_ages(page, 65)
    page.route("**/api/v1/histogram?*", lambda route: None)  # never answered
    messages = page.locator("tr.row .c-message")
    earlier.click()
    expect(messages).to_have_text(["125 minutes old"])
    page.get_by_role("button", name="Later", exact=True).click()
    expect(messages).to_have_text(["65 minutes old"])


@pytest.mark.parametrize(
    ("since", "until", "ages"),
    [
        ("-2h", "", (5, 65)),
        ("2h ago", "1h ago", (65,)),
        ("-31h", "-29h", (30 * 60,)),
        ("-2d", "-1d", (30 * 60,)),
    ],
    ids=["relative", "ago", "both", "a day"],
)
def test_words_of_time(hours: Collector, open_page: Open, since: str, until: str, ages: tuple[int, ...]) -> None:
    """What is typed is read as journalctl reads it."""
    page = open_page(hours.url)
    page.get_by_role("button", name="Time range").click()
    page.get_by_label("Since").fill(since)
    page.get_by_label("Until").fill(until)
    page.get_by_role("button", name="Show", exact=True).click()

    expect_ages(page, *ages)


def test_a_day_by_its_name(hours: Collector, open_page: Open) -> None:
    """`yesterday` and `today` bound a day of the zone that the page shows: together with the days before, all."""
    page = open_page(f"{hours.url}/?since=yesterday&until=today&tz=utc")
    expect(page.get_by_role("button", name="Time range")).to_contain_text("yesterday")

    def shown(query: str) -> int:
        page.goto(f"{hours.url}/?{query}&tz=utc")
        settled(page)
        return int(page.locator(".figures .matched").inner_text().split()[0])

    # Another day may begin while we look: not twice.
    for _ in range(2):
        day = datetime.now(UTC).date()
        today, since_yesterday = (hours.count(since=f"{word} UTC") for word in ("today", "yesterday"))
        seen = shown("since=yesterday&until=today"), shown("since=today")
        if day == datetime.now(UTC).date():
            break

    assert (since_yesterday - today, today) == seen


@pytest.mark.parametrize("width", [1600, 1280, 900, 390])
def test_a_range_over_midnight_leaves_its_buttons_free(hours: Collector, open_page: Open, width: int) -> None:
    """Two days with their times are all there, where there is room; what a person typed at length is cut short."""
    page = open_page(f"{hours.url}/?since=2026-11-23 17:45:00.041 UTC&until=2026-11-23 18:45:00.042 UTC")
    page.set_viewport_size({"width": width, "height": 800})
    button = page.get_by_role("button", name="Time range")
    expect(button).to_have_attribute("title", re.compile(r"2026-11-23 23:30:00\.041 – 2026-11-24 00:30:00\.042$"))
    expect(button).to_have_text("2026-11-23 23:30:00 – 2026-11-24 00:30:00")
    cut_short = "element => element.scrollWidth > element.clientWidth"
    assert width < 1280 or not button.locator(".ellipsis").evaluate(cut_short)
    page.get_by_role("button", name="Later", exact=True).click()
    expect(button).to_have_text("2026-11-24 00:30:00 – 01:30:00")
    page.get_by_role("button", name="Earlier", exact=True).click()
    expect(button).to_have_text("2026-11-23 23:30:00 – 2026-11-24 00:30:00")

    page.goto(f"{hours.url}/?since=2026-11-23 17:45:00.25 Asia/Kathmandu&until=2026-11-23 19:45:00.25 Asia/Kathmandu")
    settled(page)
    assert button.locator(".ellipsis").evaluate(cut_short)
    page.get_by_role("button", name="Later", exact=True).click()
    expect(button).to_contain_text("2026-11-23 19:45:00 – 21:45:00")
