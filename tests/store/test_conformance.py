"""The contract of stores, held against every implementation, and against the oracle at random."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.entries import BOOTS, DAY, NAMES, SEQNUM_IDS, START, entries, entry, queries

from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.entry import Entry
from journalhub.journal.origin import Origin
from journalhub.store import ast
from journalhub.store.contract import Budget, Hit, Order, Position, Scope, Store
from journalhub.store.embedded import open_store
from journalhub.store.memory import MemoryStore


@contextmanager
def embedded() -> Iterator[Store]:
    """An embedded store in a directory of its own."""
    with TemporaryDirectory() as directory, closing(open_store(Path(directory) / "data")) as store:
        yield store


@contextmanager
def memory() -> Iterator[Store]:
    """The oracle."""
    with closing(MemoryStore()) as store:
        yield store


@pytest.fixture(params=[memory, embedded], ids=["memory", "embedded"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each implementation, empty."""
    with request.param() as opened:
        yield opened


def put(store: Store, items: Sequence[Entry]) -> None:
    """Append and refresh."""
    store.append([from_entries(items)])
    store.refresh()


def everything(store: Store, scope: Scope, order: Order, size: int = 1000) -> list[Hit]:
    """All pages of a search together."""
    hits: list[Hit] = []
    while True:
        page = store.search(scope, order, size, hits[-1].position if hits else None, Budget())
        assert page.reason is None
        hits += page.hits
        if not page.more:
            return hits
        assert len(page.hits) == size


def comparable(hit: Hit) -> tuple[object, ...]:
    """A hit without what may differ between stores: the order of fields of different names."""
    return (hit.position, hit.entry._replace(fields=()), sorted(hit.entry.fields, key=lambda pair: pair[0]))


ALL = Scope(ast.All())


# -- each promise by hand


def test_empty(store: Store) -> None:
    """A store without entries answers everything."""
    assert store.newest_ord() == 0
    assert store.refresh() == 0
    assert store.search(ALL, Order.NEWEST_FIRST, 10, None, Budget()).hits == []
    assert store.count(ALL, Budget()).matched == 0
    assert store.histogram(Scope(ast.All(), 0, 9), 5, None, Budget()).series == {None: [0, 0]}
    assert store.histogram(Scope(ast.All(), 0, 9), 5, "PRIORITY", Budget()).series == {}
    assert store.terms(ALL, ["PRIORITY"], 5, Budget())[0].counts == []
    assert store.tail(ast.All(), 0, 10, Budget()) == ([], 0)
    assert (store.boots(), store.streams(), store.partitions(), store.health()) == ([], [], [], [])
    assert store.append([]) == []
    assert store.append([Batch()])[0].duplicates == 0
    assert store.missing(SEQNUM_IDS[0]) == []
    assert store.get(entry(1).cursor) is None
    assert (store.field_names(), store.values("PRIORITY")) == ({}, [])


def test_stored_once(store: Store) -> None:
    """The same entry in the same call, in a later call, and a third time, is a duplicate."""
    batch = from_entries([entry(1), entry(2), entry(1)])
    first, second = store.append([batch, from_entries([entry(2), entry(3)])])
    assert (list(first.stored), first.duplicates) == ([0, 1], 1)
    assert (list(second.stored), second.duplicates) == ([1], 1)
    again = store.append([batch])[0]
    assert (list(again.stored), again.duplicates) == ([], 3)
    store.refresh()
    assert store.count(ALL, Budget()).matched == 3


def test_clones_are_kept(store: Store) -> None:
    """Two entries that differ only in the hash are both kept; a third copy of either is a duplicate."""
    one, other = entry(7, xor_hash=1), entry(7, xor_hash=2, message=b"from the clone")
    assert [list(a.stored) for a in store.append([from_entries([one]), from_entries([other])])] == [[0], [0]]
    assert store.append([from_entries([other, one])])[0].duplicates == 2
    third = entry(7, xor_hash=3)
    assert list(store.append([from_entries([one, third, other])])[0].stored) == [1]
    store.refresh()
    assert store.count(ALL, Budget()).matched == 3
    hit = store.get(other.cursor)
    assert hit is not None and hit.entry.first("MESSAGE") == b"from the clone"
    assert store.get(other.cursor._replace(xor_hash=9)) is None
    first = store.get(other.cursor._replace(xor_hash=0))
    assert first is not None and first.entry.first("MESSAGE") == b"hello"


