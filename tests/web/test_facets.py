"""The sidebar: facets of any field, values found by typing, and values in words with the raw ones beside."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open
from tests.web.hub import feed, ingest
from tests.web.incident import Fleet, machine_id

from journalhub.journal import wire
from journalhub.journal.batch import Batch

EVENT = "fedcba9876543210fedcba9876543210"
JOBS = 120
"""Values of one field: more than a facet shows."""


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Some minutes of five hosts, many jobs, and an event that a catalog names."""
    texts = hub.log.parent / "collector" / "catalog"
    texts.mkdir(exist_ok=True)
    (texts / "tests.catalog").write_text(f"-- {EVENT}\nSubject: Backup of @DISK@ finished\n\nAll is well.\n")
    fleet = Fleet()
    now = int(time.time() * 1e6)
    entries = list(fleet.evening(now, seconds=1800, number=300))
    for job in range(JOBS):
        fields = (("MESSAGE", b"job"), ("JOB", b"Nightly %03d" % job), ("PRIORITY", b"6"), ("SYSLOG_FACILITY", b"9"))
        entries.append(fleet.entry("build-1", now - 1_000_000 * job, *fields, ("_UID", b"61200")))
    entries.append(fleet.entry("db-1", now - 5, ("MESSAGE", b"backup"), ("MESSAGE_ID", EVENT.encode()), ("_UID", b"0")))
    entries += [
        fleet.entry(host, now - 9, ("MESSAGE", b"cron"), ("_UID", b"1000")) for host in ("db-1", "web-1", "web-2")
    ]
    feed(hub, entries)
    tell_users(hub, "db-1", "ann")
    tell_users(hub, "web-1", "ben")
    yield hub


def tell_users(hub: Collector, host: str, name: str) -> None:
    """What the shipper of a host says of its users."""
    own = bytes.fromhex(machine_id(host).decode())
    ingest(hub, wire.encode(Batch(), {"machine_id": own, "hostname": host, "users": [(0, "root"), (1000, name)]}))


def facet(page: Page, title: str) -> Locator:
    """The section of one field."""
    return page.get_by_role("complementary", name="Filters").get_by_role(
        "region", name=f"Filter by {title}", exact=True
    )


def add(page: Page, name: str) -> None:
    """Add a field to the sidebar."""
    page.get_by_label("Field to add to the filters").fill(name)
    page.get_by_label("Field to add to the filters").press("Enter")


def test_any_field_is_a_facet(evening: Collector, open_page: Open) -> None:
    """A field named is counted in the sidebar, offered from those stored, kept by the browser, and goes again."""
    page = open_page(evening.url)
    page.get_by_label("Field to add to the filters").focus()
    expect(page.locator("#facet-fields option[value='JOB']")).to_have_count(1)
    add(page, "job")
    expect(facet(page, "JOB").get_by_role("listitem")).to_have_count(8)
    expect(facet(page, "JOB")).to_contain_text(f"{JOBS - 8} more")
    again = open_page(evening.url)
    expect(facet(again, "JOB").get_by_role("listitem")).to_have_count(8)
    facet(again, "JOB").get_by_role("button", name="Stack the bars by JOB").click()
    expect(again).to_have_url(re.compile("by=JOB"))
    facet(again, "Unit").get_by_role("button", name="Take Unit out of the sidebar").click()
    expect(facet(again, "Unit")).to_have_count(0)
    again.get_by_role("button", name="The usual fields").click()

    expect(facet(again, "Unit")).to_be_visible()
    expect(facet(again, "JOB")).to_have_count(0)


