"""`access/access.sqlite`: users, tokens, sessions and senders. Commands write it while the hub reads."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from journalhub.journal.durable import own_like

DIRECTORY = "access"
"""Within the data directory: everything of this room."""

FILE = "access.sqlite"

VERSION = 1
"""`user_version` of the file; another one is refused."""

BUSY_SECONDS = 5.0
"""To wait for the other process's transaction, which takes milliseconds."""

_SCHEMA = """
CREATE TABLE users (
  name TEXT PRIMARY KEY, password TEXT NOT NULL, role INTEGER NOT NULL, scope TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, secret BLOB NOT NULL, name TEXT NOT NULL, role INTEGER NOT NULL,
  scope TEXT NOT NULL, hosts TEXT NOT NULL, relay INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER,
  used INTEGER
) STRICT;
CREATE TABLE sessions (
  secret BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE, created INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT;
CREATE TABLE senders (
  fingerprint TEXT PRIMARY KEY, hostname TEXT NOT NULL, machine_id TEXT NOT NULL, hosts TEXT NOT NULL,
  issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER, renewed INTEGER
) STRICT;
"""


class AccessError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Database:
    """The open file. Any thread may call; times are microseconds since the epoch."""

    def __init__(self, data_dir: Path) -> None:
        """Opens or makes the file. Raises AccessError."""
        self.path = data_dir / DIRECTORY / FILE
        self._lock = threading.RLock()
        try:
            make_directory(data_dir)
            make_file(self.path)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise AccessError(f"cannot open {self.path}: {error}; is the directory writable, the file ours?") from error

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        with self.transaction() as run:
            (version,) = run.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    run.execute(statement)
                run.execute(f"PRAGMA user_version={VERSION}")
            elif version != VERSION:
                raise AccessError(f"{self.path} is of version {version}, want {VERSION}; use the program that wrote it")

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


def make_directory(data_dir: Path) -> Path:
    """The directory of this room, for its owner alone; the data directory as well where there is none."""
    directory = data_dir / DIRECTORY
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    own_like(directory, data_dir)
    return directory


def make_file(path: Path) -> None:
    """An empty file for its owner alone, where there is none: SQLite would make one that others may read."""
    if not path.exists():
        path.touch(0o600)
        own_like(path, path.parent)
