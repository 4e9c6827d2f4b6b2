"""How a page of entries is gathered, and what the index is not asked for."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.entries import DAY, START, entry

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope
from journalhub.store.embedded import layout
from journalhub.store.embedded import view as view_module
from journalhub.store.embedded.bounds import Bounds, Translator
from journalhub.store.embedded.origins import ShapeTable
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row
from journalhub.store.embedded.scan import Filter
from journalhub.store.embedded.searching import gathered
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.embedded.view import Stopped, View
from journalhub.store.evaluate import Compiled
from journalhub.store.memory import MemoryStore


def test_runs_are_fetched_together() -> None:
    """Short runs become one, as long as more are wanted and not too many are waiting."""
    assert [[1, 2, 3, 4]] == list(gathered(iter([[1], [2, 3], [4]]), 100))
    assert [[1], [2, 3]] == list(gathered(iter([[1], [2, 3]]), 1))
    many = [[number] for number in range(layout.TOGETHER_MOST + 1)]
    assert [layout.TOGETHER_MOST, 1] == [len(run) for run in gathered(iter(many), 10**6)]


def test_what_was_found_before_the_end_is_given() -> None:
    """A search that must stop gives what it has gathered first: a partial answer has it."""

    def runs() -> Iterator[list[int]]:
        yield [1]
        yield [2]
        raise Stopped("deadline")

    found: list[int] = []
    with pytest.raises(Stopped):
        for run in gathered(runs(), 100):
            found += run
    assert [1, 2] == found


def view_of(store: EmbeddedStore, query: ast.Query) -> View:
    """What is said of a query on the only day."""
    (view,) = store._views(Scope(query), Budget(), Compiled(query), [])
    return view


def test_what_the_index_has_counted_is_not_counted_again(tmp_path: Path) -> None:
    """The number of entries of a single term stands in the index; of several terms it is guessed, and then counted."""
    with closing(EmbeddedStore(tmp_path)) as store:
        some = [entry(n + 1, START + n, b"one" if n % 3 else b"two one", PRIORITY=b"%d" % (n % 4)) for n in range(30)]
        store.append([from_entries(some)])
        store.refresh()
        word, priority = ast.Words("MESSAGE", ("two",)), ast.Eq("PRIORITY", b"3")
        either = ast.In("PRIORITY", frozenset({b"3", b"1"}))
        assert (10, 10) == (view_of(store, word).bounds.number, store.count(Scope(word), Budget()).matched)
        assert (7, 7) == (view_of(store, priority).bounds.number, store.count(Scope(priority), Budget()).matched)
        assert (None, 15) == (view_of(store, either).bounds.number, view_of(store, either).bounds.about)
        assert view_of(store, ast.And((word, priority))).bounds.number is None
        assert store.count(Scope(ast.And((word, priority))), Budget()).matched == 3
        assert store.count(Scope(priority, START + 4), Budget()).matched == 6  # of a part of the day it is counted


def test_entries_of_many_origins_are_guessed(tmp_path: Path) -> None:
    """How many entries some origins have is guessed from some of them."""
    with closing(EmbeddedStore(tmp_path)) as store:
        some = [entry(n + 1, START + n, b"x", _SYSTEMD_UNIT=b"u%d" % (n % 100)) for n in range(400)]
        store.append([from_entries(some)])
        store.refresh()
        units = ast.In("_SYSTEMD_UNIT", frozenset(b"u%d" % number for number in range(40)))
        bounds = view_of(store, units).bounds
        assert (160, None) == (bounds.about, bounds.number)
        assert store.count(Scope(units), Budget()).matched == 160


def test_a_scan_works_out_only_what_it_looks_at(tmp_path: Path) -> None:
    """Of a block without a match no times and numbers are worked out: they take twice as long as the search."""
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([from_entries([entry(n + 1, START + n, b"some text") for n in range(100)])])
        store.refresh()
        (partition,) = store._partitions.values()
        (meta,) = partition.metas()
        absent, present = (Scope(ast.Contains("MESSAGE", needle, False)) for needle in (b"~^", b"e t"))
        assert not store.search(absent, Order.NEWEST_FIRST, 10, None, Budget()).hits
        block = partition.block_with(meta)
        assert "_numbers" not in vars(block)
        assert len(store.search(present, Order.NEWEST_FIRST, 10, None, Budget()).hits) == 10
        assert "_numbers" in vars(block)


@pytest.mark.parametrize(
    ("query", "is_worked_out"),
    [
        (ast.Eq("MESSAGE", b"some -text"), False),
        (ast.In("MESSAGE", frozenset({b"some -text", b"some +text"})), False),
        (ast.Eq("MESSAGE", b"some text 7"), True),
        (ast.Or((ast.Eq("MESSAGE", b"some -text"), ast.Glob("MESSAGE", "?ome -text"))), True),
    ],
    ids=["another value", "other values", "its value", "a part that needs it"],
)
def test_a_single_doubt_is_looked_for_in_the_column(query: ast.Query, is_worked_out: bool, tmp_path: Path) -> None:
    """Bytes that no value of a block has rule out its entries, however few of them are looked at."""
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([from_entries([entry(n + 1, START + n, b"some text %d" % n) for n in range(100)])])
        (partition,) = store._partitions.values()
        (meta,) = partition.metas()
        liked = Filter(query, Compiled(query), lambda: None).liked(partition, [meta.first_ord + 7])
        assert [meta.first_ord + 7] * (query == ast.Eq("MESSAGE", b"some text 7")) == [number for number, _ in liked]
        assert ("_numbers" in vars(partition.block_with(meta))) is is_worked_out


@pytest.mark.parametrize("order", Order)
def test_what_is_not_indexed_yet_is_not_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    """The time that is looked through for a page first has one of entries that the index can find."""
    monkeypatch.setattr(view_module, "_MANY_HITS", 1)
    monkeypatch.setattr(view_module, "_FIRST_PAGE", 16)
    sign = 1 if order is Order.NEWEST_FIRST else -1

    def hundred(number: int) -> list[Entry]:
        start = START + 10_000 + sign * number * 100
        return [entry(number * 100 + n + 1, start + n, b"a word") for n in range(100)]

    with closing(EmbeddedStore(tmp_path)) as store:
        for number in range(3):
            store.append([from_entries(hundred(number))])
            store.refresh()
        view = view_of(store, ast.Words("MESSAGE", ("word",)))
        for number in range(3, 6):
            store.append([from_entries(hundred(number))])
        first, *_ = view.places(order, 0, 2**63 - 1)
        newest = START + 10_000 + sign * 200
        windows = list(view._windows(order, 0, 2**36))
        assert windows[0] == ((newest - START, 2**36) if sign > 0 else (0, newest + 99 - START))
        assert first and all(newest <= realtime < newest + 100 for realtime, _ in first)


_TEXTS = (b"failed -password", b"failed password", b"failed again", b"password", b"failed -password again")

MIXED = ast.Or(
    (
        ast.And((ast.Words("MESSAGE", ("failed",)), ast.Not(ast.Words("MESSAGE", ("password",))))),
        ast.Eq("MESSAGE", b"failed -password"),
    )
)
"""Some entries match for sure, others must be looked at."""

OVERLAPPING = ast.Or((ast.Words("MESSAGE", ("again",)), ast.Eq("MESSAGE", b"failed -password")))
"""What could be the second may be the first for sure."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(_TEXTS)), min_size=20, max_size=40),
    st.sampled_from(Order),
    st.integers(1, 3),
    st.sampled_from([MIXED, ast.Eq("MESSAGE", b"failed -password"), ast.Not(MIXED), OVERLAPPING, ast.Not(OVERLAPPING)]),
)
def test_sure_and_doubtful_entries_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    material: list[tuple[int, bytes]],
    order: Order,
    size: int,
    query: ast.Query,
) -> None:
    """Whatever the pages of both are, they make one list in order, also where many entries share a microsecond."""
    monkeypatch.setattr(view_module, "_FIRST_PAGE", size)
    monkeypatch.setattr(view_module, "_LARGEST_PAGE", 6)
    monkeypatch.setattr(view_module, "_DOUBTS", 1)
    monkeypatch.setattr(view_module, "_SCAN_SHARE", 0)  # never look at all entries instead
    batch = from_entries([entry(n + 1, START + at, text) for n, (at, text) in enumerate(material)])
    memory = MemoryStore()
    with closing(EmbeddedStore(tmp_path_factory.mktemp("store"))) as store:
        for each in (store, memory):
            each.append([batch])
            each.refresh()
        pages = [each.search(Scope(query), order, 100, None, Budget()) for each in (store, memory)]
        assert list(pages[0].hits) == list(pages[1].hits)
        assert store.count(Scope(query), Budget()) == memory.count(Scope(query), Budget())