def test_an_identity_is_stored_once_whatever_its_time(store: Store) -> None:
    """An entry that comes again with another realtime, even of another day, is a duplicate."""
    store.append([from_entries([entry(1)])])
    moved = store.append([from_entries([entry(1, START + 5), entry(1, START + 2 * DAY)])])[0]
    assert moved.duplicates == 2


def test_fields_come_back(store: Store) -> None:
    """Repeated, empty, binary and origin fields; values in their order."""
    fields = (
        ("TAG", b"one"),
        ("MESSAGE", b"\x00\xff\n"),
        ("TAG", b""),
        ("_COMM", b"x"),
        ("_COMM", b"a"),
        ("TAG", b"one"),
    )
    put(store, [entry(1)._replace(fields=fields)])
    found = everything(store, ALL, Order.NEWEST_FIRST)[0].entry
    assert found.values("TAG") == [b"one", b"", b"one"]
    assert sorted(found.fields) == sorted(fields)


def test_fields_that_a_sender_misplaced(store: Store) -> None:
    """Own fields among an origin's, and an origin's among the own, are found and kept all the same."""
    origin = Origin(SEQNUM_IDS[0], BOOTS[0], (("_HOSTNAME", b"web-1"), ("MESSAGE", b"misplaced text")))
    batch = Batch([origin], [("_COMM", "PRIORITY")], [0], [0], [START], [5], [1], [1], [(b"sshd", b"3")])
    store.append([batch])
    store.refresh()
    for query in (ast.Words("MESSAGE", ("misplaced",)), ast.Eq("_COMM", b"sshd"), ast.Eq("_HOSTNAME", b"web-1")):
        assert store.count(Scope(query), Budget()).matched == 1
    fields = everything(store, ALL, Order.NEWEST_FIRST)[0].entry.fields
    assert sorted(fields) == [
        ("MESSAGE", b"misplaced text"),
        ("PRIORITY", b"3"),
        ("_COMM", b"sshd"),
        ("_HOSTNAME", b"web-1"),
    ]


def test_refused(store: Store) -> None:
    """A time that has no date is refused, told by row, and does not hurt its neighbours."""
    answer = store.append([from_entries([entry(1), entry(2, 2**62), entry(3)])])[0]
    assert list(answer.stored) == [0, 2]
    assert [row for row, _ in answer.refused] == [1]
    assert answer.duplicates == 0


def test_order_and_pages(store: Store) -> None:
    """Pages continue strictly after the position, both ways, across days and bursts of equal times."""
    times = [START + DAY, *[START + 5] * 300, START, START + 6, START + DAY - 1]
    put(store, [entry(seqnum, at) for seqnum, at in enumerate(times)])
    expected = sorted(Position(at, number + 1) for number, at in enumerate(times))
    for size in (1, 7, 1000):
        assert [hit.position for hit in everything(store, ALL, Order.OLDEST_FIRST, size)] == expected
        assert [hit.position for hit in everything(store, ALL, Order.NEWEST_FIRST, size)] == expected[::-1]


def test_pages_are_not_disturbed(store: Store) -> None:
    """Entries that come between two pages neither move nor repeat the rest."""
    put(store, [entry(seqnum, START + seqnum) for seqnum in range(10)])
    first = store.search(ALL, Order.NEWEST_FIRST, 4, None, Budget())
    put(store, [entry(100 + seqnum, START + seqnum) for seqnum in range(20)])
    rest = store.search(ALL, Order.NEWEST_FIRST, 100, first.hits[-1].position, Budget())
    assert [hit.entry.seqnum for hit in rest.hits if hit.entry.seqnum < 100] == [5, 4, 3, 2, 1, 0]
    assert all(hit.position < first.hits[-1].position for hit in rest.hits)


