"""Numbers for Prometheus, in its text format: each room has a table of its own, which docs/metrics.md is made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4"

PREFIX = "journalhub_"
"""Of every name."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number."""

    name: str
    """Without PREFIX; a counter ends in `_total`, a number with a unit in it."""
    kind: Literal["gauge", "counter"]
    help: str
    """One sentence."""
    look: str = ""
    """For operators: what to do when it is high; empty when it needs no care."""


Table = Sequence[Metric]


def page(table: Table, numbers: Mapping[str, float]) -> str:
    """The text for `numbers`, which are those of the table, all of them."""
    return "".join(
        f"# HELP {PREFIX}{one.name} {one.help}\n"
        f"# TYPE {PREFIX}{one.name} {one.kind}\n"
        f"{PREFIX}{one.name} {numbers[one.name]:.15g}\n"
        for one in table
    )


def document(tables: Iterable[tuple[str, Table]]) -> str:
    """The tables for people, in Markdown, each with its heading."""
    lines = []
    for heading, table in tables:
        lines += [f"\n## {heading}\n", "| name | kind | what | when to look |", "|---|---|---|---|"]
        lines += [f"| `{PREFIX}{one.name}` | {one.kind} | {one.help} | {one.look} |" for one in table]
    return "\n".join(lines) + "\n"
