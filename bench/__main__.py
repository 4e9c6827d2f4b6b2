"""`./dev bench`: ingest rate, CPU, memory, bytes on wire and disk, query and tail latency, beside what Debian has."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from bench import cli, fleet, node, page, sealed, steady, whole
from bench.process import collector


def main() -> int:
    """Run what is asked for, print the tables, and write JSON and plots where asked."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--entries", type=number, default=100_000, help="entries of the corpus: say 300k or 1M (100k)")
    parser.add_argument("--hosts", type=int, default=20, help="hosts of the corpus (20)")
    parser.add_argument("--rounds", type=int, default=1, help="turns of everything that is loaded (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw rate, CPU, bytes and latency there, as SVG")
    parser.add_argument("--fleet", type=int, metavar="N", help="only this: N nodes that send 20 entries a second each")
    parser.add_argument("--node", action="store_true", help="only this: what a shipper costs its node; as root")
    parser.add_argument("--seconds", type=int, help="with --fleet, --node: how long (300; 10 at each rate)")
    parser.add_argument("--steady", action="store_true", help="only this: 20,000 entries a second while questions come")
    parser.add_argument("--minutes", type=float, default=10, help="with --steady, --web: how long (10)")
    parser.add_argument("--web", action="store_true", help="only this: the page in Chromium")
    parser.add_argument("--sealed", action="store_true", help="only this: a day before and after it is sealed")
    parser.add_argument("--cli", action="store_true", help="only this: jhctl beside journalctl over local files")
    options = parser.parse_args()
    if options.steady:
        with collector("--connections", str(steady.FOLLOWERS + 100)) as store:
            figures = steady.steady(store, options.minutes)
        write(options.json, figures)
        if options.plots is not None:
            steady.draw(figures, options.plots)
        return 0
    if options.web:
        with collector() as store:
            write(options.json, page.page(store, options.entries, options.minutes))
        return 0
    if options.sealed:
        write(options.json, sealed.sealed(options.entries, options.hosts))
        return 0
    if options.cli:
        figures = cli.measure(options.entries, options.hosts)
        write(options.json, figures)
        if options.plots is not None:
            cli.draw(figures, options.plots)
        return 0
    if options.node:
        figures = node.measure(options.entries, options.seconds or node.SECONDS, options.rounds)
        write(options.json, figures)
        if options.plots is not None:
            node.draw(figures, options.plots)
        return 0
    if options.fleet:
        with collector("--connections", str(options.fleet + 100)) as store:
            print(fleet.fleet(store, options.fleet, 20, options.seconds or 300).table())
        return 0
    figures = whole.measure(options.entries, options.hosts, options.rounds)
    write(options.json, figures)
    if options.plots is not None:
        whole.draw(figures, options.plots)
    return 0


def number(text: str) -> int:
    """100000, 300k, 10M. Raises ValueError for what is none."""
    factor = {"k": 1000, "M": 1_000_000}.get(text[-1:], 0)
    return int(text[:-1]) * factor if factor else int(text)


def write(file: Path | None, figures: dict[str, Any]) -> None:
    """As JSON, where a file is named."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2, default=dataclasses.asdict) + "\n")


if __name__ == "__main__":
    sys.exit(main())
