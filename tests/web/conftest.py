"""A real Chromium. Whatever it says on its console, and any violation of the policy, fails the test."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright
from tests.integration.programs import Collector

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PATIENCE = 60_000
"""Milliseconds to wait for what takes a fraction of a second on an idle machine."""

ANY_ANSWER = ".row, .empty"
"""What the log shows when it is searched, whatever is found."""

Open = Callable[..., Page]

WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

KEEP_NOTICES = """
window.notices = [];
new MutationObserver(() => {
  const text = document.querySelector('.notice')?.textContent;
  if (text && window.notices.at(-1) !== text) window.notices.push(text);
}).observe(document, { subtree: true, childList: true, characterData: true });"""
"""A notice goes away by itself: on a slow machine before anybody has looked."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file: while it runs, its event loop keeps others from this thread."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs a Chromium: {CHROMIUM} is missing (Debian: apt install chromium), or set CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def search_box(page: Page) -> Locator:
    """The box that searches are typed into."""
    return page.get_by_role("combobox", name="Search the journals")


def settled(page: Page) -> None:
    """Wait until every panel shows what the address asks for, and nothing is under way.

    A panel says that it does not (aria-busy) from the moment in which the address changes. What is read from the page
    at once, and not by an `expect` that waits for what only the new answer has, is read after this.
    """
    expect(page.locator("[aria-busy]")).not_to_have_count(0)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)


def wait_for(page: Page, holds: Callable[[], object]) -> None:
    """Wait until `holds()`, of what events of the browser bring: they come in only while the page is waited for."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < deadline, "it never holds"
        page.wait_for_timeout(20)


def address(page: Page) -> str:
    """The address as the page itself has it now: `page.url` follows a moment later."""
    return str(page.evaluate("location.href"))


def expect_notice(page: Page, part: str) -> None:
    """Wait until the page has said, for a moment, something with `part` in it."""
    page.wait_for_function("part => window.notices.some((each) => each.includes(part))", arg=part)


def clipboard(page: Page) -> str:
    """What was copied."""
    return str(page.evaluate("navigator.clipboard.readText()"))


def copied(page: Page, act: Callable[[], object]) -> str:
    """What is in the clipboard once `act()` has put something there."""
    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    wait_for(page, lambda: clipboard(page) == "nothing yet")
    act()
    wait_for(page, lambda: clipboard(page) != "nothing yet")
    return clipboard(page)


def scroll_until(page: Page, done: Callable[[], object], *, up: bool = False) -> None:
    """Scroll the list to its bottom, or its top, again and again, while pages come in, until `done()`."""
    target = "0" if up else "element.scrollHeight"
    deadline = time.monotonic() + 240
    while not done():
        assert time.monotonic() < deadline, "scrolling does not bring it"
        page.locator(".scroller").evaluate(f"element => element.scrollTo(0, {target})")
        page.wait_for_timeout(50)


class Complaints:
    """What the browser says. A test that provokes something expects it by a part of its text."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: list[str] = []

    def console(self, message: ConsoleMessage) -> None:
        """A message on the console, of any kind."""
        self.heard.append(f"console {message.type}: {message.text}")

    def page_error(self, error: Any) -> None:
        """An exception that nobody caught."""
        self.heard.append(f"uncaught: {error}")

    def expect(self, part: str) -> None:
        """Texts with `part` are what the test is about."""
        self.expected.append(part)

    def unexpected(self) -> list[str]:
        """Everything else."""
        return [text for text in self.heard if not any(part in text for part in self.expected)]


@pytest.fixture
def complaints() -> Complaints:
    """See Complaints."""
    return Complaints()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, in a zone that is neither UTC nor a whole number of hours from it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        timezone_id="Asia/Kathmandu",
        locale="en-GB",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext, complaints: Complaints) -> Iterator[Open]:
    """Opens an address and waits for all panels of the log: `open_page(url)`; or only for what `wait` names."""

    def open_at(url: str, *, wait: str = ANY_ANSWER) -> Page:
        page = context.new_page()
        page.add_init_script(WATCH_POLICY)
        page.add_init_script(KEEP_NOTICES)
        page.on("console", complaints.console)
        page.on("pageerror", complaints.page_error)
        page.goto(url)
        if wait:
            page.locator(wait).first.wait_for()
            page.locator(".figures .matched, .failure, .fleet, .digest, .around").first.wait_for()
        if wait == ANY_ANSWER:
            settled(page)
        return page

    yield open_at
    for page in context.pages:
        page.close()
    assert complaints.unexpected() == []


@pytest.fixture
def telephone(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A window of 390 pixels, with fingers."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", complaints.console)
    page.on("pageerror", complaints.page_error)
    yield page
    context.close()
    assert complaints.unexpected() == []


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that the tests of a file share; each of them looks at its own entries."""
    with Collector(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def fresh_hub(tmp_path: Path) -> Iterator[Collector]:
    """A collector with an empty store."""
    with Collector(tmp_path) as running:
        yield running
