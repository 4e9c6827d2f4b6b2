"""Counts the instructions of the hot paths under valgrind: a figure that no other load on the machine changes.

PYTHONPATH=. .venv/bin/python -m bench.instructions             # counts, beside what is recorded
PYTHONPATH=. .venv/bin/python -m bench.instructions --record    # records them as the measure from now on
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bench.hot_paths import MARK

RECORDED = Path(__file__).with_name("instructions.json")
"""Where it was counted, and of each path: instructions, as a multiple of those of the reference."""

GROWTH_MAX = 0.10
"""By how much a path may grow until that is a regression."""

GROWTH_NEAR = 0.30
"""The same where a library, a compiler or the CPU is another than that of the record: so are their instructions."""

GROWTH_ELSEWHERE = 1.0
"""The same on another version of Python."""

PACKAGES = ("msgpack", "orjson", "pcre2", "pyroaring", "zstandard")
"""Compiled ones that the paths call."""

_TOTALS = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


def measure() -> dict[str, float]:
    """The instructions of each path, as a multiple of those of the reference. Needs valgrind."""
    with tempfile.TemporaryDirectory(prefix="journalhub-instructions-") as directory:
        out = Path(directory) / "count"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--dump-before={MARK}"]
        run = subprocess.run(
            [*valgrind, sys.executable, "-m", "bench.hot_paths"],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"valgrind ended with {run.returncode}: {run.stderr[-2000:]}")
        names: list[str] = json.loads(run.stdout)
        counts = [_total(out.with_name(f"count.{number}")) for number in range(1, 2 * len(names) + 1)]
    # Every second dump ends with the run that counts; those before end with the one that filled the caches.
    found = dict(zip(names, counts[1::2], strict=True))
    reference = found.pop("reference")
    return {name: round(count / reference, 3) for name, count in found.items()}


def _total(dump: Path) -> int:
    found = _TOTALS.findall(dump.read_text())
    return int(found[-1])


def surroundings() -> dict[str, str]:
    """What the counts depend on beside our code: compiled code of others, compilers, what the CPU offers to both."""
    flags = re.search(r"^flags\s*:(.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    offered = set(flags[1].split()) if flags else set()
    return {
        "python": f"{platform.python_version()} {platform.python_compiler()}",
        "libc": " ".join(platform.libc_ver()),
        "cc": _first_line("cc"),
        "valgrind": _first_line("valgrind"),
        "cpu": " ".join([platform.machine(), *sorted(offered & {"avx2", "bmi2", "lzcnt", "sse4_2"})]),
        **{name: version(name) for name in PACKAGES},
    }


def _first_line(program: str) -> str:
    """What a program says of its version; nothing where it is not there."""
    if shutil.which(program) is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]


def recorded() -> tuple[dict[str, float], float]:
    """What is recorded, and by how much a path may grow in these surroundings."""
    record = json.loads(RECORDED.read_text())
    here, there = surroundings(), record.get("surroundings", {})
    if here == there:
        return record["paths"], GROWTH_MAX
    same_python = _minor(here["python"]) == _minor(there.get("python", record.get("python", "")))
    return record["paths"], GROWTH_NEAR if same_python else GROWTH_ELSEWHERE


def _minor(python: str) -> list[str]:
    """`3.11` of `3.11.7 GCC 12.2.0`."""
    return python.partition(" ")[0].split(".")[:2]


def grown(measured: dict[str, float], recorded: dict[str, float], limit: float = GROWTH_MAX) -> list[str]:
    """A sentence for each path that takes more instructions than it may, or is not recorded."""
    wrong = [f"{name} is not recorded" for name in measured if name not in recorded]
    for name, before in recorded.items():
        now = measured.get(name)
        if now is None:
            wrong.append(f"{name} is recorded and not measured")
        elif now > before * (1 + limit):
            wrong.append(f"{name} takes {now / before - 1:.0%} more instructions: {now} for {before}")
    return wrong


def main() -> int:
    """Count, compare, and record where asked."""
    if shutil.which("valgrind") is None:
        print("instructions: install valgrind first (./dev setup does)", file=sys.stderr)
        return 2
    measured = measure()
    known = recorded()[0] if RECORDED.exists() else {}
    for name, count in measured.items():
        before = known.get(name)
        print(f"{name:32} {count:9.3f} {f'{count / before - 1:+.1%}' if before else 'new':>8}")
    if "--record" in sys.argv[1:]:
        RECORDED.write_text(json.dumps({"surroundings": surroundings(), "paths": measured}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
