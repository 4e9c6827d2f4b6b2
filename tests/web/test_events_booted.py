"""The page of events over a machine that a real systemd has booted, and to which real things happened."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.integration.programs import Collector, ship_once, wait_until
from tests.lab import box
from tests.web.conftest import Open, copied, expect_notice, search_box, settled

from journalhub.query.events.kinds import KINDS

pytestmark = pytest.mark.skipif(box.why_not() is not None, reason=f"needs a systemd box: {box.why_not()}")

RESTARTS = 5
SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e"
"""SD_MESSAGE_JOURNAL_DROPPED of sd-messages.h."""
SAID = 3000
"""Lines of a unit that may say twenty in its interval."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A machine on which units fail, loop and are too loud, somebody guesses a password, and the power goes away."""
    directory = tmp_path_factory.mktemp("booted")
    with Collector(directory) as hub:
        with box.SystemdBox(directory / "box", "web-1") as machine:
            misfortunes(machine)
            as_told(machine)
            machine.down()
            machine.up()
            machine.run(["systemd-cat", "-t", "app", "echo", "in the middle of something"])
            machine.run(["journalctl", "--sync"])
            machine.crash()
            machine.up()
            machine.down()
            ship_once(hub, directory / "shipper", "--directory", machine.root / "var/log/journal")
        wait_until("everything shipped is found", lambda: 0 < hub.stored() == hub.count())
        yield hub


def misfortunes(machine: box.SystemdBox) -> None:
    """What goes wrong in the first boot."""
    unit = ["systemd-run", "--quiet"]
    machine.run([*unit, "--wait", "--unit=broken", "sh", "-c", "echo cannot open the database; exit 3"], check=False)
    machine.run([*unit, "--wait", "--unit=crashing", "sh", "-c", "kill -SEGV $$$$"], check=False)
    always = ["-p", "Restart=always", "-p", "RestartSec=20ms", "-p", "StartLimitIntervalSec=0"]
    fails = "echo cannot bind to 0.0.0.0:80: Address already in use >&2; exit 1"
    machine.run([*unit, *always, "--unit=looping", "sh", "-c", fails])
    wait_until("it was restarted often", lambda: restarts(machine, "looping") >= RESTARTS)
    machine.run(["systemctl", "stop", "looping"])
    # journald tells what it suppressed when the unit speaks again in a new interval.
    few = ["-p", "LogRateLimitBurst=20", "-p", "LogRateLimitIntervalSec=1s"]
    machine.run([*unit, *few, "--unit=chatty", "sh", "-c", f"seq {SAID}; while sleep 1.1; do echo and so on; done"])
    told = ["journalctl", "--quiet", f"MESSAGE_ID={SUPPRESSED}"]
    wait_until("journald tells what it dropped", lambda: "Suppressed" in machine.run(told, check=False).stdout)
    machine.run(["systemctl", "stop", "chatty"])
    guess = "echo wrong | setpriv --reuid=nobody --clear-groups su root -c true"
    machine.run([*unit, "--wait", "--pipe", "--unit=guess", "sh", "-c", guess], check=False)


# What a box cannot go through for real: its systemd has no memory controller to kill by, and the clock and the way of
# core dumps are the whole machine's. It is said to its journald in the fields of who would say it.
TOLD = (
    {
        "MESSAGE_ID": "fe6faa94e7774663a0da52717891d8ef",
        "MESSAGE": "greedy.service: A process of this unit has been killed by the OOM killer.",
        "UNIT": "greedy.service",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "systemd",
    },
    {
        "MESSAGE_ID": "fc2e22bc6ee647b6b90729ab34a250b1",
        "MESSAGE": "Process 4711 (psql) of user 0 dumped core.",
        "COREDUMP_COMM": "psql",
        "COREDUMP_SIGNAL_NAME": "SIGABRT",
        "PRIORITY": "2",
        "SYSLOG_IDENTIFIER": "systemd-coredump",
    },
    {
        "MESSAGE_ID": "c7a787079b354eaaa9e77b371893cd27",
        "MESSAGE": "Time has been changed",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "systemd",
    },
)


def as_told(machine: box.SystemdBox) -> None:
    """What is only told."""
    for fields in TOLD:
        lines = [f"{name}={value}" for name, value in fields.items()]
        machine.run(["sh", "-c", 'printf "%s\\n" "$@" | logger --journald', "-", *lines])


def restarts(machine: box.SystemdBox, unit: str) -> int:
    """How often systemd has started a unit again."""
    return int(machine.run(["systemctl", "show", "-P", "NRestarts", unit]).stdout)


def event(page: Page, title: str) -> Locator:
    """The card of a kind."""
    return page.get_by_role("region", name=re.compile(rf"^\d+ {title}$"))


def about(card: Locator) -> Locator:
    """The units and programs that a card names."""
    return card.get_by_role("list", name="About").get_by_role("button")


