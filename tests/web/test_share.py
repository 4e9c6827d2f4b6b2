"""Taking a search elsewhere: the whole view in its address, times that stay, and all matches as files."""

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Download, Page, expect
from tests.integration.programs import Collector, entries
from tests.web.conftest import Open, address, copied, expect_notice
from tests.web.hub import feed
from tests.web.incident import Fleet

NUMBER = 750
"""Matches: more than are loaded."""


@pytest.fixture(scope="module")
def orders(hub: Collector) -> Iterator[Collector]:
    """Orders of some minutes, and as many entries beside them."""
    fleet = Fleet()
    start = int(time.time() * 1e6) - 600_000_000
    lines = [fleet.line("web-1", start + 500_000 * n, f"order {n:04} paid") for n in range(NUMBER)]
    lines += [fleet.line("db-1", start + 500_000 * n, f"checkpoint {n}") for n in range(NUMBER)]
    feed(hub, lines)
    yield hub


def menu(page: Page) -> None:
    """Open the menu."""
    page.get_by_role("button", name="Copy, share, export").click()


def saved(page: Page, name: str) -> Download:
    """What a line of the menu downloads."""
    menu(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return download.value


def test_all_matches_as_files(orders: Collector, open_page: Open) -> None:
    """Text, JSON lines and journal export have every match, oldest first, however few are loaded; nothing else."""
    page = open_page(f"{orders.url}/?q=order&until=now")
    assert page.locator("tr.row").count() < NUMBER
    expected = [f"order {n:04} paid" for n in range(NUMBER)]
    text = saved(page, "Text").path().read_text().splitlines()
    lines = saved(page, "JSON lines").path().read_text().splitlines()
    export = saved(page, "Journal export format").path().read_bytes()

    assert expected == [line.partition("]: ")[2] or line.rpartition(": ")[2] for line in text]
    assert expected == [json.loads(line)["MESSAGE"] for line in lines]
    assert sorted(expected) == sorted(
        field.removeprefix(b"MESSAGE=").decode()
        for fields in entries(export)
        for field in fields
        if field.startswith(b"MESSAGE=")
    )


def test_a_link_with_fixed_times_stays(orders: Collector, open_page: Open) -> None:
    """What is sent to a colleague shows the same later, when more has arrived; the plain link follows."""
    page = open_page(f"{orders.url}/?q=order")
    matched = page.locator(".figures .matched").inner_text()
    menu(page)
    fixed = copied(page, page.get_by_role("button", name="Copy link with fixed times").click)
    expect_notice(page, "fixed times")
    menu(page)
    plain = copied(page, page.get_by_role("button", name="Copy link", exact=True).click)
    expect_notice(page, "Copied the link")
    time_of_link = int(time.time() * 1e6) + 2_000_000
    host = f"late-{time.time_ns()}"  # A host of its own: a second try would send what the collector has.
    feed(orders, [Fleet().line(host, time_of_link, f"order of {host} paid")])

    assert "until" not in urlsplit(plain).query
    later = open_page(fixed)
    expect(later.locator(".figures .matched")).to_have_text(matched)
    following = open_page(plain)
    expect(following.locator("tr.row").first).to_contain_text(f"order of {host} paid")


def test_the_address_is_the_whole_view(orders: Collector, open_page: Open) -> None:
    """Opened elsewhere it shows the same: text, filters, priority, times, order, columns, bars, the open entry."""
    page = open_page(
        f"{orders.url}/?q=order&f=_HOSTNAME%3Dweb-1&f=!_PID%3D1&priority=6&since=-20min&until=now&tz=utc&order=oldest"
        "&columns=_HOSTNAME,_PID&by=_HOSTNAME"
    )
    page.locator("tr.row").nth(4).click()
    expect(page.get_by_role("complementary", name="Entry").locator(".message")).to_contain_text("order 0004")
    again = open_page(address(page))

    expect(again.get_by_role("complementary", name="Entry").locator(".message")).to_contain_text("order 0004")
    expect(again.get_by_role("combobox", name="Search the journals")).to_have_value("order")
    expect(again.locator(".pill")).to_have_text([re.compile("host web-1"), re.compile("not _pid 1")])
    expect(again.get_by_label("Priority", exact=True)).to_have_value("6")
    expect(again.get_by_role("button", name="Times in UTC")).to_be_visible()
    expect(again.locator(".rows thead th")).to_have_text(["Time", "Host", "_PID", "Message"])
    expect(again.get_by_role("combobox", name="Stack the bars by")).to_have_value("_HOSTNAME")
    expect(again.locator("tr.row").first).to_contain_text("order 0000")