def test_seqnum_order_of_equal_times(store: Store) -> None:
    """A batch that overtook an earlier one does not turn a node's own order round."""
    store.append([from_entries([entry(5), entry(6)])])
    store.append([from_entries([entry(1)._replace(seqnum_id=SEQNUM_IDS[1]), entry(3), entry(4)])])
    store.refresh()
    expected = [(SEQNUM_IDS[0], 3), (SEQNUM_IDS[0], 4), (SEQNUM_IDS[1], 1), (SEQNUM_IDS[0], 5), (SEQNUM_IDS[0], 6)]
    for size in (1, 2, 10):
        found = everything(store, ALL, Order.OLDEST_FIRST, size)
        assert [(hit.entry.seqnum_id, hit.entry.seqnum) for hit in found] == expected
        found = everything(store, ALL, Order.NEWEST_FIRST, size)
        assert [(hit.entry.seqnum_id, hit.entry.seqnum) for hit in found] == expected[::-1]


def test_limit(store: Store) -> None:
    """`more` tells whether entries follow, exactly."""
    put(store, [entry(seqnum) for seqnum in range(3)])
    assert store.search(ALL, Order.NEWEST_FIRST, 2, None, Budget()).more is True
    assert store.search(ALL, Order.NEWEST_FIRST, 3, None, Budget()).more is False
    assert store.search(ALL, Order.NEWEST_FIRST, 0, None, Budget()).more is True


def test_spent_budget(store: Store) -> None:
    """A query whose asker went away returns at once, and says that it is partial."""
    put(store, [entry(seqnum) for seqnum in range(3)])
    budget = Budget()
    budget.cancel()
    page = store.search(ALL, Order.NEWEST_FIRST, 10, None, budget)
    assert (page.more, page.reason) == (True, "cancelled")
    assert store.count(ALL, budget).reason == "cancelled"
    assert store.terms(ALL, ["_HOSTNAME"], 3, budget)[0].reason == "cancelled"
    assert store.histogram(Scope(ast.All(), START, START + 9), 5, None, budget).reason == "cancelled"
    texts = store.texts(ALL, "MESSAGE", 10, 100, budget)
    assert (texts.more, texts.reason) == (True, "cancelled")


def test_too_many_buckets(store: Store) -> None:
    """A histogram over unbounded time, or of no interval, is refused."""
    for scope, interval in ((ALL, 1000), (Scope(ast.All(), 0, 10), 0), (Scope(ast.All(), 5, 1), 1)):
        with pytest.raises(ValueError, match="histogram"):
            store.histogram(scope, interval, None, Budget())


def test_tail(store: Store) -> None:
    """Arrivals in their order, refreshed or not, resumable anywhere, and the end is the newest ord."""
    items = [entry(seqnum, START + 100 - seqnum, b"even" if seqnum % 2 == 0 else b"odd") for seqnum in range(10)]
    store.append([from_entries(items[:6])])
    store.append([from_entries(items[6:])])
    hits, at = store.tail(ast.Words("MESSAGE", ("even",)), 0, 100, Budget())
    assert [hit.entry.seqnum for hit in hits] == [0, 2, 4, 6, 8]
    assert at == store.newest_ord()
    hits, at = store.tail(ast.Words("MESSAGE", ("even",)), 0, 2, Budget())
    assert [hit.entry.seqnum for hit in hits] == [0, 2]
    hits, at = store.tail(ast.Words("MESSAGE", ("even",)), at, 2, Budget())
    assert [hit.entry.seqnum for hit in hits] == [4, 6]
    assert store.tail(ast.All(), store.newest_ord(), 5, Budget()) == ([], store.newest_ord())


def test_listeners(store: Store) -> None:
    """A listener is called when something was stored, and only then."""
    calls: list[int] = []
    store.on_append(lambda: calls.append(1))
    store.append([from_entries([entry(1)])])
    store.append([from_entries([entry(1)])])
    assert len(calls) == 1


def test_missing(store: Store) -> None:
    """Gaps between seqnums, across boots, up to the whole range of 64 bits."""
    other = entry(20)._replace(boot_id=BOOTS[1])
    put(store, [*(entry(seqnum) for seqnum in (3, 4, 8, 9, 10, 12)), other, entry(2**64 - 1)])
    assert store.missing(SEQNUM_IDS[0]) == [(5, 7), (11, 11), (13, 19), (21, 2**64 - 2)]
    assert store.missing(b"?" * 16) == []


