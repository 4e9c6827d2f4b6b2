"""The page in a real Chromium: how soon it shows something, how soon it answers, and what an hour of watching costs.

./dev bench --web [--entries N] [--tail-minutes N]       # the live tail runs for so long
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from tests.web.conftest import ARGUMENTS, CHROMIUM

from bench import ingest, kept, traffic
from bench.corpus import NEEDLE
from bench.process import Collector, calibrate
from bench.queries import Latency

OPENED = 15
"""Times that the page is opened, each in a window that knows nothing of it."""

RATE = 200
"""Entries a second that are watched."""

SAMPLES = 60
"""Looks at the memory, over all of the time."""

SETTLED = 40.0
"""Seconds after which the list holds all that it may: 5,000 rows at RATE come in 25."""

DAY = "/?since=2025-06-16&until=2025-06-17&tz=utc"
"""All of the corpus."""

WORDS = ("deadlock", "request", NEEDLE, "refused", "error", "session", "password", "started", "failed", "cache")
"""Typed one after the other."""

STATIC = Path(__file__).resolve().parents[1] / "web" / "static" / "assets"

# What is in the document when a frame begins is painted with it: the second frame comes after that.
_WATCH = """
window.shown = {};
const LOOKED_FOR = { rows: 'tr.row', bars: '.plot svg path', facets: '.facet-value', count: '.figures .matched' };
const painted = (name) => requestAnimationFrame(() => requestAnimationFrame(() => {
  if (name in window.shown) return;
  window.shown[name] = performance.now();
  if (Object.keys(window.shown).length === Object.keys(LOOKED_FOR).length) console.debug('all is shown');
}));
new MutationObserver(() => {
  for (const [name, selector] of Object.entries(LOOKED_FOR)) {
    if (!(name in window.shown) && document.querySelector(selector)) painted(name);
  }
}).observe(document, { subtree: true, childList: true });
"""

_TYPED = """
(word) => {
  window.answered = null;
  let begin = 0;
  const done = () =>
    requestAnimationFrame(() => requestAnimationFrame(() => window.answered ??= performance.now() - begin));
  const look = new MutationObserver(() => {
    const hit = document.querySelector('tr.row mark.hit');
    if (begin && hit && hit.textContent.toLowerCase() === word) { look.disconnect(); done(); }
  });
  look.observe(document.body, { subtree: true, childList: true, characterData: true });
  document.addEventListener('keydown', (event) => { if (event.key === 'Enter') begin = performance.now(); },
    { capture: true, once: true });
}
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the page, at one moment; after its garbage was collected."""

    at: float
    heap: int
    """Bytes of JavaScript's objects."""
    nodes: int
    """Of the document, and those that are kept without one."""
    rows: int


def page(collector: Collector, entries: int, minutes: float) -> dict[str, Any]:
    """The figures, also printed."""
    ingest.load(collector, kept.native(entries, 20), 2)
    collector.wait_idle()
    with _chromium() as browser:
        figures: dict[str, Any] = {
            "entries": entries,
            "calibration_ms": calibrate(),
            "opened": _opened(browser, collector.url),
            "answered": _answered(browser, collector.url),
            "script_bytes": sum(path.stat().st_size for path in STATIC.glob("*.js.gz")),
            "style_bytes": sum(path.stat().st_size for path in STATIC.glob("style-*.css.gz")),
            "memory": _watched(browser, collector, minutes),
        }
    if samples := figures["memory"]:
        figures["growth"] = {name: growth([getattr(one, name) for one in samples]) for name in ("heap", "nodes")}
    print(_table(figures))
    return figures


