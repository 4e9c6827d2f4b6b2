"""Mending a damaged partition: everything that can still be read goes into a new log; the old one is put aside.

The new partition is made beside the store and put in place by renames, so that a crash leaves the old one, or the new.
What could not be read is missing from its sets of seqnums: it shows as a gap, and is stored when a node sends it again.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgpack
import zstandard

from journalhub.journal.batch import Batch, Names
from journalhub.journal.origin import Origin
from journalhub.store.contract import StoreError
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.dictionary import Dictionary, loaded
from journalhub.store.embedded.directory import Directory
from journalhub.store.embedded.layout import LOG_FILE, ORD_FILE, PARTITIONS
from journalhub.store.embedded.log import explained, unpack_origins
from journalhub.store.embedded.partition import has_lost_its_log
from journalhub.store.embedded.rows import MemoryRows
from journalhub.store.embedded.store import EmbeddedStore

DAMAGED = "damaged"
"""Directory within the store where damaged partitions are put aside; nothing reads it."""

WORK = "repair"
"""Directory within the store where new partitions are made."""

REPAIRED = ".repaired"
"""Ends the name of a new partition whose old one is being put aside."""

LOST_RUNS = 1000
"""Pages of the database that may be unreadable one after the other before the rest of its table is given up."""


@dataclass(slots=True)
class Salvaged:
    """What became of one day."""

    day: str
    entries: int
    """Read, and in the new partition."""
    lost_blocks: int
    """Blocks of up to 1,024 entries that could not be read."""
    is_log_lost: bool
    """Whether there was no log to read."""
    put_aside: Path
    """The old partition, whole."""


def salvage(directory: Path, days: list[str]) -> Iterator[Salvaged]:
    """Make the partitions of `days` anew from what can be read. Raises StoreError when the store is in use."""
    with closing(Directory(directory)) as held:
        finish_interrupted(directory)
        newest = _newest_ord(held)
        for day in days:
            found, newest = _salvage_day(held, day, newest)
            yield found


def finish_interrupted(directory: Path) -> None:
    """Do what a repair that was interrupted had still to do."""
    shutil.rmtree(directory / WORK, ignore_errors=True)
    for made in sorted((directory / PARTITIONS).glob(f"*{REPAIRED}")):
        place = made.with_name(made.name.removesuffix(REPAIRED))
        if place.exists():
            shutil.rmtree(made)  # the old one was not yet put aside: it is tried again
        else:
            made.rename(place)


def _salvage_day(held: Directory, day: str, newest: int) -> tuple[Salvaged, int]:
    old = held.partition(day)
    work = held.path / WORK
    shutil.rmtree(work, ignore_errors=True)
    with explained(f"write to {work}"):
        work.mkdir()
        (work / ORD_FILE).write_text(f"{newest}\n")
    is_log_lost = has_lost_its_log(old)
    reader = _Reader(old / LOG_FILE)
    entries = 0
    with closing(EmbeddedStore(work)) as store:
        for batch in () if is_log_lost else reader.batches():
            entries += len(store.append([batch])[0].stored)
        newest = max(newest, store.newest_ord())
    aside = held.path / DAMAGED / f"{day}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with explained(f"put {old} aside"):
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        made = work / PARTITIONS / day
        if made.exists():
            made.rename(held.partitions / (day + REPAIRED))
        old.rename(aside)
        if (held.partitions / (day + REPAIRED)).exists():
            (held.partitions / (day + REPAIRED)).rename(old)
        shutil.rmtree(work)
    return Salvaged(day, entries, reader.lost, is_log_lost, aside), newest


def _newest_ord(held: Directory) -> int:
    """The newest ord of any partition, as far as that can be read; arrival numbers are never given twice."""
    newest = held.newest_ord()
    for day in held.days():
        try:
            with closing(_open(held.partition(day) / LOG_FILE)) as connection:
                newest = max(newest, *connection.execute("SELECT ifnull(max(last_ord), 0) FROM blocks").fetchone())
        except sqlite3.Error:
            continue
    return newest


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)


class _Reader:
    """What can be read of one log, table by table and row by row."""

    def __init__(self, path: Path) -> None:
        self.lost = 0
        self._path = path

    def batches(self) -> Iterator[Batch]:
        """The entries of every block that is whole."""
        try:
            connection = _open(self._path)
        except sqlite3.Error as error:
            raise StoreError(f"cannot open {self._path}: {error}") from error
        with closing(connection):
            origins = self._origins(connection)
            shapes = self._shapes(connection)
            dictionary = self._dictionary(connection)
            for body in self._bodies(connection):
                batch = _batch(body, origins, shapes, dictionary)
                if batch is None:
                    self.lost += 1
                else:
                    yield batch

    def _origins(self, connection: sqlite3.Connection) -> dict[int, Origin]:
        found: dict[int, Origin] = {}
        for first, body in self._rows(connection, "origins", "first", "first, body"):
            try:
                found.update(enumerate(unpack_origins(body), first))
            except (ValueError, TypeError, zstandard.ZstdError, msgpack.UnpackException):
                continue  # its entries cannot be read: nobody knows who spoke
        return found

    def _shapes(self, connection: sqlite3.Connection) -> dict[int, Names]:
        found: dict[int, Names] = {}
        for number, names in self._rows(connection, "shapes", "number", "number, names"):
            try:
                found[number] = tuple(map(str, msgpack.unpackb(names, use_list=False)))
            except (ValueError, TypeError, msgpack.UnpackException):
                continue
        return found

    def _dictionary(self, connection: sqlite3.Connection) -> Dictionary | None:
        def value_of(name: str) -> bytes | None:
            with explained(f"read {self._path}"):
                row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return row[0] if row else None

        with suppress(StoreError):
            return loaded(value_of)
        return None

    def _bodies(self, connection: sqlite3.Connection) -> Iterator[bytes]:
        for _, body in self._rows(connection, "blocks", "first_ord", "first_ord, body"):
            yield body

    def _rows(self, connection: sqlite3.Connection, table: str, key: str, columns: str) -> Iterator[tuple[int, bytes]]:
        """All rows that can be read, in order; where one cannot, those behind it are looked for in wider steps."""
        at, step, failures = -1, 0, 0
        while failures < LOST_RUNS:
            try:
                sql = f"SELECT {columns} FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT 1"
                row = connection.execute(sql, (at + step,)).fetchone()
            except sqlite3.Error:
                self.lost += table == "blocks"
                failures += 1
                step = max(1, step * 2) if step < 2**40 else 2**40
                if at + step > 2**62:
                    return
                continue
            if row is None:
                return
            at, step, failures = row[0], 0, 0
            yield row


def _batch(
    body: bytes, origins: dict[int, Origin], shapes: dict[int, Names], dictionary: Dictionary | None
) -> Batch | None:
    """A block as a batch; None when it is damaged, or speaks of origins or shapes that are, or of the dictionary."""
    try:
        names = [shapes.get(number, ()) for number in range(max(shapes, default=-1) + 1)]
        rows: MemoryRows = Block(body, names, lambda: dictionary).to_memory(names)
        if not set(rows.shape) <= shapes.keys():
            return None
        used = sorted(set(rows.origin))
        numbers = {number: place for place, number in enumerate(used)}
        return Batch(
            [origins[number] for number in used],
            names,
            [numbers[number] for number in rows.origin],
            list(rows.shape),
            list(rows.realtime),
            list(rows.monotonic),
            list(rows.seqnum),
            list(rows.xor_hash),
            list(rows.values),
        )
    except (ValueError, IndexError, KeyError, TypeError, zstandard.ZstdError, msgpack.UnpackException):
        return None
