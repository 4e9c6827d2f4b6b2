"""Where the journals are: which directories and files make a source, and whether this user may read them.

A source is read by one libsystemd handle and has one cursor. Namespaces, and the directories of several machines, are
sources of their own: their journalds do not wait for each other, and a handle that merges them passes over an entry
which becomes visible after a later one of another was read.
"""

import glob
import os
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from journalhub.shipper.errors import Exit, ShipperError

VOLATILE = "/run/log/journal"

ROOTS = ("/var/log/journal", VOLATILE)
"""Where journald keeps persistent and volatile journals (systemd-journald.service(8))."""

_LEAF = re.compile(r"(?P<machine>[0-9a-f]{32})(?:\.(?P<namespace>.+))?")
_SUFFIXES = (".journal", ".journal~")

# Of the header in systemd's journal-def.h: signature, file id and more, machine id, tail boot id, seqnum id, … and at
# 168 the first seqnum, at 184 and 192 the realtimes of the oldest and the newest entry. Unchanged since 2012; journald
# writes them with every entry.
_HEADER = struct.Struct("<8s32x16s16x16s80xQ8xQQ")
_SIGNATURE = b"LPKSHHRH"


class Header(NamedTuple):
    """What a journal file says of itself."""

    machine_id: bytes
    seqnum_id: bytes
    first_seqnum: int
    oldest: int
    newest: int
    """Microseconds: realtime of its last entry; 0 when it has none."""


def header(path: str) -> Header | None:
    """The header of a journal file; None when it is none or cannot be read."""
    try:
        with open(path, "rb") as file:
            raw = file.read(_HEADER.size)
    except OSError:
        return None
    if len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
        return None
    _, *values = _HEADER.unpack(raw)
    return Header(*values)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for. With neither, the journal of this machine with all its namespaces."""

    directories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Globs."""
    machine_id: str = ""
    """Of this machine, 32 hex digits; decides which directories below ROOTS are its own."""
    roots: tuple[str, ...] = ROOTS


@dataclass(frozen=True, slots=True)
class Source:
    """What one handle of libsystemd reads."""

    name: str
    """Stable over restarts: the key of its position in the state file."""
    directories: tuple[str, ...] = ()
    """Directories whose journal files it has, not those below."""
    globs: tuple[str, ...] = ()
    path: str | None = None
    """How to open it so that libsystemd watches it: a directory; None together with `namespace`: files only."""
    namespace: str | None = None
    """A name, or empty for the default namespace of this machine."""

    @property
    def counts_gaps(self) -> bool:
        """Whether a jump in the seqnums is a loss. Not so for chosen files: the others were left out on purpose."""
        return not self.globs

    def is_volatile(self) -> bool:
        """Whether it has files that journald may copy to the disk later, and delete."""
        return any(os.path.abspath(path).startswith(f"{VOLATILE}/") for path in self.files())

    def identity(self) -> tuple[tuple[int, int] | None, ...]:
        """Which directories these are now: one that was deleted and made again is another, and not watched."""
        return tuple(map(_identity, self.directories))

    def files(self) -> list[str]:
        """The journal files it has now, sorted."""
        found = {path for pattern in self.globs for path in glob.glob(pattern) if os.path.isfile(path)}
        for directory in self.directories:
            found.update(_journals_in(directory))
        return sorted(found)


def _identity(directory: str) -> tuple[int, int] | None:
    try:
        found = os.stat(directory)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def discover(selection: Selection) -> list[Source]:
    """The sources there are now, sorted by name. Raises ShipperError when there is no place to look."""
    if selection.files:
        return [Source(name="files:" + " ".join(selection.files), globs=selection.files)]
    if selection.directories:
        return [source for directory in selection.directories for source in _below(os.path.abspath(directory))]
    return _of_this_machine(selection)


