"""What Prometheus and Grafana are given: it is about the numbers that a collector has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.metrics_page import PAGE, TABLES, page
from tests.integration.programs import Collector
from tests.test_structure import ROOT

from journalhub.journal.metrics import PREFIX

RULES = ROOT / "deploy" / "prometheus" / "journalhub.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "journalhub.json"
NAMES = {PREFIX + metric.name for _, table in TABLES for metric in table}
PROMTOOL = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")


def promtool(*words: str | Path, text: str = "") -> "subprocess.CompletedProcess[str]":
    """What promtool says."""
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *map(str, words)], input=text, capture_output=True, text=True)


def used(text: str) -> set[str]:
    """The numbers that expressions name."""
    return set(re.findall(rf"\b{PREFIX}[a-z_]+", text))


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a collector answers."""
    import urllib.request

    with (
        Collector(tmp_path_factory.mktemp("hub")) as running,
        urllib.request.urlopen(f"{running.url}/metrics", timeout=240) as answer,
    ):
        assert isinstance(body := answer.read(), bytes)
        return body.decode()


def test_the_page_is_fresh() -> None:
    """docs/metrics.md is what the tables give; write it anew with `python -m tests.deploy.metrics_page`."""
    assert page() == PAGE.read_text()


def test_a_collector_has_every_number(metrics: str) -> None:
    """Each metric of the tables, once, and no other."""
    names = [line.split()[0] for line in metrics.splitlines() if not line.startswith("#")]

    assert (sorted(NAMES), len(NAMES)) == (sorted(names), len(names))


def test_counters_are_called_so() -> None:
    """The name says what may fall: that is how Prometheus' own rules go."""
    wrong = [one.name for _, table in TABLES for one in table if one.name.endswith("_total") != (one.kind == "counter")]

    assert [] == wrong


@needs_promtool
def test_promtool_likes_the_numbers(metrics: str) -> None:
    """Names, units and help are as Prometheus wants them."""
    done = promtool("check", "metrics", text=metrics)

    assert (0, "") == (done.returncode, done.stderr)


def test_the_dashboard_shows_what_there_is() -> None:
    """Every panel has a place, and asks for numbers of the tables; every number has a panel."""
    dashboard = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    numbers = [panel["id"] for panel in dashboard["panels"]]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in dashboard["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert used(" ".join(expressions)) == NAMES
    assert len(numbers) == len(set(numbers)) and len(cells) == len(set(cells)) and max(cells)[0] < 24


def test_rules_ask_for_what_there_is() -> None:
    """Every expression names numbers of the tables; every alert says what to do."""
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]

    assert set() == used(" ".join(rule["expr"] for rule in rules)) - NAMES
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)
    assert {"critical", "warning"} == {rule["labels"]["severity"] for rule in rules}


@needs_promtool
def test_promtool_runs_the_rules(tmp_path: Path) -> None:
    """They are valid, and fire when they should."""
    shutil.copy(RULES, tmp_path)
    tests = shutil.copy(Path(__file__).parent / "journalhub.test.yml", tmp_path)
    for words in (("check", "rules", RULES), ("test", "rules", tests)):
        done = promtool(*words)
        assert done.returncode == 0, done.stdout + done.stderr
