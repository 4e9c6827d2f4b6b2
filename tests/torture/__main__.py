"""`./dev torture`: break everything at random for a while, then prove that nothing was lost, doubled or silent."""

import argparse
import secrets
import sys
from pathlib import Path

from tests.lab.journald import why_not
from tests.torture.run import torture


def main() -> int:
    """Run once; 0 when the account is balanced."""
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long to break things (2)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of an earlier run")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="work there, and keep it")
    options = parser.parse_args()
    reason = why_not()
    if reason is not None:
        print(f"torture: {reason}", file=sys.stderr)
        return 2
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    print(f"torture: seed {seed}, {options.minutes:g} minutes", flush=True)
    outcome = torture(options.minutes, seed, options.directory)
    print(outcome.report())
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
