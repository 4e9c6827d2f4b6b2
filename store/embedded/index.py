"""The search index of one partition: disposable, made from the log, and made again when it is not what it should be."""

import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tantivy

from journalhub.journal import steps
from journalhub.store.arrival import start_of
from journalhub.store.embedded import documents
from journalhub.store.embedded.layout import INDEX_VERSION_FILE, WRITER_HEAP
from journalhub.store.embedded.rows import MemoryRows


class IndexBroken(Exception):
    """The index cannot be used and must be made anew; the message says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An unchanging view of an index."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    upto: int
    """The highest ord in it; all entries of the partition up to that one are."""
    origin_counts: dict[int, int] = field(default_factory=dict, compare=False, repr=False)
    """Entries of each origin, once somebody has asked for them: kept by `aggregating`, for it does not change."""
    counted_before: tuple[int, dict[int, int]] = field(default=(0, {}), compare=False, repr=False)
    """The `upto` and the `origin_counts` of the newest snapshot before this one that has them: only what came since is
    left to count."""


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn what tantivy raises, its panics included, into IndexBroken."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise IndexBroken(f"cannot {what}: {error}") from error
    except BaseException as error:
        # A panic of the Rust side derives from BaseException and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(f"cannot {what}: {error}") from error


class PartitionIndex:
    """One thread at a time adds and commits; any thread takes snapshots."""

    def __init__(self, directory: Path, day: str, log_identity: str) -> None:
        """Open the index, or start an empty one where none of this version and this log can be opened."""
        self.directory = directory
        self._version = f"{documents.VERSION} {log_identity}"
        self._day_start = start_of(day)
        self._writer: tantivy.IndexWriter | None = None
        self._added = 0
        self._lock = threading.Lock()
        self.why_new = ""
        """Why the index was started empty; empty when it was opened."""
        self.must_start_anew = False
        """Set by who found it broken; whoever adds next heeds it."""
        self.failed_before = False
        """Whether the last attempt to add failed."""
        try:
            self._snapshot = self._open()
        except IndexBroken as error:
            self.why_new = str(error)
            self._snapshot = self._create()

    def _open(self) -> Snapshot:
        version = self.directory / INDEX_VERSION_FILE
        if not version.is_file():
            raise IndexBroken(f"no index in {self.directory}")
        if version.read_text() != self._version:
            raise IndexBroken(f"the index is {version.read_text()[:40]!r}; want {self._version!r}")
        with guarded(f"open {self.directory}"):
            self._index = tantivy.Index.open(str(self.directory))
            return self._prepared(None)

    def _create(self) -> Snapshot:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        with guarded(f"create {self.directory}"):
            tantivy.Index(documents.schema(), path=str(self.directory), reuse=False)
            _leave_out_norms(self.directory)
            self._index = tantivy.Index.open(str(self.directory))
            snapshot = self._prepared(0)
        (self.directory / INDEX_VERSION_FILE).write_text(self._version)
        return snapshot

    def _prepared(self, upto: int | None) -> Snapshot:
        documents.register_tokenizers(self._index)
        self._index.config_reader(reload_policy="manual")
        self._index.reload()
        searcher = self._index.searcher()
        if upto is None:
            newest = searcher.search(tantivy.Query.all_query(), 1, count=False, order_by_field="ord").hits
            upto = newest[0][0] if newest else 0
        return Snapshot(searcher, self._index.schema, upto)

    def snapshot(self) -> Snapshot:
        """What can be found now."""
        with self._lock:
            return self._snapshot

    @property
    def has_writer(self) -> bool:
        return self._writer is not None

    @property
    def added(self) -> int:
        """The highest ord that was added, whether it can be found yet or not: with its writer it is forgotten."""
        return self.snapshot().upto if self._writer is None else self._added

    def add(self, rows: MemoryRows) -> None:
        """Add entries beyond all added before; found after `commit`."""
        self.add_documents(documents.documents(rows, self._day_start))
        if rows.count:
            self._added = rows.ords[-1]

    def add_documents(self, some: Iterable[str]) -> None:
        """The same of what `documents.documents` makes of entries."""
        with guarded(f"write to {self.directory}"):
            if self._writer is None:
                self._writer = self._index.writer(heap_size=WRITER_HEAP, num_threads=1)
                self._added = self.snapshot().upto
            add = self._writer.add_json
            for document in some:
                add(document)

    def commit(self, upto: int) -> None:
        """Make everything added searchable; `upto` is the highest ord of it."""
        if self._writer is None:
            return
        with guarded(f"commit {self.directory}"):
            steps.reached("index: added, not committed")
            self._writer.commit()
            steps.reached("index: committed, not shown")
            self._index.reload()
            searcher = self._index.searcher()
        with self._lock:
            last = self._snapshot
            counted = (last.upto, last.origin_counts) if last.origin_counts else last.counted_before
            self._snapshot = Snapshot(searcher, self._index.schema, upto, counted_before=counted)

    def start_anew(self) -> None:
        """Throw everything away."""
        self.forget_writer()
        snapshot = self._create()
        self.must_start_anew = False
        with self._lock:
            self._snapshot = snapshot

    def close_writer(self) -> None:
        """Let go of the writer's memory and threads; what was not committed is forgotten."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with guarded(f"finish {self.directory}"):
                writer.wait_merging_threads()

    def forget_writer(self) -> None:
        """The same for a writer that failed, or whose index goes away."""
        try:
            self.close_writer()
        except IndexBroken:
            self._writer = None  # what it did not write is written again from the log


def _leave_out_norms(directory: Path) -> None:
    """Let an index that was just made keep no lengths of texts, which only a ranking by relevance reads: 2 bytes an
    entry. tantivy can do without; its binding has no way to say so."""
    path = directory / "meta.json"
    meta = json.loads(path.read_bytes())
    for field_ in meta["schema"]:
        field_["options"].get("indexing", {})["fieldnorms"] = False
    path.write_text(json.dumps(meta))


Progress = Callable[[str, int, int], None]
"""Told (day, entries indexed, entries in all)."""
