"""Trees of Debian packages of another release, made once per machine: newer systemds to compare with, or to boot."""

import fcntl
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

SOURCES = Path("/etc/apt")
"""Where apt is told its mirrors (sources.list(5))."""

BUILD_SECONDS = 300
"""For the download; it takes 4 s with a near mirror."""

STALE = ('--aptopt=Acquire::Check-Valid-Until "false"',)
"""A mirror that stands still will do: what is unpacked is compared with, and trusted with nothing."""

NEWER = "trixie"
"""Debian 13, with systemd 257."""

NEWEST = "forky"
"""What becomes Debian 14, with a systemd of 258 or later: the first whose systemd-journal-upload compresses."""


class NoTreeError(Exception):
    """Such a tree cannot be made here; the message says why."""


def mirror(sources: Path = SOURCES) -> str:
    """The mirror of Debian that this machine uses, for other releases of it as well. Raises NoTreeError."""
    files = [
        *sources.glob("sources.list.d/*.sources"),
        *sources.glob("sources.list.d/*.list"),
        sources / "sources.list",
    ]
    for file in files:
        if file.is_file():
            found = re.search(r"^(?:URIs:|deb(?: \[.*\])?) +(\S+/debian/?)(?= |$)", file.read_text(), re.MULTILINE)
            if found is not None:
                return found[1]
    raise NoTreeError(f"apt has no mirror of Debian: none of the files in {sources} names one that ends in /debian")


def directory() -> Path:
    """Where trees are kept from run to run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "journalhub-lab"


@cache
def debian_tree(suite: str, variant: str, *packages: str) -> Path:
    """The tree of `packages` and what they need, of a release of Debian; built at the first call.

    `variant` is mmdebstrap's: `extract` unpacks only, `minbase` installs, for a tree that is booted.
    Raises NoTreeError.
    """
    program = shutil.which("mmdebstrap")
    if program is None:
        raise NoTreeError("the program mmdebstrap is not there: install the package mmdebstrap")
    if os.geteuid() != 0:
        raise NoTreeError("a tree of another Debian is made by root only")
    kept = directory()
    kept.mkdir(parents=True, exist_ok=True)
    tree = kept / "-".join((suite, variant, *packages))
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.is_dir():
            return tree
        half = tree.with_name(tree.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        options = [f"--variant={variant}", f"--include={','.join(packages)}", "--format=directory", *STALE]
        try:
            subprocess.run(
                [program, *options, suite, half, mirror()],
                check=True,
                capture_output=True,
                text=True,
                timeout=BUILD_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = error.stderr if isinstance(error.stderr, str) else ""
            raise NoTreeError(f"mmdebstrap cannot make {suite}: {said.strip()[-300:] or error}") from error
        half.rename(tree)
    return tree


def program(tree: Path, path: str) -> list[str]:
    """The command that runs a program of `tree` with the libraries of `tree`, on this machine's files."""
    triplet = next((tree / "usr/lib").glob("*-linux-gnu"))
    loader = next(triplet.glob("ld-linux-*.so.*"))
    return [str(loader), "--library-path", f"{triplet}:{triplet / 'systemd'}", str(tree / path)]


def stock_program(suite: str, path: str) -> list[str]:
    """The command of a program of systemd as a release of Debian has it. Raises NoTreeError.

    One tree has all that is compared with: the package needs systemd itself.
    """
    return program(debian_tree(suite, "extract", "systemd-journal-remote"), path)


def newer_journalctl() -> list[str]:
    """The journalctl of systemd 257, Debian 13's. Raises NoTreeError."""
    return stock_program(NEWER, "usr/bin/journalctl")
