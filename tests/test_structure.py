"""Rules about the code as a whole: who imports whom, what a program loads, what may not stand in the repository."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 500
"""Lines of one source file; most have 60 to 300."""


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file()]


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    report = f"{code}\nimport sys; print('\\n'.join(sys.modules), file=sys.__stdout__)"
    done = subprocess.run([sys.executable, "-P", "-c", report], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


HELP = """
import sys
sys.argv = {argv!r}
from {module} import {function} as run
try:
    run({arguments})
except SystemExit:
    pass
"""


def test_rooms_import_in_order() -> None:
    """journal < store < access < {shipper, collector, query} < web < __main__, as pyproject.toml says it."""
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_jhctl_loads_little() -> None:
    """jhctl starts fast and on any machine: no web server, no index, no libsystemd, no codec of the wire."""
    modules = loaded(
        HELP.format(argv=["jhctl", "--help"], module="journalhub.query.jhctl.__main__", function="main", arguments="")
    )

    assert modules.isdisjoint({"aiohttp", "tantivy", "systemd", "zstandard", "msgpack", "asyncio"})


def test_the_shipper_loads_neither_server_nor_index() -> None:
    """A node needs no search index and no web server; libsystemd is for the reader child alone."""
    code = HELP.format(argv=["x"], module="journalhub.shipper.main", function="run", arguments="['--help']")

    assert loaded(code).isdisjoint({"tantivy", "aiohttp.web", "systemd", "pyroaring", "journalhub.store"})
    # Of a process of 16 MB these would be 3.
    running = "import journalhub.__main__, journalhub.shipper.daemon, journalhub.shipper.renewal"
    assert loaded(f"{code}\n{running}").isdisjoint({"importlib.metadata", "email", "argparse", "urllib.request"})


def test_a_collector_needs_no_libsystemd() -> None:
    """Everything of the collector can be imported where the module systemd is not there."""
    modules = loaded(
        "import sys; sys.modules['systemd'] = None\n"
        "import journalhub.collector.server, journalhub.query.api, journalhub.web.routes, journalhub.store.embedded\n"
        "from journalhub.__main__ import main\n"
    )

    assert "aiohttp.web" in modules


def test_files_are_short() -> None:
    """A file holds one concept."""
    sources = tracked("*.py", "*.c", "*.h", "*.ts", "*.tsx", "*.css", "*.mjs", "dev", ".ci/run")
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources}

    assert {} == {name: count for name, count in lines.items() if count > LINES_MAX}


FORBIDDEN = {
    "a path of one machine": r"(^|[^a-zA-Z0-9_.\-])/(work|root|farm)/",
    "a package registry's host": r'("resolved": *"ht' r"tp|index-" r"url|registry *= *http)",
    "something unfinished": r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|NotImplemented" r"Error",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_of_one_machine_or_unfinished_is_kept(what: str) -> None:
    """Some things have no place in the repository."""
    pattern = re.compile(FORBIDDEN[what])
    found = []
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{n}: {line}" for n, line in enumerate(lines, 1) if pattern.search(line)]

    assert [] == found
