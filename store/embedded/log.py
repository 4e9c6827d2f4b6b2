"""The log of one partition: a SQLite database, the only truth. docs/formats/store.md describes the tables."""

import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import zstandard

from journalhub.journal import steps
from journalhub.journal.batch import Names
from journalhub.journal.origin import Origin
from journalhub.store.contract import StoreError, StoreFull
from journalhub.store.embedded import dictionary as dictionaries
from journalhub.store.embedded.dictionary import Dictionary
from journalhub.store.embedded.layout import DICTIONARY_VERSION, FORMAT_VERSION, SQLITE_CACHE_BYTES, WAL_BYTES
from journalhub.store.embedded.unpacking import decompress

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE blocks (
    first_ord INTEGER PRIMARY KEY, last_ord INTEGER NOT NULL, entries INTEGER NOT NULL,
    first_realtime INTEGER NOT NULL, last_realtime INTEGER NOT NULL, size INTEGER NOT NULL,
    streams BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE origins (first INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE shapes (number INTEGER PRIMARY KEY, names BLOB NOT NULL, entries INTEGER NOT NULL);
CREATE TABLE streams (
    number INTEGER PRIMARY KEY, seqnum_id BLOB NOT NULL, boot_id BLOB NOT NULL, seqnums BLOB NOT NULL,
    facts BLOB NOT NULL);
CREATE TABLE boots (machine_id BLOB NOT NULL, boot_id BLOB NOT NULL, facts BLOB NOT NULL,
    PRIMARY KEY (machine_id, boot_id)) WITHOUT ROWID;
"""

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_FSYNC}
"""A write to a full disk fails as one of these, by where SQLite stood."""


OriginRow = tuple[int, bytes]
"""A row of `origins`: the number of its first, and what `unpack_origins` reads."""


class BlockMeta(NamedTuple):
    """What is known of a block without reading it."""

    first_ord: int
    last_ord: int
    entries: int
    first_realtime: int
    last_realtime: int
    size: int
    """Bytes of the body."""
    streams: tuple[tuple[int, int, int], ...]
    """(stream number, lowest seqnum, highest seqnum) of each stream in it."""


class StreamRow(NamedTuple):
    """A row of `streams`. `facts`: see `state.StreamFacts`."""

    number: int
    seqnum_id: bytes
    boot_id: bytes
    seqnums: bytes
    facts: tuple[Any, ...]


class BootRow(NamedTuple):
    """A row of `boots`. `facts`: see `state.BootFacts`."""

    machine_id: bytes
    boot_id: bytes
    facts: tuple[Any, ...]


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what SQLite and the system say into StoreFull and StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code in _FULL:
            raise StoreFull(f"cannot {what}: no space left ({error}); free some, or keep fewer days") from error
        raise StoreError(f"cannot {what}: {error}") from error
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise StoreFull(f"cannot {what}: no space left ({error}); free some, or keep fewer days") from error
        raise StoreError(f"cannot {what}: {error}") from error


class Log:
    """A log: one connection that writes, one that reads, each behind its lock and open while it is used."""

    def __init__(self, path: Path) -> None:
        """Open, or create where nothing is; StoreError when it is of another version or no database."""
        self.path = path
        self.write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._closed = False
        self._dictionary: Dictionary | None = None
        with self.write_lock, explained(f"open {path}"):
            self._create()

    def _connect(self, new: bool = False) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"{self.path} is closed")
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        if new:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # so that a sealed day can give space back
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
        connection.execute(f"PRAGMA cache_size={-SQLITE_CACHE_BYTES // 1024}")  # negative: KiB, not pages
        return connection

    def _create(self) -> None:
        self._writer = self._connect(new=not self.path.exists())
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            with self.transaction() as connection:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('identity', ?)", (secrets.token_hex(8),))
                connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
        elif version not in (FORMAT_VERSION, DICTIONARY_VERSION):
            raise StoreError(
                f"{self.path} is of format {version}; this program reads {FORMAT_VERSION} to {DICTIONARY_VERSION}. "
                "Run the program that wrote it, or move the directory away"
            )

    @contextmanager
    def transaction(self, what: str = "log") -> Iterator[sqlite3.Connection]:
        """All that is written inside becomes durable at the end, or nothing does. The caller holds `write_lock`.

        `what` names it among `steps`.
        """
        connection = self._writer = self._writer or self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            steps.reached(f"{what}: written, not committed")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        steps.reached(f"{what}: committed")

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        with self._read_lock, explained(f"read {self.path}"):
            self._reader = self._reader or self._connect()
            return self._reader.execute(sql, parameters).fetchall()

    def block_metas(self) -> list[BlockMeta]:
        """All blocks, rising by ord."""
        columns = "first_ord, last_ord, entries, first_realtime, last_realtime, size, streams"
        sql = f"SELECT {columns} FROM blocks ORDER BY first_ord"
        return [BlockMeta._make((*row[:6], msgpack.unpackb(row[6], use_list=False))) for row in self._rows(sql)]

    def block_body(self, first_ord: int) -> bytes | None:
        """The bytes of a block, or None when it was merged away."""
        rows = self._rows("SELECT body FROM blocks WHERE first_ord = ?", first_ord)
        return rows[0][0] if rows else None

    def origins(self) -> list[OriginRow]:
        """The rows of all origins, rising; `unpack_origins` reads one."""
        return self._rows("SELECT first, body FROM origins ORDER BY first")

    def shapes(self) -> list[tuple[Names, int]]:
        """All shapes by number, with the entries of each."""
        rows = self._rows("SELECT names, entries FROM shapes ORDER BY number")
        return [(msgpack.unpackb(names, use_list=False), entries) for names, entries in rows]

    def streams(self) -> list[StreamRow]:
        """All streams by number."""
        sql = "SELECT number, seqnum_id, boot_id, seqnums, facts FROM streams ORDER BY number"
        return [StreamRow._make((*row[:4], msgpack.unpackb(row[4], use_list=False))) for row in self._rows(sql)]

    def boots(self) -> list[BootRow]:
        """All boots."""
        sql = "SELECT machine_id, boot_id, facts FROM boots"
        return [BootRow._make((*row[:2], msgpack.unpackb(row[2], use_list=False))) for row in self._rows(sql)]

    def identity(self) -> str:
        """A random name given at creation, which an index repeats to tell whose it is."""
        return str(self._rows("SELECT value FROM meta WHERE name = 'identity'")[0][0])

    def totals(self) -> tuple[Any, ...] | None:
        """What `state.Totals` was saved as, or None in a new log."""
        rows = self._rows("SELECT value FROM meta WHERE name = 'totals'")
        return msgpack.unpackb(rows[0][0], use_list=False) if rows else None

    def sealed(self) -> tuple[int, int]:
        """(highest ord of the blocks that are packed for good, entries of the day when all of it was sealed)."""
        rows = self._rows("SELECT value FROM meta WHERE name = 'sealed'")
        return msgpack.unpackb(rows[0][0], use_list=False) if rows else (0, 0)

    def dictionary(self) -> Dictionary | None:
        """What the messages of a sealed day are packed with, if anything. StoreError where no copy of it is whole."""
        found = self._dictionary
        if found is None:
            found = self._dictionary = dictionaries.loaded(self._value)
        return found

    def damages(self) -> list[str]:
        """What is wrong with the copies of the dictionary, a sentence each."""
        return dictionaries.damages(self._value)

    def _value(self, name: str) -> bytes | None:
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None

    def keep_dictionary(self, dictionary: Dictionary) -> None:
        """Save it for good: from now on the log is of DICTIONARY_VERSION."""
        with self.write_lock, explained(f"write to {self.path}"):
            with self.transaction("dictionary") as connection:
                connection.executemany("INSERT INTO meta VALUES (?, ?)", dictionary.rows())
                connection.execute(f"PRAGMA user_version={DICTIONARY_VERSION}")
            self._dictionary = dictionary

    def shrink(self) -> None:
        """Give the space of removed blocks back to the file system."""
        with self.write_lock, explained(f"write to {self.path}"):
            connection = self._writer = self._writer or self._connect()
            connection.executescript("PRAGMA incremental_vacuum")  # execute() would give back a single page
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file; empty when nothing."""
        return [row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]

    def release(self) -> None:
        """Close the files until they are needed again."""
        with self.write_lock, self._read_lock:
            self._release()

    def _release(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None
        self._dictionary = None

    def close(self) -> None:
        """Close the files for good."""
        with self.write_lock, self._read_lock:
            self._release()
            self._closed = True


def save_totals(connection: sqlite3.Connection, totals: tuple[Any, ...]) -> None:
    """Within a transaction: replace the totals."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('totals', ?)", (msgpack.packb(totals),))


def save_block(connection: sqlite3.Connection, meta: BlockMeta, body: bytes) -> None:
    """Within a transaction: write one block."""
    streams = msgpack.packb(meta.streams)
    connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*meta[:6], streams, body))


def save_sealed(connection: sqlite3.Connection, upto: int, entries: int) -> None:
    """Within a transaction: how far the day is sealed; see `Log.sealed`."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('sealed', ?)", (msgpack.packb((upto, entries)),))


def has_blocks(connection: sqlite3.Connection, metas: Iterable[BlockMeta]) -> bool:
    """Within a transaction: whether all of these blocks are there as they are described."""
    sql = "SELECT first_ord, last_ord, entries, first_realtime, last_realtime, size FROM blocks WHERE first_ord = ?"
    return all(connection.execute(sql, meta[:1]).fetchone() == meta[:6] for meta in metas)


def delete_blocks(connection: sqlite3.Connection, first_ords: Iterable[int]) -> None:
    """Within a transaction: remove blocks."""
    connection.executemany("DELETE FROM blocks WHERE first_ord = ?", [(number,) for number in first_ords])


def save_origins(connection: sqlite3.Connection, first: int, origins: list[Origin]) -> None:
    """Within a transaction: write new origins, numbered from `first`."""
    if origins:
        connection.execute("INSERT INTO origins VALUES (?, ?)", (first, pack_origins(origins)))


def save_shapes(connection: sqlite3.Connection, shapes: Iterable[tuple[int, Names, int]]) -> None:
    """Within a transaction: write (number, names, entries), new or changed."""
    rows = [(number, msgpack.packb(names), entries) for number, names, entries in shapes]
    connection.executemany("INSERT OR REPLACE INTO shapes VALUES (?, ?, ?)", rows)


def save_streams(connection: sqlite3.Connection, streams: Iterable[StreamRow]) -> None:
    """Within a transaction: write streams, new or changed."""
    rows = [(*stream[:4], msgpack.packb(stream.facts)) for stream in streams]
    connection.executemany("INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?)", rows)


def save_boots(connection: sqlite3.Connection, boots: Iterable[BootRow]) -> None:
    """Within a transaction: write boots, new or changed."""
    rows = [(*boot[:2], msgpack.packb(boot.facts)) for boot in boots]
    connection.executemany("INSERT OR REPLACE INTO boots VALUES (?, ?, ?)", rows)


def pack_origins(origins: list[Origin]) -> bytes:
    """Origins as the body of a row of `origins`."""
    rows = [(o.seqnum_id, o.boot_id, [part for pair in o.fields for part in pair]) for o in origins]
    return zstandard.ZstdCompressor(level=9).compress(msgpack.packb(rows))


def unpack_origins(body: bytes) -> list[Origin]:
    """What `pack_origins` wrote."""
    rows = msgpack.unpackb(decompress(body), use_list=False)
    return [
        Origin(seqnum_id, boot_id, tuple(zip(parts[::2], parts[1::2], strict=True)))
        for seqnum_id, boot_id, parts in rows
    ]


def unpack_origin(body: bytes, index: int) -> Origin:
    """One of them, which must be there."""
    raw = decompress(body)
    unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=len(raw))
    unpacker.feed(raw)
    if index >= unpacker.read_array_header():
        raise ValueError(f"there is no origin {index}")
    for _ in range(index):
        unpacker.skip()
    seqnum_id, boot_id, parts = unpacker.unpack()
    return Origin(seqnum_id, boot_id, tuple(zip(parts[::2], parts[1::2], strict=True)))
