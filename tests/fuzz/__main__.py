"""`./dev fuzz`: parsers under fire, each in a process of its own with limits of time and memory.

With the package atheris, which follows the branches that an input takes; elsewhere with `mutation.py`, which does not.
"""

import argparse
import contextlib
import io
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from tests.fuzz.mutation import LENGTH_MAX, mutations
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
FOUND = Path(__file__).resolve().parent / "found"
"""Inputs that broke something: `TARGET-…`. A test runs them all."""

LOGS = ROOT / ".dev" / "fuzz"
"""What the runs say, and beside it what atheris has learnt of each target."""

LOG_SHOWN = 4000
"""Characters of the end of a log that failed."""

MEMORY = 2 * 1024**3
"""Bytes of address space of a process: the libraries that are loaded take half a gigabyte of it."""

MEMORY_MEBIBYTES = 1024
"""What libFuzzer allows to be resident."""

INPUT_SECONDS = 20
"""Of CPU for one input; it takes a thousandth."""


class TooSlowError(Exception):
    """An input takes far longer than any of its size should."""


def run_input(name: str, data: bytes) -> None:
    """One input, within INPUT_SECONDS of CPU. Raises whatever is wrong."""

    def too_slow(number: int, frame: FrameType | None) -> None:
        raise TooSlowError(f"{name}: {len(data)} bytes take more than {INPUT_SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, INPUT_SECONDS)
    try:
        TARGETS[name].run(data)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def run_mutations(name: str, seed: int, count: int) -> int:
    """Run changed inputs; how many. The one that breaks something is kept in FOUND, and its error raised."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    number = 0
    for number, data in enumerate(mutations(TARGETS[name].seeds, seed, count), 1):
        try:
            run_input(name, data)
        except BaseException:
            FOUND.mkdir(exist_ok=True)
            (FOUND / f"{name}-{seed}-{number}").write_bytes(data)
            raise
    return number


def run_atheris(name: str, seconds: int) -> None:
    """Run libFuzzer until its time is over; ends the process."""
    import atheris

    include = ["journalhub", "tests.fuzz.targets"]
    with atheris.instrument_imports(include=include), contextlib.redirect_stderr(io.StringIO()):
        for module in [module for module in sys.modules if module.startswith(("journalhub", "tests.fuzz.targets"))]:
            del sys.modules[module]
        from tests.fuzz.targets import TARGETS as instrumented
    corpus = LOGS / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(instrumented[name].seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    FOUND.mkdir(exist_ok=True)
    options = [
        f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MEBIBYTES}",
        f"-max_len={LENGTH_MAX}", f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], instrumented[name].run)
    atheris.Fuzz()


def has_atheris() -> bool:
    """Whether it can be imported."""
    done = subprocess.run([sys.executable, "-c", "import atheris"], capture_output=True)
    return done.returncode == 0


def run_all(names: list[str], seconds: int) -> int:
    """Each target for so long; the exit code."""
    tool = "atheris" if has_atheris() else "mutations"
    LOGS.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in names:
        print(f"{name}: {seconds} s of {tool} …", end=" ", flush=True)
        command = [sys.executable, "-m", "tests.fuzz", "--with", tool, "--seconds", str(seconds), name]
        with (LOGS / f"{name}.log").open("w+") as log:
            code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log).returncode
            log.seek(0)
            said = log.read()
        inputs = re.search(r"number_of_executed_units: (\d+)|(\d+) inputs", said)
        print(
            f"{(inputs[1] or inputs[2]) if inputs else '?'} inputs, {'failed' if code else 'nothing found'}", flush=True
        )
        if code != 0:
            print(said[-LOG_SHOWN:])
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}; the inputs are in {FOUND}", file=sys.stderr)
    return 1 if failed else 0


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Run parsers on changed inputs.")
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="which; all of them without")
    parser.add_argument("--seconds", type=int, default=60, help="for each (60)")
    parser.add_argument("--with", dest="tool", choices=("atheris", "mutations"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = arguments.target or list(TARGETS)
    if arguments.tool is None:
        return run_all(names, arguments.seconds)
    (name,) = names
    if arguments.tool == "atheris":
        run_atheris(name, arguments.seconds)
    ends, seed, count = time.monotonic() + arguments.seconds, 0, 0
    with contextlib.suppress(KeyboardInterrupt):
        while time.monotonic() < ends:
            count += run_mutations(name, seed, 500)
            seed += 1
    print(f"{count} inputs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
