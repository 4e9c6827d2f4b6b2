"""The goals, and whether the newest figures of each form meet them: as a table of Markdown."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import contenders
from bench.results import Result
from bench.senders import SHIPPER, UPLOADER

Figures = dict[str, Any]

BEGIN, END = "<!-- goals: printed by ./dev bench --markdown -->", "<!-- end of goals -->"
"""In a page that has both, what is between them is replaced."""

MIB = 1024 * 1024
PEER_RATE = 95_000.0
"""Entries/s of VictoriaLogs with entry metadata, of another day and machine; for runs without it."""

MILLION = 1_000_000

ANSWERING = ("journalctl", "VictoriaLogs")
"""Peers that are asked the questions. ripgrep only searches, and knows no entry."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One row. `measured` and `limit` take the figures of a form as JSON has them."""

    name: str
    form: str
    unit: str
    limit: Callable[[Figures], float]
    measured: Callable[[Figures], float | None]
    """None where this run has nothing of it."""
    at_least: bool = False
    peer: Callable[[Figures], tuple[float, str] | None] = lambda figures: None
    """The best peer's figure in the same run, and its name."""

    def judged(self, figures: Figures | None) -> dict[str, str]:
        """What a table says of it: figure, goal, measured, verdict, the best peer of the run, the ratio to it."""
        value = None if figures is None else self.measured(figures)
        limit = self.limit(figures or {})
        told = {"figure": self.name, "goal": f"{'≥' if self.at_least else '≤'} {_number(limit)}{self.unit}"}
        if value is None or figures is None:
            return {**told, "measured": "", "verdict": "not measured", "peer": "", "ratio": ""}
        measured = {"measured": f"{_number(value)}{self.unit}", "verdict": self.verdict(value, limit)}
        return {**told, **measured, **self._beside(figures, value)}

    def _beside(self, figures: Figures, value: float) -> dict[str, str]:
        found = self.peer(figures)
        if found is None:
            return {"peer": "", "ratio": ""}
        return {"peer": f"{found[1]} {_number(found[0])}{self.unit}", "ratio": f"{value / found[0]:.2f}"}

    def verdict(self, value: float, limit: float) -> str:
        """Met, or missed by how much of the goal."""
        missed = (limit - value) / limit if self.at_least else (value - limit) / limit
        return "met" if missed <= 0 else f"missed by {missed:.0%}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _fixed(limit: float) -> Callable[[Figures], float]:
    return lambda figures: limit


def _load(figures: Figures, name: str, key: str) -> float | None:
    """The median of the turns."""
    turns = [turn[key] for turn in figures.get("ingest", {}).get(name, ()) if key in turn]
    return float(statistics.median(turns)) if turns else None


def _of_peer(share: float) -> Callable[[Figures], float]:
    """A share of VictoriaLogs' rate, of the same run where it was in it."""
    return lambda figures: share * (_load(figures, contenders.PEER_METADATA, "entries_per_second") or PEER_RATE)


def _loaded(name: str, key: str) -> Callable[[Figures], float | None]:
    return lambda figures: _load(figures, name, key)


def _peer_load(key: str) -> Callable[[Figures], tuple[float, str] | None]:
    """VictoriaLogs' with entry metadata: the peer that keeps what we keep."""

    def found(figures: Figures) -> tuple[float, str] | None:
        value = _load(figures, contenders.PEER_METADATA, key)
        return None if value is None else (value, "VictoriaLogs")

    return found


def _peer_largest(figures: Figures) -> tuple[float, str] | None:
    turns = figures["ingest"].get(contenders.PEER_METADATA, ())
    peaks = [turn["peak_rss_bytes"] / MIB for turn in turns if "peak_rss_bytes" in turn]
    return (max(peaks), "VictoriaLogs") if peaks else None


def _best_answer(name: str) -> Callable[[Figures], tuple[float, str] | None]:
    """The least median of those that were asked the same."""

    def found(figures: Figures) -> tuple[float, str] | None:
        medians = [(figures[who][name]["median"], who) for who in ANSWERING if name in figures.get(who, {})]
        return min(medians, default=None)

    return found


def _asked(name: str) -> Callable[[Figures], float | None]:
    return lambda figures: figures["queries"][name]["median"] if name in figures["queries"] else None


def _largest(figures: Figures) -> float | None:
    ours = (contenders.NATIVE, contenders.UPLOAD, *(contenders.TEXT.format(count) for count in (1, 2, 4)))
    loads = (turn for name in ours for turn in figures["ingest"].get(name, ()))
    peaks: list[int] = [turn["peak_rss_bytes"] for turn in loads if "peak_rss_bytes" in turn]
    return max([*peaks, figures.get("rss_bytes", 0)]) / MIB if peaks else None


