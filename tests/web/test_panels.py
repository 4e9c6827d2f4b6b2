"""Panels fail apart, the page lives under any prefix, on a telephone, and shows the fleet."""

import re
import shlex
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from tests.integration.programs import Collector, wait_until
from tests.web.conftest import Complaints, Open, copied, search_box, settled, wait_for
from tests.web.hub import feed, under_prefix
from tests.web.incident import HOSTS, Fleet


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Some minutes of five hosts."""
    feed(hub, Fleet().evening(int(time.time() * 1e6), seconds=1800, number=800))
    yield hub


PANELS = {
    "entries": "Entries could not be loaded",
    "histogram": "No histogram",
    "facets": "No facets",
    "count": "Count failed",
}


@pytest.mark.parametrize("broken", PANELS)
def test_one_failing_panel_leaves_the_others(
    evening: Collector, open_page: Open, complaints: Complaints, broken: str
) -> None:
    """Rows, bars, sidebar and count fail and are retried each for itself."""
    complaints.expect("500 (Internal Server Error)")
    page = open_page("about:blank", wait="")
    failing = [True]

    def answer(route: Route) -> None:
        if failing[0]:
            route.fulfill(status=500, json={"error": {"what": "the disk is on fire", "where": "", "do": "Put it out."}})
        else:
            route.continue_()

    page.route(re.compile(rf"/api/v1/{broken}\?"), answer)
    page.goto(evening.url)
    failure = page.get_by_text(PANELS[broken]).first
    expect(failure).to_be_visible()
    expect(page.get_by_text("the disk is on fire").first).to_be_visible()
    whole = {
        "entries": page.locator("tr.row").first,
        "histogram": page.locator(".plot path").first,
        "facets": page.locator(".facet-value").first,
        "count": page.locator(".figures .matched"),
    }
    for panel in PANELS.keys() - {broken}:
        expect(whole[panel]).to_be_visible()
    failing[0] = False
    page.get_by_role("button", name="Retry").first.click()

    expect(whole[broken]).to_be_visible()
    expect(failure).to_have_count(0)


def test_a_slow_search_can_be_cancelled(evening: Collector, open_page: Open, complaints: Complaints) -> None:
    """Cancel ends what is under way, and a new search takes its place.

    Only the bars are held up: where nothing matches, the page asks for one bucket of wider ranges as well.
    """
    page = open_page(evening.url)
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/histogram\?.*slow.*buckets=120"), lambda route: held.append(route))
    search_box(page).fill("slow")
    search_box(page).press("Enter")
    wait_for(page, lambda: held)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    search_box(page).fill("nginx")
    search_box(page).press("Enter")
    settled(page)
    expect(page.locator(".figures .matched")).to_be_visible()

    assert 1 == len(held)
    held[0].abort()


def test_a_partial_answer_says_so(evening: Collector, open_page: Open) -> None:
    """An answer that a deadline cut is marked, with the reason."""
    page = open_page("about:blank", wait="")

    def cut(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "partial": True, "reason": "deadline of 30 s reached"})

    page.route(re.compile(r"/api/v1/count\?"), cut)
    page.goto(evening.url)

    expect(page.locator(".figures")).to_contain_text("Partial: deadline of 30 s reached")
    expect(page.locator(".figures .matched")).to_contain_text("at least")


def test_under_a_prefix(evening: Collector, open_page: Open) -> None:
    """Behind a proxy at /logs/sub/ all works: assets, queries, tail, links, history."""
    host = f"prefixed-{time.time_ns()}"  # A host of its own: a second try would send what the collector has.
    with under_prefix(evening.url, "/logs/sub/") as address:
        page = open_page(address)
        expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
        feed(evening, [Fleet().line(host, int(time.time() * 1e6), f"{host} through the proxy")], searchable=False)
        expect(page.locator("tr.row").first).to_contain_text(f"{host} through the proxy")
        page.locator("tr.row").nth(1).click()
        expect(page.locator(".detail .fields").first).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("button", name=re.compile("^web-1")).first.click()
        expect(page).to_have_url(re.compile(rf"^{re.escape(address)}\?f="))
        page.get_by_role("link", name="Fleet").click()
        expect(page.get_by_role("heading", name=re.compile("nodes?$"))).to_be_visible()
        expect(page).to_have_url(re.compile(rf"^{re.escape(address)}\?page=fleet"))
        page.get_by_role("link", name="Journalhub").click()
        expect(page).to_have_url(address)
        expect(page.locator("tr.row").first).to_be_visible()
        page.close()


def test_the_search_as_a_curl_command(evening: Collector, open_page: Open) -> None:
    """The command asks for all matches of the search as JSON lines; quotes in it are the shell's."""
    page = open_page(f"{evening.url}/?q=%22order%22&f=_HOSTNAME%3Dweb-1&since=-1d")
    page.get_by_role("button", name="Copy, share, export").click()
    *command, url = shlex.split(copied(page, page.get_by_role("button", name="Copy as curl command").click))
    with urllib.request.urlopen(url, timeout=60) as answer:
        lines = answer.read().splitlines()

    assert ["curl", "-sS", "--compressed"] == command
    assert lines
    assert all(b'"web-1"' in line and b"order" in line for line in lines)


