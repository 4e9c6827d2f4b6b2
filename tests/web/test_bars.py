"""The bars: stacked by any field, one series alone, boots and gaps on them; boots as ranges of time."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, scroll_until, settled
from tests.web.hub import feed, ingest
from tests.web.incident import HOSTS, Fleet, machine_id

from journalhub.journal import wire
from journalhub.journal.batch import Batch

MINUTE = 60_000_000
BOOTS = (bytes(15) + b"\x01", bytes(15) + b"\x02", bytes(15) + b"\x03")


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Five hosts, of which db-1 booted twice, and lost entries of ten minutes; twelve jobs."""
    now = int(time.time() * 1e6)
    fleet = Fleet()
    entries = [
        entry for entry in fleet.evening(now, seconds=3000, number=900) if b"db-1" not in dict(entry.fields).values()
    ]
    for minute, boot in ((50, BOOTS[0]), (40, BOOTS[0]), (30, BOOTS[1]), (25, BOOTS[1]), (10, BOOTS[2]), (5, BOOTS[2])):
        line = fleet.line("db-1", now - minute * MINUTE, f"{minute} minutes ago", identifier="postgres")
        entries.append(line._replace(boot_id=boot))
    for job in range(12):
        fields = (("MESSAGE", b"job"), ("JOB", b"job-%d" % job), ("PRIORITY", b"6"))
        entries += [fleet.entry("build-1", now - MINUTE * (job + 1), *fields) for _ in range(12 - job)]
    feed(hub, entries)
    gap = {"seqnum_id": line.seqnum_id, "boot_id": None, "first": 9001, "last": 9010, "cause": "the disk was full"}
    times = {"since": now - 20 * MINUTE, "until": now - 15 * MINUTE}
    status = {"hostname": "db-1", "version": "test", "sent_at": now, "behind": None, "dropped": [], "quarantined": []}
    whose = {"machine_id": bytes.fromhex(machine_id("db-1").decode()), "gaps": [gap | times]}
    ingest(hub, wire.encode(Batch(), status | whose))
    yield hub


def test_stacked_by_hosts(evening: Collector, open_page: Open) -> None:
    """The bars split by host, in the hosts' colours; a click on one shows it alone, a second click all."""
    page = open_page(evening.url)
    page.get_by_role("combobox", name="Stack the bars by").select_option("_HOSTNAME")
    series = page.get_by_role("list", name="Series").get_by_role("button")
    for host in HOSTS:
        expect(series.filter(has_text=host)).to_have_count(1)
    expect(series).to_have_count(len(HOSTS))
    expect(page.locator(".plot svg path")).to_have_count(len(HOSTS))
    expect(page).to_have_url(re.compile("[?&]by=_HOSTNAME"))
    series.filter(has_text="web-1").click()
    expect(page.locator(".plot svg path")).to_have_count(1)
    expect(page.locator(".histogram .sr table thead th")).to_have_text(["From", "Entries", "web-1"])
    series.filter(has_text="web-1").click()
    expect(page.locator(".plot svg path")).to_have_count(len(HOSTS))
    page.reload()

    expect(page.locator(".plot svg path")).to_have_count(len(HOSTS))


def test_stacked_by_any_field(evening: Collector, open_page: Open) -> None:
    """A field of many values: the most frequent ten, the others together, and entries without it; nothing is lost."""
    page = open_page(f"{evening.url}/?by=JOB&columns=JOB&until=-1s")
    series = page.get_by_role("list", name="Series").get_by_role("button")
    expect(series).to_have_count(12)
    expect(series.nth(0)).to_contain_text("job-0")
    expect(series.nth(10)).to_contain_text("2 others")
    expect(series.nth(11)).to_contain_text("without")
    settled(page)
    sums = [int(text) for text in page.locator(".histogram .sr table tbody td.sum").all_text_contents()]

    assert int(re.sub(r"\D", "", page.locator(".figures .matched").inner_text())) == sum(sums)