def test_boots_and_streams(store: Store) -> None:
    """What is stored per boot and per stream, across days."""
    later = entry(9, START + DAY, _HOSTNAME=b"renamed")
    put(store, [entry(5), entry(6, START + 1), later])
    assert [tuple(boot) for boot in store.boots()] == [
        (b"0" * 32, b"renamed", BOOTS[0], Position(START, 1), Position(START + DAY, 3))
    ]
    (stream,) = store.streams()
    assert (stream.hostname, stream.first_seqnum, stream.last_seqnum, stream.entries) == (b"renamed", 5, 9, 3)
    assert (stream.first_realtime, stream.last_realtime) == (START, START + DAY)


def test_drop_before(store: Store) -> None:
    """Old days go whole; numbers are not given again; what was removed may come again."""
    put(store, [entry(1), entry(2, START + DAY), entry(3, START + 2 * DAY)])
    removed = store.drop_before("2024-10-06")
    assert [partition.day for partition in removed] == ["2024-10-04", "2024-10-05"]
    assert [partition.day for partition in store.partitions()] == ["2024-10-06"]
    assert store.count(ALL, Budget()).matched == 1
    assert store.newest_ord() == 3
    assert list(store.append([from_entries([entry(1)])])[0].stored) == [0]
    assert store.newest_ord() == 4


def test_thin(store: Store) -> None:
    """Entries go from within a day; the others stay as they were, in their order, and are found as before."""
    quiet = [entry(n, START + n, MESSAGE=b"wanted", _HOSTNAME=b"a") for n in range(1, 4000, 2)]
    chatty = [entry(n, START + n, MESSAGE=b"unwanted", _HOSTNAME=b"b") for n in range(2, 4000, 2)]
    other_day = entry(9000, START + DAY, MESSAGE=b"unwanted", _HOSTNAME=b"b")
    put(store, sorted([*quiet, *chatty], key=lambda one: one.seqnum))
    put(store, [other_day])
    kept = [hit for hit in everything(store, ALL, Order.OLDEST_FIRST) if hit.entry.first("_HOSTNAME") == b"a"]

    def unwanted(fields: Mapping[str, Any]) -> bool:
        return bool(fields["_HOSTNAME"] == b"b")

    assert store.thin("2024-10-04", lambda fields: False) == 0
    assert store.thin("2024-10-04", unwanted) == len(chatty)
    assert store.thin("2024-10-04", unwanted) == 0
    store.refresh()
    assert everything(store, ALL, Order.OLDEST_FIRST)[:-1] == kept
    assert store.count(Scope(ast.Words("MESSAGE", ("wanted",))), Budget()).matched == len(quiet)
    assert store.count(Scope(ast.Words("MESSAGE", ("unwanted",))), Budget()).matched == 1
    put(store, [entry(9001, START + 5000, MESSAGE=b"wanted", _HOSTNAME=b"a")])
    assert store.count(Scope(ast.Words("MESSAGE", ("wanted",))), Budget()).matched == len(quiet) + 1
    assert store.append([from_entries(quiet)])[0].duplicates == len(quiet)
    assert store.thin("2024-10-05", unwanted) == 1
    assert [partition.day for partition in store.partitions()] == ["2024-10-04"]
    assert store.health() == []


def test_large_values(store: Store) -> None:
    """Values of many megabytes are stored whole, found, and do not harm their neighbours."""
    large = b"needle " + b"abc def " * 2**20 + b"\xff"
    put(store, [entry(1), entry(2, message=large), entry(3, COREDUMP=large), entry(4)])
    assert store.count(Scope(ast.Words("MESSAGE", ("needle", "def"))), Budget()).matched == 1
    assert store.count(Scope(ast.Eq("COREDUMP", large)), Budget()).matched == 1
    assert store.count(Scope(ast.Eq("COREDUMP", large + b"x")), Budget()).matched == 0
    found = everything(store, ALL, Order.OLDEST_FIRST)
    assert [len(hit.entry.first("MESSAGE") or b"") for hit in found] == [5, len(large), 5, 5]
    assert found[2].entry.first("COREDUMP") == large


# -- everything at random


