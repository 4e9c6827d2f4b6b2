"""One entry: all its fields, its actions, and what stood around it."""

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, address, copied, expect_notice, search_box, settled
from tests.web.hub import feed
from tests.web.incident import Fleet

CROWD = 700
"""Entries of one microsecond: more than two pages."""


@pytest.fixture(scope="module")
def story(hub: Collector) -> Iterator[Collector]:
    """A stack trace amid other lines, and a burst within one microsecond."""
    fleet = Fleet()
    at = int(time.time() * 1e6) - 60_000_000
    trace = b"Traceback (most recent call last):\n  File \"shop.py\", line 7\nKeyError: 'cart'"
    entries = [fleet.line("web-1", at - 1000 * n, f"before {n}") for n in range(30, 0, -1)]
    entries.append(
        fleet.entry(
            "web-1",
            at,
            ("MESSAGE", trace),
            ("PRIORITY", b"3"),
            ("SYSLOG_IDENTIFIER", b"shop"),
            ("_SYSTEMD_UNIT", b"shop.service"),
            ("_PID", b"512"),
            ("_UID", b"0"),
            ("ERRNO", b"111"),
            ("CODE_FILE", b'C:\\odd "path".py'),
            ("TAG", b"one"),
            ("TAG", b"two"),
            ("RAW", b"\xff\xfe\x00binary"),
        )
    )
    entries += [fleet.line("web-1", at + 1000 * n, f"after {n}") for n in range(1, 30)]
    entries += [fleet.line("db-1", at + 500, "on another host", identifier="postgres")]
    crowd = at + 30_000_000
    entries += [fleet.line("cache-1", crowd, f"crowd {n:03}", identifier="redis") for n in range(CROWD)]
    feed(hub, entries)
    yield hub


def open_entry(page: Page, text: str) -> Locator:
    """Open the row with `text`, and return the panel."""
    page.locator("tr.row").filter(has_text=text).first.click()
    panel = page.get_by_role("complementary", name="Entry")
    panel.locator(".fields").first.wait_for()
    return panel


def field(panel: Locator, name: str, value: str = "") -> Locator:
    """The row of a field in the panel."""
    row = panel.locator(".fields tr").filter(has=panel.page.get_by_role("rowheader", name=name, exact=True))
    return row.filter(has_text=value) if value else row


def test_all_fields_with_their_meaning(story: Collector, open_page: Open) -> None:
    """Every field of the entry is there, repeated and binary ones too, with words beside numbers."""
    panel = open_entry(open_page(f"{story.url}/?q=Traceback"), "Traceback")

    expect(panel.locator(".message pre")).to_have_text(re.compile(r"^Traceback .*\n  File .*\nKeyError: 'cart'$"))
    expect(field(panel, "PRIORITY")).to_contain_text("err")
    expect(field(panel, "ERRNO")).to_contain_text("ECONNREFUSED")
    expect(field(panel, "_UID")).to_contain_text("root")
    expect(field(panel, "TAG")).to_have_count(2)
    expect(field(panel, "RAW").locator(".field-value")).to_have_text("\\xff\\xfe␀binary")
    expect(field(panel, "_HOSTNAME")).to_contain_text("web-1")
    expect(field(panel, "__CURSOR")).to_contain_text("s=")


def test_only_this_and_not_this(story: Collector, open_page: Open) -> None:
    """A value becomes a filter, whatever characters it has; what is not UTF-8 is not offered as one."""
    page = open_page(f"{story.url}/?q=Traceback")
    panel = open_entry(page, "Traceback")
    odd = field(panel, "CODE_FILE")
    odd.hover()
    odd.get_by_role("button", name="Only CODE_FILE").click()
    expect(page.locator(".pill")).to_have_text(re.compile(r'code_file C:\\odd "path".py'))
    settled(page)
    expect(page.locator("tr.row")).to_have_count(1)
    odd.get_by_role("button", name="Exclude CODE_FILE").click()
    expect(page.locator(".pill.not")).to_be_visible()
    expect(page.locator("tr.row")).to_have_count(0)

    expect(field(panel, "RAW").get_by_role("button", name="Only RAW")).to_have_count(0)
    expect(field(panel, "RAW").get_by_role("button", name="Copy the value")).to_have_count(1)


def test_copies(story: Collector, open_page: Open) -> None:
    """A value, the message, and the entry as journalctl's JSON go to the clipboard."""
    page = open_page(f"{story.url}/?q=Traceback")
    panel = open_entry(page, "Traceback")
    unit = field(panel, "_SYSTEMD_UNIT")
    unit.hover()
    value = copied(page, unit.get_by_role("button", name="Copy the value").click)
    expect_notice(page, "Copied _SYSTEMD_UNIT")
    assert "shop.service" == value
    message = copied(page, panel.get_by_role("button", name="Copy message").click)
    expect_notice(page, "Copied the message")
    assert "KeyError: 'cart'" == message.splitlines()[-1]
    panel.get_by_role("button", name="JSON, files").click()
    entry = json.loads(copied(page, panel.get_by_role("button", name="Copy as JSON").click))
    expect_notice(page, "Copied the entry")

    assert ["one", "two"] == entry["TAG"]
    assert list(b"\xff\xfe\x00binary") == entry["RAW"]
    assert "__POSITION" not in entry


