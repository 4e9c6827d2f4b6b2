"""The order in which the index of a sealed day gets its entries: like beside like, each once."""

from contextlib import closing
from itertools import groupby
from pathlib import Path

import orjson
import pytest
import tantivy
from tests.store.entries import START, entry

from journalhub.journal.batch import from_entries
from journalhub.journal.origin import Origin
from journalhub.store.embedded import documents, grouping, sealing
from journalhub.store.embedded.grouping import Grouped
from journalhub.store.embedded.index import PartitionIndex
from journalhub.store.embedded.layout import INDEX_BUILT, INDEX_DIRECTORY, LOG_FILE, PARTITIONS
from journalhub.store.embedded.log import Log
from journalhub.store.embedded.rows import MemoryRows
from journalhub.store.embedded.store import EmbeddedStore

DAY = "2024-10-04"
SHAPES = [("MESSAGE", "PRIORITY"), ("TAG",), ("PRIORITY", "PRIORITY", "MESSAGE"), ()]
PROGRAMS = (b"cron", b"sshd", None)
ORIGINS = [Origin(b"s" * 16, b"b" * 16, (("SYSLOG_IDENTIFIER", it),) if it else ()) for it in PROGRAMS]


def rows_from(first: int, count: int) -> MemoryRows:
    """Rows of every shape, program and priority in turn."""
    ords = list(range(first, first + count))
    shape = [number % 4 for number in ords]
    own = [tuple(b"%d\nof %d" % (number % 5, number) for _ in SHAPES[number % 4]) for number in ords]
    origin, realtime = [number % 3 for number in ords], [START + number for number in ords]
    return MemoryRows(SHAPES, ords, origin, shape, realtime, realtime, ords, ords, own)


@pytest.mark.parametrize("pending", [1, 1000, 1_000_000])
def test_grouped(pending: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All documents, the same ones, and those of one group together and rising, however often they are packed."""
    monkeypatch.setattr(grouping, "GROUPED_PENDING", pending)
    blocks = [rows_from(1, 70), rows_from(71, 1), rows_from(72, 130)]
    grouped = Grouped(ORIGINS, START)
    for rows in blocks:
        grouped.add(rows)
    assert (grouped.size > 0) == (pending <= 1000)
    taken = list(grouped.taken())

    assert sorted(taken) == sorted(document for rows in blocks for document in documents.documents(rows, START))
    of = {number: (number % 4, number % 3, number % 5 if number % 2 == 0 else 0) for number in range(1, 202)}
    of = {number: (shape, at, priority if SHAPES[shape] else 0) for number, (shape, at, priority) in of.items()}
    ords = [orjson.loads(document)["ord"] for document in taken]
    groups = [(key, list(some)) for key, some in groupby(ords, key=of.__getitem__)]
    assert len(groups) == len(dict(groups))
    assert all(some == sorted(some) for _, some in groups)
    assert (grouped.size, list(grouped.taken())) == (0, [])
    grouped.add(blocks[0])
    assert len(list(grouped.taken())) == 70


@pytest.mark.parametrize("most", [1, 32 * 1024 * 1024])
def test_a_sealed_index_is_grouped(tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one segment that has every entry; in runs of like ones, or shorter ones where a day is too large for that."""
    monkeypatch.setattr(grouping, "GROUPED_PENDING", 1)
    monkeypatch.setattr(sealing, "GROUPED_BYTES", most)
    monkeypatch.setattr(sealing, "SEALED_CHUNK", 30)
    with closing(EmbeddedStore(tmp_path)) as store:
        for first in range(0, 200, 20):
            some = [
                entry(n + 1, START + n, b"number %d" % n, PRIORITY=b"%d" % (n % 3)) for n in range(first, first + 20)
            ]
            store.append([from_entries(some)])
        store.refresh()
    directory = tmp_path / PARTITIONS / DAY
    sealing.build_index(directory)

    assert len(list((directory / INDEX_BUILT).glob("*.term"))) == 1
    with closing(Log(directory / LOG_FILE)) as log:
        snapshot = PartitionIndex(directory / INDEX_BUILT, DAY, log.identity()).snapshot()
    found = snapshot.searcher.search(tantivy.Query.all_query(), 200, count=False).hits
    ords = snapshot.searcher.fast_field_values("ord", [address for _, address in found])
    times = snapshot.searcher.fast_field_values("ts", [address for _, address in found])
    priorities = [int(time or 0) % 3 for time in times]
    assert sorted(int(number or 0) for number in ords) == list(range(1, 201))
    runs = [priority for priority, _ in groupby(priorities)]
    assert len(runs) < (100 if most == 1 else 30)  # of 200


def test_an_index_with_norms(tmp_path: Path) -> None:
    """As versions before made them: opened, and written to. New ones have none."""
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([from_entries([entry(1, START, b"before")])])
        store.refresh()
    directory = tmp_path / PARTITIONS / DAY
    index = directory / INDEX_DIRECTORY
    assert b'"fieldnorms":true' not in (index / "meta.json").read_bytes().replace(b" ", b"")
    with closing(Log(directory / LOG_FILE)) as log:
        identity = log.identity()
    old = tmp_path / "old"
    old.mkdir()
    tantivy.Index(documents.schema(), path=str(old), reuse=False)
    (old / "journalhub-version").write_text(f"{documents.VERSION} {identity}")
    assert b'"fieldnorms":true' in (old / "meta.json").read_bytes().replace(b" ", b"")

    opened = PartitionIndex(old, DAY, identity)
    opened.add(rows_from(1, 40))
    opened.commit(40)
    opened.close_writer()
    again = PartitionIndex(old, DAY, identity)
    assert (opened.why_new, again.why_new) == ("", "")
    assert (again.snapshot().searcher.num_docs, again.snapshot().upto) == (40, 40)
