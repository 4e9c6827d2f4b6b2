"""The files of the package, laid out as they will lie on the machine."""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

from deploy.debian import closure

HOME = Path("opt/journalhub")
"""The same place as in an installation by hand: units and documentation name it."""

SYSTEM_PYTHON = "/usr/bin/python3"
"""What the package runs on; `python3` of the distribution."""

PROGRAMS = {"journalhub": "journalhub.__main__", "jhctl": "journalhub.query.jhctl.__main__"}

_SCRIPT = """#!/{home}/bin/python3 -I
import sys
from {module} import main
sys.exit(main())
"""


def lay_out(root: Path, checkout: Path, wheel: Path) -> None:
    """Fill `root` with a Python environment of the wheel and what it needs, units, links, and documentation."""
    packages = root / HOME / "lib" / f"python{python_version()}" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    needed = closure.needed(packages)
    for one in needed.values():
        for source, path in closure.files(one):
            (packages / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, packages / path)
            (packages / path).chmod(0o644)
    _compile(root, packages)
    _make_environment(root)
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for unit in (checkout / "install" / "units").glob("*.service"):
        shutil.copyfile(unit, units / unit.name)
    _document(root, checkout, needed)


def python_version() -> str:
    """`3.11`: of this interpreter, for which the compiled modules are."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _make_environment(root: Path) -> None:
    """A virtual environment as venv(1) makes it, with links to the programs from /usr/bin."""
    bin_directory = root / HOME / "bin"
    bin_directory.mkdir()
    (bin_directory / "python3").symlink_to(SYSTEM_PYTHON)
    (root / HOME / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    (root / "usr/bin").mkdir(parents=True)
    for name, module in PROGRAMS.items():
        script = bin_directory / name
        script.write_text(_SCRIPT.format(home=HOME, module=module))
        script.chmod(0o755)
        (root / "usr/bin" / name).symlink_to(Path("/") / HOME / "bin" / name)


def _compile(root: Path, packages: Path) -> None:
    """The services may not write their caches, and jhctl has to start fast: they are packed."""
    command = [SYSTEM_PYTHON, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0"}
    paths = ["-s", str(root), "-p", "/", str(packages)]
    subprocess.run([*command, *paths], env=environment, check=True, stdout=sys.stderr)


def _document(root: Path, checkout: Path, needed: dict[str, Distribution]) -> None:
    pages = root / "usr/share/doc/journalhub"
    pages.mkdir(parents=True)
    for name in ("README.md", "CHANGELOG.md"):
        shutil.copyfile(checkout / name, pages / name)
    shutil.copytree(checkout / "docs", pages / "docs")
    packed = "".join(f"- {one.name} {one.version}\n" for _, one in sorted(needed.items()))
    licences = f"/{HOME}/lib/python{python_version()}/site-packages/*.dist-info/"
    own = (checkout / "LICENSE").read_text()
    (pages / "copyright").write_text(f"{own}\nPacked with it, each under its own licence, in {licences}:\n\n{packed}")