def test_a_link_opens_the_entry(story: Collector, open_page: Open) -> None:
    """The address of an open entry opens it again; Escape closes, back opens."""
    page = open_page(f"{story.url}/?q=Traceback")
    open_entry(page, "Traceback")
    again = open_page(address(page))
    panel = again.get_by_role("complementary", name="Entry")
    expect(panel.locator(".message pre")).to_contain_text("KeyError")
    again.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    again.go_back()

    expect(panel.locator(".message pre")).to_contain_text("KeyError")


def test_selecting_text_opens_nothing(story: Collector, open_page: Open) -> None:
    """Who drags over a message wants its text."""
    page = open_page(f"{story.url}/?q=before")
    cell = page.locator("tr.row .c-message").nth(4)
    box = cell.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + 10, steps=5)
    page.mouse.up()

    assert page.evaluate("document.getSelection().toString()") in "before 5"
    expect(page.get_by_role("complementary", name="Entry")).to_have_count(0)


def test_what_happened_around_it(story: Collector, open_page: Open) -> None:
    """The surroundings drop the filters, keep host or unit, mark the entry, and lead back."""
    page = open_page(f"{story.url}/?q=Traceback")
    panel = open_entry(page, "Traceback")
    panel.get_by_role("button", name="same host").click()
    anchor = page.locator("tr.row.anchor")
    # The row that was found is marked at once; what stands around it comes later.
    settled(page)
    expect(anchor).to_contain_text("Traceback")
    expect(anchor).to_be_in_viewport()
    messages = page.locator("tr.row .c-message").all_text_contents()
    at = next(place for place, text in enumerate(messages) if "Traceback" in text)
    assert ["after 1", "before 1"] == [messages[at - 1], messages[at + 1]]
    assert "on another host" not in messages

    kept = page.get_by_role("list", name="Kept to")
    kept.get_by_role("button", name="Not only host web-1").click()
    expect(page.locator("tr.row").filter(has_text="on another host")).to_have_count(1)
    kept.get_by_role("button", name="only web-1").click()
    kept.get_by_role("button", name="only shop.service").click()
    expect(page.locator("tr.row")).to_have_count(1)
    page.get_by_role("button", name="Back to the search").click()

    expect(search_box(page)).to_have_value("Traceback")
    assert "around" not in parse_qs(urlsplit(address(page)).query)


def test_a_value_of_the_surroundings_begins_a_search_of_its_own(story: Collector, open_page: Open) -> None:
    """*Only this* narrows what is on the screen: its host and time stay, the search from before does not return."""
    page = open_page(f"{story.url}/?q=Traceback&f=SYSLOG_IDENTIFIER%3Dshop&priority=3")
    open_entry(page, "Traceback").get_by_role("button", name="same host").click()
    page.locator("tr.row.anchor").wait_for()
    settled(page)
    panel = open_entry(page, "after 1")
    unit = field(panel, "SYSLOG_IDENTIFIER", "app")
    unit.hover()
    unit.get_by_role("button", name="Only SYSLOG_IDENTIFIER = this value").click()

    expect(page.locator("tr.row").filter(has_text="Traceback")).to_have_count(0)
    expect(page.locator("tr.row").filter(has_text="before 1")).not_to_have_count(0)
    expect(page.get_by_role("list", name="Filters").locator(".pill")).to_have_text(
        [re.compile("host web-1"), re.compile("identifier app")]
    )
    expect(search_box(page)).to_have_value("")
    asked = parse_qs(urlsplit(address(page)).query)
    assert {"q", "around", "priority"}.isdisjoint(asked)
    page.go_back()
    expect(page.locator("tr.row.anchor")).to_be_visible()


def test_a_crowd_in_one_microsecond_is_complete(story: Collector, open_page: Open) -> None:
    """Surroundings within a burst of equal times go on in both directions, each entry once."""
    page = open_page(f"{story.url}/?q=%22crowd+350%22")
    open_entry(page, "crowd 350").get_by_role("button", name="same unit").click()
    page.locator("tr.row.anchor").wait_for()
    settled(page)
    crowd = page.locator("tr.row").filter(has_text="crowd")
    scroller = page.locator(".scroller")
    deadline = time.monotonic() + 240
    while crowd.count() < CROWD:
        assert time.monotonic() < deadline
        scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        page.wait_for_timeout(100)
        scroller.evaluate("element => element.scrollTo(0, 0)")
        page.wait_for_timeout(100)
    settled(page)
    texts = [text for text in page.locator("tr.row .c-message").all_text_contents() if text.startswith("crowd")]

    assert [f"crowd {n:03}" for n in range(CROWD)] == sorted(texts)
