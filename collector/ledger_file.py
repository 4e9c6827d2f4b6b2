"""The ledger on disk, `ledger.sqlite`: a row of JSON per node, and per day that retention took something from."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from journalhub.collector.seqnum_sets import Chunk
from journalhub.journal import steps

FILE = "ledger.sqlite"
DAMAGED = "ledger.sqlite.damaged"
VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS node (key TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seqnums (key TEXT, name TEXT, chunk INTEGER, bitmap BLOB NOT NULL,
  PRIMARY KEY (key, name, chunk)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removed (day TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thinned (day TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
"""

Document = dict[str, Any]


class LedgerFile:
    """Documents of nodes and of removed days, for any thread. Calls raise sqlite3.Error.

    A file that is damaged is put aside and a new one begun: the ledger is an account of what is in the store, which
    stays as it is.
    """

    def __init__(self, directory: Path) -> None:
        self.damaged: str = ""
        """What was wrong with the file that was put aside; empty when nothing was."""
        self._lock = threading.Lock()
        path = directory / FILE
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # not writable, disk full: the file itself may be good
            self.damaged = f"{error}; it is kept as {DAMAGED}"
            os.replace(path, directory / DAMAGED)
            for suffix in ("-wal", "-shm"):
                path.with_name(FILE + suffix).unlink(missing_ok=True)
            self._connection = _open(path)

    def nodes(self) -> list[Document]:
        """All documents of nodes."""
        return [json.loads(row[0]) for row in self._connection.execute("SELECT document FROM node")]

    def removed(self) -> list[Document]:
        """All documents of removed days, by day."""
        return [json.loads(row[0]) for row in self._connection.execute("SELECT document FROM removed ORDER BY day")]

    def seqnums(self) -> list[tuple[list[str], Chunk]]:
        """All sets of seqnums in chunks, each with the key of its node."""
        rows = self._connection.execute("SELECT key, name, chunk, bitmap FROM seqnums")
        return [(json.loads(key), (name, number, bitmap)) for key, name, number, bitmap in rows]

    def save_nodes(self, documents: Iterable[Document], seqnums: Iterable[tuple[Sequence[str], Chunk]] = ()) -> None:
        """Write these nodes and chunks of their sets, together; on return they survive power loss."""
        chunks = [(json.dumps(list(key)), *chunk) for key, chunk in seqnums]
        self._save("node", [(json.dumps(item["key"]), json.dumps(item)) for item in documents], chunks)

    def save_removed(self, documents: Iterable[Document]) -> None:
        """Write these removed days; on return they survive power loss."""
        self._save("removed", [(item["day"], json.dumps(item)) for item in documents])

    def thinned(self) -> list[Document]:
        """All documents of days that have lost some of their entries, by day."""
        return [json.loads(row[0]) for row in self._connection.execute("SELECT document FROM thinned ORDER BY day")]

    def save_thinned(self, document: Document) -> None:
        """Write one such day; on return it survives power loss."""
        self._save("thinned", [(document["day"], json.dumps(document))])

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _save(
        self, table: str, rows: Sequence[tuple[str, str]], chunks: Sequence[tuple[str, str, int, bytes]] = ()
    ) -> None:
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", rows)
            self._connection.executemany("INSERT OR REPLACE INTO seqnums VALUES (?, ?, ?, ?)", chunks)
            steps.reached("ledger: written, not committed")
        steps.reached("ledger: committed, not answered")


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"version {version}; this program writes {VERSION}")
        connection.executescript(_SCHEMA + f"PRAGMA user_version = {VERSION};")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
    except BaseException:
        connection.close()
        raise
    return connection