def test_the_fleet(evening: Collector, open_page: Open) -> None:
    """Every node with its state; a click shows its entries."""
    page = open_page(f"{evening.url}/?page=fleet", wait=".fleet tbody tr")
    for host in HOSTS:
        expect(page.locator(".fleet tbody tr").filter(has_text=host)).to_have_count(1)
    page.get_by_role("button", name="db-1").click()

    expect(page.locator(".pill")).to_have_text(re.compile("host db-1"))
    expect(page.locator("tr.row td.c-host").first).to_have_text("db-1")


def test_on_a_telephone(evening: Collector, telephone: Page) -> None:
    """Nothing is wider than the screen, however long the names; filters, entry and time range are at hand."""
    long = f"a-machine-with-a-long-name-{time.time_ns()}.rack-17.example.net"
    feed(evening, [Fleet().line(long, int(time.time() * 1e6), "of a long name")], searchable=False)
    wait_until("the long name is found", lambda: evening.count(q=f"host={long}") == 1)
    page = telephone
    page.goto(evening.url)
    page.locator("tr.row").first.wait_for()
    settled(page)

    def width() -> int:
        return int(page.evaluate("document.documentElement.scrollWidth"))

    assert 390 == width()
    page.get_by_role("button", name="Filters").tap()
    sidebar = page.get_by_role("complementary", name="Filters")
    expect(sidebar).to_be_visible()
    assert "rgba(0, 0, 0, 0)" != sidebar.evaluate("element => getComputedStyle(element).backgroundColor")
    page.get_by_role("button", name=re.compile("^web-2")).first.tap()
    expect(page.locator(".pill")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Filters").tap()
    page.get_by_role("button", name="Time range").tap()
    expect(page.get_by_label("Since")).to_be_in_viewport(ratio=1)
    assert 390 == width()
    page.keyboard.press("Escape")
    page.locator("tr.row").first.tap()
    expect(page.locator(".detail .fields").first).to_be_visible()
    assert 390 == width()
    page.get_by_role("button", name="Close").tap()
    page.goto(f"{evening.url}/?page=fleet")
    page.locator(".fleet tbody tr").first.wait_for()
    assert 390 == width()


NAMELESS = """() => [...document.querySelectorAll('button, a, input, select')]
  .filter((element) => element.offsetParent !== null)
  .filter((element) => !(element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length))
  .map((element) => element.outerHTML.slice(0, 120))"""

PAIRS = [
    *((f"--h{number}", "--ground") for number in range(12)),
    ("--text", "--ground"),
    ("--dim", "--ground"),
    ("--dim", "--pane"),
    ("--dim", "--chosen"),
    ("--dim", "--hover"),
    ("--bad", "--ground"),
    ("--ground", "--urgent-text"),
    ("--ground", "--warning-text"),
    ("--accent-text", "--chosen"),
    ("--accent-text", "--raised"),
    ("--on-accent", "--accent"),
    ("--urgent-text", "--urgent-ground"),
    ("--crit-text", "--crit-ground"),
    ("--warning-text", "--warning-ground"),
    ("--debug-text", "--ground"),
]
"""Colours of text, and what they stand on."""

COLOUR = """(name) => {
  const probe = document.createElement('span');
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const colour = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number);
  probe.remove();
  return colour;
}"""


def contrast(page: Page, text: str, ground: str) -> float:
    """The contrast ratio of WCAG 2.2 between two colours of the page."""

    def luminance(name: str) -> float:
        parts: list[float] = [value / 255 for value in page.evaluate(COLOUR, name)]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(text), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_readable_by_all(evening: Collector, open_page: Open, scheme: str) -> None:
    """Every control has a name, the list is a grid with row headers, and text stands out 4.5:1 in both schemes."""
    page = open_page(evening.url)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.locator("tr.row").first.click()
    page.locator(".detail .fields").first.wait_for()

    assert [] == page.evaluate(NAMELESS)
    assert [] == [pair for pair in PAIRS if contrast(page, *pair) < 4.5]
    grid = page.get_by_role("grid", name="Journal entries")
    expect(grid.get_by_role("columnheader")).to_have_count(4)
    expect(grid.get_by_role("row").nth(2).get_by_role("rowheader")).to_have_count(1)
    expect(page.locator("tr.row[tabindex='0']")).to_have_count(1)
