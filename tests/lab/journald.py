"""A private journald per host, as many as wanted on one machine: the real program with its own namespaces."""

import itertools
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab.cgroups import CgroupTree
from tests.lab.holder import Holder

JOURNALD = Path("/lib/systemd/systemd-journald")
START_TIMEOUT = 120.0
"""Seconds for a journald to answer; it takes 65 ms on an idle machine."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_serial = itertools.count(1)

# Everything of /run, /var/log and /etc/systemd that could lead to the machine's own systemd is covered by
# directories of the host.
_SETUP = """
  hostname "$(cat "$1/hostname")"
  mount --bind "$1/run" /run
  mount --bind "$1/varlog" /var/log
  mount --bind "$1/etc" /etc/systemd
  mount --bind "$1/machine-id" /etc/machine-id
  mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id
"""


def why_not() -> str | None:
    """Why this machine cannot run a JournaldHost, or None when it can."""
    if os.geteuid() != 0:
        return "a private journald needs root, for its namespaces"
    if not JOURNALD.exists():
        return f"{JOURNALD} is not there: install the package systemd"
    for program in ("unshare", "nsenter", "mount", "hostname", "journalctl"):
        if shutil.which(program) is None:
            return f"the program {program} is not there"
    probe = subprocess.run(
        ["unshare", "--mount", "--uts", "--cgroup", "--propagation", "private", "mount", "-t", "tmpfs", "x", "/mnt"],
        capture_output=True,
        text=True,
    )
    if probe.returncode:
        return f"cannot make namespaces: {probe.stderr.strip()}"
    # nsenter goes to the root of a mount namespace: out of a chroot, and into the journal of the machine around it.
    around = subprocess.run(
        ["nsenter", "-t", str(os.getpid()), "-m", "stat", "-c", "%d:%i", "/"], capture_output=True, text=True
    )
    here = Path("/").stat()
    if around.stdout.strip() != f"{here.st_dev}:{here.st_ino}":
        return f"in a chroot its programs would run outside of it {around.stderr.strip()}".strip()
    return None


class JournaldHost:
    """One host: a real journald with its own machine id, boot id, host name, journal, sockets and cgroups.

    A context manager: `with JournaldHost(tmp_path / "web-1", "web-1.example") as host`. Its journal stays after
    `down()` and is continued by the next `up()`. Rate limits are off. Plain `logger` inside reaches the
    host's journald through `/dev/log`, a link that is made on the machine where nothing is there.
    """

    def __init__(
        self,
        directory: Path,
        hostname: str,
        *,
        machine_id: str | None = None,
        max_file_size: str = "16M",
        max_use: str = "200M",
        environment: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        flushed: bool = True,
    ) -> None:
        """`environment` is journald's (faketime, say); `settings` override lines of its `[Journal]` section.

        Without `flushed` the host is where a boot begins: entries go to /run/log/journal until `journalctl --flush`.
        """
        self.directory = directory.resolve()
        self.hostname = hostname
        self.machine_id = machine_id or uuid.uuid4().hex
        self.boot_id = str(uuid.uuid4())
        self.environment = dict(environment or {})
        self.boots = 0
        self._flushed = flushed
        self._settings = {
            "Storage": "persistent",
            "Audit": "no",
            "ReadKMsg": "no",
            "ForwardToSyslog": "no",
            "ForwardToWall": "no",
            "RateLimitIntervalSec": "0",
            "SystemMaxUse": max_use,
            "SystemMaxFileSize": max_file_size,
            "SyncIntervalSec": "1s",
            **(settings or {}),
        }
        self._holder: Holder | None = None
        self._journald: subprocess.Popen[bytes] | None = None
        self._boot_started = 0.0
        self._cgroups: CgroupTree | None = None

    # What a test asks for.

    @property
    def log_directory(self) -> Path:
        """What `journalctl --directory` and the shipper's `--directory` take; the files are below, by machine id."""
        return self.directory / "varlog" / "journal"

    @property
    def pid(self) -> int:
        """journald's."""
        if self._journald is None:
            raise RuntimeError(f"journald of {self.hostname} is not up")
        return self._journald.pid

    @property
    def clock(self) -> list[str]:
        """What stands before a command that is to have the monotonic clock of the boot, as its journald has."""
        return ["unshare", "--time", "--monotonic", str(-int(self._boot_started))] if self.boots else []

    @property
    def has_units(self) -> bool:
        """Whether `run(unit=…)` works: cgroups can be made on this machine."""
        return self._cgroups is not None and bool(self._cgroups.roots)

    def up(self) -> Self:
        """Start the host, or only its journald when that died; returns when journald answers."""
        if self._holder is None or not self._holder.alive:
            self._make_namespaces()
        if self._journald is None or self._journald.poll() is not None:
            self._start_journald()
        return self

    def down(self) -> None:
        """Stop journald cleanly and end every process of the host; its journal stays."""
        self._stop_journald(signal.SIGTERM)
        if self._holder is not None:
            self._holder.close()
            self._holder = None
            self._cgroups = None

    def kill(self) -> None:
        """Kill journald with SIGKILL, as a crash would; `up()` starts it again. Queued datagrams are lost."""
        self._stop_journald(signal.SIGKILL)

    def reboot(self) -> None:
        """Stop journald, and start it with a new boot id and a monotonic clock near zero."""
        self._stop_journald(signal.SIGTERM)
        self.boots += 1
        self.boot_id = str(uuid.uuid4())
        (self.directory / "boot_id").write_text(self.boot_id + "\n")  # in place: it is mounted
        self._boot_started = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._start_journald()

    def rotate(self) -> None:
        """Archive the active journal files and begin new ones."""
        self.run(["journalctl", "--rotate"])

    def sync(self) -> None:
        """Return when every message sent before is in the journal files."""
        self.run(["journalctl", "--sync"])

    def vacuum(self, *, files: int | None = None, size: str | None = None, age: str | None = None) -> None:
        """Delete archived files, as journalctl's `--vacuum-files`, `--vacuum-size`, `--vacuum-time`."""
        wanted = {"files": files, "size": size, "time": age}
        options = [f"--vacuum-{name}={value}" for name, value in wanted.items() if value is not None]
        self.run(["journalctl", "--directory", str(self.log_directory), *options])

    def command(self, argv: Sequence[str | Path], unit: str | None = None) -> list[str]:
        """The command line that runs `argv` inside the host, in the cgroup of `unit`.

        `unit` is the name of a unit of `system.slice`, or a whole path (`/user.slice/user-1000.slice/session-2.scope`).
        Without one the process is in no unit.
        """
        if self._holder is None:
            raise RuntimeError(f"host {self.hostname} is not up")
        if unit is not None and not self.has_units:
            raise RuntimeError("cannot run in a unit: no cgroup hierarchy of this machine is writable")
        return self._holder.enter(["-m", "-u", "-C", "-w."], argv, _cgroup(unit or "/"))

    def cgroup_files(self, unit: str) -> list[Path]:
        """The files that a process writes `0` to, to be in `unit`; none where `has_units` is False."""
        if self._cgroups is None:
            raise RuntimeError(f"host {self.hostname} is not up")
        return self._cgroups.procs_files(_cgroup(unit))

    def run(
        self,
        argv: Sequence[str | Path],
        input: bytes | str | None = None,
        *,
        unit: str | None = None,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program inside the host and wait for it; its output is captured.

        Raises RuntimeError, with what it printed on stderr, when it fails and `check` is set.
        """
        done = subprocess.run(
            self.command(argv, unit),
            input=input.encode() if isinstance(input, str) else input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            env=None if env is None else {"PATH": _PATH, **env},
        )
        if check and done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise RuntimeError(f"{' '.join(map(str, argv))} on {self.hostname} ended with {done.returncode}: {said}")
        return done

    def popen(self, argv: Sequence[str | Path], *, unit: str | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program inside the host; it is killed by `down()` at the latest."""
        return subprocess.Popen(self.command(argv, unit), **options)

    def __enter__(self) -> Self:
        try:
            return self.up()
        except BaseException:
            self.down()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()

    # How it is done.

    def _make_namespaces(self) -> None:
        """Start the holder, in cgroups and namespaces of its own."""
        self._lay_out()
        with suppress(FileExistsError):
            os.symlink("/run/systemd/journal/dev-log", "/dev/log")
        self._cgroups = CgroupTree(f"journalhub-lab-{os.getpid()}-{next(_serial)}")
        self._holder = Holder("--mount --uts --cgroup", _SETUP, self.directory, self._cgroups)

    def _lay_out(self) -> None:
        """Make the directories and files that the namespaces are mounted from."""
        for part in ("run/systemd/journal", "run/log/journal", "run/lock", "etc/journald.conf.d"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        for part in ("run", "run/systemd", "run/systemd/journal", "etc"):
            (self.directory / part).chmod(0o755)  # whatever the umask: services of any user reach the sockets
        (self.log_directory / self.machine_id).mkdir(parents=True, exist_ok=True)
        (self.directory / "hostname").write_text(self.hostname + "\n")
        (self.directory / "machine-id").write_text(self.machine_id + "\n")
        (self.directory / "boot_id").write_text(self.boot_id + "\n")
        lines = ["[Journal]", *(f"{key}={value}" for key, value in self._settings.items())]
        (self.directory / "etc/journald.conf.d/zz-lab.conf").write_text("\n".join(lines) + "\n")

    def _start_journald(self) -> None:
        """Start journald and wait until it answers a sync."""
        sockets = self.directory / "run/systemd/journal"
        for name in ("socket", "stdout", "dev-log", "io.systemd.journal"):
            (sockets / name).unlink(missing_ok=True)
        if self._flushed:
            (sockets / "flushed").touch()  # without it entries go to /run/log/journal until a flush
        log = (self.directory / "journald.log").open("ab")
        with log:
            self._journald = subprocess.Popen(
                self.command([*self.clock, JOURNALD], "systemd-journald.service" if self.has_units else None),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": _PATH, **self.environment},
                start_new_session=True,
            )
        (self.directory / "journald.pid").write_text(str(self._journald.pid))
        deadline = time.monotonic() + START_TIMEOUT
        while not ((sockets / "io.systemd.journal").exists() and self._answers()):
            if self._journald.poll() is not None or time.monotonic() > deadline:
                said = (self.directory / "journald.log").read_text(errors="replace")
                raise RuntimeError(f"cannot start journald of {self.hostname}: {said[-2000:]}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        return self.run(["journalctl", "--sync"], check=False).returncode == 0

    def _stop_journald(self, with_signal: signal.Signals) -> None:
        if self._journald is not None:
            self._journald.send_signal(with_signal)  # does nothing once it was waited for
            self._journald.wait(START_TIMEOUT)
            self._journald = None


def _cgroup(unit: str) -> str:
    """The cgroup path of a unit of system.slice; a path stays as it is."""
    return unit if unit.startswith("/") else f"/system.slice/{unit}"
