"""The commands of `./dev`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from deploy.dev import checkout
from deploy.dev.steps import Failure

FRONTEND = checkout.ROOT / "web" / "frontend"
TEST_PROCESSES = 4
"""Each runs collectors, journalds and browsers of its own: more of them wait for one another."""


class Command(NamedTuple):
    """One command: how it is typed, what it does, and its function, which returns the exit code."""

    usage: str
    help: str
    run: Callable[[Sequence[str]], int]


def setup(arguments: Sequence[str]) -> int:
    """Install and build all there is."""
    if arguments:
        raise Failure(f"setup takes no arguments; got {' '.join(arguments)}")
    checkout.make_ready(to_test=True)
    print(f"Ready: {checkout.VENV / 'bin' / 'journalhub'} and {checkout.VENV / 'bin' / 'jhctl'}")
    return 0


def test(arguments: Sequence[str]) -> int:
    """All tests, a file at a time on each of a few processors; with arguments pytest's, with those."""
    checkout.make_ready(to_test=True)
    pytest = [str(checkout.python()), "-m", "pytest"]
    if arguments:
        return _call([*pytest, *arguments])
    processes = min(os.cpu_count() or 1, TEST_PROCESSES)
    return _call([*pytest, f"--numprocesses={processes}", "--dist=loadfile", "--durations=20"]) or _npm("test")


def lint(arguments: Sequence[str]) -> int:
    """Every check that reads the code without running it; all of them run, also after one failed."""
    if arguments:
        raise Failure(f"lint takes no arguments; got {' '.join(arguments)}")
    checkout.make_ready(to_test=True)
    tools = checkout.VENV / "bin"
    checks: dict[str, Callable[[], int]] = {
        "ruff check": lambda: _call([str(tools / "ruff"), "check"]),
        "ruff format --check": lambda: _call([str(tools / "ruff"), "format", "--check"]),
        "mypy": lambda: _call([str(tools / "mypy")]),
        "lint-imports": lambda: _call([str(tools / "lint-imports")]),
        "npm run check": lambda: _npm("check"),
    }
    failed = []
    for name, check in checks.items():
        print(f"== {name}", flush=True)
        if check() != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """The benchmark, on a corpus of its own."""
    checkout.make_ready(to_test=True)
    return _replace([str(checkout.python()), "-m", "bench", *arguments])


def fuzz(arguments: Sequence[str]) -> int:
    """Every parser on changed inputs, until something breaks or the time is over."""
    checkout.make_ready(to_test=True)
    checkout.add_fuzzer()
    return _replace([str(checkout.python()), "-m", "tests.fuzz", *arguments])


def audit(arguments: Sequence[str]) -> int:
    """Ask OSV for known faults of the installed packages; what cannot be judged is a failure, and so is no answer."""
    checkout.make_ready(to_test=True)
    program = checkout.add_auditor()
    packages = checkout.STATE / "audit.txt"
    packages.write_text(checkout.installed())
    how = ["--vulnerability-service=osv", "--strict", "--no-deps", "--disable-pip", "--progress-spinner=off"]
    return _replace([str(program), *how, *arguments, "--requirement", str(packages)])


def torture(arguments: Sequence[str]) -> int:
    """Break everything at random, and balance the account."""
    checkout.make_ready(to_test=True)
    return _replace([str(checkout.python()), "-m", "tests.torture", *arguments])


def package(arguments: Sequence[str]) -> int:
    """A Debian package of this checkout."""
    checkout.make_ready(to_test=True)
    return _replace([str(checkout.python()), "-m", "deploy.debian", *arguments])


def up(arguments: Sequence[str]) -> int:
    """Journalhub on this machine, until Ctrl-C."""
    if not {"-h", "--help"} & set(arguments):
        checkout.make_ready(to_test=False)
    return _replace([str(checkout.python()), "-m", "deploy.demo", *arguments])


COMMANDS = {
    "up": Command("up [--fleet N] [--port P]", "start Journalhub on this machine's journal, or on N demo hosts", up),
    "test": Command("test [pytest arguments]", "run the tests", test),
    "lint": Command("lint", "run all static checks", lint),
    "bench": Command("bench [arguments]", "measure speed and size", bench),
    "fuzz": Command("fuzz [TARGET…] [--seconds N]", "run parsers on changed inputs, a minute each", fuzz),
    "audit": Command("audit [pip-audit arguments]", "look for known faults of the packages in use", audit),
    "torture": Command("torture [--minutes N] [--seed S]", "break everything at random, and account for it", torture),
    "package": Command("package [DIR]", "make a Debian package, in dist/", package),
    "setup": Command("setup", "only install and build what is missing; every other command does it too", setup),
}


def main() -> int:
    """Run the command that the command line names."""
    name, *arguments = sys.argv[1:] or [""]
    command = COMMANDS.get(name)
    if command is None:
        if name not in ("", "help", "-h", "--help"):
            print(f"dev: there is no command {name}", file=sys.stderr)
        width = max(len(command.usage) for command in COMMANDS.values())
        print("Usage: ./dev COMMAND\n\n" + "\n".join(f"  {c.usage:{width}}  {c.help}" for c in COMMANDS.values()))
        return 0 if name in ("", "help", "-h", "--help") else 2
    try:
        return command.run(arguments)
    except Failure as failure:
        print(f"dev: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev: stopped", file=sys.stderr)
        return 130


def _npm(script: str) -> int:
    """Run an npm script of the page."""
    npm = shutil.which("npm", path=checkout.environment()["PATH"])
    if npm is None:
        raise Failure("cannot find npm, which `./dev setup` should have brought; remove .venv and try again")
    return _call([npm, "run", "--silent", script], cwd=str(FRONTEND))


def _call(argv: list[str], cwd: str = str(checkout.ROOT)) -> int:
    return subprocess.run(argv, cwd=cwd, env=checkout.environment(), stdin=subprocess.DEVNULL).returncode


def _replace(argv: list[str]) -> int:
    """Become another program of the checkout: nothing stands between it and Ctrl-C."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(checkout.ROOT)
    os.execvpe(argv[0], argv, checkout.environment())
