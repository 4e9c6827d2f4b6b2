"""A copy of everything that cannot be made again, also while a collector writes: SQLite's own backup, file by file.

Indexes are left out: a store that is opened without them builds them anew.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from journalhub.store.contract import StoreError
from journalhub.store.embedded.layout import LOG_FILE, ORD_FILE, PARTITIONS, VERSION_FILE
from journalhub.store.embedded.log import explained

Progress = Callable[[str], None]
"""Told the name of each file when it is copied."""

PAGES = 2000
"""Database pages (of 4 KiB) copied at a time: between two turns the collector may write."""

UNFINISHED = "UNFINISHED"
"""Name of a file that stands in a copy until it is whole."""


def backup(source: Path, target: Path, progress: Progress = lambda name: None) -> int:
    """Copy the data directory `source` into the new or empty directory `target`; how many files that were.

    Every database is copied as it is at one moment; what is stored after its copy is not part of it. Raises StoreError.
    """
    if not (source / VERSION_FILE).exists():
        raise StoreError(f"there is no data directory at {source}")
    with explained(f"write to {target}"):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise StoreError(f"{target} is not empty; give a new directory")
        (target / UNFINISHED).touch()
        done: set[Path] = set()
        # Days that begin meanwhile are found by looking again.
        while waiting := [path for path in _files(source) if path not in done]:
            for path in waiting:
                done.add(path)
                if _copy(path, target / path.relative_to(source)):
                    progress(str(path.relative_to(source)))
        for directory in sorted({path.parent for path in target.rglob("*")} | {target}):
            _sync(directory)
        (target / UNFINISHED).unlink()
        _sync(target)
    return len(done)


def restore(source: Path, target: Path, progress: Progress = lambda name: None) -> int:
    """Copy a backup into the new or empty data directory `target`; how many files that were. Raises StoreError."""
    if (source / UNFINISHED).exists():
        raise StoreError(f"{source} is a backup that was interrupted; take another")
    return backup(source, target, progress)


def _files(source: Path) -> Iterator[Path]:
    """Everything to copy: small files first, so that their age is the least."""
    for name in (VERSION_FILE, ORD_FILE):
        if (source / name).exists():
            yield source / name
    yield from sorted(source.glob("*.sqlite"))
    yield from (path for path in sorted((source / "access").rglob("*")) if path.is_file() and _is_wanted(path))
    yield from sorted((source / PARTITIONS).glob(f"????-??-??/{LOG_FILE}"))


def _is_wanted(path: Path) -> bool:
    return not path.name.endswith(("-wal", "-shm", ".tmp"))


def _copy(path: Path, to: Path) -> bool:
    """Copy one file; False when it was removed meanwhile (retention)."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if path.suffix == ".sqlite":
            _copy_database(path, to)
        else:
            shutil.copy2(path, to)
    except FileNotFoundError:
        return False
    descriptor = os.open(to, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def _copy_database(path: Path, to: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(path)
    to.touch(0o600)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there, pages=PAGES)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