def test_sure_entries_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a page only the texts of those are read that the index does not decide."""
    looked: list[int] = []
    liked = Filter.liked

    def counting(self: Filter, partition: Partition, ords: Sequence[int]) -> Iterator[tuple[int, Row]]:
        looked.append(len(ords))
        return liked(self, partition, ords)

    monkeypatch.setattr(Filter, "liked", counting)
    with closing(EmbeddedStore(tmp_path)) as store:
        texts = [b"failed again" if n % 4 else b"failed password" for n in range(2000)]
        store.append([from_entries([entry(n + 1, START + n, text) for n, text in enumerate(texts)])])
        store.refresh()
        page = store.search(Scope(MIXED), Order.NEWEST_FIRST, 100, None, Budget())
        assert 100 == len(page.hits)
        assert 0 < sum(looked) <= 50  # every fourth of those among the newest


def test_parts_that_the_origin_decides_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is asked for the origins of all of them together, once; what is beside them is decided as before."""
    made: list[int] = []
    of_origins = Translator._of_origins

    def counting(self: Translator, numbers: frozenset[int]) -> Bounds:
        made.append(len(numbers))
        return of_origins(self, numbers)

    monkeypatch.setattr(Translator, "_of_origins", counting)
    with closing(EmbeddedStore(tmp_path)) as store:
        some = [
            entry(n + 1, START + n, b"one +two" if n % 3 else b"three", _UID=b"%d" % (n % 2), _PID=b"%d" % (n % 5))
            for n in range(30)
        ]
        store.append([from_entries(some)])
        store.refresh()
        uid, pid = ast.Eq("_UID", b"1"), ast.In("_PID", frozenset({b"1", b"2", b"3"}))
        assert {n for n in range(30) if n % 2 and n % 5 in (1, 2, 3)} == found(store, ast.And((uid, pid)))
        assert 1 == len(made)
        some_text = ast.Contains("MESSAGE", b"e +", False)
        either = ast.Or((ast.And((uid, some_text)), ast.Not(pid), ast.And((pid, ast.Not(some_text)))))
        wanted = {n for n in range(30) if (n % 2 and n % 3) or n % 5 in (0, 4) or (n % 5 in (1, 2, 3) and not n % 3)}
        assert wanted == found(store, either)


