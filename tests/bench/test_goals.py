"""Goals are told from the newest figures of each form, and a page's table is replaced by them."""

import sys
from pathlib import Path
from typing import Any

import pytest
from bench import __main__ as bench
from bench import contenders, goals, page, results
from tests.bench.test_kept import elsewhere

__all__ = ["elsewhere"]


def told(figures: dict[str, Any], form: str, name: str) -> tuple[str, str, str]:
    """Goal, figure and verdict of one row."""
    (row,) = (row for row in goals.judged(form, figures) if row["figure"] == name)
    return row["goal"], row["measured"], row["verdict"]


def whole(**rates: float) -> dict[str, Any]:
    """Figures of `whole` with loads of such rates."""
    names = {"native": contenders.NATIVE, "peer": contenders.PEER_METADATA}
    ingest = {names[name]: [{"entries_per_second": rate}] for name, rate in rates.items()}
    return {"ingest": ingest, "queries": {"rare word (1 entry), newest 100": {"median": 3.3}}}


def test_met_and_missed() -> None:
    """A verdict says by how much of the goal it is missed, and what was not measured is no miss."""
    figures = {"sealed": {"bytes": 97.0, "scattered_ms": 50.0}}

    assert ("≤ 97 B", "97 B", "met") == told(figures, "sealed", "disk, sealed")
    assert "missed by 150%" == told(figures, "sealed", "100 scattered entries of a sealed day, CPU")[2]
    assert ("≤ 3 ms", "3.3 ms", "missed by 10%") == told(whole(), "whole", "rare word (1 entry), newest 100")
    assert ("≤ 4 ms", "", "not measured") == told(whole(), "whole", "medium word, newest 100")


def test_a_peer_of_the_same_run_is_the_measure() -> None:
    """VictoriaLogs' rate of the same run sets the goal; without it that of another machine does."""
    assert ("≥ 1,200/s", "900/s", "missed by 25%") == told(whole(native=900, peer=1000), "whole", "native batches")
    assert ("≥ 114,000/s", "200,000/s", "met") == told(whole(native=200_000), "whole", "native batches")


def test_the_best_peer_of_the_same_run_stands_beside() -> None:
    """The quicker of those that were asked the same, by name, and our figure over theirs; nothing where none was."""
    name = "rare word (1 entry), newest 100"
    figures = whole(native=900, peer=1000) | {
        "journalctl": {name: {"median": 6.6}},
        "VictoriaLogs": {name: {"median": 11.0}},
    }
    rows = {row["figure"]: (row["peer"], row["ratio"]) for row in goals.judged("whole", figures)}

    assert (("journalctl 6.6 ms", "0.50"), ("VictoriaLogs 1,000/s", "0.90")) == (rows[name], rows["native batches"])
    assert ("", "") == rows["RSS, ingesting and answering"]
    assert "journalctl 6.6 ms" in goals.text("whole", figures)


def test_the_table_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is between the marks of a page is replaced by all goals with their runs; the rest of it stays."""
    results.keep("sealed", "./dev bench --sealed", {"sealed": {"bytes": 90.0}})
    file = tmp_path / "page.md"
    file.write_text(f"before\n\n{goals.BEGIN}\n\nolder figures\n\n{goals.END}\n\nafter\n")
    monkeypatch.setattr(sys, "argv", ["bench", "--goals", "--markdown", str(file)])

    assert [0, 0] == [bench.main(), bench.main()]

    text = file.read_text()
    assert (text.startswith("before\n"), text.endswith("\nafter\n"), "older figures" in text) == (True, True, False)
    assert "| disk, sealed | ≤ 97 B | 90 B | met |  |  | [1] |" in text
    assert "| shipper, backfill | ≥ 90,000/s |  | not measured |  |  |  |" in text
    assert f"- [1] `./dev bench --sealed`: {results.newest()['sealed']['date']}, {results.machine()}" in text


def test_every_goal_belongs_to_a_form() -> None:
    """Each can be measured: its form is one that can be asked for."""
    assert {goal.form for goal in goals.GOALS} == set(bench.FORMS)
    assert len({(goal.form, goal.name) for goal in goals.GOALS}) == len(goals.GOALS)


def test_a_page_that_grows() -> None:
    """A page that holds ever more is told from one that holds the same."""
    assert [1.0, 2.0] == [page.growth(values) for values in ([7, 7, 7, 7], [10, 14, 18, 20])]