def _node(rate: int, key: str, scale: float) -> Callable[[Figures], float | None]:
    def measured(figures: Figures) -> float | None:
        turns = figures["backfill"] if not rate else figures["live"].get(str(rate))
        return float(statistics.median(turn[key] for turn in turns[SHIPPER])) / scale if turns else None

    return measured


def _node_ratio(figures: Figures) -> float | None:
    turns = figures["live"].get("500")
    if not turns:
        return None
    pairs = zip(turns[SHIPPER], turns[UPLOADER], strict=True)
    return float(statistics.median(ours["cpu_us_per_entry"] / theirs["cpu_us_per_entry"] for ours, theirs in pairs))


def _dump(mode: str) -> Callable[[Figures], float]:
    return lambda figures: float(statistics.median(figures["dumps"][mode]["ours"]))


def _dump_ratio(mode: str) -> Callable[[Figures], float]:
    def measured(figures: Figures) -> float:
        one = figures["dumps"][mode]
        return float(statistics.median(ours / theirs for ours, theirs in zip(one["ours"], one["theirs"], strict=True)))

    return measured


def _seconds_each_million(seconds: float) -> Callable[[Figures], float]:
    return lambda figures: seconds * figures.get("entries", MILLION) / MILLION


def _busy(today: bool) -> Callable[[Figures], float | None]:
    """The worst of the questions about the day of the corpus, or about the day that grows."""

    def measured(figures: Figures) -> float | None:
        ratios = [
            busy / figures["idle_ms"][name]
            for name, busy in figures["busy_ms"].items()
            if name.startswith("today:") is today
        ]
        return max(ratios, default=None)

    return measured


def _key(*path: str, scale: float = 1.0) -> Callable[[Figures], float | None]:
    def measured(figures: Figures) -> float | None:
        found: Any = figures
        for key in path:
            if key not in found:
                return None
            found = found[key]
        return float(found) / scale

    return measured


QUESTIONS = {
    "rare word (1 entry), newest 100": 3, "medium word, newest 100": 4, "common word, newest 100": 6,
    "phrase, newest 100": 5, "AND NOT, newest 100": 5, "everything, newest 100": 5, "host, newest 100": 4,
    "unit and priority, newest 100": 3, "exact field, newest 100": 2, "count of a common word": 5,
    "histogram, 60 buckets": 10, "histogram by priority": 15, "histogram of a common word": 6,
    "facets of every field": 20, "facets of a word": 5, "substring, rare": 50, "substring, rare, the first time": 50,
    "regex, rare": 50, "case-insensitive word, rare": 50,
}  # fmt: skip
"""Milliseconds."""

