"""The page of the fleet: who is silent, behind, wrong in its clock, and what to do about it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.integration.programs import Collector
from tests.query.happenings import MINUTE, Machine
from tests.web.conftest import Open, copied, expect_notice
from tests.web.hub import feed
from tests.web.looks import barriers, picture


def shipped(hub: Collector, machine: Machine, **status: Any) -> None:
    """Send a machine's entries as its shipper does, with what that says of itself."""
    (machine_id,) = {entry.first("_MACHINE_ID") for entry in machine.written}
    assert machine_id is not None
    own = {"machine_id": bytes.fromhex(machine_id.decode()), "hostname": machine.name, "version": "0.0.9", "behind": 0}
    feed(hub, machine.written, status=own | status)


def machine(name: str, boots: int = 1) -> Machine:
    """A machine that has run for ten minutes, after so many boots."""
    new = Machine(name, now=int(time.time() * 1e6) - 10 * MINUTE)
    for _ in range(boots):
        new.start()
    for number in range(30):
        new.say(f"request {number} served", SYSLOG_IDENTIFIER="shop")
    return new


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A fleet with its troubles, of which none falls silent however long the tests take."""
    with Collector(tmp_path_factory.mktemp("fleet"), "--silent-after", "86400") as hub:
        fill(hub)
        yield hub


def fill(hub: Collector) -> None:
    """One node of each trouble, and two that are well."""
    gap = {"seqnum_id": b"s" * 16, "boot_id": None, "first": 7, "last": 46, "since": 1, "until": 2}
    shipped(hub, machine("web-1", boots=3))
    shipped(hub, machine("web-2"), behind=20 * MINUTE)
    shipped(hub, machine("db-1"), sent_at=int(time.time() * 1e6) + 60 * MINUTE)
    shipped(hub, machine("db-2"), gaps=[{**gap, "cause": "rotated away before it was read"}])
    shipped(hub, machine("db-3"), quarantined=["/var/log/journal/x/bad file.journal"])
    feed(hub, machine("stock-1").written)


def row(page: Page, host: str) -> Any:
    """The row of a node."""
    return page.locator(".fleet tbody tr:not(.troubles)").filter(has=page.get_by_role("button", name=host, exact=True))


def test_what_to_do(fleet: Collector, open_page: Open) -> None:
    """Behind before wrong before well; each with its advice, and a command where there is one."""
    page = open_page(f"{fleet.url}/?page=fleet", wait=".fleet tbody tr")
    hosts = page.locator(".fleet tbody th button")
    expect(hosts).to_have_text(["web-2", "db-1", "db-2", "db-3", "stock-1", "web-1"])
    advice = page.locator(".fleet .advice")
    expect(advice.filter(has_text="20 min behind")).to_have_count(1)
    expect(advice.filter(has_text=re.compile("clock is (59|60) min ahead"))).to_contain_text("timedatectl")
    expect(advice.filter(has_text="40 entries are missing")).to_contain_text("SystemMaxUse=")
    expect(page.locator(".fleet .troubles")).to_have_count(4)
    command = copied(page, page.get_by_role("button", name=re.compile("Copy the command journalctl --verify")).click)
    expect_notice(page, "Copied the command")
    assert "journalctl --verify --file='/var/log/journal/x/bad file.journal'" == command
    picture(page, "fleet")
    assert [] == barriers(page)


def test_what_each_node_sends(fleet: Collector, open_page: Open) -> None:
    """A line of the last hour, boots, the clock, and the version where it is not the hub's."""
    page = open_page(f"{fleet.url}/?page=fleet", wait=".fleet tbody tr")
    web = row(page, "web-1")
    expect(web.get_by_role("slider", name=re.compile("^39 entries of web-1 over time"))).to_be_visible()
    expect(web).to_contain_text(re.compile(r"3\s*\d+ min ago\s*–\s*0\.0\.9\s*hub \d"))
    expect(row(page, "stock-1")).to_contain_text("systemd-journal-upload")
    bar = web.locator(".spark path").bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(page.locator(".pill")).to_have_text(re.compile("host web-1"))
    expect(page.locator("tr.row").first).to_be_visible()


def test_from_a_node_that_is_behind_to_what_it_logs(fleet: Collector, open_page: Open) -> None:
    """The advice leads to the patterns of that node."""
    page = open_page(f"{fleet.url}/?page=fleet", wait=".fleet tbody tr")
    page.get_by_role("button", name="What it logs most").click()
    expect(page.locator(".patterns tbody tr").first).to_contain_text("request * served")
    expect(page.locator(".pill")).to_have_text(re.compile("host web-2"))


def test_silent_nodes(tmp_path: Path, open_page: Open) -> None:
    """Silent nodes come first; one that was shut down in order needs nothing, one that was not gets a command."""
    with Collector(tmp_path, "--silent-after", "1") as hub:
        stopped, gone = machine("web-1"), machine("db-1")
        stopped.stop()
        shipped(hub, stopped)
        shipped(hub, gone)
        page = open_page(f"{hub.url}/?page=fleet", wait=".fleet .state.silent")
        expect(page.locator(".fleet tbody .state.silent")).to_have_count(2)
        expect(page.locator(".fleet .advice").nth(0)).to_contain_text("systemctl status journalhub-shipper")
        expect(page.locator(".fleet .advice").nth(1)).to_contain_text("Shut down in order")
        expect(page.locator(".fleet tbody th button")).to_have_text(["db-1", "web-1"])
        picture(page, "fleet-silent")
        page.close()


def test_the_fleet_on_a_telephone(fleet: Collector, telephone: Page) -> None:
    """The page is no wider than the screen; the table scrolls in itself, what is to be done is read without that."""
    telephone.goto(f"{fleet.url}/?page=fleet")
    telephone.locator(".fleet .advice").first.wait_for()
    picture(telephone, "fleet")
    advice = telephone.locator(".fleet .advice").first.bounding_box()

    assert advice is not None
    assert advice["x"] + advice["width"] <= 390
    assert 390 == telephone.evaluate("document.documentElement.scrollWidth")
    assert [] == barriers(telephone)
