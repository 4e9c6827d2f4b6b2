"""`access.sqlite` in the data directory: users, tokens, sessions and senders. Commands write it while the hub reads."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        self.path = data_dir / FILE
        self._lock = threading.RLock()
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = not self.path.exists()
            if is_new:
                self.path.touch(0o600)
                own_like(self.path, data_dir)
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


def own_like(path: Path, directory: Path) -> None:
    """Give `path` the owner of `directory`: root makes files that the service's own user must read."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
