"""The page of alerts: rules made of a search, changed, tried, paused and removed; who may not sees no such page."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.access.hub import SecuredCollector
from tests.alerts.receivers import Receiver, receiving
from tests.integration.programs import Collector, wait_until
from tests.web.conftest import Complaints, Open
from tests.web.hub import feed
from tests.web.incident import Fleet
from tests.web.looks import barriers, picture

from journalhub.access.roles import Role

PASSWORD = "correct horse battery"


@pytest.fixture
def full(fresh_hub: Collector) -> Collector:
    """Disks that are full, now; with rules of its own, as a second try would meet those of the first."""
    fleet = Fleet()
    now = time.time_ns() // 1000
    feed(fresh_hub, [fleet.line("db-1", now - 1000 * n, f"no space left on device {n}") for n in range(3)])
    return fresh_hub


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes everything."""
    with receiving() as server:
        yield server


def new_rule(page: Page, name: str, **fields: str) -> None:
    """Fill in the form of a new rule, and save it."""
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name").fill(name)
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Make the rule").click()


def test_an_alert_of_a_search(full: Collector, open_page: Open, receiver: Receiver) -> None:
    """From the search to the notification: made in the form, it fires; a line leads back to the entries."""
    page = open_page(f"{full.url}/?q=%22no+space%22&f=_HOSTNAME%3Ddb-1&priority=6", wait="tr.row")
    page.get_by_role("button", name="Copy, share, export").click()
    page.get_by_role("button", name="Alert on this search").click()
    expect(page.get_by_label("Search", exact=True)).to_have_value('"no space" _HOSTNAME="db-1" priority<=6')
    page.get_by_label("Name").fill("disk")
    page.get_by_label("Tell, one a line").fill(f"webhook:{receiver.url}/hook")
    page.get_by_role("button", name="Make the rule").click()
    card = page.get_by_role("region", name="disk")
    expect(card).to_contain_text("Entries that match, more than 0 in 5 min")
    expect(card).to_contain_text("1 firing")
    expect(card.get_by_role("list", name="Firing")).to_contain_text("3 entries in 5 min")
    expect(page.get_by_role("link", name="Alerts")).to_contain_text("1 firing")
    wait_until("the receiver is told", lambda: receiver.bodies("/hook"))
    told = card.get_by_role("list", name="Last notifications").get_by_role("listitem")
    card.get_by_text("1 last notification").click()
    expect(told).to_have_text(re.compile(rf"firing to webhook:{re.escape(receiver.url)}/hook$"))
    picture(page, "alerts")
    assert [] == barriers(page)

    card.get_by_role("button", name="no space").click()
    expect(page.locator("tr.row")).to_have_count(3)
    page.go_back()
    card.get_by_role("button", name="Test").click()
    wait_until("the test arrives", lambda: "test" in [body["state"] for body in receiver.bodies("/hook")])
    card.get_by_text("2 last notifications").click()
    expect(told).to_have_text([re.compile("test to webhook"), re.compile("firing to webhook")])
    receiver.status = 503
    card.get_by_role("button", name="Test").click()
    expect(told.first).to_contain_text("not taken yet: it answered 503")
    card.get_by_role("button", name="Remove").click()
    card.get_by_role("button", name="Really remove").click()
    expect(card).to_have_count(0)


def test_a_rule_is_changed(full: Collector, open_page: Open) -> None:
    """Another name takes the place of the old one; a paused rule looks no more."""
    page = open_page(f"{full.url}/?page=alerts", wait=".alerts h1")
    new_rule(page, "first", Search="space left")
    card = page.get_by_role("region", name="first")
    card.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("form", name="Rule first")).to_be_visible()
    page.get_by_label("Name").fill("second")
    page.get_by_label("More than").fill("1000")
    page.get_by_label("Within, minutes").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="second")).to_contain_text("more than 1000 in 2 min")
    expect(card).to_have_count(0)

    new_rule(page, "second", Search="something else")
    form = page.get_by_role("form", name="New rule")
    expect(form.get_by_role("alert")).to_contain_text("There is a rule second already")
    form.get_by_role("button", name="Cancel").click()
    second = page.get_by_role("region", name="second")
    expect(second).to_contain_text("space left")
    second.get_by_role("button", name="Pause").click()
    expect(second).to_contain_text("paused")
    second.get_by_role("button", name="Resume").click()
    expect(second).to_contain_text("quiet")


def test_what_is_refused(full: Collector, open_page: Open, complaints: Complaints) -> None:
    """The form stays, and says why and where."""
    complaints.expect("400")
    page = open_page(f"{full.url}/?page=alerts", wait=".alerts h1")
    new_rule(page, "wrong", Search="((")
    form = page.get_by_role("form", name="New rule")
    expect(form.get_by_role("alert")).to_contain_text("is no query")
    expect(form.locator(".wrong")).to_contain_text("Search")
    picture(page, "alert-form")
    assert [] == barriers(page)
    form.get_by_label("When").select_option(label="A node is silent")
    form.get_by_label("Hosts").fill("nowhere-*")
    form.get_by_role("button", name="Make the rule").click()
    card = page.get_by_role("region", name="wrong")
    expect(card).to_contain_text("Nothing comes from a node of nowhere-* for 15 min")
    expect(page.get_by_role("form")).to_have_count(0)


def test_who_may_not(open_page: Open, tmp_path_factory: pytest.TempPathFactory, complaints: Complaints) -> None:
    """A reader has no such page, also when they type its address."""
    complaints.expect("401")
    with SecuredCollector(tmp_path_factory.mktemp("guarded"), tls=False) as hub:
        hub.people.add_user("ann", PASSWORD, Role.READER, "")
        page = open_page(hub.url, wait="")
        page.wait_for_url("**/login")
        page.get_by_label("User").fill("ann")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("link", name="Fleet")).to_be_visible()
        page.goto(f"{hub.url}/?page=alerts")
        expect(page.get_by_text("Alerts are for operators and admins")).to_be_visible()
        expect(page.get_by_role("link", name="Alerts")).to_have_count(0)
