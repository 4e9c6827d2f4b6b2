"""jhctl is measured beside journalctl, and what is told of it comes from whole processes that ended well."""

import json
import sys
from pathlib import Path

import pytest
from bench import __main__ as bench
from bench import kept, queries
from tests.bench.test_kept import elsewhere

__all__ = ["elsewhere"]

MODES = ["export", "short", "json"]


def test_a_small_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every start and every dump is there for both, in each turn, as text, as JSON and as pictures."""
    file, pictures = tmp_path / "figures.json", tmp_path / "pictures"
    words = [
        "--cli",
        "--entries",
        "300",
        "--hosts",
        "2",
        "--rounds",
        "2",
        "--json",
        str(file),
        "--plots",
        str(pictures),
    ]
    monkeypatch.setattr(sys, "argv", ["bench", *words])
    monkeypatch.setattr(queries, "RUNS", queries.RUNS_LEAST)

    assert bench.main() == 0

    figures = json.loads(file.read_text())["figures"]
    assert figures["starts"].keys() == {"--version", "-n 10", "-n 10 -o json"}
    assert all(one[who]["median"] > 0 for one in figures["starts"].values() for who in ("jhctl", "journalctl"))
    assert list(figures["dumps"]) == MODES
    assert all(len(one[who]) == 2 for one in figures["dumps"].values() for who in ("ours", "theirs"))
    printed = {mode: one["bytes"] for mode, one in figures["dumps"].items()}
    whole = kept.export_text(300, 2).size
    assert printed["short"] > 300 * 40 and min(printed["export"], printed["json"]) > whole * 0.9
    assert {"cli-start.svg", "cli-dumps.svg"} == {picture.name for picture in pictures.iterdir()}
    told = capsys.readouterr().out
    assert all(f"-o {mode}" in told for mode in MODES)