def test_a_value_is_found_by_typing(evening: Collector, open_page: Open) -> None:
    """Typing into a facet finds values that it does not show, whatever their case; a click on one is a filter."""
    page = open_page(evening.url)
    add(page, "JOB")
    section = facet(page, "JOB")
    section.get_by_role("button", name="Search the values of JOB").click()
    find = section.get_by_label("Find a value of JOB")
    expect(find).to_be_focused()
    find.press_sequentially("nightly 11")
    expect(section.get_by_role("listitem")).to_have_count(10)
    find.press_sequentially("7")
    expect(section.get_by_role("listitem")).to_have_count(1)
    section.get_by_role("button", name="Nightly 117").first.click()
    expect(page.locator("tr.row")).to_have_count(1)
    find.press("Escape")

    expect(find).to_have_count(0)
    expect(section.get_by_role("listitem").filter(has_text="Nightly 117")).to_have_class("included")


def test_a_field_that_no_entry_has(evening: Collector, open_page: Open) -> None:
    """A mistyped field is named, with those that may be meant; a click takes one."""
    page = open_page(f"{evening.url}/?q=JOBB%3D%22Nightly+117%22", wait=".empty")
    empty = page.locator(".empty")
    expect(empty).to_contain_text("No entry has a field JOBB.")
    empty.get_by_role("button", name="JOB", exact=True).click()

    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Search the journals")).to_have_value('JOB="Nightly 117"')


def test_values_in_words(evening: Collector, open_page: Open) -> None:
    """Facility, user, boot and event are named, the raw value stands beside; they are found by either."""
    page = open_page(evening.url)
    for name in ("SYSLOG_FACILITY", "_UID", "_BOOT_ID", "MESSAGE_ID"):
        add(page, name)
    expect(facet(page, "Priority").get_by_role("listitem").filter(has_text="info")).to_contain_text("6")
    expect(facet(page, "Facility").get_by_role("listitem").filter(has_text="cron")).to_have_text(
        re.compile("^cron9120")
    )
    expect(facet(page, "User id").get_by_role("listitem").filter(has_text="root")).to_contain_text("0")
    expect(facet(page, "User id").get_by_role("listitem").filter(has_text="61200")).to_contain_text("a dynamic user")
    expect(facet(page, "Boot").get_by_role("listitem").filter(has_text="db-1")).to_have_text(
        re.compile(r"^\d\d-\d\d \d\d:\d\d db-1[0-9a-f]{4}…")
    )
    event = facet(page, "Event").get_by_role("listitem")
    expect(event).to_have_text(re.compile("^Backup of … finishedfedc…1"))
    facet(page, "Priority").get_by_role("button", name="Search the values of Priority").click()
    facet(page, "Priority").get_by_label("Find a value").fill("warn")
    expect(facet(page, "Priority").get_by_role("listitem")).to_have_count(1)
    event.get_by_role("button", name="Backup").first.click()
    expect(page.locator(".pill")).to_have_text(re.compile("event Backup of … finished"))

    expect(page.locator("tr.row")).to_have_count(1)
    expect(page.locator("tr.row .c-message")).to_have_text("backup")


def test_users_by_the_name_that_each_machine_gives_them(evening: Collector, open_page: Open) -> None:
    """Where the machines looked at differ each name is told; an entry has that of its own machine, or none."""
    page = open_page(f"{evening.url}/?q=cron&columns=_HOSTNAME,_UID")
    rows = page.locator("tr.row")
    for host, name in (("db-1", "ann"), ("web-1", "ben"), ("web-2", "1000")):
        expect(rows.filter(has_text=host).locator(".c-field")).to_have_text(name)
    add(page, "_UID")
    user = facet(page, "User id").get_by_role("listitem")
    expect(user).to_have_text(re.compile("^ann / ben10003$"))
    rows.filter(has_text="db-1").click()
    panel = page.get_by_role("complementary", name="Entry")
    uid = panel.locator(".fields tr").filter(has=page.get_by_role("rowheader", name="_UID", exact=True))
    expect(uid).to_contain_text(re.compile("1000.*ann"))
    page.goto(f"{evening.url}/?q=cron&f=_HOSTNAME%3Dweb-1")
    expect(user).to_have_text(re.compile("^ben10001$"))