def growth(values: list[int]) -> float:
    """What the last quarter's median is to the first's, once the list is full: 1 for a page that may stay open."""
    quarter = max(1, len(values) // 4)
    return statistics.median(values[-quarter:]) / statistics.median(values[:quarter])


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def _opened(browser: Browser, url: str) -> dict[str, Latency]:
    """From the address to what is painted, in windows without a cache."""
    laps: dict[str, list[float]] = {}
    for turn in range(OPENED + 1):
        window = browser.new_page()
        window.add_init_script(_WATCH)
        session = window.context.new_cdp_session(window)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        # Not by a condition: what looks for it would be put into the page just before its rows, and cost it 10 ms.
        with window.expect_console_message(lambda message: message.text == "all is shown"):
            window.goto(url + DAY)
        cpu = _metrics(session)["ThreadTime"] * 1000
        if turn:  # the first one warms the collector
            for name, at in {**window.evaluate("window.shown"), "cpu": cpu}.items():
                laps.setdefault(name, []).append(at / 1000)
        window.close()
    shown = {f"address to {name}": Latency.of(laps[name]) for name in ("rows", "bars", "count", "facets")}
    return {**shown, "CPU of the page's thread for all that": Latency.of(laps["cpu"])}


def _answered(browser: Browser, url: str) -> Latency:
    """From Enter to the rows of what was typed, with its marks on them."""
    window = browser.new_page(bypass_csp=True)
    window.goto(url + DAY)
    window.locator("tr.row").first.wait_for()
    box = window.get_by_role("combobox", name="Search the journals")
    laps = []
    for word in WORDS * 3:
        box.fill("")
        box.press_sequentially(word, delay=30)
        window.evaluate(_TYPED, word)
        box.press("Enter")
        window.wait_for_function("window.answered !== null")
        laps.append(window.evaluate("window.answered") / 1000)
    window.close()
    return Latency.of(laps[len(WORDS) :])


def _watched(browser: Browser, collector: Collector, minutes: float) -> list[Memory]:
    """The memory of a page that follows RATE entries a second, from when its list is full."""
    window = browser.new_page(bypass_csp=True)
    window.goto(collector.url)
    session = window.context.new_cdp_session(window)
    session.send("Performance.enable")
    begin = time.monotonic()
    samples: list[Memory] = []
    with traffic.started("send", collector.url, RATE, SETTLED + minutes * 60) as sender:
        while sender.poll() is None:
            # While it waits here, the window's events are served.
            window.wait_for_timeout(max(1.0, minutes * 60 / SAMPLES) * 1000)
            if time.monotonic() - begin >= SETTLED:
                samples.append(_memory(window, session, time.monotonic() - begin))
        traffic.result(sender)
    window.close()
    return samples


def _memory(window: Page, session: CDPSession, at: float) -> Memory:
    session.send("HeapProfiler.collectGarbage")
    found = _metrics(session)
    return Memory(at, int(found["JSHeapUsedSize"]), int(found["Nodes"]), window.locator("tr.row").count())


def _metrics(session: CDPSession) -> dict[str, float]:
    """What Chromium counts about a page; times in seconds."""
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def _table(figures: dict[str, Any]) -> str:
    samples: list[Memory] = figures["memory"]
    lines = [f"{figures['entries']:,} entries stored; calib ms {figures['calibration_ms']:.1f}"]
    lines += [f"\n{'the page, ms':40} {'median':>8} {'95 %':>8} {'lowest':>8} {'highest':>8}"]
    for name, one in {**figures["opened"], "Enter to rows": figures["answered"]}.items():
        lines.append(f"{name:40} {one.median:8.1f} {one.late:8.1f} {one.lowest:8.1f} {one.highest:8.1f}")
    script, style = (figures[name] / 1024 for name in ("script_bytes", "style_bytes"))
    lines.append(f"\nscript {script:.1f} KiB gzip, style {style:.1f} KiB")
    if samples:
        lines.append(f"\n{f'following {RATE} entries a second':40} {'heap MiB':>8} {'nodes':>8} {'rows':>8}")
        for part in (0, 0.25, 0.5, 0.75, 1):
            one = samples[min(len(samples) - 1, round(part * (len(samples) - 1)))]
            lines.append(f"{f'after {one.at / 60:.1f} min':40} {one.heap / 2**20:8.1f} {one.nodes:8,} {one.rows:8,}")
    return "\n".join(lines)
