"""Who read what: a trail in `access/audit.sqlite`, written by a thread of its own so that no answer waits for it."""

import logging
import queue
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from journalhub.access.database import make_directory
from journalhub.access.people import now
from journalhub.journal.tables import make_file

log = logging.getLogger("journalhub.access")

FILE = "audit.sqlite"

KEPT = 1_000_000
"""Records: about 200 MB; the oldest go first."""

WAITING_MAX = 10_000
"""Records on their way to the disk; beyond it they are counted as lost, and that is a record too."""

TEXT_MAX = 2000
"""Characters of a path or a query that are kept."""

TRIM_EVERY = 1000
"""Records between two looks whether there are too many."""

_SCHEMA = """CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, query TEXT NOT NULL, status INTEGER NOT NULL, entries INTEGER, milliseconds REAL NOT NULL
) STRICT"""


@dataclass(frozen=True, slots=True)
class Record:
    """One request."""

    id: int
    at: int
    """Microseconds since the epoch, when it was answered."""
    who: str
    address: str
    method: str
    path: str
    query: str
    status: int
    entries: int | None
    """How many entries the answer held; None where none are meant."""
    milliseconds: float


class Audit:
    """The trail of one hub."""

    def __init__(self, data_dir: Path) -> None:
        """Opens or makes it. Raises sqlite3.Error or OSError."""
        path = make_directory(data_dir) / FILE
        make_file(path)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_SCHEMA)
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[object, ...] | None] = queue.Queue(WAITING_MAX)
        self._lost = 0
        self._written = 0
        self._thread = threading.Thread(target=self._run, name="audit")
        self._thread.start()

    def note(
        self,
        *,
        who: str,
        address: str,
        method: str,
        path: str,
        query: str,
        status: int,
        entries: int | None,
        milliseconds: float,
    ) -> None:
        """Enter a request; from any thread, without waiting."""
        texts = (who, address, method, path[:TEXT_MAX], query[:TEXT_MAX])
        row = (now(), *(_clean(text) for text in texts), status, entries, milliseconds)
        try:
            self._waiting.put_nowait(row)
        except queue.Full:
            self._lost += 1

    def search(
        self, *, since: int, until: int, who: str | None, text: str | None, limit: int, before: int | None
    ) -> list[Record]:
        """Records, the newest first: of a time, of somebody (an exact name), with a text in path or query."""
        conditions, values = ["at BETWEEN ? AND ?"], [since, until]
        if who is not None:
            conditions.append("who = ?")
            values.append(who)  # type: ignore[arg-type]
        if text is not None:
            conditions.append("(instr(path, ?) OR instr(query, ?))")
            values += [text, text]  # type: ignore[list-item]
        if before is not None:
            conditions.append("id < ?")
            values.append(before)
        where = " AND ".join(conditions)
        with self._lock:
            rows = self._connection.execute(
                f"SELECT id, at, who, address, method, path, query, status, entries, milliseconds FROM audit "
                f"WHERE {where} ORDER BY id DESC LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [Record(*row) for row in rows]

    def flush(self) -> None:
        """Return when everything noted so far is written."""
        self._waiting.join()

    def close(self) -> None:
        """Write what waits, and end."""
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            rows = [self._waiting.get()]
            while len(rows) < WAITING_MAX and not self._waiting.empty():
                rows.append(self._waiting.get())
            try:
                self._write([row for row in rows if row is not None])
            except sqlite3.Error as error:
                self._lost += len(rows)
                log.error("cannot write the audit trail: %s; %d records are lost", error, self._lost)
            for _ in rows:
                self._waiting.task_done()
            if None in rows:
                return

    def _write(self, rows: Sequence[tuple[object, ...]]) -> None:
        lost, self._lost = self._lost, 0
        if lost:
            rows = [*rows, (now(), "journalhub", "", "", "", f"{lost} records were lost", 0, None, 0.0)]
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO audit (at, who, address, method, path, query, status, entries, milliseconds) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._written += len(rows)
            if self._written >= TRIM_EVERY:
                self._written = 0
                self._connection.execute("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", (KEPT,))
            self._connection.execute("COMMIT")


def _clean(text: str) -> str:
    """Text of requests is written by whoever asks: nothing that SQLite or a terminal would stumble over."""
    return text.encode(errors="backslashreplace").decode()
