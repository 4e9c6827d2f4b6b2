"""A real systemd as PID 1, booted by systemd-nspawn over the machine's own file system, of which it changes nothing."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.cgroups import CgroupTree
from tests.lab.holder import Holder

BOOT_TIMEOUT = 240.0
"""Seconds for systemd to come up; it takes 0.4 s on an idle machine."""

_MASKED = (
    *("systemd-timesyncd.service", "systemd-networkd.service", "systemd-resolved.service", "systemd-logind.service"),
    *("console-getty.service", "getty@tty1.service", "apt-daily.timer", "apt-daily-upgrade.timer", "man-db.timer"),
    *("e2scrub_all.timer", "fstrim.timer", "dpkg-db-backup.timer"),
)
"""Units of the machine's file system that have no business in a box."""

# An overlay's upper directory must not lie on the file system that is its lower one, hence the tmpfs. systemd-nspawn
# wants /run/systemd/nspawn on something that it can clean up.
_SETUP = """
  mkdir -p "$1/disk"
  mount -t tmpfs -o size=2g box "$1/disk"
  mkdir "$1/disk/upper" "$1/disk/work" "$1/disk/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/disk/upper,workdir=$1/disk/work" "$1/disk/root"
  mkdir -p /run/systemd/nspawn
  mount -t tmpfs nspawn /run/systemd/nspawn
"""


def why_not() -> str | None:
    """Why this machine cannot run a SystemdBox, or None when it can."""
    if os.geteuid() != 0:
        return "a systemd box needs root"
    if shutil.which("systemd-nspawn") is None:
        return "systemd-nspawn is not there: install the package systemd-container"
    tree = CgroupTree(f"journalhub-probe-{os.getpid()}")
    tree.remove()
    if not tree.roots:
        return "cannot make cgroups"
    script = (
        "mount -t tmpfs x /mnt && mkdir /mnt/u /mnt/w /mnt/r && "
        "mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r"
    )
    probe = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script], capture_output=True, text=True
    )
    return f"cannot lay an overlay over /: {probe.stderr.strip()}" if probe.returncode else None


class SystemdBox:
    """A machine with its own systemd, journald, machine id and host name; the network is the host's.

    Its disk is an overlay over `/`: write to `root / "etc/…"` before or after `up()`; it lives until `close()`.
    """

    def __init__(self, directory: Path, name: str, binds: Mapping[Path, str] | None = None) -> None:
        """`binds` are directories of this machine to show inside, read-only: source -> path in the box."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory.resolve()
        self.name = name
        self.machine_id = uuid.uuid4().hex
        self._binds = dict(binds or {})
        self._cgroups = CgroupTree(f"journalhub-box-{os.getpid()}-{name}")
        self._holder = Holder("--mount", _SETUP, self.directory, self._cgroups)
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._clean_disk()

    @property
    def root(self) -> Path:
        """The box's `/`, as seen from here."""
        return self._holder.root / str(self.directory / "disk" / "root").lstrip("/")

    def up(self) -> Self:
        """Boot; returns when systemd has reached its target. Again after `down()`: a reboot."""
        options = [f"--bind-ro={source}:{target}" for source, target in self._binds.items()]
        argv = [
            *("systemd-nspawn", "-q", "--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off"),
            *("--kill-signal=SIGRTMIN+3", "--console=read-only", "-D", str(self.directory / "disk" / "root")),
            *("-M", self.name, f"--uuid={self.machine_id}", *options),
            *("-b", "--", "systemd.unit=multi-user.target"),
        ]
        with (self.directory / "console.log").open("ab") as console:
            self._nspawn = subprocess.Popen(
                self._holder.enter(["-m"], argv),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        deadline = time.monotonic() + BOOT_TIMEOUT
        while not self._is_running():
            if self._nspawn.poll() is not None or time.monotonic() > deadline:
                said = (self.directory / "console.log").read_text(errors="replace")
                raise RuntimeError(f"cannot boot {self.name}: {said[-2000:]}")
            time.sleep(0.05)
        return self

    @property
    def is_up(self) -> bool:
        """Whether it has booted and was not told to end."""
        return self._leader != 0

    def down(self) -> None:
        """Power off; the disk stays."""
        if self._nspawn is not None:
            if self._leader:
                os.kill(self._leader, signal.SIGRTMIN + 4)  # to a systemd as PID 1: poweroff.target
            try:
                self._nspawn.wait(BOOT_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()
            self._nspawn, self._leader = None, 0

    def crash(self) -> None:
        """End as at a power cut: nothing inside is told, and nothing closed; the disk stays."""
        os.kill(self._leader, signal.SIGKILL)
        self._leader = 0
        self.down()

    def close(self) -> None:
        """Power off and forget the disk."""
        self.down()
        self._holder.close()

    def run(self, argv: Sequence[str | Path], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in the box; RuntimeError, with what it printed on stderr, when it fails and `check` is set."""
        command = ["nsenter", "-t", str(self._leader), "-a", "--", *map(str, argv)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))} in {self.name} ended with {done.returncode}: {done.stderr}")
        return done

    def __enter__(self) -> Self:
        try:
            return self.up()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _clean_disk(self) -> None:
        """Make the copy of this machine another one: its own identity, none of its units started."""
        for wants in (self.root / "etc/systemd/system").glob("*.wants"):
            shutil.rmtree(wants)
        for gone in ("var/log/journal", "run"):
            shutil.rmtree(self.root / gone, ignore_errors=True)
        for made in ("var/log/journal", "run"):
            (self.root / made).mkdir(parents=True)
        (self.root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
        (self.root / "etc/machine-id").write_text(self.machine_id + "\n")
        (self.root / "etc/hostname").write_text(self.name + "\n")
        for unit in _MASKED:
            link = self.root / "etc/systemd/system" / unit
            link.unlink(missing_ok=True)
            link.symlink_to("/dev/null")

    def _is_running(self) -> bool:
        """Find systemd-nspawn's child, the box's PID 1, and ask it."""
        assert self._nspawn is not None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        try:
            self._leader = int(children.read_text().split()[0])
        except (OSError, IndexError):
            return False
        return self.run(["systemctl", "is-system-running"], check=False).stdout.strip() in ("running", "degraded")
