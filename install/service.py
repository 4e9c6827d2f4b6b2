"""What a machine gets for each of the two services, and whether the program can run as one of them."""

import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

PROGRAM_IN_UNITS = "/opt/journalhub/bin/journalhub"
"""As the units name it; replaced by where it really lies."""

CLOSED = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")
"""What `ProtectHome=` and `PrivateTmp=` hide from the services."""

PACKAGED = (Path("/lib/systemd/system"), Path("/usr/lib/systemd/system"))
"""Where distributions put units; the administrator's, in /etc, come first."""

OWN = Path("/etc/systemd/system")
CONFIGURATION = Path("/etc/journalhub")


class InstallError(Exception):
    """It cannot be installed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the two."""

    role: str

    @property
    def unit(self) -> str:
        """Name of the unit."""
        return f"journalhub-{self.role}.service"

    @property
    def configuration(self) -> Path:
        """The file with its settings; there need not be one."""
        return CONFIGURATION / f"{self.role}.toml"

    @property
    def state(self) -> tuple[Path, ...]:
        """What it keeps: systemd makes the first a link to the second for a dynamic user."""
        return Path("/var/lib/journalhub") / self.role, Path("/var/lib/private/journalhub") / self.role

    def text(self, program: Path) -> str:
        """The unit that runs `program`."""
        packed = resources.files("journalhub.install") / "units" / self.unit
        return packed.read_text().replace(PROGRAM_IN_UNITS, str(program))


COLLECTOR, SHIPPER = Service("collector"), Service("shipper")
SERVICES = {service.role: service for service in (COLLECTOR, SHIPPER)}


def own_program() -> Path:
    """Where the program `journalhub` of this environment lies. Raises InstallError."""
    program = Path(sysconfig.get_path("scripts")) / "journalhub"
    if not program.exists():
        raise InstallError(f"cannot find the program: {program} is not there; name it with --program")
    return program


def check_reachable(program: Path) -> None:
    """Raises InstallError when the services could not see `program` or its interpreter."""
    hidden = sorted({str(path) for path in _needed(program) if _is_closed(path)})
    if hidden:
        raise InstallError(
            f"cannot run {program} as a service: {hidden[0]} lies in a directory that services do not see; "
            "install Journalhub below /opt, with the system's Python: python3 -m venv /opt/journalhub"
        )


def _needed(program: Path) -> Iterable[Path]:
    yield program
    yield program.resolve()
    if program == Path(sysconfig.get_path("scripts")) / "journalhub":
        yield from (Path(sys.prefix), Path(sys.base_prefix).resolve(), Path(sys.executable).resolve())


def _is_closed(path: Path) -> bool:
    return any(path.is_relative_to(closed) for closed in CLOSED)