def check(selection: Selection, sources: Sequence[Source]) -> list[str]:
    """Raise ShipperError unless there is something to read; return the files that this user may not read.

    libsystemd passes over unreadable files and directories without an error, and the journal looks empty.
    """
    files = [path for source in sources for path in source.files()]
    unreadable = [path for path in files if not os.access(path, os.R_OK)]
    closed = [path for path in _places(selection) if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK)]
    system = [path for path in files if os.path.basename(path).startswith("system")]
    if closed or (unreadable and (len(unreadable) == len(files) or (system and set(system) <= set(unreadable)))):
        raise ShipperError(Exit.UNREADABLE, _no_permission(closed or unreadable, len(files)))
    if not files:
        raise ShipperError(Exit.NO_JOURNAL, _nothing_there(selection))
    return unreadable


def newest(sources: Iterable[Source]) -> int:
    """Microseconds: realtime of the newest entry in any of the sources; 0 when there is none."""
    files = [path for source in sources for path in source.files()]
    # Archived files have an @ in their name. There may be hundreds, all older than the active ones beside them.
    active = [path for path in files if "@" not in os.path.basename(path)]
    return max((found.newest for found in map(header, active or files) if found is not None), default=0)


def machine_of(sources: Iterable[Source]) -> str | None:
    """The machine id that all files of the sources agree on, as 32 hex digits, or None."""
    headers = (header(path) for source in sources for path in source.files())
    machines = {found.machine_id.hex() for found in headers if found is not None}
    return machines.pop() if len(machines) == 1 else None


def local_machine_id() -> str:
    """The content of /etc/machine-id (machine-id(5)); empty where there is none, as in many containers."""
    try:
        text = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""


def _of_this_machine(selection: Selection) -> list[Source]:
    if not selection.machine_id:
        raise ShipperError(
            Exit.NO_JOURNAL,
            "cannot find the journal of this machine: /etc/machine-id has no machine id, as in many containers; "
            "name the journal with --directory",
        )
    spaces: dict[str, list[str]] = {"": []}
    for root in selection.roots:
        for name, directory in _leaves(root):
            if name["machine"] == selection.machine_id:
                spaces.setdefault(name["namespace"] or "", []).append(directory)
    return [
        Source(name=f"namespace:{space}" if space else "system", directories=tuple(directories), namespace=space)
        for space, directories in sorted(spaces.items())
    ]


def _below(directory: str) -> list[Source]:
    """One source per machine and namespace below `directory`, as journald lays them out; itself when it is flat."""
    leaves = [path for _, path in _leaves(directory)]
    if not leaves or _journals_in(directory):
        return [Source(f"directory:{directory}", directories=(directory, *leaves), path=directory)]
    return [Source(f"directory:{leaf}", directories=(leaf,), path=leaf) for leaf in sorted(leaves)]


def _leaves(root: str) -> list[tuple[re.Match[str], str]]:
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    found = ((_LEAF.fullmatch(name), os.path.join(root, name)) for name in names)
    return [(match, path) for match, path in found if match is not None and os.path.isdir(path)]


def _journals_in(directory: str) -> list[str]:
    try:
        return [os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(_SUFFIXES)]
    except OSError:
        return []


def _places(selection: Selection) -> list[str]:
    """Directories that must be readable for the files in them to be seen at all."""
    if selection.files:
        return []
    if selection.directories:
        return [*selection.directories, *(leaf for top in selection.directories for _, leaf in _leaves(top))]
    own = [leaf for root in selection.roots for name, leaf in _leaves(root) if name["machine"] == selection.machine_id]
    return [*selection.roots, *own]


def _no_permission(paths: Sequence[str], total: int) -> str:
    return (
        f"cannot read the journal: no permission for {paths[0]}"
        + (f" and {len(paths) - 1} more of {total} files" if len(paths) > 1 else "")
        + f" (user id {os.geteuid()}); run as root or as a member of the group systemd-journal: "
        "`usermod -aG systemd-journal USER`, or `SupplementaryGroups=systemd-journal` in the unit"
    )


def _nothing_there(selection: Selection) -> str:
    if selection.files:
        return f"no journal files match {' '.join(selection.files)}; quote the pattern, and check it with ls"
    if selection.directories:
        return (
            f"no journal files (*.journal) in {' '.join(selection.directories)} or its directories named by machine id"
        )
    return (
        f"no journal files of this machine in {' or '.join(selection.roots)}: is systemd-journald running, and is "
        "Storage= in journald.conf neither `none` nor a forward? Name another place with --directory"
    )
