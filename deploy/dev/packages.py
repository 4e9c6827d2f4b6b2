"""Debian packages that a checkout needs, each with the sign that it is there."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from deploy.dev.steps import Failure, Steps


class Package(NamedTuple):
    """A Debian package, and how to see, quickly and without dpkg, that what we want of it is there."""

    name: str
    present: Callable[[], bool]
    why: str


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _file(path: str) -> Callable[[], bool]:
    return Path(path).exists


def _any_file(pattern: str) -> Callable[[], bool]:
    return lambda: any(Path("/").glob(pattern))


def _has_ensurepip() -> bool:
    return sys.prefix != sys.base_prefix or _importable("ensurepip") and _importable("venv")


def _importable(module: str) -> bool:
    done = subprocess.run([sys.executable, "-P", "-c", f"import {module}"], capture_output=True)
    return done.returncode == 0


def _has_headers() -> bool:
    return (Path(sysconfig.get_path("include")) / "Python.h").is_file()


TO_RUN = (
    Package("python3-venv", _has_ensurepip, "makes .venv"),
    Package("python3-dev", _has_headers, "the codec and systemd-python are compiled"),
    Package("gcc", _program("gcc"), "the codec and systemd-python are compiled"),
    Package("pkg-config", _program("pkg-config"), "systemd-python is built from source"),
    Package("libsystemd-dev", _file("/usr/include/systemd/sd-journal.h"), "reads the journal"),
    Package("ca-certificates", _file("/etc/ssl/certs/ca-certificates.crt"), "downloads"),
    Package("systemd", _program("journalctl"), "journald itself, and journalctl to compare with"),
    Package("bsdutils", _program("logger"), "writes to the journal"),
    Package("util-linux", _program("unshare"), "namespaces of the demo fleet"),
    Package("mount", _program("mount"), "namespaces of the demo fleet"),
    Package("hostname", _program("hostname"), "namespaces of the demo fleet"),
)
"""What `./dev up` needs."""

TO_TEST = (
    Package("git", _program("git"), "the packaging tests compare with git ls-files"),
    Package("procps", _program("ps"), "the tests look at processes"),
    Package("tzdata", _file("/usr/share/zoneinfo/Europe/Berlin"), "journalctl in other time zones"),
    Package("faketime", _program("faketime"), "journals of hosts whose clock jumps"),
    Package("systemd-journal-remote", _file("/lib/systemd/systemd-journal-upload"), "the stock sender"),
    Package("curl", _program("curl"), "systemd-journal-remote fetches with it"),
    Package("systemd-container", _program("systemd-nspawn"), "boots a real systemd"),
    Package("mmdebstrap", _program("mmdebstrap"), "a newer systemd to compare with"),
    Package("chromium", _program("chromium"), "the page is tested in a real browser"),
    Package("ripgrep", _program("rg"), "the floor of what bench compares with"),
    Package("valgrind", _program("valgrind"), "counts the instructions of the hot paths"),
    Package("fonts-dejavu-core", _any_file("usr/share/fonts/truetype/dejavu/*.ttf"), "text in that browser"),
)
"""What tests, lint and bench need beside that."""


def install_missing(steps: Steps, wanted: tuple[Package, ...]) -> None:
    """Install those of `wanted` that are not there; nothing at all happens when all are. Failure when it cannot."""
    missing = [package for package in wanted if not package.present()]
    if not missing:
        return
    names = [package.name for package in missing]
    for_hand = f"install by hand, as root: apt-get install {' '.join(names)}"
    own_python = Path(sys.executable).resolve().is_relative_to("/usr/bin")
    if not own_python and {"python3-venv", "python3-dev"} & set(names):
        raise Failure(
            f"cannot use {sys.executable}: it lacks the module ensurepip or the header Python.h; "
            "use a complete Python 3.11 or newer, e.g. Debian's: PATH=/usr/bin:$PATH ./dev setup"
        )
    if shutil.which("apt-get") is None:
        raise Failure(
            "cannot install what is missing: there is no apt-get here. What the following Debian packages hold is "
            f"needed: {', '.join(f'{p.name} ({p.why})' for p in missing)}"
        )
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise Failure(f"cannot install what is missing: not root, and there is no sudo; {for_hand}")
        prefix = ["sudo"]
        if subprocess.run(["sudo", "--validate"]).returncode != 0:  # asks for the password here, not inside a step
            raise Failure(f"cannot install what is missing: sudo refused; {for_hand}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    steps.run("update the list of packages", [*apt, "update"])
    steps.run(f"install {' '.join(names)}", [*apt, "install", "--yes", "--no-install-recommends", *names])
    still = [package.name for package in missing if not package.present()]
    if still:
        raise Failure(f"installed {' '.join(names)}, but cannot find what {' '.join(still)} should have brought")
