"""Whether the journal of this machine can be read, by this user."""

import os
from collections.abc import Sequence
from pathlib import Path

DIRECTORIES = (Path("/var/log/journal"), Path("/run/log/journal"))
"""Where journald keeps its files: the persistent ones, and those of this boot only (journald.conf(5), Storage=)."""


def why_not(directories: Sequence[Path] = DIRECTORIES) -> str | None:
    """Why the journal cannot be read, or None when it can."""
    there = [directory for directory in directories if directory.is_dir()]
    if not there:
        return f"journald keeps no journal here: {' and '.join(map(str, directories))} do not exist"
    unreadable = [directory for directory in there if not os.access(directory, os.R_OK | os.X_OK)]
    files = [file for directory in there for file in directory.glob("*/*.journal")]
    if not files and not unreadable:
        return f"journald keeps no journal here: there are no journal files in {' or '.join(map(str, there))}"
    if not any(os.access(file, os.R_OK) for file in files):
        where = unreadable[0] if unreadable else files[0]
        return f"no permission to read {where}: join the group systemd-journal (usermod -aG systemd-journal $USER)"
    return None
