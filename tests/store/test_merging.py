"""A walk over everything, merged by the compiled codec, is the one that its reference takes."""

from array import array
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs
from tests.store.entries import START, entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store import bulk
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Position, Scope, Store
from journalhub.store.embedded import merging, open_store

batches = st.lists(st.lists(entries, min_size=1, max_size=12), min_size=1, max_size=6)
late = st.lists(entries, min_size=1, max_size=4)


def walk(store: Store, scope: Scope, order: Order, size: int) -> list[tuple[Position, Entry]]:
    """All entries, page by page."""
    found: list[tuple[Position, Entry]] = []
    more, after = True, None
    while more:
        page = store.search(scope, order, size, after, Budget())
        assert page.reason is None
        found += [(hit.position, hit.entry) for hit in page.hits]
        more, after = page.more, found[-1][0] if found else None
    return found


@settings(max_examples=20)
@given(batches, late, st.sampled_from(Order), st.integers(1, 9), st.integers(0, 3), st.sampled_from([2, 1001, 2**62]))
def test_pages(items: list[list[Entry]], last: list[Entry], order: Order, size: int, since: int, until: int) -> None:
    """In either order, of every size, entries of one time among them, some not in the index yet."""
    scope = Scope(All(), START + since, START + until)
    with (
        TemporaryDirectory() as directory,
        closing(open_store(Path(directory))) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(merging, "TOGETHER_FROM", 1)
        for batch in items:
            store.append([from_entries(batch)])
        store.refresh()
        store.append([from_entries(last)])
        with runs(None):
            expected = walk(store, scope, order, size)
        with runs(compiled_codec()):
            assert expected == walk(store, scope, order, size)


def test_it_is_the_merge_that_walks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of everything does not need the way that looks at entries one by one."""
    with closing(open_store(tmp_path)) as store:
        for host in range(3):
            numbers = range(host, 300, 3)
            store.append([from_entries([Entry(b"s" * 16, n, b"b" * 16, n, START + n, 7, ()) for n in numbers])])
        store.refresh()
        monkeypatch.setattr("journalhub.store.embedded.searching._ords_after", None)
        with runs(compiled_codec()):
            page = store.search(Scope(All()), Order.OLDEST_FIRST, 299, None, Budget())
            assert list(range(299)) == [hit.entry.seqnum for hit in page.hits]


def test_a_page_holds_on_to_so_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has the entries of all others as well, in order."""
    monkeypatch.setattr(bulk, "SOURCES_MAX", 3)
    with closing(open_store(tmp_path)) as store:
        for host in range(9):
            numbers = range(host, 270, 9)
            store.append([from_entries([Entry(b"s" * 16, n, b"b" * 16, n, START + n, 7, ()) for n in numbers])])
        store.refresh()
        with runs(compiled_codec()):
            hits = store.search(Scope(All()), Order.OLDEST_FIRST, 270, None, Budget()).hits

    assert isinstance(hits, bulk.Found)
    assert len(hits.sources) <= 1 + 3
    assert list(range(270)) == [hit.entry.seqnum for hit in hits]


def test_what_does_not_fit_together_is_left_to_the_reference() -> None:
    """Lanes, rows and bounds that are not well formed are not merged."""
    codec = compiled_codec()
    times, ords = array("Q", [5, 6]).tobytes(), array("Q", [1, 2]).tobytes()

    def ask(*lane: object, begin: int = 0, end: int = 2, places: int = 1) -> object:
        begins, ends = array("Q", [begin] * places), array("Q", [end] * places)
        return codec.merge([lane], begins, ends, True, -1, 9)  # type: ignore[list-item]

    assert ask(0, times, ords, None) == (array("Q", [0, 1]).tobytes(), 0, 1)
    assert ask(0, times, ords, array("Q", [1, 0]).tobytes()) == (array("Q", [1, 0]).tobytes(), 0, 1)
    assert ask(0, times, ords[:8], None) is None
    assert ask(0, times, ords, None, end=3) is None
    assert ask(0, times, ords, array("Q", [0, 2]).tobytes()) is None
    assert ask(0, times, ords, "rows") is None
    assert ask(0, times, None, None) is None
    assert ask(0, times) is None
    assert ask(0, times, ords, None, places=2) is None
