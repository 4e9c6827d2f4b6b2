"""Following what arrives: shown at once, held while paused, and complete after the collector was gone."""

import re
import signal
import time

from playwright.sync_api import expect
from tests.integration.programs import Collector
from tests.web.conftest import PATIENCE, Complaints, Open, settled
from tests.web.hub import feed
from tests.web.incident import Fleet

SCREEN = 300
"""Entries: more than a screen, so that there is something to scroll."""


def now() -> int:
    """Microseconds."""
    return int(time.time() * 1e6)


def filled(hub: Collector, fleet: Fleet) -> None:
    """Give the hub a past of the last minutes."""
    feed(hub, fleet.evening(now() - 10_000_000, seconds=600, number=SCREEN))


def test_arriving_entries_appear_on_top(fresh_hub: Collector, open_page: Open) -> None:
    """An entry is on the screen a moment after the collector has it, and once."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    for number in range(5):
        feed(fresh_hub, [fleet.line("web-1", now(), f"arrival number {number}")], searchable=False)
        expect(page.locator("tr.row").first).to_contain_text(f"arrival number {number}")
    expect(page.locator(".figures .matched")).to_have_text(f"{SCREEN + 5} matches")

    expect(page.locator("tr.row").filter(has_text="arrival number")).to_have_count(5)


def test_the_first_entries_of_an_empty_store(fresh_hub: Collector, open_page: Open) -> None:
    """An empty hub says how to send to it, and shows the first entry when it comes."""
    page = open_page(fresh_hub.url)
    expect(page.get_by_role("heading", name="No entries yet")).to_be_visible()
    expect(page.locator(".command code")).to_have_text(f"journalhub shipper --collector {fresh_hub.url}")
    feed(fresh_hub, [Fleet().line("web-1", now(), "the first of all")], searchable=False)

    expect(page.locator("tr.row")).to_contain_text("the first of all")


def test_filters_hold_for_what_arrives(fresh_hub: Collector, open_page: Open) -> None:
    """Only what matches the search arrives."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(f"{fresh_hub.url}/?f=_HOSTNAME%3Dweb-2&q=arrival")
    feed(fresh_hub, [fleet.line("web-1", now(), "arrival elsewhere")], searchable=False)
    feed(fresh_hub, [fleet.line("web-2", now(), "departure")], searchable=False)
    feed(fresh_hub, [fleet.line("web-2", now(), "arrival here")], searchable=False)

    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.locator("tr.row")).to_contain_text("arrival here")


def test_a_new_host_appears(fresh_hub: Collector, open_page: Open) -> None:
    """A machine that nobody has heard of before is in the list at once, and in sidebar and fleet soon."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    feed(fresh_hub, [fleet.line("new-7", now(), "hello from a new machine")], searchable=False)
    expect(page.locator("tr.row").first).to_contain_text("hello from a new machine")
    expect(page.get_by_role("region", name="Filter by Host").get_by_role("button", name="new-7").first).to_be_visible()
    page.get_by_role("link", name="Fleet").click()
    expect(page.locator(".fleet").get_by_role("button", name="new-7")).to_be_visible()


def test_space_pauses_and_resumes(fresh_hub: Collector, open_page: Open) -> None:
    """Paused, nothing moves; what arrives is counted, and shown on resuming."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    page.keyboard.press(" ")
    bar = page.get_by_role("status").filter(has_text="Paused")
    expect(bar).to_contain_text("0 new")
    top = page.locator("tr.row").first.text_content()
    feed(fresh_hub, [fleet.line("web-1", now(), f"while paused {number}") for number in range(3)], searchable=False)
    expect(bar).to_contain_text("3 new")
    assert top == page.locator("tr.row").first.text_content()
    page.keyboard.press(" ")

    expect(page.locator("tr.row").first).to_contain_text("while paused 2")
    expect(bar).to_have_count(0)


