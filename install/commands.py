"""The two commands."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from journalhub.install.service import COLLECTOR, SERVICES, SHIPPER, InstallError, Service, check_reachable, own_program
from journalhub.install.steps import Machine, Step, installing, is_packaged, uninstalling

EXIT_FAILED = 1
"""Something could not be done; the message says what."""

Steps = Callable[[], Iterator[Step]]


def install(argv: Sequence[str]) -> int:
    """`journalhub install shipper|collector`; the exit code."""
    parser = _parser("journalhub install", "Run the program of this environment as a service, now and at every boot.")
    parser.add_argument("--collector", metavar="URL", help="with shipper: write its settings, with this address")
    parser.add_argument("--program", metavar="PATH", type=Path, help="the program to run (default: this one)")
    parser.add_argument("--no-start", action="store_true", help="only at the next boot")
    arguments = parser.parse_args(argv)
    service, machine = SERVICES[arguments.service], Machine(arguments.root.absolute())
    if arguments.collector is not None and service is not SHIPPER:
        parser.error("--collector is for shipper")

    def steps() -> Iterator[Step]:
        program = None if is_packaged(service, machine) else (arguments.program or own_program()).absolute()
        if program is not None:
            check_reachable(program)
        start = not arguments.no_start and (service is COLLECTOR or _knows_its_hub(machine, arguments.collector))
        return installing(service, machine, program, arguments.collector, start)

    code = _done("journalhub install", machine, steps, arguments.dry_run)
    if code == 0:
        print(_next(service, machine, arguments.collector), end="")
    return code


def uninstall(argv: Sequence[str]) -> int:
    """`journalhub uninstall shipper|collector`; the exit code."""
    parser = _parser("journalhub uninstall", "Stop the service and take its unit away; what it has kept stays.")
    parser.add_argument("--purge", action="store_true", help="remove its settings and everything it has kept, too")
    arguments = parser.parse_args(argv)
    service, machine = SERVICES[arguments.service], Machine(arguments.root.absolute())

    def steps() -> Iterator[Step]:
        return uninstalling(service, machine, arguments.purge)

    return _done("journalhub uninstall", machine, steps, arguments.dry_run)


def _parser(prog: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=about, allow_abbrev=False)
    parser.add_argument("service", choices=SERVICES, help="which of the two")
    parser.add_argument("--root", metavar="DIR", type=Path, default=Path("/"), help="a tree that does not run")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    return parser


def _done(prog: str, machine: Machine, steps: Steps, dry_run: bool) -> int:
    try:
        if machine.root == Path("/") and os.geteuid() != 0 and not dry_run:
            raise InstallError("cannot change this machine: not root; see what would be done with --dry-run")
        for step in steps():
            print(step.said, flush=True)
            if not dry_run:
                step.do()
    except (InstallError, OSError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _knows_its_hub(machine: Machine, collector: str | None) -> bool:
    return collector is not None or machine.path(SHIPPER.configuration).exists()


def _next(service: Service, machine: Machine, collector: str | None) -> str:
    """What the administrator does next; empty when nothing is left."""
    if service is SHIPPER and not _knows_its_hub(machine, collector):
        return (
            "The shipper does not know its hub yet. On the hub run: journalhub enroll --create-token\n"
            "Then run here the line that it prints.\n"
        )
    return ""
