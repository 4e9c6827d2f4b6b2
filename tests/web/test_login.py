"""The page where the hub wants to know who reads: the form, the session, and what a limited reader sees."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect
from tests.access.hub import SecuredCollector
from tests.web.conftest import Complaints, Open, settled
from tests.web.incident import Fleet
from tests.web.looks import barriers, picture

from journalhub.access.roles import Role

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """A hub with logins and a few entries of two hosts."""
    with SecuredCollector(tmp_path_factory.mktemp("guarded"), tls=False) as hub:
        hub.people.add_user("ann", PASSWORD, Role.READER, "")
        hub.people.add_user("web-team", PASSWORD, Role.READER, "host=web-1")
        fleet = Fleet()
        at = time.time_ns() // 1000
        hosts = ("web-1", "db-1", "web-1", "db-1")
        hub.fill([fleet.line(host, at - 1000 * n, f"line {n}") for n, host in enumerate(hosts)])
        yield hub


def test_log_in_and_out(guarded: SecuredCollector, open_page: Open, complaints: Complaints) -> None:
    """Who comes without a session is led to the form; a wrong password is said; the right one leads to the page."""
    complaints.expect("401")
    page = open_page(guarded.url, wait="")
    page.wait_for_url("**/login")
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("User or password is wrong.")
    picture(page, "login")
    assert [] == barriers(page)
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("tr.row")).to_have_count(4)

    page.get_by_role("button", name="Copy, share, export").click()
    page.get_by_role("button", name="Log out ann").click()
    page.wait_for_url("**/login")
    page.goto(guarded.url)
    page.wait_for_url("**/login")


def test_a_limited_reader(
    guarded: SecuredCollector, open_page: Open, complaints: Complaints, context: BrowserContext
) -> None:
    """Rows, count and sidebar are of what the scope shows."""
    complaints.expect("401")
    page = open_page(guarded.url, wait="")
    page.wait_for_url("**/login")
    page.get_by_label("User").fill("web-team")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("tr.row")).to_have_count(2)
    expect(page.locator(".figures .matched")).to_have_text("2 matches")
    expect(page.get_by_role("complementary", name="Filters")).to_contain_text("web-1")

    page.get_by_role("button", name="Time range").click()
    expect(page.get_by_label("Host whose boots to show").get_by_role("option")).to_have_text(["choose a host", "web-1"])
    page.keyboard.press("Escape")
    settled(page)

    assert "db-1" not in (page.locator("body").text_content() or "")
    cookie = context.cookies()[0]
    assert (True, "Strict") == (cookie["httpOnly"], cookie["sameSite"])
