"""The page of patterns: what the messages have in common, what is new, and the way to them and past them."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector
from tests.query.happenings import MINUTE
from tests.web.conftest import Open, settled
from tests.web.hub import feed
from tests.web.incident import Fleet
from tests.web.looks import barriers, picture

HOSTILE = '<img src=x onerror="alert(1)"> \x1b[31mred\x1b[0m \u202egnp.exe'


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Two evenings; what attacks is said on the second one only."""
    now = int(time.time() * 1e6)
    fleet = Fleet()
    feed(hub, fleet.evening(now - 26 * 60 * MINUTE, seconds=1800, number=900, seed=1))
    feed(hub, fleet.evening(now, seconds=1800, number=900))
    feed(hub, [fleet.line("web-1", now - 5 * MINUTE, HOSTILE) for _ in range(3)])
    yield hub


def row(page: Page, text: str) -> Locator:
    """The row of a pattern."""
    return page.locator(".patterns tbody tr").filter(has_text=text)


def test_what_is_said(evening: Collector, open_page: Open) -> None:
    """Templates, the most frequent first; what differs is marked; what is new says so; nothing is markup."""
    page = open_page(f"{evening.url}/?page=patterns&since=-24h", wait=".patterns tbody tr")
    expect(page.locator(".patterns tbody tr").first).to_contain_text('"GET * HTTP/1.1"')
    expect(page.locator(".digest-bar")).to_contain_text("patterns in 903 messages")
    expect(row(page, "gnp.exe").locator(".new-mark")).to_have_text("new")
    expect(row(page, "gnp.exe").locator("td.number").first).to_have_text("3")
    expect(row(page, "gnp.exe").locator("code")).to_contain_text("<img src=x onerror=")
    expect(row(page, "HTTP/1.1").locator(".new-mark")).to_have_count(0)
    settled(page)
    counts = page.locator(".patterns tbody td.number:first-child").all_inner_texts()
    numbers = [int(re.sub(r"\D", "", text)) for text in counts]
    assert sorted(numbers, reverse=True) == numbers
    picture(page, "patterns")
    assert [] == barriers(page)
    page.get_by_role("button", name=re.compile(r"^\d+ new$")).click()
    expect(row(page, "HTTP/1.1")).to_have_count(0)
    expect(row(page, "gnp.exe")).to_have_count(1)


def test_these_and_not_these(evening: Collector, open_page: Open) -> None:
    """One pattern opens in the log; one is taken away from the page, and with it from the search."""
    page = open_page(f"{evening.url}/?page=patterns&since=-24h&q=order+OR+cache", wait=".patterns tbody tr")
    paid = row(page, "order * paid")
    expect(paid).to_have_count(1)
    settled(page)
    number = paid.locator("td.number").first.inner_text()
    paid.get_by_role("button", name="Exclude these").click()
    expect(paid).to_have_count(0)
    expect(row(page, "cache miss for session *")).to_have_count(1)
    page.go_back()
    paid.get_by_role("button", name="Show only these in the log").click()
    expect(page.locator(".figures .matched")).to_have_text(re.compile(rf"^{number} match"))
    expect(page.locator("tr.row td.c-message").first).to_have_text(re.compile(r"^order \d+ paid$"))


def test_a_partial_answer_says_so(evening: Collector, open_page: Open) -> None:
    """Where not all messages were looked at, the page says of how many it speaks."""
    page = open_page("about:blank", wait="")
    why = "the newest 100000 of 2000000 messages were looked at"
    page.route(
        re.compile(r"/api/v1/patterns\?"),
        lambda route: route.fulfill(json={**route.fetch().json(), "partial": True, "reason": why, "other": 7}),
    )
    page.goto(f"{evening.url}/?page=patterns&since=-24h")

    expect(page.locator(".figures")).to_contain_text(f"Partial: {why}")
    expect(page.get_by_text("And 7 rarer patterns.")).to_be_visible()
    page.unroute_all(behavior="wait")


def test_patterns_on_a_telephone(evening: Collector, telephone: Page) -> None:
    """Nothing is wider than the screen."""
    telephone.goto(f"{evening.url}/?page=patterns&since=-24h")
    telephone.locator(".new-mark").first.wait_for()
    settled(telephone)
    picture(telephone, "patterns")

    assert 390 == telephone.evaluate("document.documentElement.scrollWidth")
    assert [] == barriers(telephone)
