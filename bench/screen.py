"""From `logger` on a node to the line on a screen: of `jhctl -f`, and of the page in a real Chromium.

A real journald, a real shipper, a real collector. Needs root, for the namespaces of the node.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.lab.journald import JournaldHost
from tests.web.conftest import ARGUMENTS, CHROMIUM

from bench.process import Collector
from bench.queries import Latency

LINES = 40
"""Lines written, one after the other."""

PAUSE = 0.15
"""Seconds between two lines: they come one by one, not as a burst."""

WAIT = 20.0
"""Seconds after which a line that has not appeared is an error."""

_NUMBER = re.compile(r"screened line (\d+)\.")

_WATCH = """
() => {
  window.screened = {};
  new MutationObserver(() => {
    for (const found of document.body.innerText.matchAll(/screened line (\\d+)\\./g)) {
      window.screened[found[1]] ??= Date.now() / 1000;
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""


def screens(collector: Collector) -> dict[str, Latency]:
    """Latencies of both faces, measured on the same lines."""
    program = Path(sys.executable).with_name("journalhub")
    with tempfile.TemporaryDirectory() as directory, JournaldHost(Path(directory) / "host", "screen.example") as host:
        command = [str(program), "shipper", "--collector", collector.url, "--directory", str(host.log_directory)]
        with subprocess.Popen([*command, "--state-dir", f"{directory}/state"], stderr=subprocess.DEVNULL) as shipper:
            try:
                return _watch(collector, host)
            finally:
                shipper.terminate()


def _watch(collector: Collector, host: JournaldHost) -> dict[str, Latency]:
    shown: dict[str, float] = {}
    jhctl = str(Path(sys.executable).with_name("jhctl"))
    command = [jhctl, "--collector", collector.url, "-f", "-t", "screen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follow:
        threading.Thread(target=_read, args=(follow, shown), daemon=True).start()
        try:
            sent, painted = _write_and_look(collector, host)
        finally:
            follow.terminate()
    return {
        "logger to a line of jhctl -f": Latency.of([shown[number] - at for number, at in sent.items()]),
        "logger to a row of the page": Latency.of([painted[number] - at for number, at in sent.items()]),
    }


def _write_and_look(collector: Collector, host: JournaldHost) -> tuple[dict[str, float], dict[str, float]]:
    """When each line was written, and when it was on the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        # The page's policy forbids what waiting for a condition inside it needs.
        page = browser.new_page(bypass_csp=True)
        page.goto(collector.url)
        page.evaluate(_WATCH)
        _say(host, 0)
        page.wait_for_function("'0' in window.screened", timeout=WAIT * 1e3)
        sent = {str(number): _say(host, number) for number in range(1, LINES + 1)}
        page.wait_for_function(f"'{LINES}' in window.screened", timeout=WAIT * 1e3)
        painted: dict[str, float] = page.evaluate("window.screened")
        browser.close()
    return sent, painted


def _say(host: JournaldHost, number: int) -> float:
    """Write one line with logger; when, in seconds since the epoch."""
    time.sleep(PAUSE)
    at = time.time()
    host.run(["logger", "-t", "screen", f"screened line {number}."])
    return at


def _read(follow: "subprocess.Popen[str]", shown: dict[str, float]) -> None:
    assert follow.stdout is not None
    for line in follow.stdout:
        found = _NUMBER.search(line)
        if found:
            shown.setdefault(found[1], time.time())
