"""A process that keeps namespaces alive for as long as the one that made them lives."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.cgroups import CgroupTree

END_TIMEOUT = 120.0
"""Seconds for the processes of a namespace to end once they are killed."""

# It lives as long as the pipe at its stdin: when the maker dies, however it dies, everything inside dies with it.
# What no cgroup holds together, on machines where none can be made, is found by the pid files in the directory.
_SCRIPT = """
set -eu
flags=$1 setup=$2 directory=$3; shift 3
for procs; do echo 0 > "$procs"; done
# shellcheck disable=SC2086
exec unshare $flags --propagation private sh -euc "$setup"'
  echo ready
  cat > /dev/null
  directory=$1; shift
  for procs; do for pid in $(find "${procs%/*}" -name cgroup.procs -exec cat {} + ); do
    [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null || true
  done; done
  for file in "$directory"/*.pid; do kill -9 "$(cat "$file")" 2>/dev/null || true; done
' - "$directory" "$@"
"""


class Holder:
    """Namespaces, made by a shell script that runs in them as root."""

    def __init__(self, flags: str, setup: str, directory: Path, cgroups: CgroupTree) -> None:
        """`flags` are unshare(1)'s; `setup` is the script, with `directory` as `$1`. RuntimeError when it fails."""
        self._cgroups = cgroups
        log = directory / "holder.log"
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                ["sh", "-c", _SCRIPT, "-", flags, setup, str(directory), *map(str, cgroups.procs_files())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C is for the maker
            )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self.close()
            raise RuntimeError(f"cannot make namespaces in {directory}: {log.read_text().strip()}")

    @property
    def alive(self) -> bool:
        """Whether the namespaces are still there."""
        return self._process.poll() is None

    def enter(self, flags: Sequence[str], argv: Sequence[str | Path], cgroup: str = "/") -> list[str]:
        """The command line that runs `argv` in the namespaces that nsenter(1)'s `flags` name, and in `cgroup`."""
        move = 'n=$1; shift; while [ $n -gt 0 ]; do echo 0 > "$1"; shift; n=$((n-1)); done; exec "$@"'
        files = list(map(str, self._cgroups.procs_files(cgroup)))
        nsenter = ["nsenter", "-t", str(self._process.pid), *flags]
        return ["sh", "-c", move, "-", str(len(files)), *files, *nsenter, "--", *map(str, argv)]

    @property
    def root(self) -> Path:
        """The file system as it is seen inside."""
        return Path(f"/proc/{self._process.pid}/root")

    def close(self) -> None:
        """Kill everything inside; returns when it is gone, cgroups included."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(END_TIMEOUT)
        self._process.stdout.close()
        self._cgroups.remove()