def load(store: Store, items: list[Entry], seed: int) -> None:
    """Append in batches of random sizes, some entries twice."""
    order = random.Random(seed)
    rest = [*items, *order.sample(items, len(items) // 4)]
    while rest:
        call = [from_entries([rest.pop(0) for _ in range(min(len(rest), order.randint(1, 12)))])]
        if rest and order.random() < 0.5:
            call.append(from_entries([rest.pop(0)]))
        store.append(call)


def check_query(store: Store, oracle: Store, scope: Scope, size: int) -> None:
    """All that can be asked with a query, compared."""
    for order in Order:
        expected = [comparable(hit) for hit in everything(oracle, scope, order)]
        assert [comparable(hit) for hit in everything(store, scope, order, size)] == expected
    assert store.count(scope, Budget()) == oracle.count(scope, Budget())
    assert store.terms(scope, NAMES, 3, Budget()) == oracle.terms(scope, NAMES, 3, Budget())
    bounded = replace(scope, since=max(scope.since, START - 3), until=min(scope.until, START + 4 * DAY))
    for by in (None, "_HOSTNAME", "PRIORITY", "TAG", "MESSAGE", "_BOOT_ID", "ABSENT"):
        for interval in (DAY // 100, DAY + 1):
            ours, theirs = (s.histogram(bounded, interval, by, Budget()) for s in (store, oracle))
            assert ours == theirs
    for after in (0, 3):
        ours_tail = [comparable(hit) for hit in store.tail(scope.query, after, 10_000, Budget())[0]]
        assert ours_tail == [comparable(hit) for hit in oracle.tail(scope.query, after, 10_000, Budget())[0]]


def check_texts(store: Store, oracle: Store, scope: Scope, size: int) -> None:
    """Values of one field are those of the oracle; where there are more than asked for, the newest."""
    for name in NAMES:
        wanted = oracle.texts(scope, name, 1000, 3, Budget())
        assert sorted(wanted.rows) == sorted(store.texts(scope, name, 1000, 3, Budget()).rows)
        some = store.texts(scope, name, size, 3, Budget())
        assert [at for at, _ in wanted.rows[:size]] == [at for at, _ in some.rows]
        assert (len(wanted.rows) > size, None) == (some.more, some.reason)


def check_lists(store: Store, oracle: Store) -> None:
    """All that can be asked without a query, compared."""
    assert store.field_names() == oracle.field_names()
    for name in NAMES:
        for prefix, limit in ((b"", None), (b"1", None), (b"n", 2), (b"\xff", None), (b"v", 1)):
            assert store.values(name, prefix, limit) == oracle.values(name, prefix, limit)
    assert store.boots() == oracle.boots()
    assert store.streams() == oracle.streams()
    for seqnum_id in SEQNUM_IDS:
        assert store.missing(seqnum_id) == oracle.missing(seqnum_id)
    ours = [partition._replace(bytes=0) for partition in store.partitions()]
    assert ours == [partition._replace(bytes=0) for partition in oracle.partitions()]
    assert store.newest_ord() == oracle.newest_ord()


spans = st.tuples(
    st.sampled_from([0, START, START + 1, START + 2]), st.sampled_from([START + 2, START + DAY, 2**63 - 1])
)


# Shrinking would open thousands of stores; the failing entries and query are told as they are.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


@settings(max_examples=40, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.lists(entries, max_size=60), st.lists(st.tuples(queries, spans), min_size=1, max_size=12), st.integers(0, 99))
def test_same_answers(items: list[Entry], asked: list[tuple[ast.Query, tuple[int, int]]], seed: int) -> None:
    """For any entries and any queries the embedded store answers what the oracle answers."""
    with memory() as oracle, embedded() as store:
        load(oracle, items, seed)
        load(store, items, seed)
        store.refresh()
        check_lists(store, oracle)
        for query, (since, until) in asked:
            check_query(store, oracle, Scope(query, since, until), 1 + seed % 9)
            check_texts(store, oracle, Scope(query, since, until), 1 + seed % 9)
        for item in items:
            ours, theirs = store.get(item.cursor), oracle.get(item.cursor)
            assert (ours and comparable(ours)) == (theirs and comparable(theirs))
