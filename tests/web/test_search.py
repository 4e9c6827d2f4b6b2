"""Searching on the page: words, filters, time, history, and errors at their place."""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Complaints, Open, address, copied, expect_notice, scroll_until, search_box, settled
from tests.web.hub import feed
from tests.web.incident import HOSTS, Fleet

NUMBER = 2500
"""Entries over two hours."""


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Two hours of five hosts, of which the page shows the last by default."""
    feed(hub, Fleet().evening(int(time.time() * 1e6), seconds=7200, number=NUMBER))
    yield hub


def matched(page: Page) -> int:
    """The number of matches that the page shows, when it is done."""
    settled(page)
    text = page.locator(".figures .matched").inner_text()
    return int(re.sub(r"\D", "", text))


def asked(page: Page) -> dict[str, list[str]]:
    """The query of the address."""
    return parse_qs(urlsplit(address(page)).query)


def run(page: Page, text: str) -> None:
    """Type a search and run it; returns when all of its answer is there."""
    box = search_box(page)
    box.fill(text)
    box.press("Enter")
    expect(page).to_have_url(re.compile("[?&]q="))
    settled(page)


def test_opens_with_the_last_hour_newest_first(evening: Collector, open_page: Open) -> None:
    """Nothing to fill in: the newest entries of the last hour, under the header of their day."""
    page = open_page(evening.url)
    rows = page.locator("tr.row")
    times = [float(name.split(".")[0]) for name in rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")]

    assert times == sorted(times, reverse=True)
    assert 0 < matched(page) < NUMBER
    expect(page.locator("tr.day").first).to_contain_text(re.compile(r"\w{3} \d{1,2} \w{3} \d{4}"))
    expect(page.locator(".figures .took")).to_contain_text("ms")


def test_older_entries_come_by_scrolling(evening: Collector, open_page: Open) -> None:
    """The list grows to the end of the range, without an entry twice; repeated lines fold, and are all there."""
    page = open_page(f"{evening.url}/?since=-3h")
    total = matched(page)
    assert total == NUMBER
    end = page.locator(".edge").filter(has_text="all there are")
    scroll_until(page, end.count)
    ids = page.locator("tr.row").evaluate_all(
        "rows => rows.flatMap((row) => [row.dataset.id, ...(row.dataset.folded ?? '').split(' ')]).filter(Boolean)"
    )

    assert NUMBER == len(ids) == len(set(ids))


def test_enter_searches(evening: Collector, open_page: Open) -> None:
    """A word typed and Enter: every row has it, and the address says it."""
    page = open_page(evening.url)
    run(page, "deadlock")
    expect(page.locator("tr.row .c-message").first).to_contain_text("deadlock")

    assert ["deadlock"] == asked(page)["q"]
    assert all("deadlock" in text for text in page.locator("tr.row .c-message").all_text_contents())
    assert page.title().startswith("deadlock")


def test_back_and_forward(evening: Collector, open_page: Open) -> None:
    """The browser's back button undoes a search, forward repeats it."""
    page = open_page(evening.url)
    everything = matched(page)
    run(page, "checkpoint")
    expect(page.locator("tr.row .c-message").first).to_contain_text("checkpoint")
    page.go_back()
    expect(search_box(page)).to_have_value("")
    expect(page).not_to_have_url(re.compile("[?&]q="))
    assert everything == matched(page)
    page.go_forward()

    expect(search_box(page)).to_have_value("checkpoint")
    expect(page.locator("tr.row .c-message").first).to_contain_text("checkpoint")


def test_an_error_is_shown_at_its_place(evening: Collector, open_page: Open, complaints: Complaints) -> None:
    """A query that breaks is shown with what is wrong, marked where."""
    complaints.expect("400 (Bad Request)")
    page = open_page(evening.url)
    run(page, "/dead(lock/")
    error = page.locator(".query-error")

    expect(error).to_contain_text("missing closing parenthesis")
    expect(error.locator(".query-place")).to_have_text("/dead(lock/")
    expect(error.locator("mark")).to_have_text("/")
    expect(search_box(page)).to_have_attribute("aria-invalid", "true")


def test_what_is_no_query_is_read_as_text(evening: Collector, open_page: Open) -> None:
    """Half a line pasted from a log finds it, and the page says how it was read, and why."""
    page = open_page(evening.url)
    run(page, "connect() failed (111: Connection refused")

    note = page.locator(".read-as-text")
    expect(note).to_contain_text("Read as text: connect failed 111 connection refused")
    expect(note).to_contain_text("this parenthesis is never closed")
    expect(page.locator("tr.row .c-message").first).to_contain_text("connect() failed (111")


