"""Small SQLite files that several processes write."""

import sqlite3
from pathlib import Path

import pytest

from journalhub.journal.tables import Tables

SCHEMA = "CREATE TABLE numbers (one INTEGER NOT NULL) STRICT;"


class OwnError(Exception):
    """Of the room whose file it is."""


def test_all_or_nothing_in_two_connections(tmp_path: Path) -> None:
    """What one has written the other reads; a transaction that breaks off has written nothing."""
    path = tmp_path / "file"
    first, second = (Tables(path, SCHEMA, 1, OwnError) for _ in range(2))
    assert 1 == first.change("INSERT INTO numbers VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError), second.transaction() as run:
        run.execute("INSERT INTO numbers VALUES (2)")
        run.execute("INSERT INTO numbers VALUES (NULL)")
    assert [(1,)] == second.rows("SELECT one FROM numbers")
    assert 0o600 == path.stat().st_mode & 0o777
    first.close()
    second.close()


def test_a_file_that_is_not_ours(tmp_path: Path) -> None:
    """One of another version stays as it is, and one that is no database is named; the message says what to do."""
    path = tmp_path / "file"
    Tables(path, SCHEMA, 2, OwnError).close()
    with pytest.raises(OwnError, match="is of version 2, want 1; use the program that wrote it"):
        Tables(path, SCHEMA, 1, OwnError)
    Tables(path, SCHEMA, 2, OwnError).close()
    path.with_name("other").write_bytes(b"no database at all" * 100)
    with pytest.raises(OwnError, match="is the directory writable, the file ours"):
        Tables(path.with_name("other"), SCHEMA, 1, OwnError)
