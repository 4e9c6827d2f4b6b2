"""The page of events: what happened, how often, where, and the way into the log."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.integration.programs import Collector
from tests.query.happenings import MINUTE, bad_night
from tests.web.conftest import Open, settled
from tests.web.hub import feed
from tests.web.looks import barriers, picture


@pytest.fixture(scope="module")
def night(hub: Collector) -> Iterator[Collector]:
    """A bad night, half an hour ago."""
    feed(hub, bad_night(int(time.time() * 1e6) - 30 * MINUTE))
    yield hub


def test_what_happened(night: Collector, open_page: Open) -> None:
    """Each kind with its number, hosts, units and newest entries; what did not happen is named, too."""
    page = open_page(f"{night.url}/?page=events&since=-1d", wait=".event")
    reboot = page.get_by_role("region", name="Reboots without a shutdown")
    failed = page.get_by_role("region", name="Units failed")

    expect(page.locator(".event").first).to_contain_text("1 Reboots without a shutdown")
    expect(page.locator(".digest-range")).to_contain_text("20 min a bar")
    expect(reboot.get_by_role("list", name="Hosts").get_by_role("button")).to_have_text(["db-1"])
    expect(reboot.get_by_role("list", name="The newest")).to_contain_text("checkpoint complete")
    expect(failed).to_contain_text("5 Units failed")
    expect(failed.get_by_role("list", name="About").get_by_role("button")).to_have_text([re.compile("shop.service 5")])
    expect(page.get_by_role("region", name="Messages that journald dropped")).to_contain_text("42 messages lost")
    picture(page, "events")
    assert [] == barriers(page)


def test_from_an_event_into_the_log(night: Collector, open_page: Open) -> None:
    """A line opens what stands around it on its host; back, and the kind opens in the log as a search."""
    page = open_page(f"{night.url}/?page=events&since=-1d", wait=".event")
    page.get_by_role("region", name="Reboots without a shutdown").get_by_role("button", name="checkpoint").click()
    expect(page.locator("tr.row.anchor")).to_contain_text("checkpoint complete")
    expect(page.locator("tr.row")).to_have_count(11)
    page.go_back()
    page.get_by_role("region", name="Logins failed").get_by_role("button", name="Show in the log").click()
    expect(page.locator(".figures .matched")).to_have_text("3 matches")
    page.go_back()
    failed = page.get_by_role("region", name="Units failed")
    failed.get_by_role("list", name="Hosts").get_by_role("button", name="web-1").click()
    expect(page.locator(".pill")).to_have_text(re.compile("host web-1"))
    expect(page.locator(".figures .matched")).to_have_text("5 matches")
    page.go_back()
    bar = failed.locator(".event-when .spark path")
    expect(bar).to_be_visible()
    settled(page)
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 2, box["y"] + box["height"] - 2)
    expect(page).to_have_url(re.compile("until="))
    settled(page)
    # Five within seconds, unless they lie on both sides of the edge of a bar.
    expect(page.locator(".figures .matched")).to_have_text(re.compile("^[1-5] match"))


def test_a_bar_by_keyboard(night: Collector, open_page: Open) -> None:
    """The line of an event is in the order of Tab; arrows go from bar to bar that is not empty, Enter opens."""
    page = open_page(f"{night.url}/?page=events&since=-1d", wait=".event")
    failed = page.get_by_role("region", name="Units failed")
    line = failed.get_by_role("slider").first
    line.focus()
    line.press("End")
    expect(line).to_have_attribute("aria-valuetext", re.compile(r": [1-5]$"))
    expect(failed.locator(".tip")).to_be_visible()
    line.press("Enter")
    expect(page).to_have_url(re.compile("until="))
    settled(page)
    expect(page.locator(".figures .matched")).to_have_text(re.compile("^[1-5] match"))


def test_events_of_a_search(night: Collector, open_page: Open) -> None:
    """The page takes the search, its filters and its range; a filter is taken away here."""
    page = open_page(f"{night.url}/?page=events&since=-1d&f=_HOSTNAME%3Dweb-2", wait=".event")
    expect(page.locator(".event")).to_have_count(2)
    page.get_by_role("button", name="Remove the filter Host web-2").click()
    expect(page.get_by_role("region", name="Units failed")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search the journals")).to_be_focused()
    page.get_by_role("combobox", name="Search the journals").fill("checkpoint")
    page.get_by_role("combobox", name="Search the journals").press("Enter")
    expect(page.locator(".event")).to_have_count(1)
    page.goto(f"{night.url}/?page=events&since=-1min")
    expect(page.get_by_text("Nothing happened in this range")).to_be_visible()


def test_the_tab_looks_a_day_back(night: Collector, open_page: Open) -> None:
    """The last hour, where the log begins, is short for events: the tab asks for a day, other ranges it keeps."""
    page = open_page(night.url)
    page.get_by_role("link", name="Events").click()
    expect(page).to_have_url(re.compile("page=events&since=-1d"))
    expect(page.locator(".event").first).to_be_visible()
    page.goto(f"{night.url}/?since=-2h")
    page.get_by_role("link", name="Events").click()
    expect(page).to_have_url(re.compile("page=events&since=-2h"))


def test_events_on_a_telephone(night: Collector, telephone: Page) -> None:
    """Nothing is wider than the screen."""
    telephone.goto(f"{night.url}/?page=events&since=-1d")
    telephone.locator(".event").first.wait_for()
    settled(telephone)
    picture(telephone, "events")

    assert 390 == telephone.evaluate("document.documentElement.scrollWidth")
    assert [] == barriers(telephone)
