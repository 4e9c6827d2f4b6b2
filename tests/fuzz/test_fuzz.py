"""Every parser on changed real inputs, within limits of time and memory; and every input that ever broke one."""

import subprocess
import sys

import pytest
from tests.fuzz.__main__ import FOUND, ROOT, run_input
from tests.fuzz.mutation import mutations
from tests.fuzz.targets import TARGETS

INPUTS = 400
"""For each parser: a second or two."""


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs(name: str) -> None:
    """In a process of its own, which may not take more memory than it is given, nor long for any input."""
    code = f"from tests.fuzz.__main__ import run_mutations; print(run_mutations({name!r}, 1, {INPUTS}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert (0, f"{INPUTS + len(TARGETS[name].seeds)}\n") == (done.returncode, done.stdout), done.stderr[-3000:]


def test_what_once_broke_something() -> None:
    """It does not any more."""
    for path in sorted(FOUND.glob("*-*")):
        run_input(path.name.partition("-")[0], path.read_bytes())


def test_mutations_come_again() -> None:
    """The same seed gives the same inputs: what was found can be found again."""
    first, again, other = (list(mutations([b"seed", b"another"], seed, 50)) for seed in (1, 1, 2))

    assert first == again != other
    assert [b"seed", b"another"] == first[:2]