def test_paused_nothing_settles(fresh_hub: Collector, open_page: Open) -> None:
    """What the tail may have missed is looked for soon after the page opens; for who has paused, when they resume."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page("about:blank", wait="")
    page.clock.install()
    page.goto(fresh_hub.url)
    page.locator("tr.row").first.wait_for()
    settled(page)
    page.keyboard.press(" ")
    feed(fresh_hub, [fleet.line("web-1", now(), "while paused")])
    expect(page.get_by_text("1 new")).to_be_visible()
    page.clock.run_for(5000)
    expect(page.locator("tr.row").filter(has_text="while paused")).to_have_count(0)
    with page.expect_request(re.compile(r"/api/v1/entries\?.*order=oldest")):
        page.keyboard.press(" ")

    expect(page.locator("tr.row").first).to_contain_text("while paused")


def test_scrolling_away_pauses_and_the_top_resumes(fresh_hub: Collector, open_page: Open) -> None:
    """Rows do not move under a reader who scrolled down; back at the top, the page follows again."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    page.locator("tr.row").nth(3).hover()
    page.mouse.wheel(0, 400)
    expect(page.get_by_text("Paused").first).to_be_visible()
    feed(fresh_hub, [fleet.line("web-1", now(), "below the fold")], searchable=False)
    expect(page.get_by_text("1 new")).to_be_visible()
    page.mouse.wheel(0, -4000)

    expect(page.locator("tr.row").first).to_contain_text("below the fold")
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()


def test_opening_an_entry_pauses(fresh_hub: Collector, open_page: Open) -> None:
    """Who reads an entry keeps it under the mouse."""
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    page.locator("tr.row").nth(2).click()
    expect(page.get_by_role("complementary", name="Entry")).to_be_visible()
    feed(fresh_hub, [fleet.line("web-1", now(), "while reading")], searchable=False)
    expect(page.get_by_text("1 new")).to_be_visible()
    page.get_by_role("button", name="Resume").click()

    expect(page.locator("tr.row").first).to_contain_text("while reading")


def test_late_entries_go_where_they_belong(fresh_hub: Collector, open_page: Open) -> None:
    """An entry of a slow node stands between its neighbours in time, not on top."""
    fleet = Fleet()
    at = now()
    feed(fresh_hub, [fleet.line("web-1", at - 9_000_000, "first"), fleet.line("web-1", at - 1_000_000, "third")])
    page = open_page(fresh_hub.url)
    feed(fresh_hub, [fleet.line("db-1", at - 5_000_000, "second")], searchable=False)
    expect(page.locator("tr.row")).to_have_count(3)

    assert ["third", "second", "first"] == page.locator("tr.row .c-message").all_text_contents()


def test_a_restarted_collector_is_continued(fresh_hub: Collector, open_page: Open, complaints: Complaints) -> None:
    """After kill -9 and a new start the page goes on where it was: nothing missing, nothing twice."""
    complaints.expect("net::ERR_")
    complaints.expect("503")
    fleet = Fleet()
    filled(fresh_hub, fleet)
    page = open_page(fresh_hub.url)
    feed(fresh_hub, [fleet.line("web-1", now(), "event before")], searchable=False)
    expect(page.locator("tr.row").first).to_contain_text("event before")
    fresh_hub.end(signal.SIGKILL)
    expect(page.get_by_role("button", name="Reconnecting")).to_be_visible()
    fresh_hub.start()
    feed(fresh_hub, [fleet.line("web-1", now(), "event after")], searchable=False)
    expect(page.locator("tr.row").first).to_contain_text("event after")

    settled(page)
    expect(page.locator("tr.row").filter(has_text=re.compile("event (before|after)"))).to_have_count(2)


def test_many_at_once_stay_bounded(fresh_hub: Collector, open_page: Open) -> None:
    """A burst of thousands is shown newest first, with no more rows than a document carries well."""
    fleet = Fleet()
    page = open_page(fresh_hub.url)
    end = now()
    burst = [fleet.line("web-1", end - 6000 + number, f"burst {number:04}") for number in range(6000)]
    feed(fresh_hub, burst, searchable=False)
    expect(page.locator("tr.row").first).to_contain_text("burst 5999", timeout=4 * PATIENCE)
    page.wait_for_function("() => document.querySelectorAll('tr.row').length >= 4000")

    assert page.locator("tr.row").count() <= 5200
    messages = page.locator("tr.row .c-message").all_text_contents()
    assert messages == sorted(messages, reverse=True)
    assert len(messages) == len(set(messages))
