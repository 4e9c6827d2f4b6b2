"""One bad morning of real machines, lived through on the page: a story for each thing that the page is for."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import ENVIRONMENT, assert_same_entries, journalctl, wait_until
from tests.lab import journald
from tests.lab.cgroups import CgroupTree
from tests.web import morning as told
from tests.web.conftest import Complaints, Open, address, clipboard, scroll_until, search_box, settled
from tests.web.conftest import copied as clipped
from tests.web.morning import Morning

pytestmark = pytest.mark.skipif(journald.why_not() is not None, reason=f"needs a journald: {journald.why_not()}")

SHOP = "_SYSTEMD_UNIT=shop.service"


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """See morning.py."""
    tree = CgroupTree(f"journalhub-probe-{os.getpid()}")
    tree.remove()
    if not tree.roots:
        pytest.skip("needs cgroups: journald tells units by them")
    with Morning(tmp_path_factory.mktemp("morning")) as running:
        yield running


@pytest.fixture
def morning(machines: Morning) -> Morning:
    """The same for all, its hub up, also when a test failed that had ended it."""
    return machines.mended()


def rows(page: Page, text: str | re.Pattern[str] = "") -> Locator:
    """The rows with a text."""
    return page.locator("tr.row").filter(has_text=text) if text else page.locator("tr.row")


def shown(page: Page) -> Locator:
    """The number of matches."""
    return page.locator(".figures .matched")


def matches(number: int) -> re.Pattern[str]:
    """That number, as the page writes it."""
    return re.compile(rf"^{number} match")


def panel(page: Page) -> Locator:
    """The open entry."""
    return page.get_by_role("complementary", name="Entry")


def facet(page: Page, title: str) -> Locator:
    """One field of the sidebar."""
    return page.get_by_role("complementary", name="Filters").get_by_role("region", name=f"Filter by {title}")


def value(page: Page, title: str, name: str) -> Locator:
    """One value of a field of the sidebar."""
    return facet(page, title).locator(".facet-value").filter(has_text=name)


def copied(page: Page, name: str) -> str:
    """What a line of the menu copies."""
    page.get_by_role("button", name="Copy, share, export").click()
    return clipped(page, page.get_by_role("button", name=name, exact=True).click)


def saved(page: Page, name: str) -> Path:
    """What a line of the menu downloads."""
    page.get_by_role("button", name="Copy, share, export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return download.value.path()


def test_orders_fail_and_somebody_searches(morning: Morning, open_page: Open, complaints: Complaints) -> None:
    """Helped, completed, misspelt, pasted, narrowed with pills: from "orders fail" to the line that says why."""
    complaints.expect("400 (Bad Request)")
    page = open_page(morning.page())
    box = search_box(page)
    box.click()
    expect(page.get_by_role("table", name="Search language")).to_be_visible()
    offers = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    for typed, offer in (("uni", "unit="), ("shop", "shop.service"), ("hos", "host="), ("web", "web-1")):
        box.press_sequentially(typed)
        expect(offers.filter(has=page.get_by_text(offer, exact=True))).to_have_count(1)
        offers.filter(has=page.get_by_text(offer, exact=True)).click()
    expect(box).to_have_value("unit=shop.service host=web-1 ")
    box.press_sequentially("priority<=er")
    offers.filter(has=page.get_by_text("err", exact=True)).click()
    box.press("Enter")
    expect(shown(page)).to_have_text(matches(told.LOOPS))
    expect(rows(page, told.SYMPTOM).first).to_be_visible()

    box.fill("/connect(/")
    box.press("Enter")
    expect(page.locator(".query-error")).to_contain_text("missing closing parenthesis")
    expect(page.locator(".query-error mark")).to_have_text("/")
    box.fill(told.REFUSED[:41])
    box.press("Enter")
    expect(page.locator(".read-as-text")).to_contain_text("Read as text: connect failed 111 connection refused")
    expect(rows(page)).to_have_count(1)

    box.fill("")
    expect(offers.filter(has_text="unit=shop.service")).to_have_count(1)
    box.fill("connect OR space")
    box.press("Enter")
    value(page, "Host", "web-1").click()
    pill = page.locator(".pill")
    expect(pill).to_have_text(re.compile("^host ?web-1"))
    pill.locator(".pill-flip").click()
    expect(pill).to_have_text(re.compile("not host"))
    expect(rows(page)).to_have_count(1)
    expect(rows(page, told.CAUSE)).to_have_count(1)
    page.get_by_role("button", name="web-1: edit the value of Host").click()
    page.get_by_label("Value of Host").fill("db-1")
    page.get_by_label("Value of Host").press("Enter")
    expect(rows(page, told.CAUSE)).to_have_count(0)
    page.get_by_role("button", name="Remove the filter Host db-1").click()
    expect(rows(page, told.CAUSE)).to_have_count(1)


def test_when_did_it_begin(morning: Morning, open_page: Open) -> None:
    """Words of time, steps, boots, a drag over the bars: the beginning is found, and every step is undone."""
    page = open_page(morning.hub.url)

    def choose(since: str, until: str) -> None:
        page.get_by_role("button", name="Time range").click()
        page.get_by_label("Since").fill(since)
        page.get_by_label("Until").fill(until)
        page.get_by_label("Until").press("Enter")

    choose("25h ago", "-23h")
    expect(rows(page, "order 111 paid")).to_have_count(1)
    expect(rows(page, told.SYMPTOM)).to_have_count(0)
    expect(shown(page)).to_have_text(matches(morning.hub.count(since="25h ago", until="-23h")))
    settled(page)
    page.get_by_role("button", name="Earlier", exact=True).click()
    expect(page.get_by_role("heading", name="No entries in this range")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Later", exact=True).click()
    expect(rows(page, "order 111 paid")).to_have_count(1)

    page.goto(morning.page(f="_HOSTNAME=db-1"))
    settled(page)
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="Previous boot").click()
    expect(rows(page, "database system was interrupted")).to_have_count(1)
    settled(page)
    page.get_by_role("button", name="Previous boot").click()
    expect(rows(page, "checkpoint complete").first).to_be_visible()
    settled(page)
    expect(rows(page, told.CAUSE)).to_have_count(0)
    page.get_by_role("button", name="Next boot").click()
    expect(rows(page, told.CAUSE)).to_have_count(1)
    page.go_back()
    expect(rows(page, "checkpoint complete").first).to_be_visible()

    page.goto(morning.page(q="unit=shop.service"))
    expect(shown(page)).to_have_text(matches(2 * told.LOOPS))
    time = rows(page).first.locator(".c-time")
    local = time.inner_text()
    page.get_by_role("button", name="Times in local time").click()
    expect(time).not_to_have_text(local)
    settled(page)
    bars = page.locator(".plot").bounding_box()
    assert bars is not None
    before = address(page)
    # It looped in each minute from 19 to 14 before: what is dragged over ends amid them.
    page.mouse.move(bars["x"] + bars["width"] * (60 - 25) / 57, bars["y"] + 30)
    page.mouse.down()
    page.mouse.move(bars["x"] + bars["width"] * (60 - 16.5) / 57, bars["y"] + 30, steps=4)
    page.mouse.up()
    expect(page).not_to_have_url(before)
    settled(page)
    expect(rows(page, "attempt 0")).to_have_count(1)
    expect(rows(page, "attempt 5")).to_have_count(0)
    page.go_back()
    expect(shown(page)).to_have_text(matches(2 * told.LOOPS))


def test_the_shape_of_it(morning: Morning, open_page: Open) -> None:
    """The bars count all of the range however few rows are loaded; by priority, host, unit; with a boot and a gap."""
    page = open_page(morning.page())
    table = page.locator(".histogram .sr table")
    expect(table.locator("tbody tr").first).to_be_attached()
    number = morning.hub.count(**morning.hour)
    expect(shown(page)).to_have_text(matches(number))
    assert number == sum(map(int, table.locator("tbody td.sum").all_text_contents()))
    assert rows(page).count() < number
    part, plot = page.locator(".loaded").bounding_box(), page.locator(".plot").bounding_box()
    assert part is not None and plot is not None
    assert part["width"] < plot["width"]
    marks = page.get_by_role("list", name="Boots and gaps").get_by_role("listitem")
    expect(marks.filter(has_text="db-1 booted")).to_have_count(1)
    expect(marks.filter(has_text=f"cache-1: {told.LOST} entries missing")).to_have_count(1)

    legend = page.get_by_role("list", name="Series").get_by_role("button")
    expect(legend).to_have_text([re.compile(name) for name in ("crit", "err", "warning", "info", "debug")])
    legend.filter(has_text="crit").click()
    expect(page.locator(".plot svg path")).to_have_count(1)
    for field, names in (("_HOSTNAME", {"web-1", "db-1", "cache-1"}), ("_SYSTEMD_UNIT", {"shop.service"})):
        page.get_by_role("combobox", name="Stack the bars by").select_option(field)
        for name in names:
            expect(legend.filter(has_text=name)).to_have_count(1)
    legend.filter(has_text="shop.service").click()
    expect(table.locator("thead th")).to_have_text(["From", "Entries", "shop.service"])


def test_who_says_most(morning: Morning, open_page: Open) -> None:
    """The sidebar counts as the collector does; values in words beside the raw ones; only this, not this, found."""
    page = open_page(morning.page())
    for title, query in (("Host", "host=cache-1"), ("Unit", "unit=redis.service"), ("Identifier", "ident=networkd")):
        name = query.partition("=")[2]
        number = morning.hub.count(q=query, **morning.hour)
        expect(value(page, title, name).locator(".facet-count")).to_have_text(str(number))
    for name in ("_UID", "_BOOT_ID", "MESSAGE_ID"):
        page.get_by_label("Field to add to the filters").fill(name)
        page.get_by_label("Field to add to the filters").press("Enter")
    expect(value(page, "User id", "root").locator(".facet-raw")).to_have_text("0")
    expect(value(page, "Boot", "db-1").first).to_have_text(re.compile(r"^\d\d-\d\d \d\d:\d\d db-1[0-9a-f]{4}…"))
    expect(value(page, "Event", "unit failed").or_(value(page, "Event", "has failed")).first).to_contain_text("d9b3…")
    facet(page, "Unit").get_by_role("button", name="Search the values of Unit").click()
    facet(page, "Unit").get_by_label("Find a value of Unit").fill("POSTG")
    expect(facet(page, "Unit").get_by_role("listitem")).to_have_count(1)
    value(page, "Unit", "postgres.service").click()
    expect(rows(page, told.CAUSE)).to_have_count(1)
    value(page, "Unit", "postgres.service").click(modifiers=["Alt"])
    expect(page.locator(".pill.not")).to_have_count(1)
    expect(rows(page, told.CAUSE)).to_have_count(0)
    expect(shown(page)).to_have_text(matches(morning.hub.count(q="-unit=postgres.service", **morning.hour)))


def test_reading_the_lines(morning: Morning, open_page: Open) -> None:
    """Both orders to both ends, folds, a boot, a gap, colours; what is copied is what journalctl on the node prints."""
    page = open_page(morning.page(tz="utc"))
    folded = page.get_by_role("button", name=f"{told.LINKS} times")
    expect(folded).to_have_count(1)
    expect(page.locator("tr.day").first).to_contain_text(re.compile(r"\w{3} \d{1,2} \w{3} \d{4}"))
    expect(rows(page, "checkout").locator(".a-fg1")).to_have_text("FAIL")
    expect(rows(page, told.SYMPTOM).first.locator(".level-tag")).to_have_text("ERR")
    scroll_until(page, lambda: page.get_by_text("all there are").count())
    settled(page)
    newest = page.locator("tr.row .c-message").all_text_contents()
    expect(page.locator("tr.gap")).to_contain_text(f"cache-1: {told.LOST} entries missing")
    folded.click()
    expect(rows(page, told.LINK)).to_have_count(told.LINKS)
    folded.click()
    page.goto(morning.page(tz="utc", order="oldest"))
    expect(rows(page).first).to_contain_text("Journal started")
    scroll_until(page, lambda: page.get_by_text("all there are").count())
    settled(page)
    assert newest == page.locator("tr.row .c-message").all_text_contents()[::-1]
    assert page.evaluate(f"window.find({json.dumps('attempt 3')})")

    page.goto(morning.page(since="-27h", f="_HOSTNAME=db-1"))
    expect(page.locator("tr.boot")).to_contain_text("db-1 rebooted")
    expect(page.locator("tr.day")).to_have_count(days_of(morning, "db-1"))

    page.goto(morning.page(tz="utc", f=SHOP, q="connect", columns="_HOSTNAME,_PID"))
    expect(rows(page)).to_have_count(told.LOOPS)
    expect(page.locator("mark.hit")).to_have_text(["connect"] * told.LOOPS)
    expect(page.locator(".rows thead th")).to_have_text(["Time", "Host", "_PID", "Message"])
    page.evaluate("""() => {
      const rows = document.querySelectorAll('tr.row');
      document.getSelection().setBaseAndExtent(rows[0], 0, rows[5], rows[5].childNodes.length);
    }""")
    text = clipped(page, lambda: rows(page).first.press("Control+c"))
    printed = morning.web.run(["journalctl", "-q", "-o", "short-iso", "--utc", SHOP, "PRIORITY=3"]).stdout.decode()
    lines = text.splitlines()
    # journalctl prints the times of the clock that nobody has set back.
    assert [line[24:] for line in printed.splitlines()] == [line[24:] for line in lines]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 web-1 shop\[", line) for line in lines)


def test_one_entry_and_what_stands_around_it(morning: Morning, open_page: Open) -> None:
    """All fields that journalctl knows, their actions, the catalog; around it, on its host, then on all, the cause."""
    page = open_page(morning.page(q="UNIT=shop.service result", order="oldest"))
    rows(page).first.click()
    names = panel(page).locator(".fields tr th")
    expect(names.first).to_be_visible()
    (first, *_) = journalctl_json(morning, f"MESSAGE_ID={told.FAILED}")
    assert set(first) - {"MESSAGE"} <= set(names.all_text_contents())
    expect(panel(page).get_by_label("Message", exact=True)).to_have_text(first["MESSAGE"])
    cursor = panel(page).locator(".fields tr").filter(has=page.get_by_role("rowheader", name="__CURSOR", exact=True))
    expect(cursor.locator(".field-value")).to_have_text(first["__CURSOR"])
    expect(panel(page).get_by_role("region", name="Explanation")).to_contain_text("shop.service")
    result = panel(page).locator(".fields tr").filter(has_text="UNIT_RESULT")
    for action in ("UNIT_RESULT as column", "Copy the value of UNIT_RESULT", "Exclude UNIT_RESULT", "Only UNIT_RESULT"):
        result.hover()
        result.get_by_role("button", name=action).click()
    wait_until("the value is copied", lambda: clipboard(page) == "exit-code")
    expect(page.locator(".pill")).to_have_text(re.compile("unit_result ?exit-code"))
    expect(page.locator(".rows thead th").filter(has_text="UNIT_RESULT")).to_have_count(1)

    panel(page).get_by_role("button", name="same unit").click()
    settled(page)
    expect(page.locator("tr.row.anchor")).to_contain_text("Failed with result")
    expect(rows(page, told.SYMPTOM)).to_have_count(0)
    kept = page.get_by_role("list", name="Kept to")
    kept.get_by_role("button", name="Not only unit").click()
    expect(rows(page, told.SYMPTOM).first).to_be_attached()
    settled(page)
    expect(rows(page, told.CAUSE)).to_have_count(0)
    kept.get_by_role("button", name="Not only host web-1").click()
    expect(rows(page, told.CAUSE)).to_have_count(1)
    scroll_until(page, rows(page, "order 9999 paid").count)
    scroll_until(page, rows(page, "checkpoint complete").count, up=True)


def days_of(morning: Morning, host: str) -> int:
    """On how many days, in the zone of the window, a host has logged: two, or three when it was about midnight."""
    found = morning.hub.get("/api/v1/entries", since="-27h", until=morning.utc(3), q=f"host={host}", limit="1000")
    times = (int(entry["__REALTIME_TIMESTAMP"]) / 1e6 for entry in found["entries"])
    return len({datetime.fromtimestamp(time, ZoneInfo("Asia/Kathmandu")).date() for time in times})


def journalctl_json(morning: Morning, *match: str) -> list[dict[str, str]]:
    """Entries of web-1 as its journalctl prints them."""
    printed = morning.web.run(["journalctl", "-q", "-o", "json", "--all", *match]).stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_watching_it_happen(morning: Morning, open_page: Open, complaints: Complaints) -> None:
    """Live: a line arrives; paused, it is counted; the collector dies and is back; a new machine is there at once."""
    complaints.expect("net::ERR_")
    complaints.expect("503")

    attempt = next(morning.numbers)
    watched = f"watched {attempt}"

    def say(*texts: str) -> None:
        morning.say(morning.web, "watch.service", [(6, text) for text in texts])

    page = open_page(morning.hub.url)
    say(f"{watched} 0")
    expect(rows(page).first).to_contain_text(f"{watched} 0")
    rows(page).nth(3).hover()
    page.mouse.wheel(0, 500)
    paused = page.get_by_role("status").filter(has_text="Paused")
    expect(paused).to_be_visible()
    say(f"{watched} 1", f"{watched} 2")
    expect(paused).to_contain_text("2 new")
    expect(rows(page, f"{watched} 2")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(rows(page).first).to_contain_text(f"{watched} 2")

    morning.hub.end(signal.SIGKILL)
    expect(page.get_by_role("button", name="Reconnecting")).to_be_visible()
    say(f"{watched} 3", f"{watched} 4")
    morning.hub.start()
    say(f"{watched} 5")
    expect(rows(page).first).to_contain_text(f"{watched} 5")
    new = morning.machine(f"new-{attempt}")
    morning.start(new)
    morning.say(new, "watch.service", [(6, f"{watched} 6")])
    expect(rows(page).first).to_contain_text(f"{watched} 6")
    expect(value(page, "Host", f"new-{attempt}")).to_be_visible()
    seen = rows(page, watched).locator(".c-message").all_text_contents()

    assert [f"{watched} {number}" for number in range(6, -1, -1)] == seen


def test_what_the_fleet_needs(morning: Morning, open_page: Open) -> None:
    """Each machine as it is, what it lost and what to do about it; what its units went through, and into the log."""
    page = open_page(f"{morning.hub.url}/?page=fleet", wait=".fleet tbody tr")
    table = page.locator(".fleet tbody tr:not(.troubles)")
    for host in ("web-1", "db-1", "cache-1"):
        node = table.filter(has=page.get_by_role("button", name=host, exact=True))
        expect(node).to_contain_text("right")
        expect(node.get_by_role("slider")).to_have_count(1)
    db = table.filter(has=page.get_by_role("button", name="db-1", exact=True))
    expect(db.locator("td.number").nth(4)).to_have_text("2")
    advice = page.locator(".fleet .advice").filter(has_text=f"{told.LOST} entries are missing")
    expect(advice).to_contain_text("SystemMaxUse=")

    page.goto(f"{morning.hub.url}/?page=events&since=-2d")
    kinds = {
        "Reboots without a shutdown": (1, "checkpoint complete: wrote 29 buffers"),
        "Units that keep restarting": (told.LOOPS - 2, f"restart counter is at {told.LOOPS}"),
        "Units failed": (told.LOOPS, "Failed with result 'exit-code'"),
        "Restarts by systemd": (told.LOOPS, f"restart counter is at {told.LOOPS}"),
    }
    for title, (number, newest) in kinds.items():
        card = page.get_by_role("region", name=re.compile(rf"^{number} {title}$"))
        card.get_by_role("list", name="The newest").get_by_role("button").first.click()
        expect(page.locator("tr.row.anchor")).to_contain_text(newest)
        page.go_back()


def test_what_is_new_about_it(morning: Morning, open_page: Open) -> None:
    """Templates of the hour, the most frequent first, marked where nobody said so the day before; in and out."""
    page = open_page(morning.page(page="patterns"), wait=".patterns tbody tr")
    patterns = page.locator(".patterns tbody tr")
    expect(patterns.first).to_contain_text("cache miss for session *")
    expect(patterns.first.locator("td.number").first).to_have_text(str(told.MISSES))
    expect(patterns.filter(has_text="cannot connect to").locator(".new-mark")).to_have_count(1)
    misses = patterns.filter(has_text="cache miss")
    misses.get_by_role("button", name="Exclude these").click()
    expect(misses).to_have_count(0)
    patterns.filter(has_text="cannot connect to").get_by_role("button", name="Show only these in the log").click()
    expect(shown(page)).to_have_text(matches(told.LOOPS))
    page.goto(f"{morning.hub.url}/?page=patterns&since=-25h&q=order+paid")
    old = patterns.filter(has_text="order * paid")
    expect(old).to_have_count(1)


def test_taking_it_to_a_colleague(morning: Morning, open_page: Open) -> None:
    """By keys to the error; the link shows the same elsewhere; files and commands have all of it, byte for byte."""
    page = open_page(f"{morning.hub.url}/?since=-1h&f={SHOP.replace('=', '%3D')}")
    expect(rows(page, "order 9999").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Help")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator("tr.row[aria-selected]")).to_contain_text(told.SYMPTOM)
    number = rows(page).count()
    link = copied(page, "Copy link with fixed times")
    newer = f"order {next(morning.numbers)} paid"
    morning.say(morning.web, "shop.service", [(6, newer)])
    wait_until("the newer order is found", lambda: morning.hub.count(q=f'"{newer}"') == 1)
    colleague = open_page(link)
    expect(rows(colleague)).to_have_count(number)
    assert number > 2 * told.LOOPS
    expect(rows(colleague, newer)).to_have_count(0)
    assert {"since", "until", "f"} <= set(parse_qs(urlsplit(link).query))

    whole = open_page(f"{morning.hub.url}/?since=&until=now&f={SHOP.replace('=', '%3D')}")
    expect(rows(whole, "order 111 paid")).to_have_count(1)
    export = saved(whole, "Journal export format").read_bytes()
    assert_same_entries(journalctl("--directory", morning.web.log_directory, SHOP), export)
    lines = json_lines(saved(whole, "JSON lines").read_bytes())
    assert [entry["MESSAGE"] for entry in journalctl_json(morning, SHOP)] == [entry["MESSAGE"] for entry in lines]
    assert len(lines) == len(saved(whole, "Text").read_text().splitlines())
    _, *arguments = shlex.split(copied(whole, "Copy as jhctl command"))
    assert lines == json_lines(morning.hub.jhctl(*arguments, "-o", "json", "-q"))
    command = shlex.split(copied(whole, "Copy as curl command"))
    assert lines == json_lines(subprocess.run(command, capture_output=True, check=True, env=ENVIRONMENT).stdout)


def json_lines(text: bytes) -> list[dict[str, str]]:
    """Entries as a journalctl of any age knows them: without their places in the orders of journal and collector."""
    places = ("__POSITION", "__SEQNUM", "__SEQNUM_ID")
    lines = [json.loads(line) for line in text.splitlines()]
    return [{name: value for name, value in line.items() if name not in places} for line in lines]


def test_when_the_collector_does_not_answer(morning: Morning, open_page: Open, complaints: Complaints) -> None:
    """Four answers fail each for itself and come back each by its own button; what finds nothing says what would."""
    complaints.expect("net::ERR_")
    complaints.expect("503")
    page = open_page(morning.page(f="_SYSTEMD_UNIT=nginx.service"))
    expect(shown(page)).to_have_text(matches(42))
    morning.hub.end(signal.SIGTERM)
    box = search_box(page)
    box.fill("refused")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The collector does not answer")
    # What the search before found does not stand there as if it were this one's.
    expect(rows(page)).to_have_count(0)
    expect(shown(page)).to_have_count(0)
    box.fill("")
    box.press("Enter")
    failures = ("Entries could not be loaded", "No histogram", "No facets", "Count failed")
    for failure in failures:
        expect(page.get_by_text(failure).first).to_be_visible()
    retry = page.get_by_role("button", name="Retry")
    expect(retry).to_have_count(4)
    morning.hub.start()
    for left in (3, 2, 1, 0):
        retry.first.click()
        expect(retry).to_have_count(left)
    expect(shown(page)).to_have_text(matches(42))
    expect(rows(page, told.REFUSED)).to_have_count(1)

    box.fill('"cannot connect" UNITT=x')
    box.press("Enter")
    expect(page.locator(".empty")).to_contain_text("No entry has a field UNITT.")
    page.goto(morning.page(q='"cannot connect"', f="_HOSTNAME=db-1"))
    page.get_by_role("button", name="Remove host db-1").click()
    expect(shown(page)).to_have_text(matches(told.LOOPS))
    page.goto(f"{morning.hub.url}/?since=2020-01-01&until=2020-01-02")
    page.get_by_role("button", name="Go there").click()
    expect(rows(page).first).to_be_visible()
