"""`./dev bench`: ingest rate, CPU, memory, bytes on wire and disk, query and tail latency, beside what Debian has.

Without a form everything is measured side by side; a form measures one thing. The newest figures of each are kept, and
`--markdown` writes all goals with them.
"""

import argparse
import dataclasses
import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import cli, fleet, goals, grown, node, page, results, sealed, steady, whole
from bench.process import collector

PER_DAY = 1_000_000
"""Entries of a day, where `--days` does not say otherwise."""

Figures = dict[str, Any]


def _whole(options: argparse.Namespace) -> Figures:
    days = options.days or max(1, options.entries // PER_DAY)
    return whole.measure(options.entries, options.hosts, options.rounds, days, options.victorialogs)


def _steady(options: argparse.Namespace) -> Figures:
    with collector("--connections", str(steady.FOLLOWERS + 100)) as store:
        return steady.steady(store, options.minutes, options.rate)


def _page(options: argparse.Namespace) -> Figures:
    with collector() as store:
        return page.page(store, options.entries, options.tail_minutes or options.minutes)


def _fleet(options: argparse.Namespace) -> Figures:
    with collector("--connections", str(options.fleet + 100)) as store:
        outcome = fleet.fleet(store, options.fleet, 20, options.seconds or 300)
    print(outcome.table())
    return dataclasses.asdict(outcome)


FORMS: dict[str, tuple[Callable[[argparse.Namespace], Figures], Callable[[Figures, Path], None] | None]] = {
    "whole": (_whole, whole.draw),
    "node": (lambda told: node.measure(told.entries, told.seconds or node.SECONDS, told.rounds), node.draw),
    "grown": (lambda told: grown.measure(told.entries, told.hosts, told.rounds, told.days or 10), None),
    "cli": (lambda told: cli.measure(told.entries, told.hosts, told.rounds), cli.draw),
    "sealed": (lambda told: sealed.sealed(told.entries, told.hosts), None),
    "steady": (_steady, steady.draw),
    "web": (_page, None),
    "fleet": (_fleet, None),
}
"""By name: what measures, and what draws it."""


def main() -> int:
    """Run what is asked for, print the tables, and write JSON, plots and Markdown where asked."""
    options = parser().parse_args()
    form = next((name for name in FORMS if getattr(options, name, None)), "whole")
    if not options.goals:
        if options.victorialogs is not None and shutil.which(options.victorialogs) is None:
            print(f"bench: {options.victorialogs} is no program: --victorialogs names its binary", file=sys.stderr)
            return 2
        measure, draw = FORMS[form]
        figures = measure(options)
        result = results.keep(form, shlex.join(["./dev", "bench", *sys.argv[1:]]), figures)
        print("\n" + goals.text(form, result["figures"]))
        if options.json is not None:
            result["goals"] = goals.judged(form, result["figures"])
            options.json.write_text(json.dumps(result, indent=2) + "\n")
        if options.plots is not None and draw is not None:
            draw(figures, options.plots)
    table = goals.table(results.newest())
    if options.goals and options.markdown is None:
        print(table)
    if options.markdown is not None:
        goals.write(options.markdown, table)
    return 0


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--entries", type=number, default=100_000, help="entries of the corpus: say 300k or 1M (100k)")
    made.add_argument(
        "--days", type=int, metavar="N", help="days that they are spread over (one a million; --grown: 10)"
    )
    made.add_argument("--hosts", type=int, default=20, help="hosts of the corpus (20)")
    made.add_argument("--rounds", type=int, default=1, help="turns of everything that is loaded, asked, started (1)")
    made.add_argument("--victorialogs", type=Path, metavar="PATH", help="its binary: have it stand beside the rest")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    made.add_argument("--plots", type=Path, metavar="DIR", help="draw rate, CPU, bytes and latency there, as SVG")
    made.add_argument(
        "--markdown", type=Path, metavar="FILE",
        help="write the goals with the newest figures of every form there; a page with the marks keeps the rest",
    )  # fmt: skip
    forms = made.add_argument_group("forms, one at a time").add_mutually_exclusive_group()
    forms.add_argument("--node", action="store_true", help="what a shipper costs its node; as root")
    forms.add_argument("--grown", action="store_true", help="newest-first questions to many days and to one")
    forms.add_argument("--cli", action="store_true", help="jhctl beside journalctl over local files")
    forms.add_argument("--sealed", action="store_true", help="a day before and after it is sealed")
    forms.add_argument("--steady", action="store_true", help="entries come all the time while questions are asked")
    forms.add_argument("--web", action="store_true", help="the page in Chromium")
    forms.add_argument("--fleet", type=int, metavar="N", help="N nodes that send 20 entries a second each")
    forms.add_argument("--goals", action="store_true", help="measure nothing: the goals with the figures that are kept")
    made.add_argument("--seconds", type=int, help="with --fleet, --node: how long (300; 10 at each rate)")
    made.add_argument("--minutes", type=float, default=10, help="with --steady, --web: how long (10)")
    made.add_argument("--tail-minutes", type=float, metavar="N", help="with --web: how long the live tail runs")
    made.add_argument("--rate", type=int, default=steady.RATE, help="with --steady: entries a second (20000)")
    return made


def number(text: str) -> int:
    """100000, 300k, 10M. Raises ValueError for what is none."""
    factor = {"k": 1000, "M": 1_000_000}.get(text[-1:], 0)
    return int(text[:-1]) * factor if factor else int(text)


if __name__ == "__main__":
    sys.exit(main())
