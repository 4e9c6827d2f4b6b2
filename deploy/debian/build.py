"""Makes the package with dpkg-deb alone: no debhelper, no source package, no chroot."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from deploy.debian.tree import SYSTEM_PYTHON, lay_out, python_version

SCRIPTS = Path(__file__).resolve().parent / "scripts"

_CONTROL = """\
Package: journalhub
Version: {version}
Architecture: {architecture}
Maintainer: Journalhub maintainers <maintainers@journalhub.invalid>
Installed-Size: {size}
Depends: python3 (>= {python}~), python3 (<< {next_python}~), libsystemd0, libc6 (>= 2.34)
Recommends: systemd
Section: admin
Priority: optional
Description: {about}
 The shipper of a node streams its binary journal to the hub's collector, which
 keeps every entry whole, indexes all of it, and answers jhctl, an HTTP API and
 a web page. One package for nodes and hub: neither service starts until
 "journalhub install collector", "journalhub install shipper" or the line that
 "journalhub enroll --create-token" prints says so.
"""


class PackageError(RuntimeError):
    """The package cannot be made; the message says why and what to do."""


def build(checkout: Path, into: Path) -> Path:
    """The package's path. Raises PackageError."""
    _check_python()
    about = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="journalhub-deb-") as name:
        work = Path(name)
        root = work / "root"
        root.mkdir(mode=0o755)
        lay_out(root, checkout, _wheel(checkout, work / "wheel"))
        made = into / f"journalhub_{about['version']}_{_architecture()}.deb"
        _write_control(root, about["version"], about["description"])
        options = ["--root-owner-group", "-Zxz", "-z1"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": _moment(checkout)}
        _run(["dpkg-deb", *options, "--build", str(root), str(made)], environment)
    return made


def _write_control(root: Path, version: str, about: str) -> None:
    control = root / "DEBIAN"
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control.mkdir(mode=0o755)
    major, minor = python_version().split(".")
    text = _CONTROL.format(
        version=version,
        architecture=_architecture(),
        size=size,
        python=python_version(),
        next_python=f"{major}.{int(minor) + 1}",
        about=about,
    )
    (control / "control").write_text(text)
    for script in SCRIPTS.iterdir():
        shutil.copyfile(script, control / script.name)
        (control / script.name).chmod(0o755)


def _check_python() -> None:
    """The compiled modules of .venv must fit the Python that the package will run on."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    there = subprocess.run([SYSTEM_PYTHON, "-I", "-c", ask], capture_output=True, text=True)
    if there.returncode != 0 or there.stdout.strip() != python_version():
        has = there.stdout.strip() or "absent"
        raise PackageError(
            f"cannot package: {SYSTEM_PYTHON} is {has} and .venv has {python_version()}; "
            "make .venv with the system's Python: rm -r .venv; PATH=/usr/bin:$PATH ./dev package"
        )


def _wheel(checkout: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(checkout)]
    _run(command, dict(os.environ))
    (made,) = into.glob("*.whl")
    return made


def _architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def _moment(checkout: Path) -> str:
    """Of the commit, so that the same commit gives the same package."""
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=checkout, capture_output=True, text=True)
    return done.stdout.strip() or "0"


def _run(argv: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(argv, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise PackageError(f"cannot package: {' '.join(argv)} ended with {done.returncode}: {done.stderr[-2000:]}")