def found(store: EmbeddedStore, query: ast.Query) -> set[int]:
    """The numbers of the entries that match."""
    return {
        hit.position.realtime - START for hit in store.search(Scope(query), Order.NEWEST_FIRST, 99, None, Budget()).hits
    }


RARE = [
    ast.Words("MESSAGE", ("rare",)),
    ast.Words("MESSAGE", ("common", "rare")),
    ast.Phrase("MESSAGE", ("common", "rare")),
    ast.Eq("MESSAGE", b"common rare"),
    ast.Eq("TAG", b"rare"),
    ast.And((ast.Eq("TAG", b"common"), ast.Words("MESSAGE", ("rare",)))),
    ast.Or((ast.Eq("TAG", b"rare"), ast.Words("MESSAGE", ("rare",)))),
]
"""What only the oldest of some days has."""


@pytest.mark.parametrize("query", RARE, ids=str)
def test_days_without_a_word_are_not_searched(
    query: ast.Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the dictionary of no index of a day is not looked for there; the answers are the same."""
    asked: list[str] = []
    page = View._page

    def seen(view: View, query: object, size: int, order: Order) -> list[tuple[int, int]]:
        asked.append(view.partition.day)
        return page(view, query, size, order)  # type: ignore[arg-type]

    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        for day in range(4):
            word = b"common" if day else b"rare"
            some = [entry(4 * day + n, START + day * DAY + n, b"common " + word, TAG=word) for n in range(1, 3)]
            some.append(entry(4 * day + 3, START + day * DAY + 3, b"common", TAG=b"common"))
            for one in (store, oracle):
                one.append([from_entries(some)])
        store.refresh()
        for scope in (Scope(query), Scope(ast.Not(query)), Scope(ast.And((query, ast.Eq("PRIORITY", b"6"))))):
            assert oracle.search(scope, Order.NEWEST_FIRST, 9, None, Budget()) == store.search(
                scope, Order.NEWEST_FIRST, 9, None, Budget()
            )
            assert oracle.count(scope, Budget()) == store.count(scope, Budget())
        monkeypatch.setattr(View, "_page", seen)
        store.search(Scope(query), Order.NEWEST_FIRST, 9, None, Budget())
        oldest = min(partition.day for partition in store.partitions())

        assert {oldest} >= set(asked)


def test_which_shapes_have_a_field_is_remembered_until_shapes_change() -> None:
    """Shapes that are taken back, and others that come in their place, count."""
    shapes = ShapeTable()
    shapes.add([("MESSAGE",), ("MESSAGE", "TAG", "TAG")])
    assert [{1}, {1}, {0, 1}] == [shapes.having("TAG"), shapes.having("TAG", 2), shapes.having("MESSAGE")]
    shapes.truncate(1)
    shapes.add([("MESSAGE", "OTHER"), ("TAG",)])
    assert [{2}, set(), {0, 1}] == [shapes.having("TAG"), shapes.having("TAG", 2), shapes.having("MESSAGE")]
    assert all(not shapes.having(f"NAME_{number}") for number in range(1000))
    assert {2} == shapes.having("TAG")


@pytest.mark.parametrize(
    "values", [[b"1"], [b"1", b"9"], [b"8", b"9"], [b"1", b"2"], [b"%d" % n for n in range(12)], []]
)
def test_any_of_some_values(values: list[bytes], tmp_path: Path) -> None:
    """Of few values those that nobody has are left out; the answers are those of the oracle, of many as of few."""
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        some = [entry(n + 1, START + n, PRIORITY=b"%d" % (n % 4), _COMM=b"%d" % (n % 13), TAG=b"x") for n in range(60)]
        for one in (store, oracle):
            one.append([from_entries(some)])
        store.refresh()
        for name in ("PRIORITY", "_COMM", "ABSENT"):
            wanted = ast.In(name, frozenset(values))
            for query in (wanted, ast.Not(wanted), ast.And((wanted, ast.Eq("TAG", b"x"))), ast.Or((wanted,))):
                expected = oracle.search(Scope(query), Order.NEWEST_FIRST, 100, None, Budget())
                assert expected == store.search(Scope(query), Order.NEWEST_FIRST, 100, None, Budget())
                assert expected.hits.__len__() == store.count(Scope(query), Budget()).matched
        present = [value for value in values if value in {b"0", b"1", b"2", b"3"}]
        bounds = view_of(store, ast.In("PRIORITY", frozenset(values))).bounds
        assert bounds.is_nothing == (not present)
        assert bounds.number == (15 * len(present) if len(present) < 2 else None)
