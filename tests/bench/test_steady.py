"""What is told of a collector that works while it is asked."""

import pytest
from bench import steady
from bench.process import collector
from tests.bench.test_kept import elsewhere

__all__ = ["elsewhere"]


def test_a_short_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every question is asked while entries come and while none do; a rate that was not reached is told."""
    for name, value in {"PRELOADED": 500, "FOLLOWERS": 2, "FOLLOWED_RATE": 100, "FOLLOWED_SECONDS": 1}.items():
        monkeypatch.setattr(steady, name, value)

    with collector() as store:
        figures = steady.steady(store, 0.02, 100)

    assert figures["idle_ms"].keys() == figures["busy_ms"].keys()
    assert figures["sent"]["entries"] > 0 and figures["written_per_wire_byte"] > 0
    assert figures["refused"] == []
    assert {"rss", "files"} == figures["growth"].keys() and figures["lag"]["times"] == len(figures["samples"])
    assert "100 entries/s were" in capsys.readouterr().out
    assert "NOT kept up with" in steady.table({**figures, "rate": 1_000_000})


def test_what_is_flat() -> None:
    """Growth is what the last quarter is to the one that ends half-way, of any number of looks."""
    assert [1.0, 1.0, 2.0] == [steady.growth(values) for values in ([5], [9, 1, 4, 4, 4, 4, 4, 4], [1, 2, 3, 4])]