def test_facets_include_and_exclude(evening: Collector, open_page: Open) -> None:
    """Click: only this. Alt-click: not this. Each is a pill that can be flipped and removed."""
    page = open_page(evening.url)
    everything = matched(page)
    sidebar = page.get_by_role("complementary", name="Filters")
    sidebar.get_by_role("button", name=re.compile("^web-1")).click()
    pill = page.locator(".pill")
    expect(pill).to_have_text(re.compile("host web-1"))
    expect(page.locator("tr.row td.c-host").nth(3)).to_have_text("web-1")
    only = matched(page)
    assert 0 < only < everything
    assert ["_HOSTNAME=web-1"] == asked(page)["f"]
    # Other hosts stay there to choose from.
    assert set(HOSTS) <= {
        text.split("\n")[0] for text in sidebar.locator("section").first.locator("li").all_inner_texts()
    }

    pill.locator(".pill-flip").click()
    expect(pill).to_have_text(re.compile("not host web-1"))
    expect(page.locator(".figures .matched")).not_to_have_text(re.compile(f"^{only} "))
    settled(page)
    expect(page.locator("tr.row td.c-host").filter(has_text=re.compile("^web-1$"))).to_have_count(0)

    sidebar.get_by_role("button", name=re.compile("^nginx.service")).click(modifiers=["Alt"])
    expect(page.locator(".pill")).to_have_count(2)
    page.get_by_role("button", name="Remove the filter Host web-1").click()
    expect(page.locator(".pill")).to_have_text(re.compile("not unit nginx.service"))
    settled(page)
    expect(page.locator("tr.row").filter(has_text="web-1").first).to_be_visible()
    expect(page.locator("tr.row td.c-unit").filter(has_text=re.compile("^nginx$"))).to_have_count(0)


def test_filters_combine_with_text(evening: Collector, open_page: Open) -> None:
    """A pill narrows a search that was read as text, which no query language could be glued to."""
    page = open_page(f"{evening.url}/?q=connect()+failed+(111&f=!_HOSTNAME%3Dweb-1")
    expect(page.locator("tr.row td.c-host").first).to_have_text("web-2")

    assert {"web-2"} == set(page.locator("tr.row td.c-host").all_text_contents())
    assert all("connect() failed" in text for text in page.locator("tr.row .c-message").all_text_contents())


def test_priority_choice(evening: Collector, open_page: Open) -> None:
    """The choice of a least priority leaves nothing less urgent."""
    page = open_page(evening.url)
    page.get_by_label("Priority", exact=True).select_option(label="warning and above")
    expect(page.locator("tr.row.p6")).to_have_count(0)
    settled(page)

    assert ["4"] == asked(page)["priority"]
    assert set(page.locator("tr.row .level-tag").all_text_contents()) <= {"WARN", "ERR", "CRIT"}
    expect(page.locator(".figures .matched")).to_be_visible()


def test_time_presets_and_typed_times(evening: Collector, open_page: Open) -> None:
    """A preset, times as journalctl reads them, and all time; a wrong time is named."""
    page = open_page(evening.url)
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="6 hours").click()
    expect(page.locator(".figures .matched")).to_have_text(re.compile(r"2.500 matches"))
    assert ["-6h"] == asked(page)["since"]

    page.get_by_role("button", name="Time range").click()
    page.get_by_label("Since").fill("-90min")
    page.get_by_label("Until").fill("-60min")
    page.get_by_label("Until").press("Enter")
    expect(page.get_by_role("button", name="Time range")).to_contain_text("-90min – -60min")
    expect(page.get_by_role("button", name="Go live")).to_be_visible()
    expect(page.locator(".figures .matched")).not_to_have_text(re.compile(r"2.500"))
    assert 0 < matched(page) < NUMBER


def test_a_wrong_time_is_named(evening: Collector, open_page: Open, complaints: Complaints) -> None:
    """A time that is none is refused with what would be one; the page stays usable."""
    complaints.expect("400 (Bad Request)")
    page = open_page(f"{evening.url}/?since=teatime", wait=".failure")

    expect(page.locator(".failure").first).to_contain_text("teatime")
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="1 hour", exact=True).click()
    expect(page.locator("tr.row").first).to_be_visible()


def test_a_range_without_entries_offers_the_nearest(evening: Collector, open_page: Open) -> None:
    """Nothing in the range: the page says when there was something, and goes there."""
    page = open_page(f"{evening.url}/?since=2020-01-01&until=2020-01-02&tz=utc")
    expect(page.get_by_role("heading", name="No entries in this range")).to_be_visible()
    page.get_by_role("button", name="Go there").click()

    expect(page.locator("tr.row").first).to_be_visible()


def test_filters_that_exclude_all_offer_each_way_out(evening: Collector, open_page: Open) -> None:
    """Each filter that could go is offered with what would then be found."""
    page = open_page(f"{evening.url}/?q=deadlock&f=_HOSTNAME%3Dweb-1&since=-3h")
    way = page.get_by_role("button", name="Remove host web-1")
    expect(way).to_be_visible()
    expect(page.get_by_role("button", name="Remove the search text")).to_be_visible()
    way.click()

    expect(page.locator("tr.row .c-message").first).to_contain_text("deadlock")


