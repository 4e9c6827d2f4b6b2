"""The list: order, columns, what stands between rows, repeated lines, hits, and one entry taken elsewhere."""

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, address, copied, expect_notice, scroll_until, settled
from tests.web.hub import feed, ingest
from tests.web.incident import Fleet, machine_id

from journalhub.journal import wire
from journalhub.journal.batch import Batch

FAILED = "0123456789abcdef0123456789abcdef"
"""A message id that no catalog of a system has."""
CATALOG = f"""-- {FAILED}
Subject: The unit @UNIT@ failed
Defined-By: tests
Documentation: man:nothing(1)

Somebody <b>should</b> look at @UNIT@.

-- {FAILED} de
Subject: Die Unit @UNIT@ ist gescheitert

Auf Deutsch.
"""

REPEATS = 14
OLD = 300
"""Entries of the first boot: more than a page."""


@pytest.fixture(scope="module")
def story(hub: Collector) -> Iterator[Collector]:
    """Two hosts; web-1 says one line often, loses entries, and reboots."""
    fleet = Fleet()
    at = int(time.time() * 1e6) - 600_000_000
    second = 1_000_000
    entries = [fleet.line("web-1", at + n * 1000, f"old {n:03}") for n in range(OLD)]
    entries += [fleet.line("web-1", at + 10 * second + n, "eth0: link is down", 4, "kernel") for n in range(REPEATS)]
    entries += [fleet.line("db-1", at + 60 * second, "checkpoint between", 6, "postgres")]
    after = [fleet.line("web-1", at + 120 * second + n * second, f"new {n}") for n in range(3)]
    after.append(
        fleet.entry(
            "web-1",
            at + 130 * second,
            ("MESSAGE", b"shop.service: Failed with result 'exit-code'."),
            ("MESSAGE_ID", FAILED.encode()),
            ("UNIT", b"shop.service"),
            ("PRIORITY", b"3"),
            ("SYSLOG_IDENTIFIER", b"systemd"),
            ("SYSLOG_FACILITY", b"3"),
            ("_UID", b"0"),
        )
    )
    entries += [entry._replace(boot_id=bytes(15) + b"\x07") for entry in after]
    feed(hub, entries)
    texts = hub.log.parent / "collector" / "catalog"
    texts.mkdir(exist_ok=True)
    (texts / "tests.catalog").write_text(CATALOG)
    gap = {
        "seqnum_id": entries[0].seqnum_id,
        "boot_id": None,
        "first": 9001,
        "last": 9042,
        "since": at + 20 * second,
        "until": at + 30 * second,
        "cause": "rotated before it was read",
    }
    status = {
        "machine_id": bytes.fromhex(machine_id("web-1").decode()),
        "hostname": "web-1",
        "version": "test",
        "sent_at": int(time.time() * 1e6),
        "behind": None,
        "gaps": [gap],
        "dropped": [],
        "quarantined": [],
    }
    ingest(hub, wire.encode(Batch(), status))
    yield hub


def lines(page: Page) -> list[str]:
    """What the list shows from top to bottom: messages, and in brackets what stands between."""
    settled(page)
    return list(
        page.locator(".rows tbody tr").evaluate_all(
            """rows => rows.map((row) => row.classList.contains('row')
                ? row.querySelector('.c-message').textContent : `[${row.textContent.trim()}]`)"""
        )
    )


def field(panel: Locator, name: str) -> Locator:
    """The row of a field in the panel."""
    return panel.locator(".fields tr").filter(has=panel.page.get_by_role("rowheader", name=name, exact=True))


def test_reboots_gaps_and_repeated_lines(story: Collector, open_page: Open) -> None:
    """Between the entries of a machine stand its reboot and what is missing; a line said 14 times is one."""
    page = open_page(story.url)
    expect(page.locator("tr.boot")).to_contain_text("web-1 rebooted")
    expect(page.locator("tr.gap")).to_have_text(re.compile("web-1: 42 entries missing, rotated before it was read"))
    shown = [line for line in lines(page) if not re.match(r"\[\w{3} \d", line)]
    at = shown.index("new 0")

    assert "rebooted" in shown[at + 1]
    assert "checkpoint between" == shown[at + 2]
    assert "missing" in shown[at + 3]
    assert "WARN× 14eth0: link is down" == shown[at + 4]
    assert "old 299" == shown[at + 5]


