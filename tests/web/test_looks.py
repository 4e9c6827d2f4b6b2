"""The log page in all its states, wide and narrow: nothing serious for axe-core, nothing wider than the screen."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import PATIENCE, Complaints, search_box, settled
from tests.web.hub import feed, ingest
from tests.web.incident import Fleet, machine_id
from tests.web.looks import barriers, picture

from journalhub.journal import wire
from journalhub.journal.batch import Batch

CAUSE = "rotated away before it was read, and journald was told to keep very little of it"
"""A long one, that must not make the page wide."""


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Two hours of five hosts, one of which rebooted; a line that repeats."""
    fleet = Fleet()
    now = int(time.time() * 1e6)
    reboot = now - 9 * 60_000_000
    entries = [
        entry._replace(boot_id=bytes(15) + b"\x07") if b"db-1" in dict(entry.fields).values() and at > reboot else entry
        for entry in fleet.evening(now - 1_000_000, seconds=7200, number=3000)
        for at in (entry.realtime,)
    ]
    entries += [fleet.line("web-2", now - 900_000 + n, "eth0: link is down", 4, "kernel") for n in range(9)]
    feed(hub, entries)
    gap = {"seqnum_id": entries[0].seqnum_id, "boot_id": None, "first": 9001, "last": 2_000_000, "cause": CAUSE}
    times = {"since": now - 4 * 60_000_000, "until": now - 3 * 60_000_000}
    own = {"machine_id": bytes.fromhex(machine_id("web-1").decode()), "hostname": "web-1", "version": "test"}
    ingest(hub, wire.encode(Batch(), own | {"sent_at": now, "behind": 0, "gaps": [gap | times]}))
    yield hub


WIDE = """() => [...document.querySelectorAll(
    '.scroller, .facets, .detail-body, .statusbar, .legend, tr.gap th, tr.boot th, .troubles li')]
  .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth)
  .map((each) => each.className || each.textContent)"""
"""Parts of the page that are wider than their place: nobody scrolls sideways on a telephone."""

State = Callable[[Page, str], None]


def plain(page: Page, url: str) -> None:
    """As it opens."""
    page.goto(url)
    page.locator(".figures .matched").wait_for()
    page.locator(".facet-value").first.wait_for(state="attached")


def typing(page: Page, url: str) -> None:
    """Something typed, filters, suggestions."""
    page.goto(f"{url}/?q=order+payment&f=_HOSTNAME%3Dweb-1&f=!PRIORITY%3D7")
    page.locator("tr.row").first.wait_for()
    search_box(page).click()
    search_box(page).fill("order -unit=s")
    page.get_by_role("option").filter(has_text="shop.service").wait_for()


def entry(page: Page, url: str) -> None:
    """An entry beside the list."""
    page.goto(f"{url}/?q=payment")
    page.locator("tr.row").first.click()
    page.locator(".detail .fields").first.wait_for()


def lost(page: Page, url: str) -> None:
    """What stands between the rows: a reboot, entries that are missing, a line that repeats."""
    page.goto(f"{url}/?priority=4")
    page.locator("tr.gap").first.wait_for(state="attached")
    page.locator("tr.gap").first.scroll_into_view_if_needed()


def around(page: Page, url: str) -> None:
    """What happened around an entry."""
    page.goto(f"{url}/?q=deadlock&since=-3h")
    page.locator("tr.row").first.click()
    page.get_by_role("button", name="same host").click()
    page.locator("tr.row.anchor").wait_for()
    page.keyboard.press("Escape")


def times(page: Page, url: str) -> None:
    """Ranges and boots."""
    page.goto(f"{url}/?f=_HOSTNAME%3Ddb-1&by=SYSLOG_IDENTIFIER")
    page.locator("tr.boot").first.wait_for(state="attached")
    page.get_by_role("button", name="Time range").click()
    page.locator(".boots li").first.wait_for()


def looks(page: Page, url: str) -> None:
    """Order, columns, look."""
    page.goto(f"{url}/?order=oldest&columns=_HOSTNAME,SYSLOG_IDENTIFIER,_PID&by=_HOSTNAME")
    page.locator("tr.row").first.wait_for()
    page.get_by_role("button", name="View: order, columns, look").click()


def empty(page: Page, url: str) -> None:
    """Nothing found, and the ways out."""
    page.goto(f"{url}/?q=deadlock&f=_HOSTNAME%3Dweb-1&since=-3h")
    page.get_by_role("button", name="Remove host web-1").wait_for()


def text(page: Page, url: str) -> None:
    """What is no query."""
    page.goto(f"{url}/?q=connect()+failed+(111:&since=-3h")
    page.locator(".read-as-text").wait_for()


def helping(page: Page, url: str) -> None:
    """Keys and language."""
    plain(page, url)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Help").wait_for()


STATES: tuple[State, ...] = (plain, typing, entry, lost, around, times, looks, empty, text, helping)


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest, browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    """A window of a desk, and one of a telephone."""
    narrow = request.param == 390
    context = browser.new_context(
        viewport={"width": request.param, "height": 844 if narrow else 800},
        has_touch=narrow,
        is_mobile=narrow,
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
    assert complaints.unexpected() == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_for_everybody(evening: Collector, window: BrowserContext, complaints: Complaints, state: State) -> None:
    """Colours, names, roles and sizes are such that everybody can read and use it."""
    page = window.new_page()
    page.on("console", complaints.console)
    page.on("pageerror", complaints.page_error)
    state(page, evening.url)
    settled(page)
    expect(page.locator(".notice")).to_have_text("")
    picture(page, state.__name__)
    width = (page.viewport_size or {"width": 0})["width"]

    assert width == page.evaluate("document.documentElement.scrollWidth")
    assert [] == page.evaluate(WIDE)
    assert [] == [barrier for barrier in barriers(page) if barrier["impact"] in ("serious", "critical")]
