"""A long list stays light: what scrolling and following cost is bounded, and nothing is left behind."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open, scroll_until, settled
from tests.web.hub import feed
from tests.web.incident import Fleet

STORED = 5600
ROWS_MOST = 5000
PAGE = 200
"""Rows of a page."""
LEFT_MOST = 1500
"""Nodes or listeners: half of one for each of the 3,000 rows that come and go meanwhile. The panels beside the list,
which are drawn anew at moments of their own, have some forty listeners and some hundred nodes."""

WATCH = """() => {
  window.seen = { added: 0, removed: 0 };
  const rows = (nodes) => [...nodes].reduce((sum, node) =>
    sum + (node.nodeType !== 1 ? 0 : node.matches('tr.row') ? 1 : node.querySelectorAll('tr.row').length), 0);
  new MutationObserver((changes) => {
    for (const { addedNodes, removedNodes } of changes) {
      window.seen.added += rows(addedNodes);
      window.seen.removed += rows(removedNodes);
    }
  }).observe(document.querySelector('.scroller'), { subtree: true, childList: true });
  return document.querySelectorAll('tr.row').length;
}"""


@pytest.fixture(scope="module")
def long_day(hub: Collector) -> Iterator[Collector]:
    """More entries than a document carries well, no two alike."""
    fleet, now = Fleet(), int(time.time() * 1e6)
    feed(hub, [fleet.line(f"web-{n % 5}", now - 1000 * n, f"line {n:05}", n % 8) for n in range(STORED)])
    yield hub


def metrics(session: CDPSession) -> dict[str, int]:
    """What Chromium counts about the page, after its garbage was collected."""
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Performance.getMetrics")["metrics"]
    return {one["name"]: int(one["value"]) for one in found}


def session_of(page: Page) -> CDPSession:
    """A look at what the page costs."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    return session


def test_five_thousand_rows_cost_their_own_drawing(long_day: Collector, open_page: Open) -> None:
    """Each row is drawn once on the way to 5,000; what is off the screen costs nothing; scrolling alone draws none."""
    page = open_page(f"{long_day.url}/?since=-1d&until=now")
    first = page.evaluate(WATCH)
    scroll_until(page, lambda: page.get_by_text("all there are in this range").count())
    settled(page)
    rows = page.locator("tr.row").count()
    seen = page.evaluate("window.seen")

    assert ROWS_MOST <= rows < ROWS_MOST + PAGE
    # Runs of lines may be joined at the border of two pages: a few are drawn anew, never a part of the list.
    assert STORED - first <= seen["added"] <= STORED - first + PAGE
    assert STORED - rows <= seen["removed"] <= STORED - rows + PAGE
    parts = page.locator(".rows tbody")
    assert {"auto"} == set(parts.evaluate_all("parts => parts.map(part => getComputedStyle(part).contentVisibility)"))

    session = session_of(page)
    before, drawn = metrics(session), page.evaluate("window.seen")
    page.locator(".scroller").evaluate(
        """async (element) => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          for (let step = 0; step < 40; step++) { element.scrollTop -= 400; await frame(); }
        }"""
    )
    after = metrics(session)
    # A layout forced in the handler would be one more for each step.
    assert after["LayoutCount"] - before["LayoutCount"] <= 40 + 25
    assert drawn == page.evaluate("window.seen")


def test_following_leaves_nothing_behind(long_day: Collector, open_page: Open) -> None:
    """Following thousands of entries, once the list is full, leaves no nodes and no listeners."""
    host = f"tail-{time.time_ns()}"  # A host of its own: a second try would send what the collector has.
    page = open_page(f"{long_day.url}/?q=followed host:{host}")
    session = session_of(page)
    fleet = Fleet()
    looks: list[dict[str, int]] = []
    for turn in range(9):
        now = int(time.time() * 1e6)
        lines = [fleet.line(host, now + n, f"followed {turn} {n:04}", n % 8) for n in range(1000)]
        feed(long_day, lines, searchable=False)
        expect(page.locator("tr.row").first).to_contain_text(f"followed {turn} 0999", timeout=120_000)
        if turn >= 5:
            looks.append(metrics(session))

    assert page.locator("tr.row").count() <= ROWS_MOST + PAGE
    for name in ("Nodes", "JSEventListeners"):
        counts = [look[name] for look in looks]
        assert max(counts) - min(counts) <= LEFT_MOST, (name, counts)
    assert all(look["Documents"] <= 2 for look in looks)