def test_a_folded_line_opens(story: Collector, open_page: Open) -> None:
    """A click on the count shows each; copied rows are all of them; folding can be switched off for good."""
    page = open_page(f"{story.url}/?tz=utc")
    repeated = page.locator("tr.row").filter(has_text="link is down")
    expect(repeated).to_have_count(1)
    page.evaluate("""() => {
      const first = [...document.querySelectorAll('tr.row')].find((row) => row.textContent.includes('link is down'));
      document.getSelection().setBaseAndExtent(first, 0, first.nextElementSibling, 1);
    }""")
    selection = copied(page, lambda: page.locator("tr.row").first.press("Control+c")).splitlines()
    assert REPEATS == sum("link is down" in line for line in selection)
    page.evaluate("document.getSelection().removeAllRanges()")
    page.get_by_role("button", name="14 times").click()
    expect(repeated).to_have_count(REPEATS)
    expect(page.get_by_role("complementary", name="Entry")).to_have_count(0)
    page.get_by_role("button", name="14 times").click()
    expect(repeated).to_have_count(1)
    page.get_by_role("button", name="View: order, columns, look").click()
    page.get_by_label("Fold repeated lines").uncheck()
    expect(repeated).to_have_count(REPEATS)

    again = open_page(story.url)
    expect(again.locator("tr.row").filter(has_text="link is down")).to_have_count(REPEATS)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_folding_knows_no_borders(fresh_hub: Collector, open_page: Open, order: str) -> None:
    """A line said 250 times is one, over several pages and parts of the list; open, it is 250 in their places."""
    fleet = Fleet()
    texts = [*(f"old {n}" for n in range(130)), *["again"] * 250, *(f"new {n}" for n in range(90))]
    start = int(time.time() * 1e6) - 60_000_000
    feed(fresh_hub, [fleet.line("web-1", start + n, text) for n, text in enumerate(texts)])
    page = open_page(f"{fresh_hub.url}/?order={order}&until=now")
    times = page.get_by_role("button", name="250 times")
    scroll_until(page, lambda: page.get_by_text("all there are").count())
    expect(times).to_have_count(1)
    expect(page.locator("tr.row")).to_have_count(130 + 1 + 90)
    times.click()
    expect(page.locator("tr.row")).to_have_count(len(texts))
    settled(page)
    shown = page.locator("tr.row .c-message").evaluate_all("all => all.map((each) => each.lastChild.textContent)")

    assert (texts if order == "oldest" else texts[::-1]) == shown


def test_gaps_of_other_hosts_are_not_shown(story: Collector, open_page: Open) -> None:
    """Who looks at one host sees the gaps of that host."""
    page = open_page(f"{story.url}/?f=_HOSTNAME%3Ddb-1")
    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.locator(".fleet, .badge").first).to_be_visible()

    expect(page.locator("tr.gap, tr.boot")).to_have_count(0)


def test_a_gap_where_nothing_matches(story: Collector, open_page: Open) -> None:
    """What is missing may have been what is looked for."""
    page = open_page(f"{story.url}/?q=nobodysaidthis", wait=".empty")
    expect(page.locator(".empty")).to_contain_text("web-1: 42 entries of this time missing, rotated before it was read")
    page.goto(f"{story.url}/?q=nobodysaidthis&f=_HOSTNAME%3Ddb-1")
    expect(page.locator(".empty")).to_contain_text("Clear the whole search")
    expect(page.locator(".badge")).to_be_visible()
    expect(page.locator(".empty .bad")).to_have_count(0)


def test_oldest_first_follows_at_the_bottom(fresh_hub: Collector, open_page: Open) -> None:
    """Live, the newest stands at the bottom and in sight; scrolling up pauses, and loads what is older."""
    fleet = Fleet()
    now = int(time.time() * 1e6)
    feed(fresh_hub, [fleet.line("web-1", now - (500 - n) * 1000, f"line {n:03}") for n in range(500)])
    page = open_page(f"{fresh_hub.url}/?order=oldest")
    expect(page.locator("tr.row").last).to_contain_text("line 499")
    expect(page.locator("tr.row").last).to_be_in_viewport()
    feed(fresh_hub, [fleet.line("web-1", int(time.time() * 1e6), "arrival")], searchable=False)
    expect(page.locator("tr.row").last).to_contain_text("arrival")
    expect(page.locator("tr.row").last).to_be_in_viewport()
    page.locator("tr.row").last.hover()
    page.mouse.wheel(0, -600)
    expect(page.get_by_text("Paused").first).to_be_visible()
    scroll_until(page, lambda: page.locator("tr.row").count() == 501, up=True)
    settled(page)
    messages = page.locator("tr.row .c-message").all_text_contents()

    assert [*(f"line {n:03}" for n in range(500)), "arrival"] == messages


