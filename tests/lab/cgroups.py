"""Cgroups of a lab host: journald derives `_SYSTEMD_UNIT` and its kin from `/proc/PID/cgroup`, so they must be real.

journald reads the unified hierarchy where one is mounted, else the v1 hierarchy `name=systemd`
(cg_unified_cached in systemd's cgroup-util.c). A process is put into both, wherever they are mounted.
"""

import time
from collections.abc import Iterator
from pathlib import Path


def hierarchies() -> list[Path]:
    """Mount points of the hierarchies that journald may read, those in which a directory can be made."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        flags = options.split(",")
        if (kind == "cgroup2" or "name=systemd" in flags) and "ro" not in flags:
            found.append(Path(where))
    return found


class CgroupTree:
    """One directory per hierarchy, which looks like the root to processes in a cgroup namespace made in it."""

    def __init__(self, name: str) -> None:
        """Make the tree's root. `roots` is empty where cgroups cannot be made (a read-only container)."""
        self.roots: list[Path] = []
        for hierarchy in hierarchies():
            try:
                (hierarchy / name).mkdir(exist_ok=True)
            except OSError:
                continue
            self.roots.append(hierarchy / name)

    def procs_files(self, path: str = "/") -> list[Path]:
        """The files to write a PID to (`0` for the writer) to move it to cgroup `path`, made as needed."""
        files = []
        for root in self.roots:
            group = root / path.strip("/")
            group.mkdir(parents=True, exist_ok=True)
            files.append(group / "cgroup.procs")
        return files

    def pids(self) -> set[int]:
        """Every process in the tree."""
        return {int(pid) for group in self._groups() for pid in (group / "cgroup.procs").read_text().split()}

    def remove(self, timeout: float = 240.0) -> None:
        """Remove the tree, whose processes were killed before; OSError when they do not go within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                for group in self._groups():
                    group.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)  # a killed process leaves its cgroup a moment after its signal
            else:
                return

    def _groups(self) -> Iterator[Path]:
        """All cgroups of the tree, the innermost first."""
        for root in self.roots:
            if root.exists():
                yield from sorted((p for p in root.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts))
                yield root
