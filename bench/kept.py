"""The corpus as requests, made once and kept in files: neither its making is measured nor its memory.

It lies in `.dev/bench` of the checkout, under a digest of the sources that make it, and is made anew when they change.
"""

import contextlib
import hashlib
import os
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.dev.checkout import ROOT, STATE

from bench import corpus
from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.journal.export import encode
from journalhub.journal.limits import BATCH_ENTRIES

KEPT = STATE / "bench"

EXPORT_ENTRIES = 5000
"""Entries of one request of export text: what the figures of other stores were measured with."""

SOURCES = ("bench/corpus.py", "bench/kept.py", "bench/vocabulary.py", "journal/*.py")
"""What decides on the bytes."""

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Bodies:
    """Requests made ahead of the measurement; iterated over, each is read when its turn comes."""

    path: str
    headers: dict[str, str]
    file: Path
    entries: int

    @property
    def size(self) -> int:
        """Bytes of all bodies."""
        return self.file.stat().st_size - _LENGTH.size * sum(1 for _ in self._places())

    def __iter__(self) -> Iterator[bytes]:
        with self.file.open("rb") as file:
            for offset, length in self._places():
                file.seek(offset)
                yield file.read(length)

    def _places(self) -> Iterator[tuple[int, int]]:
        with self.file.open("rb") as file:
            while head := file.read(_LENGTH.size):
                (length,) = _LENGTH.unpack(head)
                yield file.tell(), length
                file.seek(length, os.SEEK_CUR)


def native(count: int, hosts: int, days: int = 1) -> Bodies:
    """The corpus as shippers send it: each batch of one host's entries."""
    headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
    return Bodies("/api/v1/ingest", headers, _made(count, hosts, days, "native"), count)


def export_text(count: int, hosts: int, days: int = 1) -> Bodies:
    """The corpus as systemd-journal-upload sends it, uncompressed."""
    headers = {"Content-Type": "application/vnd.fdo.journal"}
    return Bodies("/upload", headers, _made(count, hosts, days, "text"), count)


def directory(count: int, hosts: int, days: int = 1) -> Path:
    """Where what is made of this corpus is kept. What older sources made is removed."""
    digest = hashlib.sha256()
    for source in (path for pattern in SOURCES for path in sorted(ROOT.glob(pattern))):
        digest.update(source.read_bytes())
    current = KEPT / digest.hexdigest()[:16]
    if not current.exists():
        for older in KEPT.glob("*/"):
            shutil.rmtree(older, ignore_errors=True)
    found = current / f"{count}-entries-{hosts}-hosts-{days}-days"
    found.mkdir(parents=True, exist_ok=True)
    return found


def _made(count: int, hosts: int, days: int, form: str) -> Path:
    file = directory(count, hosts, days) / form
    if not file.exists():
        entries = corpus.entries(count, hosts, days=days)
        new = file.with_name(f"{form}.{os.getpid()}")
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(new.unlink, missing_ok=True)
            with new.open("wb") as out:
                for body in _FORMS[form](entries):
                    out.write(_LENGTH.pack(len(body)) + body)
            new.rename(file)
    return file


def _native(entries: Iterator[Entry]) -> Iterator[bytes]:
    return (wire.encode(from_entries(chunk)) for chunk in _per_host(entries, BATCH_ENTRIES))


def _text(entries: Iterator[Entry]) -> Iterator[bytes]:
    return (b"".join(map(encode, chunk)) for chunk in _per_host(entries, EXPORT_ENTRIES))


_FORMS = {"native": _native, "text": _text}


def _per_host(entries: Iterator[Entry], size: int) -> Iterator[Sequence[Entry]]:
    waiting: dict[bytes, list[Entry]] = {}
    for entry in entries:
        chunk = waiting.setdefault(entry.seqnum_id, [])
        chunk.append(entry)
        if len(chunk) == size:
            yield waiting.pop(entry.seqnum_id)
    yield from waiting.values()