def test_oldest_first_reads_a_range_from_its_beginning(story: Collector, open_page: Open) -> None:
    """A range with an end begins with its first entry; the rest comes by scrolling; order is part of the address."""
    page = open_page(story.url)
    page.keyboard.press(" ")
    page.get_by_role("button", name="View: order, columns, look").click()
    page.get_by_role("button", name="Oldest first").click()
    expect(page).to_have_url(re.compile("order=oldest"))
    page.goto(f"{story.url}/?since=-1d&until=-2min&order=oldest")
    expect(page.locator("tr.row").first).to_contain_text("old 000")
    expect(page.locator("tr.row").first).to_be_in_viewport()
    scroll_until(page, lambda: page.get_by_text("all there are").count())

    shown = [line for line in lines(page) if not line.startswith("[") or "rebooted" in line or "missing" in line]
    assert [f"old {n:03}" for n in range(OLD)] == shown[:OLD]
    assert "WARN× 14eth0: link is down" == shown[OLD]
    assert "missing" in shown[OLD + 1]
    assert "checkpoint between" == shown[OLD + 2]
    assert "rebooted" in shown[OLD + 3]


def test_columns(story: Collector, open_page: Open) -> None:
    """Any field of an entry becomes a column, by its row in the panel or by name, and goes again."""
    page = open_page(f"{story.url}/?q=Failed")
    grid = page.get_by_role("grid", name="Journal entries")
    heads = grid.get_by_role("columnheader")
    page.locator("tr.row").first.click()
    panel = page.get_by_role("complementary", name="Entry")
    facility = field(panel, "SYSLOG_FACILITY")
    facility.hover()
    facility.get_by_role("button", name="SYSLOG_FACILITY as column").click()
    expect(heads).to_have_text(["Time", "Host", "Identifier", "Facility", "Message"])
    expect(page.locator("tr.row").first.get_by_role("gridcell").nth(2)).to_have_text("daemon")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="View: order, columns, look").click()
    page.get_by_label("Field to add as column").fill("_uid")
    page.get_by_label("Field to add as column").press("Enter")
    page.get_by_role("list", name="Columns").get_by_role("button", name="Remove the column Host").click()
    page.keyboard.press("Escape")
    expect(heads).to_have_text(["Time", "Identifier", "Facility", "User id", "Message"])

    again = open_page(address(page))
    expect(again.locator(".rows thead th")).to_have_text(["Time", "Identifier", "Facility", "User id", "Message"])
    expect(again.locator("tr.row").first.get_by_role("gridcell").nth(2)).to_have_text("root")


def test_wrapping_shows_the_whole_line(fresh_hub: Collector, open_page: Open) -> None:
    """`l`, or the choice: a long message on as many lines as it needs, here and in the next window."""
    long = " ".join(f"word{n}" for n in range(120))
    feed(fresh_hub, [Fleet().line("web-1", int(time.time() * 1e6), long)])
    page = open_page(fresh_hub.url)
    cell = page.locator("tr.row .c-message")
    is_cut = "element => element.scrollWidth > element.clientWidth"
    assert cell.evaluate(is_cut)
    page.keyboard.press("l")
    expect(page.locator(".scroller.wrap")).to_have_count(1)
    assert not cell.evaluate(is_cut)
    again = open_page(fresh_hub.url)
    expect(again.locator(".scroller.wrap")).to_have_count(1)
    again.keyboard.press("l")
    expect(again.locator(".scroller.wrap")).to_have_count(0)


def test_the_browser_finds_what_is_far_off_the_screen(story: Collector, open_page: Open) -> None:
    """Its own find reaches every loaded row, drawn or not: all are in the document."""
    page = open_page(f"{story.url}/?until=now")
    scroll_until(page, lambda: page.get_by_text("all there are").count())
    settled(page)
    page.locator(".scroller").evaluate("element => element.scrollTo(0, 0)")
    far = page.locator("tr.row").filter(has_text="old 007")
    expect(far).not_to_be_in_viewport()

    assert page.evaluate("window.find('old 007')")
    selected = "document.getSelection().anchorNode.parentElement.closest('tr.row').dataset.id"
    assert far.get_attribute("data-id") == page.evaluate(selected)