def test_what_systemd_and_journald_tell(story: Collector, open_page: Open) -> None:
    """Units that failed, loop, or were killed, with their names; what journald dropped; a password that was wrong."""
    page = open_page(f"{story.url}/?page=events&since=-1d", wait=".event")
    expect(about(event(page, "Units failed")).filter(has_text="broken.service 1")).to_have_count(1)
    expect(about(event(page, "Units failed")).filter(has_text="crashing.service 1")).to_have_count(1)
    expect(about(event(page, "Units that keep restarting"))).to_have_text([re.compile(r"looping.service \d+")])
    expect(about(event(page, "Services killed by a signal")).filter(has_text="crashing.service")).to_have_count(1)
    expect(event(page, "Logins failed").get_by_role("list", name="The newest")).to_contain_text("su:auth")
    lost = event(page, "Messages that journald dropped")
    expect(about(lost)).to_have_text([re.compile(r"chatty.service \d")])
    expect(lost).to_contain_text(re.compile(r"[1-9]\S* messages lost"))


def test_boots_and_how_they_ended(story: Collector, open_page: Open) -> None:
    """Three boots, of which one ended without a shutdown; what did not happen is not there."""
    page = open_page(f"{story.url}/?page=events&since=-1d", wait=".event")
    expect(event(page, "Reboots without a shutdown")).to_contain_text("1 Reboots without a shutdown")
    expect(event(page, "Boots")).to_contain_text("3 Boots")
    expect(event(page, "Kernel in distress")).to_have_count(0)


def test_each_is_counted_and_leads_into_the_log(story: Collector, open_page: Open) -> None:
    """Every kind has the number of its entries, and its newest one stands in the log among its neighbours."""
    page = open_page(f"{story.url}/?page=events&since=-1d", wait=".event")
    numbers = {kind.title: story.count(q=kind.search, since="-1d") for kind in KINDS if kind.search}
    happened = {title: number for title, number in numbers.items() if number}
    expect(page.locator(".event")).to_have_count(len(happened) + 1)  # the reboot without a shutdown has no search
    for title, number in happened.items():
        card = page.get_by_role("region", name=re.compile(rf"^{number} {title}$"))
        newest = card.get_by_role("list", name="The newest").get_by_role("button").first
        text = newest.locator(".ellipsis").inner_text()
        newest.click()
        expect(page.locator("tr.row.anchor")).to_contain_text(text)
        page.go_back()
    for fields in TOLD:
        assert 1 == story.count(q=f"MESSAGE_ID={fields['MESSAGE_ID']}")
    expect(about(event(page, "Out of memory"))).to_have_text([re.compile("greedy.service 1")])
    expect(about(event(page, "Core dumps"))).to_have_text([re.compile("psql 1")])
    expect(event(page, "Clock set or jumped")).to_have_count(1)


def test_from_the_failure_to_its_cause(story: Collector, open_page: Open) -> None:
    """The unit that failed, its failure in the log, and around it what the unit said just before."""
    page = open_page(f"{story.url}/?page=events&since=-1d", wait=".event")
    about(event(page, "Units failed")).filter(has_text="broken.service").click()
    row = page.locator("tr.row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("broken.service: Failed with result 'exit-code'")
    row.click()
    page.get_by_role("button", name="same host").click()
    expect(page.locator("tr.row.anchor")).to_contain_text("broken.service: Failed with result 'exit-code'")

    expect(row.filter(has_text="cannot open the database").last).to_be_visible()


def test_the_way_of_an_incident(story: Collector, open_page: Open) -> None:
    """A unit loops: found without a search, its cause read, what stands around it seen, shared, and taken along."""
    page = open_page(story.url)
    page.get_by_role("link", name="Events").click()
    about(event(page, "Units that keep restarting")).filter(has_text="looping.service").click()
    expect(page.locator("tr.row").first).to_contain_text("Scheduled restart job, restart counter is at")
    settled(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Entry")
    expect(panel.get_by_role("region", name="Explanation")).to_contain_text("looping.service")
    panel.get_by_role("button", name="same host").click()
    cause = page.locator("tr.row").filter(has_text="cannot bind to 0.0.0.0:80")
    cause.first.click()
    expect(panel.locator(".message")).to_contain_text("Address already in use")
    page.get_by_title("Journalhub: start again").click()
    expect(page).to_have_url(f"{story.url}/")
    expect(page.locator(".around")).to_have_count(0)
    settled(page)
    search_box(page).fill("unit=looping")
    search_box(page).press("Enter")
    expect(page.locator("tr.row").first).to_contain_text("cannot bind")
    shown = page.locator(".figures .matched")
    settled(page)
    expect(shown).to_have_text(re.compile("match"))

    page.get_by_role("button", name="Copy, share, export").click()
    link = copied(page, page.get_by_role("button", name="Copy link with fixed times").click)
    expect_notice(page, "fixed times")
    colleague = open_page(link)
    expect(colleague.locator(".figures .matched")).to_have_text(shown.inner_text())
    colleague.get_by_role("button", name="Copy, share, export").click()
    with colleague.expect_download() as download:
        colleague.get_by_role("link", name="Text", exact=True).click()
    said = download.value.path().read_text().splitlines()

    assert len(said) == story.count(q="unit=looping", since="-1d")
    assert RESTARTS <= sum("cannot bind to 0.0.0.0:80: Address already in use" in line for line in said)
