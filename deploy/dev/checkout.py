"""Makes a checkout ready: Debian packages, .venv with everything in it, the compiled codec, the built web page."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.dev import packages
from deploy.dev.steps import Failure, Steps

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
STATE = ROOT / ".dev"
"""Logs, and the data of `./dev up`."""
NODE_OLDEST = 20
PIP_OLDEST = (25, 1)
"""The first pip with `--group`."""


def make_ready(*, to_test: bool) -> None:
    """Install what is missing and build what is stale; a fraction of a second when there is nothing to do.

    Without `to_test` only what `./dev up` needs.
    """
    steps = Steps(STATE / "setup.log")
    packages.install_missing(steps, packages.TO_RUN + (packages.TO_TEST if to_test else ()))
    _make_environment(steps)
    _build_codec(steps)
    _build_page(steps)


def python() -> Path:
    """The interpreter of .venv."""
    return VENV / "bin" / "python"


def environment() -> dict[str, str]:
    """The environment for programs of the checkout: .venv's programs come first."""
    return {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _make_environment(steps: Steps) -> None:
    """Make .venv hold exactly what pyproject.toml asks for; a stamp in it tells when it does."""
    stamp = VENV / "journalhub.stamp"
    works = python().exists() and subprocess.run([python(), "-c", ""], capture_output=True).returncode == 0
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if works and stamp.is_file() and stamp.read_text() == wanted:
        return
    if not works:
        steps.run(f"make .venv with Python {version}", [sys.executable, "-P", "-m", "venv", "--clear", VENV])
    pip: list[str | Path] = [python(), "-P", "-m", "pip", "--disable-pip-version-check"]
    if _pip_version() < PIP_OLDEST:
        steps.run("update pip", [*pip, "install", "--upgrade", "pip>=" + ".".join(map(str, PIP_OLDEST))])
    steps.run(
        "install the Python packages",
        [*pip, "install", "--editable", f"{ROOT}[shipper]", "--group", f"{ROOT / 'pyproject.toml'}:dev"],
    )
    stamp.write_text(wanted)


def add_fuzzer() -> None:
    """Install atheris into .venv where there is a wheel of it; without one the fuzzing is less clever."""
    if subprocess.run([python(), "-c", "import atheris"], capture_output=True).returncode == 0:
        return
    pip: list[str | Path] = [python(), "-P", "-m", "pip", "--disable-pip-version-check", "install"]
    pip += ["--only-binary=atheris", "--group", f"{ROOT / 'pyproject.toml'}:fuzz"]
    try:
        Steps(STATE / "fuzz.log").run("install atheris", pip)
    except Failure as failure:
        print(f"dev: going on without atheris: {failure}", file=sys.stderr)


def add_auditor() -> Path:
    """The program pip-audit, in an environment beside .venv."""
    own = STATE / "audit"
    program = own / "bin" / "pip-audit"
    if not program.exists():
        steps = Steps(STATE / "audit.log")
        steps.run("make an environment for pip-audit", [python(), "-P", "-m", "venv", own])
        pip: list[str | Path] = [python(), "-P", "-m", "pip", "--disable-pip-version-check", "--python", own]
        steps.run("install pip-audit", [*pip, "install", "--group", f"{ROOT / 'pyproject.toml'}:audit"])
    return program


def installed() -> str:
    """The Python packages in .venv, one NAME==VERSION a line, without this project."""
    pip: list[str | Path] = [python(), "-P", "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "freeze", "--exclude-editable"], check=True, capture_output=True)
    return done.stdout.decode()


def _pip_version() -> tuple[int, ...]:
    said = subprocess.run([python(), "-P", "-m", "pip", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"pip (\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0,)


def _build_codec(steps: Steps) -> None:
    """Compile the codec when its sources are newer than it."""
    folder = ROOT / "journal" / "native"
    ask = "import build, sys; sys.exit(not build.is_fresh())"
    if subprocess.run([python(), "-c", ask], cwd=folder, capture_output=True).returncode != 0:
        steps.run("compile the codec", [python(), folder / "build.py"], cwd=folder)


def _build_page(steps: Steps) -> None:
    """Build the web page when its sources are newer than the page; hatch_build.py knows."""
    builder = ROOT / "hatch_build.py"
    stale = subprocess.run(
        [python(), "-c", "import hatch_build, pathlib, sys; sys.exit(not hatch_build.is_fresh(pathlib.Path()))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if stale.returncode == 0:
        return
    if not _has_node():
        ask = "import hatch_build; print(hatch_build.NODE_REQUIREMENT)"
        node = subprocess.run([python(), "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        steps.run("install Node.js into .venv", [python(), "-P", "-m", "pip", "install", node.strip()])
    steps.run("build the web page", [python(), builder], cwd=ROOT, env=environment())


def _has_node() -> bool:
    """Whether a Node that is new enough, with npm, is on PATH or in .venv."""
    path = environment()["PATH"]
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.", said)
    return found is not None and int(found[1]) >= NODE_OLDEST