def test_hosts_and_priorities_can_be_told_apart(story: Collector, open_page: Open) -> None:
    """Hosts have colours of their own, the same in list and sidebar; urgency is a word as well as a colour."""
    page = open_page(f"{story.url}/?columns=_HOSTNAME,PRIORITY&q=Failed+OR+checkpoint")
    colour = "element => getComputedStyle(element).color"
    rows = page.locator("tr.row")
    web, db = (rows.filter(has_text=host).locator(".c-host") for host in ("web-1", "db-1"))
    sidebar = page.get_by_role("region", name="Filter by Host")
    # Colours depend on who there is.
    expect(page.get_by_role("link", name=re.compile("Fleet 2"))).to_be_visible()
    assert web.evaluate(colour) != db.evaluate(colour)
    for host, cell in (("web-1", web), ("db-1", db)):
        name = sidebar.locator(".facet-value .ellipsis").filter(has_text=host)
        assert cell.evaluate(colour) == name.evaluate(colour)

    failed = rows.filter(has_text="Failed")
    expect(failed.locator(".level-tag")).to_have_text("ERR")
    expect(failed.locator(".c-field")).to_have_text("err")
    bar = "element => getComputedStyle(element).borderLeftColor"
    assert failed.evaluate(bar) != rows.filter(has_text="checkpoint").evaluate(bar)


def test_density_is_remembered(story: Collector, open_page: Open) -> None:
    """More lines on the screen, here and in the next window."""
    page = open_page(story.url)
    height = page.locator("tr.row").first.bounding_box()
    page.get_by_role("button", name="View: order, columns, look").click()
    page.get_by_label("More lines on the screen").check()
    again = open_page(story.url)
    expect(again.locator(".scroller.dense")).to_be_visible()
    dense = again.locator("tr.row").first.bounding_box()

    assert height is not None and dense is not None
    assert dense["height"] < height["height"]


def test_hits_are_marked(story: Collector, open_page: Open) -> None:
    """What was searched for is marked in the messages, and nothing else is."""
    page = open_page(f'{story.url}/?q="link is" down -nothing unit%3Dkernel')
    row = page.locator("tr.row").first

    expect(row.locator("mark.hit")).to_have_text(["link is", "down"])
    expect(page.locator("mark.hit")).to_have_count(2)
    row.click()
    message = page.get_by_role("complementary", name="Entry").get_by_label("Message")
    expect(message.locator("mark.hit")).to_have_text(["link is", "down"])


def test_an_entry_explained_linked_and_saved(story: Collector, open_page: Open) -> None:
    """The panel says what the catalog says, gives a link that shows the entry anywhere, and files of it alone."""
    page = open_page(f"{story.url}/?q=Failed")
    page.locator("tr.row").first.click()
    panel = page.get_by_role("complementary", name="Entry")
    explanation = panel.get_by_role("region", name="Explanation")
    expect(explanation.get_by_role("heading")).to_have_text("The unit shop.service failed")
    expect(explanation).to_contain_text("Somebody <b>should</b> look at shop.service.")
    expect(explanation).to_contain_text("Documentation: man:nothing(1)")
    to_link = panel.get_by_role("button", name="A link to this entry").or_(panel.get_by_role("button", name="Link"))
    link = copied(page, to_link.click)
    expect_notice(page, "Copied the link")
    assert {"entry", "around"} == set(parse_qs(urlsplit(link).query))
    panel.get_by_role("button", name="JSON, files").click()
    with page.expect_download() as download:
        panel.get_by_role("link", name="Save as JSON").click()
    (only,) = download.value.path().read_text().splitlines()
    assert FAILED == json.loads(only)["MESSAGE_ID"]
    panel.get_by_role("button", name="JSON, files").click()
    with page.expect_download() as download:
        panel.get_by_role("link", name="Save as journal export").click()
    assert 1 == download.value.path().read_bytes().count(f"MESSAGE_ID={FAILED}\n".encode())

    other = open_page(link, wait="tr.row.anchor")
    expect(other.locator("tr.row.anchor")).to_contain_text("Failed with result")
    expect(other.get_by_role("complementary", name="Entry")).to_contain_text("shop.service")