GOALS = (
    Goal(
        "native batches", "whole", "/s", _of_peer(1.2), _loaded(contenders.NATIVE, "entries_per_second"), True,
        _peer_load("entries_per_second"),
    ),
    Goal(
        "native batches, CPU an entry", "whole", " µs", _fixed(15), _loaded(contenders.NATIVE, "cpu_us_per_entry"),
        peer=_peer_load("cpu_us_per_entry"),
    ),
    Goal(
        "export text, 2 connections", "whole", "/s", _of_peer(0.8),
        _loaded(contenders.TEXT.format(2), "entries_per_second"), True, _peer_load("entries_per_second"),
    ),
    Goal(
        "stock systemd-journal-upload", "whole", "/s", _of_peer(0.8),
        _loaded(contenders.UPLOAD, "entries_per_second"), True, _peer_load("entries_per_second"),
    ),
    Goal(
        "disk, hot", "whole", " B", _fixed(140), _loaded(contenders.NATIVE, "disk_bytes_per_entry"),
        peer=_peer_load("disk_bytes_per_entry"),
    ),
    Goal("disk, sealed", "sealed", " B", _fixed(97), _key("sealed", "bytes")),
    Goal("100 scattered entries of a sealed day, CPU", "sealed", " ms", _fixed(20), _key("sealed", "scattered_ms")),
    Goal("RSS, ingesting and answering", "whole", " MiB", _fixed(300), _largest, peer=_peer_largest),
    *(
        Goal(name, "whole", " ms", _fixed(limit), _asked(name), peer=_best_answer(name))
        for name, limit in QUESTIONS.items()
    ),
    Goal("queries while entries come, the worst", "steady", " times", _fixed(1.5), _busy(False)),
    Goal("the same, of the day that grows", "steady", " times", _fixed(1.5), _busy(True)),
    Goal("acknowledged and found, the longest", "steady", " s", _fixed(1.0), _key("lag", "longest")),
    Goal("the same, median", "steady", " s", _fixed(1.0), _key("lag", "median")),
    Goal("RSS at the end, to half-way", "steady", " times", _fixed(1.1), _key("growth", "rss")),
    Goal("open files at the end, to half-way", "steady", " times", _fixed(1.1), _key("growth", "files")),
    Goal(
        "node to a line of jhctl -f, median", "whole", " ms", _fixed(150),
        _key("screen", "logger to a line of jhctl -f", "median"),
    ),
    Goal("left after kill -9, of 100", "whole", "", _fixed(100), _key("left_percent"), True),
    *(
        Goal(f"dump, -o {mode}", "cli", " s", _seconds_each_million(seconds), _dump(mode))
        for mode, seconds in (("export", 8.3), ("short", 7), ("json", 10))
    ),
    *(
        Goal(f"dump, -o {mode}, to journalctl", "cli", " times", _fixed(limit), _dump_ratio(mode))
        for mode, limit in (("export", 1.0), ("short", 1.0), ("json", 0.3))
    ),
    Goal("jhctl -n 10, from cold", "cli", " ms", _fixed(120), _key("starts", "-n 10", "jhctl", "median")),
    Goal(
        "newest first, many days to one, the worst", "grown", " times", _fixed(1.1),
        lambda figures: max(figures["ratios"].values()),
    ),
    *(
        Goal(f"shipper, RSS at {rate:,}/s", "node", " MB", _fixed(60), _node(rate, "resident", 1e6))
        for rate in (10, 500, 5000)
    ),
    Goal("shipper, CPU at 500/s, to systemd-journal-upload", "node", " times", _fixed(2), _node_ratio),
    Goal("shipper, backfill", "node", "/s", _fixed(90_000), _node(0, "entries_per_second", 1), True),
    Goal("page, address to rows", "web", " ms", _fixed(500), _key("opened", "address to rows", "median")),
    Goal("page, Enter to rows", "web", " ms", _fixed(200), _key("answered", "median")),
    Goal("page, script, gzip", "web", " KB", _fixed(80), _key("script_bytes", scale=1000)),
    Goal("page, heap at the end, to its first quarter", "web", " times", _fixed(1.1), _key("growth", "heap")),
    Goal("page, nodes at the end, to their first quarter", "web", " times", _fixed(1.1), _key("growth", "nodes")),
    Goal("a thousand nodes, the longest wait", "fleet", " s", _fixed(5), _key("longest")),
)  # fmt: skip


def judged(form: str, figures: Figures) -> list[dict[str, str]]:
    """The goals of one form."""
    return [goal.judged(figures) for goal in GOALS if goal.form == form]


def text(form: str, figures: Figures) -> str:
    """The same for people."""
    lines = [f"{'goal':52} {'wanted':>14} {'measured':>14}"]
    lines += [
        f"{o['figure']:52} {o['goal']:>14} {o['measured']:>14}  {o['verdict']:18}{o['peer']:24}{o['ratio']}"
        for o in judged(form, figures)
    ]
    return "\n".join(line.rstrip() for line in lines)


def table(results: dict[str, Result]) -> str:
    """Every goal, its newest figure and where that comes from."""
    runs = {form: f"[{number}]" for number, form in enumerate(results, 1)}
    lines = ["| figure | goal | measured | | best peer, same run | ours to it | run |", "|---|---|---|---|---|---|---|"]
    for goal in GOALS:
        result = results.get(goal.form)
        told = goal.judged(None if result is None else result["figures"])
        lines.append("| " + " | ".join([*told.values(), runs.get(goal.form, "") if told["measured"] else ""]) + " |")
    lines.append("")
    for form, result in results.items():
        where = f"{result['date']}, {result['machine']}, version {result['version']}"
        lines.append(f"- {runs[form]} `{result['command']}`: {where}{_speed(result['figures'])}")
    return "\n".join(lines)


def _speed(figures: Figures) -> str:
    return f", calibration {figures['calibration_ms']:.0f} ms" if "calibration_ms" in figures else ""


def write(file: Path, text: str) -> None:
    """Into a page between BEGIN and END where it has them; else as all of the file."""
    if file.exists() and BEGIN in (page := file.read_text()):
        before, _, rest = page.partition(BEGIN)
        _, _, after = rest.partition(END)
        text = f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
    else:
        text += "\n"
    file.write_text(text)
