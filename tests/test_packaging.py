"""What is installed is what is in the tree: the folders at the top are the package `journalhub`."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from sysconfig import get_platform
from typing import Any

import pytest
from tests.lab.archives import unpack

from journalhub import __version__
from journalhub.journal.native.build import TARGET

ROOT = Path(__file__).resolve().parent.parent
CODEC = f"journalhub/journal/{TARGET.name}"


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def sources(project: dict[str, Any]) -> dict[str, str]:
    """Folder at the top -> where it goes in the wheel."""
    return dict(project["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"])


def build(what: str, source: Path, into: Path, environment: dict[str, str] | None = None) -> Path:
    """Build a wheel or an sdist with the tools of this environment, and these variables beside or for its own."""
    command = [sys.executable, "-m", "build", f"--{what}", "--no-isolation", "--outdir", str(into), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Paths in the wheel that is built from the checkout, its metadata left out."""
    return contents(build("wheel", ROOT, tmp_path_factory.mktemp("wheel")))


def contents(wheel: Path) -> set[str]:
    """Paths in a wheel, its metadata left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def tag(wheel: Path) -> str:
    """The end of a wheel's name: its ABI and platform."""
    return "-".join(wheel.stem.rsplit("-", 2)[1:])


def tree() -> set[str]:
    """Every file of the checkout that git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return {name for name in listed if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink()}


def page() -> set[str]:
    """The built page, which git does not know."""
    return {str(path.relative_to(ROOT)) for path in (ROOT / "web" / "static").rglob("*") if path.is_file()}


def test_the_wheel_holds_the_tree(wheel: set[str], project: dict[str, Any], sources: dict[str, str]) -> None:
    """The wheel has each file of the mapped folders, the built page and codec, the manual page, and nothing else."""
    excluded = tuple(f"{folder}/" for folder in project["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"])
    expected = {CODEC}
    for name in tree() | page():
        for folder, target in sources.items():
            if name.startswith(f"{folder}/") and not name.startswith(excluded):
                expected.add(target + name[len(folder) :])
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    expected |= {f"journalhub-{project['project']['version']}.data/data/{target}" for target in shared.values()}

    assert expected == wheel


def test_the_wheel_from_the_sdist_is_the_same(wheel: set[str], tmp_path: Path) -> None:
    """An sdist, which has no links, installs as the checkout does, without Node and npm's registry.

    Where there is no C compiler either, the wheel lacks the compiled codec and serves every platform.
    """
    packed = build("sdist", ROOT, tmp_path / "sdist")
    (unpacked,) = unpack(packed, tmp_path / "unpacked").iterdir()

    alone = {"PATH": str(tmp_path), "npm_config_registry": "http://127.0.0.1:1/"}
    pure = build("wheel", unpacked, tmp_path / "wheel", alone)
    compiled = build("wheel", unpacked, tmp_path / "compiled", {"npm_config_registry": alone["npm_config_registry"]})

    assert "none-any" == tag(pure)
    assert wheel - {CODEC} == contents(pure)
    assert f"abi3-{get_platform().replace('-', '_')}" == tag(compiled)
    assert wheel == contents(compiled)


def test_the_codec_is_the_same_each_time(tmp_path: Path) -> None:
    """The same sources give the same bytes, wherever they lie; and other sources another fingerprint."""
    shutil.copytree(ROOT / "journal" / "native", tmp_path / "journal" / "native")
    again = tmp_path / "journal" / "native" / "build.py"
    subprocess.run([sys.executable, again], check=True, capture_output=True)

    assert (tmp_path / "journal" / TARGET.name).read_bytes() == TARGET.read_bytes()

    source = again.parent / "columns.c"
    source.write_text(source.read_text() + "/* changed */")
    said = subprocess.run([sys.executable, again], check=True, capture_output=True, text=True).stderr

    assert "_codec.abi3.so: built\n" == said


def test_what_does_not_compile_is_told(tmp_path: Path) -> None:
    """Sources that the compiler refuses, and a machine without one, are an error with the reason."""
    shutil.copytree(ROOT / "journal" / "native", tmp_path / "journal" / "native")
    builder = tmp_path / "journal" / "native" / "build.py"
    command, environment = [sys.executable, str(builder)], {**os.environ, "PATH": str(tmp_path), "CC": ""}
    without = subprocess.run(command, capture_output=True, text=True, env=environment)
    (builder.parent / "columns.c").write_text("int unused_and_wrong(")
    refused = subprocess.run(command, capture_output=True, text=True)

    assert (1, True) == (without.returncode, "no C compiler" in without.stderr), without.stderr
    assert (1, True) == (refused.returncode, "columns.c" in refused.stderr), refused.stderr


def test_programs_know_their_version(project: dict[str, Any]) -> None:
    """Without asking the package's metadata, which takes 3 MB."""
    assert project["project"]["version"] == __version__


def test_links_are_the_folders_of_the_wheel(sources: dict[str, str], project: dict[str, Any]) -> None:
    """Each folder that is packed has its link under src/journalhub for development, and each link is packed."""
    links = {path.name: str(path.readlink()) for path in (ROOT / "src" / "journalhub").iterdir() if path.is_symlink()}
    folders = {folder: target for folder, target in sources.items() if folder != "src/journalhub"}

    assert {folder: f"../../{folder}" for folder in folders} == links
    assert {folder: f"journalhub/{folder}" for folder in folders} == folders
    assert set(folders) == {path for path in project["tool"]["hatch"]["build"]["only-include"] if "/" not in path}


def test_folders_are_not_imported_by_their_short_names(sources: dict[str, str], project: dict[str, Any]) -> None:
    """`import web` works in the checkout by accident; the linter refuses it for every folder."""
    banned = project["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]

    assert {folder for folder in sources if folder != "src/journalhub"} == set(banned)
