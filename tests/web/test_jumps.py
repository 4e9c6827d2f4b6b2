"""Jumps to the next error, warning and reboot, near and far; the scope of surroundings; panels cancelled one by one."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, expect_notice, search_box, settled, wait_for
from tests.web.hub import feed
from tests.web.incident import Fleet

LINES = 900
"""Entries, a second apart: more than four pages."""


@pytest.fixture(scope="module")
def story(hub: Collector) -> Iterator[Collector]:
    """A long quiet, with a warning near, an error far, and a reboot farther still."""
    fleet = Fleet()
    now = int(time.time() * 1e6)
    entries = []
    for n in range(LINES):
        priority, text = {20: (4, "a warning"), 25: (3, "near error"), 600: (2, "far error")}.get(n, (6, f"line {n}"))
        host = "db-1" if n % 2 else "web-1"
        entry = fleet.line(host, now - (n + 10) * 1_000_000, text, priority, "app" if n % 3 else "other")
        entries.append(entry._replace(boot_id=bytes(15) + b"\x09") if host == "db-1" and n > 700 else entry)
    feed(hub, entries[::-1])
    yield hub


def selected(page: Page) -> Locator:
    """The row that the keyboard is at."""
    return page.locator("tr.row[aria-selected]")


def test_next_error_and_warning(story: Collector, open_page: Open) -> None:
    """`e` and `w` go down the list, capitals up; also to what is not loaded yet, and on from there."""
    page = open_page(story.url)
    page.keyboard.press("w")
    expect(selected(page)).to_contain_text("a warning")
    page.keyboard.press("e")
    expect(selected(page)).to_contain_text("near error")
    page.keyboard.press("e")
    expect(selected(page)).to_contain_text("far error")
    expect(selected(page)).to_be_in_viewport()
    settled(page)
    row = page.locator("tr.row .c-message").all_text_contents()
    at = row.index("CRITfar error")
    assert ["line 599", "line 601"] == [row[at - 1], row[at + 1]]
    page.keyboard.press("e")
    expect_notice(page, "No error further down")
    page.keyboard.press("Shift+W")
    expect(selected(page)).to_contain_text("near error")
    page.keyboard.press("Shift+W")
    expect(selected(page)).to_contain_text("a warning")
    page.keyboard.press(" ")

    expect(page.locator("tr.row").first).to_contain_text("line 0")


def test_jumps_move_the_open_entry(story: Collector, open_page: Open) -> None:
    """With the panel open the entry follows the jump; oldest first, down is later."""
    page = open_page(f"{story.url}/?order=oldest&until=-1s")
    expect(page.locator("tr.row").first).to_contain_text(f"line {LINES - 1}")
    page.keyboard.press("e")
    expect(selected(page)).to_contain_text("far error")
    page.keyboard.press("Enter")
    page.keyboard.press("e")

    expect(page.get_by_role("complementary", name="Entry").locator(".message pre")).to_have_text("near error")


def test_next_reboot(story: Collector, open_page: Open) -> None:
    """`b` goes to the first entry of a boot, on whichever page it is, and `B` back."""
    page = open_page(story.url)
    page.keyboard.press("b")
    expect(selected(page)).to_contain_text("line 699")
    expect(page.locator("tr.boot")).to_contain_text("db-1 rebooted")

    page.goto(f"{story.url}/?q=line&order=oldest&until=-1s")
    settled(page)
    page.keyboard.press("b")
    expect(selected(page)).to_contain_text("line 699")


def test_the_scope_of_surroundings(story: Collector, open_page: Open) -> None:
    """The same unit on the same host: each a piece that goes by itself, and comes back."""
    page = open_page(f"{story.url}/?q=near")
    page.locator("tr.row").first.click()
    page.get_by_role("complementary", name="Entry").get_by_role("button", name="same unit").click()
    kept = page.get_by_role("list", name="Kept to")
    expect(kept.locator(".pill")).to_have_text([re.compile("host db-1"), re.compile("unit app.service")])
    settled(page)
    expect(page.locator("tr.row td.c-unit").filter(has_text="other")).to_have_count(0)
    kept.get_by_role("button", name="Not only unit app.service").click()
    expect(page.locator("tr.row td.c-unit").filter(has_text="other").first).to_be_attached()
    expect(page.locator("tr.row td.c-host").filter(has_text="web-1")).to_have_count(0)
    kept.get_by_role("button", name="Not only host db-1").click()
    expect(page.locator("tr.row td.c-host").filter(has_text="web-1").first).to_be_attached()
    kept.get_by_role("button", name="only db-1").click()

    expect(kept.locator(".pill")).to_have_text([re.compile("host db-1")])


PANELS = {"entries": "entries", "histogram": "bars", "facets": "facets"}
WHOLE = {"entries": "tr.row", "histogram": ".plot path", "facets": ".facet-value"}


@pytest.mark.parametrize("slow", PANELS)
def test_a_panel_is_cancelled_for_itself(story: Collector, open_page: Open, slow: str) -> None:
    """One panel that takes long is given up while the others stay; later it is loaded after all."""
    page = open_page(story.url)
    held: list[Route] = []
    page.route(re.compile(rf"/api/v1/{slow}\?.*near"), lambda route: held.append(route))
    with page.expect_request(re.compile(rf"/api/v1/{slow}\?.*near")):
        search_box(page).fill("near")
        search_box(page).press("Enter")
    wait_for(page, lambda: held)
    page.get_by_role("button", name=f"Cancel the {PANELS[slow]}").click()
    expect(page.get_by_role("button", name=re.compile("^Cancel"))).to_have_count(0)
    for panel in WHOLE.keys() - {slow}:
        expect(page.locator(WHOLE[panel]).first).to_be_visible()
    expect(page.locator(".figures .matched")).to_have_text("1 match")
    page.unroute_all()
    page.get_by_role("button", name=f"Load the {PANELS[slow]}").click()
    expect(page.get_by_role("button", name=f"Load the {PANELS[slow]}")).to_have_count(0)

    expect(page.locator(WHOLE[slow]).first).to_be_visible()


def test_the_whole_search_is_cancelled(story: Collector, open_page: Open) -> None:
    """What the search before found does not pass for what the cancelled one would; it can be run after all."""
    page = open_page(story.url)
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/(parse|entries)\?.*near"), lambda route: held.append(route))
    for times, asked in ((1, "parse"), (2, "entries")):
        with page.expect_request(re.compile(rf"/api/v1/{asked}\?.*near")):
            search_box(page).fill("near")
            search_box(page).press("Enter")
        wait_for(page, lambda: len(held) == times)  # noqa: B023
        page.get_by_role("button", name="Cancel", exact=True).click()
        expect(page.get_by_role("button", name="Load the entries")).to_be_visible()
        expect(page.locator("tr.row")).to_have_count(0)
        # The second time the text has been read, and the entries are what takes long.
        page.unroute_all()
        page.route(re.compile(r"/api/v1/entries\?.*near"), lambda route: held.append(route))
    expect(page.get_by_role("button", name="Load the facets")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Load the entries").click()

    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.locator(".figures .matched")).to_have_text("1 match")
    expect(page.get_by_role("button", name="Load the facets")).to_have_count(0)


def test_a_panel_says_from_the_beginning_that_it_is_not_of_this_search(story: Collector, open_page: Open) -> None:
    """While the collector reads the text no panel has asked yet; what the search before found is marked as such."""
    page = open_page(story.url)
    panels = [page.locator(panel) for panel in (".list", ".histogram", ".facets", ".figures")]
    for panel in panels:
        expect(panel).to_have_attribute("aria-busy", "false")
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/parse\?.*near"), lambda route: held.append(route))
    with page.expect_request(re.compile(r"/api/v1/parse\?.*near")):
        search_box(page).fill("near")
        search_box(page).press("Enter")
    for panel in panels:
        expect(panel).to_have_attribute("aria-busy", "true")
    expect(page.locator(".histogram.busy, .facets.busy, .scroller.busy")).to_have_count(3)
    expect(page.locator("tr.row").first).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.locator("tr.row")).to_have_count(1)
    for panel in panels:
        expect(panel).to_have_attribute("aria-busy", "false")

    expect(page.locator(".figures .matched")).to_have_text("1 match")


def test_keys_are_explained(story: Collector, open_page: Open) -> None:
    """The help names every key that the page has."""
    page = open_page(story.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help").locator("kbd").first).to_be_visible()
    keys = page.get_by_role("dialog", name="Help").locator("kbd").all_text_contents()

    assert set("/jkeEwWbBpulf?") <= set(keys)
