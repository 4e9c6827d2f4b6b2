"""What a program costs with all its children, from /proc."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from bench.process import memory


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a tree at one moment, or the most of several."""

    resident: int
    """RSS of each process, added up: pages that two share count twice, and so do journal files that are mapped."""
    own: int
    """RssAnon: what is no file's."""
    share: int
    """PSS: of a page that several hold, journal files that journald has mapped too among them, each counts its part."""

    def most(self, other: "Memory") -> "Memory":
        """The larger of both, each for itself."""
        return Memory(max(self.resident, other.resident), max(self.own, other.own), max(self.share, other.share))


def tree(pid: int) -> list[int]:
    """The process and all that it started, and these, while they live."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree so far, in nanoseconds' precision: a clock tick is what 10 entries/s take.

    Time of threads and children that have ended is not in it.
    """
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def held(pid: int) -> Memory:
    """Memory of the tree now."""
    resident = own = share = 0
    for one in tree(pid):
        with contextlib.suppress(OSError, KeyError):
            resident += memory(one, "VmRSS")
            own += memory(one, "RssAnon")
            share += memory(one, "Pss", "smaps_rollup")
    return Memory(resident, own, share)
