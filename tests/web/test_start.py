"""What the page asks for when it opens: the rows first, and nothing twice."""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.integration.programs import Collector
from tests.web.conftest import Complaints
from tests.web.hub import feed
from tests.web.incident import Fleet

WATCH_LOCALE = """
window.locale = [];
const noted = (name, made) => new Proxy(made, {
  apply(...all) { window.locale.push(name); return Reflect.apply(...all); },
  construct(...all) { window.locale.push(name); return Reflect.construct(...all); },
});
for (const name of ['Collator', 'DateTimeFormat', 'ListFormat', 'NumberFormat', 'PluralRules', 'RelativeTimeFormat'])
  if (name !== 'DateTimeFormat' || 'Temporal' in window) Intl[name] = noted(name, Intl[name]);
for (const [kind, name] of [[String, 'localeCompare'], [Number, 'toLocaleString'], [Date, 'toLocaleString']])
  kind.prototype[name] = noted(name, kind.prototype[name]);
"""
"""Notes who needs the data of a language: where there is a `Temporal`, the name of the zone does not."""


@pytest.fixture(scope="module")
def evening(hub: Collector) -> Iterator[Collector]:
    """Some minutes of five hosts."""
    feed(hub, Fleet().evening(int(time.time() * 1e6), seconds=1800, number=300))
    yield hub


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A window that has not opened the page yet."""
    page = context.new_page()
    page.on("console", complaints.console)
    page.on("pageerror", complaints.page_error)
    yield page
    page.close()
    assert complaints.unexpected() == []


def asked(page: Page) -> list[str]:
    """The questions that the page asks, in their order, from now on: paths under the API."""
    paths: list[str] = []

    def note(url: str) -> None:
        path = urlsplit(url).path
        if "/api/v1/" in path:
            paths.append(path.partition("/api/v1/")[2])

    page.on("request", lambda request: note(request.url))
    return paths


@pytest.mark.parametrize(
    "query", ["", "?since=-1d&until=now", "?q=order&f=_HOSTNAME%3Dweb-1&order=oldest&columns=_PID"]
)
def test_rows_are_asked_for_first(evening: Collector, page: Page, query: str) -> None:
    """The first question is that for rows, whatever the address says; all else follows."""
    paths = asked(page)
    page.goto(evening.url + "/" + query)
    page.locator("tr.row").first.wait_for()
    page.locator(".facet-value").first.wait_for()
    page.get_by_role("link", name=re.compile(r"Fleet 5")).wait_for()

    assert "entries" == paths[0]
    assert {"histogram", "count", "facets", "nodes", "boots", "whoami"} <= set(paths)


def test_the_early_answer_is_the_one_that_is_shown(evening: Collector, page: Page) -> None:
    """Rows are asked for once, and the rest waits for them only a moment."""
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/entries\?"), lambda route: held.append(route))
    page.goto(f"{evening.url}/?since=-1d&until=now&q=order")
    expect(page.locator(".figures .matched")).to_be_visible()
    expect(page.locator(".plot path").first).to_be_visible()
    (only,) = held
    assert ["order"] == parse_qs(urlsplit(only.request.url).query)["q"]
    only.continue_()
    expect(page.locator("tr.row mark.hit").first).to_be_visible()
    expect(page.locator(".facet-value").first).to_be_visible()

    assert 1 == len(held)


def test_rows_need_no_data_of_a_language(evening: Collector, page: Page) -> None:
    """The first use of `Intl` takes longer than reading the page's script: nothing on the way to the rows has one."""
    page.add_init_script(WATCH_LOCALE)
    page.goto(evening.url)
    page.locator("tr.row").first.wait_for()
    page.locator(".facet-value").first.wait_for()
    page.get_by_role("link", name=re.compile(r"Fleet 5")).wait_for()
    assert [] == page.evaluate("window.locale")

    page.evaluate("new Intl.NumberFormat('en') && 'a'.localeCompare('b')")
    assert ["NumberFormat", "localeCompare"] == page.evaluate("window.locale")


def test_hosts_differ_once_the_fleet_is_known(evening: Collector, page: Page) -> None:
    """Rows are drawn before it is known who there is; hosts whose colours would be the same differ afterwards."""
    is_held = [True]
    page.route(re.compile(r"/api/v1/nodes"), lambda route: None if is_held[0] else route.continue_())
    page.goto(f"{evening.url}/?since=-1d&until=now")
    names = page.get_by_role("region", name="Filter by Host").locator(".facet-value .ellipsis")
    expect(names).to_have_count(5)
    tone = "element => getComputedStyle(element).color"
    assert len({name.evaluate(tone) for name in names.all()}) < 5
    # The page asks again every few seconds.
    is_held[0] = False
    page.get_by_role("link", name=re.compile(r"Fleet 5")).wait_for()
    cells = {name: page.locator("tr.row .c-host").filter(has_text=name).first for name in names.all_text_contents()}

    assert 5 == len({name.evaluate(tone) for name in names.all()})
    assert 5 == len({cell.evaluate(tone) for cell in cells.values()})