def test_bars_by_keyboard(evening: Collector, open_page: Open) -> None:
    """Arrows choose a bar, with Shift several; what is chosen is said; Enter zooms to exactly these bars."""
    page = open_page(f"{evening.url}/?until=-1s")
    table = page.locator(".histogram .sr table tbody td.sum")
    expect(table).not_to_have_count(0)
    before = [int(text) for text in table.all_text_contents()]
    bars = page.get_by_role("slider", name="Bars over time")
    bars.focus()
    expect(bars).to_be_focused()
    bars.press("Home")
    expect(page.locator(".tip")).to_be_visible()
    expect(bars).to_have_attribute("aria-valuetext", re.compile(r"\d entries$"))
    bars.press("Escape")
    expect(page.locator(".tip")).to_have_count(0)
    bars.press("ArrowLeft")
    expect(page.locator(".tip")).to_be_visible()
    for _ in range(60):
        bars.press("Shift+ArrowLeft")
    expect(page.locator(".tip")).to_contain_text("Enter zooms in")
    bars.press("Enter")
    expect(page).to_have_url(re.compile(r"until=\d{4}-"))
    expect(page.get_by_role("button", name="Go live")).to_be_visible()
    settled(page)
    after = [int(text) for text in table.all_text_contents()]

    assert 0 < sum(after) < sum(before)


def test_the_loaded_part_is_marked(evening: Collector, open_page: Open) -> None:
    """A line under the bars says what of the range the list has; it grows as more is loaded."""
    page = open_page(f"{evening.url}/?until=now")
    loaded = page.locator(".loaded")
    expect(loaded).to_be_visible()
    settled(page)
    plot, before = page.locator(".plot").bounding_box(), loaded.bounding_box()
    scroll_until(page, lambda: page.get_by_text("all there are").count())
    settled(page)
    after = loaded.bounding_box()

    assert plot is not None and before is not None and after is not None
    assert before["width"] < after["width"] <= plot["width"]
    assert before["x"] > after["x"]


def test_boots_and_gaps_are_on_the_bars(evening: Collector, open_page: Open) -> None:
    """When a machine booted and where entries are missing, for eyes and for screen readers, of the hosts shown."""
    page = open_page(f"{evening.url}/?f=_HOSTNAME%3Ddb-1")
    marks = page.get_by_role("list", name="Boots and gaps").get_by_role("listitem")
    expect(marks).to_have_count(4)
    expect(marks.nth(0)).to_contain_text("db-1 booted")
    expect(marks.nth(3)).to_have_text("db-1: 10 entries missing, the disk was full")
    expect(page.locator(".chart-mark.gap")).to_have_attribute("title", re.compile("10 entries missing"))
    page.goto(f"{evening.url}/?f=_HOSTNAME%3Dweb-1&since=-10min")
    page.locator(".plot path").first.wait_for()
    expect(page.get_by_role("link", name=re.compile("Fleet 5"))).to_be_visible()
    settled(page)

    expect(page.locator(".chart-mark")).to_have_count(0)


def test_boots_are_ranges_of_time(evening: Collector, open_page: Open) -> None:
    """The latest boot of a host, the one before, and the next: range and filter follow, back undoes."""
    page = open_page(f"{evening.url}/?f=_HOSTNAME%3Ddb-1")
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="Previous boot").click()
    rows = page.locator("tr.row .c-message")
    expect(rows).to_have_text(["5 minutes ago", "10 minutes ago"])
    settled(page)
    page.get_by_role("button", name="Previous boot").click()
    expect(rows).to_have_text(["25 minutes ago", "30 minutes ago"])
    settled(page)
    expect(page.locator(".pill").nth(1)).to_have_text(re.compile(r"boot \d\d-\d\d \d\d:\d\d db-1"))
    expect(page).to_have_url(re.compile("[?&]until="))
    page.get_by_role("button", name="Next boot").click()
    expect(rows).to_have_text(["5 minutes ago", "10 minutes ago"])
    expect(page).not_to_have_url(re.compile("[?&]until="))
    settled(page)
    page.go_back()
    expect(rows).to_have_text(["25 minutes ago", "30 minutes ago"])


def test_boots_of_a_chosen_host(evening: Collector, open_page: Open) -> None:
    """Without a filter a host is chosen first; its boots are listed with their times."""
    page = open_page(evening.url)
    page.get_by_role("button", name="Time range").click()
    expect(page.get_by_role("button", name="Previous boot")).to_be_disabled()
    page.get_by_label("Host whose boots to show").select_option("db-1")
    boots = page.locator(".boots li button")
    expect(boots).to_have_count(3)
    expect(boots.first).to_contain_text("the latest")
    boots.last.click()

    expect(page.locator("tr.row .c-message")).to_have_text(["40 minutes ago", "50 minutes ago"])
