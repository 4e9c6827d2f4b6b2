"""The shipper, systemd-journal-upload and journalctl carry the same journal away; children count."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import __main__ as bench
from bench import node, tree
from bench.senders import SENDERS
from tests.bench.test_kept import elsewhere
from tests.lab import journald

__all__ = ["elsewhere"]

REASON = journald.why_not()


def test_a_small_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every entry of a journal arrives from each of them; without a journald the rest is left out, and it is said."""
    file = tmp_path / "figures.json"
    monkeypatch.setattr(journald, "why_not", lambda: "no namespaces here")
    monkeypatch.setattr(sys, "argv", ["bench", "--node", "--entries", "300", "--json", str(file)])

    assert bench.main() == 0

    figures = json.loads(file.read_text())["figures"]
    assert list(figures["backfill"]) == list(SENDERS)
    assert all(one["cpu_us_per_entry"] > 0 for turns in figures["backfill"].values() for one in turns)
    assert figures["live"] == {}
    assert "no namespaces here" in capsys.readouterr().out


@pytest.mark.skipif(REASON is not None, reason=f"needs a private journald: {REASON}")
def test_a_journal_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At every rate each of them brings all that is written, and the pictures show it."""
    monkeypatch.setattr(node, "RATES", (100,))

    figures = node.measure(50, 1, 1)
    node.draw(figures, tmp_path)

    assert list(figures["live"][100]) == list(SENDERS)
    assert all(one.resident > one.share > one.own > 0 for turns in figures["live"][100].values() for one in turns)
    assert "times the CPU of systemd-journal-upload" in capsys.readouterr().out
    assert {"node-cpu_us_per_entry.svg", "node-resident.svg"} == {picture.name for picture in tmp_path.glob("*.svg")}


def test_children_are_counted() -> None:
    """CPU and memory of a tree are those of the child of a child as well."""
    busy = f"{sys.executable} -c 'x = bytearray(50_000_000); print(sum(range(10**6)), flush=True); input()'; true"
    words = ["sh", "-c", 'sh -c "$1"; true', "sh", busy]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert len(tree.tree(process.pid)) >= 3
        assert tree.held(process.pid).own > 50_000_000
        alone = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
        assert tree.cpu_seconds(process.pid) > alone

        process.communicate(b"\n")
