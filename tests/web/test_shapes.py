"""How urgent an entry is can be seen without colours, and heard."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect
from tests.integration.programs import Collector
from tests.web.conftest import Open
from tests.web.hub import feed
from tests.web.incident import Fleet
from tests.web.looks import picture

LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
GROUPS = (("emerg", "alert", "crit"), ("err",), ("warning",), ("notice",), ("info",), ("debug",))

SHAPE = """(element, pseudo) => {
  const style = getComputedStyle(element, pseudo);
  return [style.clipPath, style.borderRadius, style.maskImage].join(' ');
}"""


@pytest.fixture(scope="module")
def levels(hub: Collector) -> Iterator[Collector]:
    """One entry of each level, and one of none."""
    fleet, now = Fleet(), int(time.time() * 1e6)
    entries = [fleet.line("web-1", now - 1000 * n, f"says {name}", n) for n, name in enumerate(LEVELS)]
    entries.append(fleet.entry("web-1", now - 9000, ("MESSAGE", b"says nothing of it"), ("SYSLOG_IDENTIFIER", b"app")))
    feed(hub, entries)
    yield hub


def shape(mark: Locator, pseudo: str | None = None) -> str:
    """The outline of a mark, whatever its colour."""
    return str(mark.evaluate(SHAPE, pseudo))


def test_each_group_of_levels_has_a_shape(levels: Collector, open_page: Open) -> None:
    """The shape of a level is the same in rows, legend, sidebar and entry, and another than that of any other group."""
    page = open_page(levels.url)
    sidebar = page.get_by_role("region", name="Filter by Priority")
    legend = page.get_by_role("list", name="Series")
    found: dict[str, str] = {}
    for name in LEVELS:
        row = page.locator("tr.row").filter(has_text=f"says {name}")
        found[name] = shape(row.locator(".open"), "::before")
        swatch = sidebar.get_by_role("button", name=name).first.locator(".swatch")
        assert found[name] == shape(swatch), name
        assert found[name] == shape(legend.get_by_role("button", name=name).locator(".swatch")), name
    page.locator("tr.row").filter(has_text="says warning").click()
    detail = page.get_by_role("complementary", name="Entry").locator(".level-name")
    expect(detail).to_have_text("warning")
    assert found["warning"] == shape(detail, "::before")
    picture(page, "levels")

    outlines = [{found[name] for name in group} for group in GROUPS]
    assert [1] * len(GROUPS) == [len(outline) for outline in outlines]
    assert len(GROUPS) == len(set.union(*outlines))
    none = page.locator("tr.row").filter(has_text="says nothing").locator(".open")
    assert "none" == none.evaluate("element => getComputedStyle(element, '::before').content")


def test_levels_are_heard(levels: Collector, open_page: Open) -> None:
    """Who hears the page is told the level of every row that has one."""
    page = open_page(levels.url)
    for name, said in (("notice", "notice"), ("info", "info"), ("debug", "debug"), ("err", "ERR"), ("warning", "WARN")):
        row = page.locator("tr.row").filter(has_text=f"says {name}")
        assert said in row.aria_snapshot(), row.aria_snapshot()
