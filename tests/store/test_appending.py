"""What a partition learns of entries of many nodes at once, beside what a look at each of them tells."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from bench.hot_paths import Target
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64
from tests.store.entries import SEQNUM_IDS, entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.embedded.appending import Addition
from journalhub.store.embedded.dedupe import Dedupe
from journalhub.store.embedded.partition import block_meta
from journalhub.store.embedded.rows import rows_by, taken

several = st.lists(entries, min_size=1, max_size=30)


def added(items: Sequence[Entry]) -> Addition:
    """The entries as one batch, numbered from 1."""
    addition = Addition(Target())
    addition.take(from_entries(items), range(len(items)), range(1, len(items) + 1))
    addition.finish()
    return addition


@given(several)
def test_streams(items: list[Entry]) -> None:
    streams = added(items).streams
    assert streams.keys() == {(item.seqnum_id, item.boot_id) for item in items}
    for key, state in streams.items():
        numbered = enumerate(items, 1)
        theirs = [(ord_, item) for ord_, item in numbered if (item.seqnum_id, item.boot_id) == key]
        assert state.entries == len(theirs)
        assert state.seqnums == BitMap64([item.seqnum for _, item in theirs])
        assert state.first_realtime == min(item.realtime for _, item in theirs)
        assert state.last == max((item.realtime, ord_) for ord_, item in theirs)
        newest = theirs[[ord_ for ord_, _ in theirs].index(state.last.ord)][1]
        assert state.hostname == min(newest.values("_HOSTNAME"), default=b"")


@given(several)
def test_order(items: list[Entry]) -> None:
    totals = added(items).totals
    assert (totals.entries, totals.newest_ord) == (len(items), len(items))
    assert totals.first == min((item.realtime, ord_) for ord_, item in enumerate(items, 1))
    assert totals.last == max((item.realtime, ord_) for ord_, item in enumerate(items, 1))
    of_each = [[item.seqnum for item in items if item.seqnum_id == seqnum_id] for seqnum_id in SEQNUM_IDS]
    assert totals.disordered == any(before >= after for seqnums in of_each for before, after in pairwise(seqnums))


@given(several)
def test_meta_of_a_block(items: list[Entry]) -> None:
    rows = added(items).rows
    meta = block_meta(rows, {number: number % 3 for number in set(rows.origin)}, 7)
    found = {stream: (low, high) for stream, low, high in meta.streams}
    theirs: dict[int, list[int]] = {}
    for origin, seqnum in zip(rows.origin, rows.seqnum, strict=True):
        theirs.setdefault(origin % 3, []).append(seqnum)
    assert found == {stream: (min(seqnums), max(seqnums)) for stream, seqnums in theirs.items()}


@given(several, st.sets(st.integers(0, 29)))
def test_new_rows(items: list[Entry], refused: set[int]) -> None:
    batch = from_entries(items)
    dedupe = Dedupe(lambda key: (), lambda key, seqnums: {})
    seen: set[tuple[bytes, bytes, int, int]] = set()
    expected = []
    for row, item in enumerate(items):
        identity = (item.seqnum_id, item.boot_id, item.seqnum, item.xor_hash)
        if row not in refused and identity not in seen:
            seen.add(identity)
            expected.append(row)
    assert list(dedupe.new_rows(batch, refused)) == expected
    assert list(dedupe.new_rows(batch, refused)) == []


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        ({5: "a", 7: "b"}, {"a": [0, 2], "b": [1]}),
        ({5: "a", 7: "a"}, {"a": [0, 1, 2]}),
    ],
)
def test_rows_by(keys: dict[int, str], rows: dict[str, list[int]]) -> None:
    found = rows_by(keys, [5, 7, 5])
    assert {key: list(which) for key, which in found.items()} == rows
    assert [taken([50, 70, 51], which) for which in found.values()] == [
        [[50, 70, 51][row] for row in which] for which in rows.values()
    ]
