"""Typing a search: completion of names and values, help, history, and filters edited in place."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, search_box
from tests.web.hub import feed
from tests.web.incident import Fleet


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Some minutes of five hosts, and a value that needs quotes."""
    now = int(time.time() * 1e6)
    fleet = Fleet()
    odd = fleet.entry("web-1", now - 1_000_000, ("MESSAGE", b"odd"), ("JOB", b'back "up" now'), ("PRIORITY", b"6"))
    feed(hub, [*fleet.evening(now, seconds=1800, number=300), odd])
    yield hub


def offers(page: Page) -> Locator:
    """What is suggested below the box."""
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def offer(page: Page, text: str) -> None:
    """Take the suggestion with exactly this text, with the keyboard."""
    choice = offers(page).filter(has=page.get_by_text(text, exact=True))
    expect(choice).to_have_count(1)
    for _ in range(40):
        if choice.and_(page.locator("[aria-selected=true]")).count():
            break
        search_box(page).press("ArrowDown")
    expect(choice).to_have_attribute("aria-selected", "true")
    # Both in one look: offers come and go, and their places with them.
    page.wait_for_function(
        "text => document.getElementById(document.getElementById('q').getAttribute('aria-activedescendant'))"
        "?.textContent.startsWith(text)",
        arg=text,
    )
    search_box(page).press("Tab")


def test_fields_and_values_are_completed(evening: Collector, open_page: Open) -> None:
    """A short name, then one of its stored values, then Enter: three letters find a unit."""
    page = open_page(evening.url)
    box = search_box(page)
    box.focus()
    box.press_sequentially("uni")
    offer(page, "unit=")
    expect(box).to_have_value("unit=")
    box.press_sequentially("ng")
    offer(page, "nginx.service")
    expect(box).to_have_value("unit=nginx.service ")
    box.press("Enter")

    expect(page).to_have_url(re.compile("q=unit%3Dnginx.service"))
    expect(page.locator("tr.row td.c-unit").first).to_have_text("nginx")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_hosts_units_and_priorities_are_offered(evening: Collector, open_page: Open) -> None:
    """The beginning of a host's or unit's name is enough; a priority is offered by name."""
    page = open_page(evening.url)
    box = search_box(page)
    box.focus()
    box.press_sequentially("web")
    expect(offers(page).filter(has_text="host=web-2")).to_be_visible()
    offer(page, "host=web-1")
    box.press_sequentially("priority<=wa")
    offer(page, "warning")

    expect(box).to_have_value("host=web-1 priority<=warning ")


def test_a_value_is_quoted_where_it_must_be(evening: Collector, open_page: Open) -> None:
    """What is taken is a query that finds its entry."""
    page = open_page(evening.url)
    box = search_box(page)
    box.focus()
    box.press_sequentially("JOB=ba")
    offer(page, 'JOB="back \\"up\\" now"'.removeprefix("JOB="))
    box.press("Enter")

    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.locator("tr.row .c-message")).to_have_text("odd")


def test_the_empty_box_helps_and_remembers(evening: Collector, open_page: Open) -> None:
    """On focus the empty box shows how to search; later what was searched before, also in the next window."""
    page = open_page(evening.url)
    box = search_box(page)
    box.focus()
    expect(page.get_by_role("table", name="Search language")).to_contain_text("unit=ssh.service")
    box.press_sequentially("deadlock")
    box.press("Enter")
    expect(page).to_have_url(re.compile("q=deadlock"))
    again = open_page(evening.url)
    search_box(again).focus()
    offers(again).filter(has_text="deadlock").click()
    expect(again).to_have_url(re.compile("q=deadlock"))
    search_box(again).fill("")
    again.get_by_role("button", name="Forget searches").click()

    expect(offers(again).filter(has_text="deadlock")).to_have_count(0)


def test_escape_closes_the_offers_and_keeps_the_text(evening: Collector, open_page: Open) -> None:
    """Escape closes what is offered first, then leaves the box; nothing typed is lost."""
    page = open_page(evening.url)
    box = search_box(page)
    box.focus()
    box.press_sequentially("host=w")
    expect(offers(page).first).to_be_visible()
    box.press("Escape")
    expect(offers(page)).to_have_count(0)
    expect(box).to_be_focused()
    box.press("Escape")
    expect(box).not_to_be_focused()

    expect(box).to_have_value("host=w")


def test_the_value_of_a_filter_is_edited_in_place(evening: Collector, open_page: Open) -> None:
    """A click on the value edits it, with the stored values at hand; Escape leaves it as it was."""
    page = open_page(f"{evening.url}/?f=_HOSTNAME%3Dweb-1&f=PRIORITY%3D6")
    page.get_by_role("button", name="web-1: edit the value of Host").click()
    edit = page.get_by_label("Value of Host")
    expect(page.locator("#pill-values option[value='db-1']")).to_have_count(1)
    edit.fill("db-1")
    edit.press("Enter")
    expect(page.locator("tr.row td.c-host").first).to_have_text("db-1")
    page.get_by_role("button", name="info: edit the value of Priority").click()
    page.get_by_label("Value of Priority").fill("warning")
    page.get_by_label("Value of Priority").press("Enter")
    expect(page).to_have_url(re.compile("PRIORITY%3D4"))
    page.get_by_role("button", name="db-1: edit the value of Host").click()
    page.get_by_label("Value of Host").fill("nothing")
    page.get_by_label("Value of Host").press("Escape")

    expect(page.locator(".pill")).to_have_text([re.compile("host ?db-1"), re.compile("priority ?warning")])
