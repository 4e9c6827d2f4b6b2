"""The steps of an installation: each says what it does, and can be shown without doing it."""

import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from journalhub.install.service import OWN, PACKAGED, InstallError, Service
from journalhub.journal.durable import write_atomically


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the machine."""

    said: str
    do: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """The file system to install into: `/`, or a tree in which nothing runs."""

    root: Path

    def path(self, path: Path) -> Path:
        """Where `path` of the machine lies."""
        return self.root / path.relative_to("/")

    @property
    def runs(self) -> bool:
        """Whether it is this machine, and its systemd runs: services can be started."""
        return self.root == Path("/") and Path("/run/systemd/system").is_dir()

    def systemctl(self, *words: str) -> Step:
        """Run systemctl, on the tree where it is one."""
        argv = ["systemctl", *(["--root", str(self.root)] if self.root != Path("/") else []), *words]
        return Step(" ".join(argv), lambda: _run(argv))

    def is_active(self, unit: str) -> bool:
        """Whether a service runs now."""
        if not self.runs:
            return False
        return subprocess.run(["systemctl", "is-active", "--quiet", unit]).returncode == 0


def installing(
    service: Service, machine: Machine, program: Path | None, collector: str | None, start: bool
) -> Iterator[Step]:
    """The steps that are still to do, in their order; none for files that are as they should be.

    Without `program` no unit is written: a package has brought it.
    """
    if collector is not None:
        yield from _configuring(service, machine, collector)
    changed = False
    if program is not None:
        changed = yield from _writing(machine, OWN / service.unit, service.text(program))
    if changed and machine.runs:
        yield machine.systemctl("daemon-reload")
    if machine.is_active(service.unit):
        yield machine.systemctl("enable", service.unit)
        if changed:
            yield machine.systemctl("restart", service.unit)
    elif start and machine.runs:
        yield machine.systemctl("enable", "--now", service.unit)
    else:
        yield machine.systemctl("enable", service.unit)


def _configuring(service: Service, machine: Machine, collector: str) -> Iterator[Step]:
    path = machine.path(service.configuration)
    wanted = f'collector = "{collector}"\n'
    if path.exists() and path.read_text() != wanted:
        raise InstallError(f"{path} is there already and stays as it is: edit it, and leave --collector out")
    yield from _writing(machine, service.configuration, wanted)


def uninstalling(service: Service, machine: Machine, purge: bool) -> Iterator[Step]:
    """The steps that take the service away; what it has kept and its settings only with `purge`."""
    there = is_packaged(service, machine) or machine.path(OWN / service.unit).exists()
    if there:
        yield machine.systemctl("disable", *(["--now"] if machine.runs else []), service.unit)
    gone = [OWN / service.unit, *((service.configuration, *service.state) if purge else ())]
    for path in map(machine.path, gone):
        if path.is_symlink() or path.is_file():
            yield Step(f"remove {path}", path.unlink)
        elif path.is_dir():
            yield Step(f"remove {path} with all that is in it", partial(shutil.rmtree, path))
    if there and machine.runs:
        yield machine.systemctl("daemon-reload")


def is_packaged(service: Service, machine: Machine) -> bool:
    """Whether a package of the distribution brought the unit, and nobody has put another one over it."""
    if machine.path(OWN / service.unit).exists():
        return False
    return any(machine.path(directory / service.unit).exists() for directory in PACKAGED)


def _writing(machine: Machine, path: Path, text: str) -> Generator[Step, None, bool]:
    """A file with this content. The generator's value is whether there is something to write."""
    target = machine.path(path)
    if target.exists() and target.read_text() == text:
        return False
    yield Step(f"write {target}", lambda: _write(target, text))
    return True


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, text.encode(), mode=0o644)


def _run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise InstallError(f"cannot {' '.join(argv)}: {done.stderr.strip() or f'it ended with {done.returncode}'}")
