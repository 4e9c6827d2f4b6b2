"""A small SQLite file that the hub and its commands write at the same time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from journalhub.journal.durable import own_like

BUSY_SECONDS = 5.0
"""To wait for the other process's transaction, which takes milliseconds."""


class Tables:
    """The open file. Any thread may call; calls raise sqlite3.Error."""

    def __init__(self, path: Path, schema: str, version: int, error: type[Exception]) -> None:
        """Opens the file, or makes it by `schema`; the directory is there.

        Raises `error` for what cannot be used, also for a file whose `user_version` is not `version`; the message
        says why and what to do.
        """
        self.path = path
        self._lock = threading.RLock()
        try:
            make_file(path)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            found = self._prepare(schema, version)
        except (OSError, sqlite3.Error) as cause:
            raise error(f"cannot open {path}: {cause}; is the directory writable, the file ours?") from cause
        if found != version:
            self._connection.close()
            raise error(f"{path} is of version {found}, want {version}; use the program that wrote it")

    def _prepare(self, schema: str, version: int) -> int:
        """The version of the file, which is ours where there was none."""
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        with self.transaction() as run:
            (found,) = run.execute("PRAGMA user_version").fetchone()
            if found != 0:
                return int(found)
            for statement in schema.split(";"):
                run.execute(statement)
            run.execute(f"PRAGMA user_version={version}")
        return version

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements or none."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Run one statement; how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()


def make_file(path: Path) -> None:
    """An empty file for its owner alone, where there is none: SQLite would make one that others may read."""
    if not path.exists():
        path.touch(0o600)
        own_like(path, path.parent)