def test_utc_and_local_time(evening: Collector, open_page: Open) -> None:
    """One switch for the whole page: rows, axis, details. The browser's zone here is UTC+05:45."""
    page = open_page(evening.url)
    page.keyboard.press(" ")
    expect(page.get_by_text("Paused").first).to_be_visible()
    first = page.locator("tr.row").first
    local = first.locator(".c-time").text_content() or ""
    page.get_by_role("button", name="Times in local time").click()
    expect(first.locator(".c-time")).not_to_have_text(local)
    utc = first.locator(".c-time").text_content() or ""

    assert ["utc"] == asked(page)["tz"]
    minutes = [60 * int(text[:2]) + int(text[3:5]) for text in (local, utc)]
    assert 345 == (minutes[0] - minutes[1]) % 1440


def test_keyboard(evening: Collector, open_page: Open) -> None:
    """`/` searches, j and k move, Enter opens, Escape closes, `?` explains."""
    page = open_page(evening.url)
    page.keyboard.press("/")
    expect(search_box(page)).to_be_focused()
    page.keyboard.type("half a thought")
    page.keyboard.press("Escape")
    expect(search_box(page)).not_to_be_focused()
    expect(search_box(page)).to_have_value("half a thought")
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator("tr.row").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Entry")
    expect(panel.locator(".summary")).to_be_visible()
    before = address(page)
    assert "entry=" in before
    page.keyboard.press("j")
    expect(page).not_to_have_url(before)
    expect(page).to_have_url(re.compile("entry="))
    expect(page.locator("tr.row").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Help")).to_be_hidden()
    page.keyboard.press("u")

    expect(page.get_by_role("button", name="Times in UTC")).to_be_visible()


def test_drag_zooms(evening: Collector, open_page: Open) -> None:
    """Dragging over the bars makes their range the search's; back undoes it; the tip counts."""
    page = open_page(f"{evening.url}/?since=-2h")
    total = matched(page)
    plot = page.locator(".plot")
    page.locator(".plot path").first.wait_for()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30)
    expect(page.locator(".tip")).to_contain_text("info")
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 30, steps=4)
    expect(page.locator(".tip")).to_contain_text("release to zoom")
    page.mouse.up()
    expect(page).to_have_url(re.compile("until="))
    expect(page.get_by_role("button", name="Go live")).to_be_visible()
    expect(page.locator(".figures .matched")).not_to_have_text(re.compile(rf"^{total // 1000}\D?\d+ matches"))
    assert 0 < matched(page) < total
    page.go_back()

    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()


def test_the_bars_are_a_table_too(evening: Collector, open_page: Open) -> None:
    """What the bars show is there for screen readers, and adds up to the matches."""
    page = open_page(f"{evening.url}/?since=-3h&until=now")
    page.locator(".histogram .sr table").wait_for(state="attached")
    counts = [int(text) for text in page.locator(".histogram .sr table tbody td.sum").all_text_contents()]

    assert matched(page) == sum(counts)


def test_copies_for_elsewhere(evening: Collector, open_page: Open) -> None:
    """The same search as a jhctl line, a link with fixed times, an export; rows copied as short-iso text."""
    page = open_page(f"{evening.url}/?q=deadlock&priority=4&since=-3h")
    page.get_by_role("button", name="Copy, share, export").click()
    command = copied(page, page.get_by_role("button", name="Copy as jhctl command").click)
    assert "jhctl --search deadlock -p 4 -S -3h -f" == command

    page.get_by_role("button", name="Copy, share, export").click()
    fixed = copied(page, page.get_by_role("button", name="Copy link with fixed times").click)
    expect_notice(page, "fixed times")
    link = parse_qs(urlsplit(fixed).query)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? UTC", link["since"][0])
    assert "until" in link

    page.get_by_role("button", name="Copy, share, export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON lines").click()
    lines = download.value.path().read_text().splitlines()
    assert matched(page) == len(lines) > 0


def test_rows_copy_as_lines(evening: Collector, open_page: Open) -> None:
    """A selection over several rows is copied as journalctl's short-iso lines, oldest first."""
    page = open_page(f"{evening.url}/?q=checkpoint&tz=utc")
    page.evaluate("""() => {
      const rows = document.querySelectorAll('tr.row');
      document.getSelection().setBaseAndExtent(rows[0], 0, rows[2], rows[2].childNodes.length);
    }""")
    lines = copied(page, lambda: page.locator("tr.row").first.press("Control+c")).splitlines()

    assert 3 == len(lines)
    assert lines == sorted(lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 db-1 postgres\[\d+\]: LOG:  checkpoint.*", lines[0])
