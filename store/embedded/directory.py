"""The data directory: who holds it, which version it is, and where its numbers stand."""

import fcntl
import os
import shutil
from pathlib import Path

from journalhub.journal import steps
from journalhub.store.contract import StoreError
from journalhub.store.embedded.layout import (
    FOREIGN,
    FORMAT_VERSION,
    INDEX_BUILT,
    INDEX_DIRECTORY,
    INDEX_REPLACED,
    LOCK_FILE,
    ORD_FILE,
    PARTITIONS,
    VERSION_FILE,
)
from journalhub.store.embedded.log import explained

_REMOVED = ".removed"
_MADE = ".made"
"""Ends the name of a new partition whose old one is being put aside."""

THIN = "thin"
"""Directory within the store where partitions without some of their entries are made."""
"""Suffix of a partition's directory that is on its way out."""


class Directory:
    """A data directory that this process alone holds until `close`."""

    def __init__(self, path: Path) -> None:
        """Lock it, and create it where it is empty or missing. Raises StoreError when it cannot be used."""
        self.path = path
        with explained(f"create {path}"):
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take_lock()
            self._check_version()
            with explained(f"create {path}"):
                self.partitions.mkdir(exist_ok=True)
                _sync(path)
            self._finish_interrupted()
            for day in self.days():
                settle(self.partition(day))
        except BaseException:
            os.close(self._lock)
            raise

    def _finish_interrupted(self) -> None:
        """Do what was to be done when the process was ended."""
        shutil.rmtree(self.path / THIN, ignore_errors=True)
        for made in self.partitions.glob("*" + _MADE):
            place = made.with_name(made.name.removesuffix(_MADE))
            if place.exists():
                shutil.rmtree(made, ignore_errors=True)  # the old one was not put aside: it is made again
            else:
                made.rename(place)
        for leftover in self.partitions.glob("*" + _REMOVED):
            shutil.rmtree(leftover, ignore_errors=True)

    @property
    def partitions(self) -> Path:
        return self.path / PARTITIONS

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._lock, 32, 0).decode(errors="replace").strip() or "?"
            raise StoreError(
                f"{self.path} is in use by process {holder}; stop it, or give this one another directory"
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def _check_version(self) -> None:
        file = self.path / VERSION_FILE
        if not file.exists():
            strangers = sorted(
                item.name for item in self.path.iterdir() if item.name not in (LOCK_FILE, ORD_FILE, *FOREIGN)
            )
            if strangers:
                raise StoreError(
                    f"{self.path} is not empty and no data directory: it has {strangers[0]!r} and no {VERSION_FILE}. "
                    "Give an empty or new directory"
                )
            self._write(VERSION_FILE, f"{FORMAT_VERSION}\n")
            return
        found = file.read_text(errors="replace").strip()
        if found != str(FORMAT_VERSION):
            raise StoreError(
                f"{self.path} is of format {found[:20]!r}; this program reads format {FORMAT_VERSION}. "
                "Run the program that wrote it, or give another directory"
            )

    def _write(self, name: str, text: str) -> None:
        with explained(f"write {self.path / name}"):
            temporary = self.path / (name + ".new")
            with temporary.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path / name)
            _sync(self.path)

    def days(self) -> list[str]:
        """The days that have a partition, oldest first."""
        return sorted(item.name for item in self.partitions.iterdir() if item.is_dir() and "." not in item.name)

    def partition(self, day: str) -> Path:
        return self.partitions / day

    def newest_ord(self) -> int:
        """The newest ord given before partitions were last removed."""
        file = self.path / ORD_FILE
        return int(file.read_text()) if file.exists() else 0

    def put_aside(self, days: list[str], newest_ord: int) -> None:
        """Take partitions that are closed out of the way; `clear` removes them. A crash leaves each whole or gone."""
        self._write(ORD_FILE, f"{newest_ord}\n")
        steps.reached("removal: numbers kept")
        with explained(f"remove from {self.partitions}"):
            for day in days:
                self.partition(day).rename(self.partitions / (day + _REMOVED))
            _sync(self.partitions)
        steps.reached("removal: renamed")

    def clear(self, days: list[str]) -> None:
        """Free the space of what was put aside: seconds, where a day is large and the disk slow."""
        for day in days:
            shutil.rmtree(self.partitions / (day + _REMOVED), ignore_errors=True)
        if days:
            steps.reached("removal: done")

    def thin_place(self, day: str) -> Path:
        """An empty place where a partition of `day` can be made, to be exchanged."""
        place = self.path / THIN / day
        shutil.rmtree(place, ignore_errors=True)
        with explained(f"create {place}"):
            place.parent.mkdir(exist_ok=True)
        return place

    def exchange(self, day: str, newest_ord: int) -> None:
        """Put what was made in `thin_place` where the closed partition is, which is put aside: `clear` removes it.

        A crash leaves either, whole.
        """
        self._write(ORD_FILE, f"{newest_ord}\n")
        made, old = self.partitions / (day + _MADE), self.partitions / (day + _REMOVED)
        with explained(f"exchange {self.partition(day)}"):
            (self.path / THIN / day).rename(made)
            _sync(self.partitions)
            steps.reached("thinning: copy in place")
            self.partition(day).rename(old)
            steps.reached("thinning: old one put aside")
            made.rename(self.partition(day))
            _sync(self.partitions)
            steps.reached("thinning: exchanged")

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def settle(partition: Path) -> None:
    """Finish or undo the change of an index that was interrupted: the old one is whole until the new one is there."""
    index, old, new = (partition / name for name in (INDEX_DIRECTORY, INDEX_REPLACED, INDEX_BUILT))
    if old.exists() and not index.exists():
        old.rename(index)
    for leftover in (old, new):
        if leftover.exists():
            shutil.rmtree(leftover, ignore_errors=True)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
