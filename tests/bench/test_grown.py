"""Many days beside one, what a killed collector keeps, and that others are asked the same."""

import json
import urllib.request

import pytest
from bench import grown, ingest, kept, killed, queries, victorialogs
from bench.corpus import DAY, START
from bench.process import collector
from tests.bench.test_kept import elsewhere

__all__ = ["elsewhere"]


def test_days_beside_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stores are asked for the newest, in turns, each over its own days."""
    monkeypatch.setattr(queries, "RUNS", queries.RUNS_LEAST)
    figures = grown.measure(400, 2, 1, days=4)

    assert {name for name in queries.questions() if "newest 100" in name} == figures["many"].keys()
    assert figures["many"].keys() == figures["one"].keys() == figures["ratios"].keys()
    assert figures["loads"].keys() == {"many", "one"}


def test_all_days_are_asked() -> None:
    """A question over four days ends where they end."""
    asked = queries.questions(4)["everything, newest 100"]

    assert f"since=@{START // 1_000_000}&until=@{(START + 4 * DAY) // 1_000_000}" in asked


def test_what_was_acknowledged_is_left() -> None:
    """Every entry is found by a collector that starts after one that was killed."""
    assert 300 == killed.left(300, 2)


def test_victorialogs_is_asked_the_same() -> None:
    """Each of its questions is one of ours."""
    assert set() == victorialogs.questions(1).keys() - queries.questions().keys()


def test_turns_become_one() -> None:
    """Of several turns the medians count, and the range is that of all runs."""
    one, other = queries.Latency(1.0, 2.0, 0.5, 3.0, 60.0), queries.Latency(3.0, 4.0, 2.5, 9.0, 80.0)

    assert {"a": queries.Latency(2.0, 3.0, 0.5, 9.0, 70.0), "b": other} == queries.over(
        [{"a": one}, {"a": other, "b": other}]
    )


def test_what_is_rare_is_found() -> None:
    """Each question for the one rare entry finds it: none measures how fast nothing is found."""
    with collector() as store:
        ingest.post(store, kept.native(300, 2), 1)
        store.wait_idle()
        found = {}
        for name, path in queries.questions().items():
            if "rare" in name:
                with urllib.request.urlopen(store.url + path, timeout=240) as answer:
                    found[name] = len(json.load(answer)["entries"])

    assert len(found) == 4 and set(found.values()) == {1}
