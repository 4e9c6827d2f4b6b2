"""Substrings and patterns by lists of words; what is left to be decided of an entry between two bounds."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import DAY, START, entry, raw, texts

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Order, Scope, Store
from journalhub.store.embedded import maintenance, sealing, wordlists, words
from journalhub.store.embedded.doubt import undecided
from journalhub.store.embedded.layout import INDEX_BUILT, INDEX_DIRECTORY, PARTITIONS, WORDS_FILE
from journalhub.store.embedded.store import EmbeddedStore
from journalhub.store.embedded.words import Chunk, Words, load, save
from journalhub.store.memory import MemoryStore
from journalhub.store.tokens import distinct, tokens_of

letters = st.text("abé", min_size=1, max_size=4)
pieces = st.builds(lambda *parts: "".join(parts), st.sampled_from(["", "\n"]), letters, st.sampled_from(["", "\n"]))


@given(st.lists(st.sets(letters, max_size=8), max_size=3), pieces)
def test_words_with_a_piece(chunks: list[set[str]], piece: str) -> None:
    """Every word with the piece inside is found, and no other; a newline is an end of the word."""
    known = Words(tuple(Chunk.of(chunk, 1, 1) for chunk in chunks))
    expected = {word for chunk in chunks for word in chunk if piece in f"\n{word}\n"}
    found = known.having(piece.encode(), 100)
    assert found is not None
    assert found == expected


def test_too_many_words() -> None:
    """More words than are wanted are none."""
    known = Words((Chunk.of({"aa", "ab", "ac"}, 1, 1),))
    assert frozenset({"aa", "ab", "ac"}) == known.having(b"a", 3)
    assert known.having(b"a", 2) is None
    assert frozenset({"ab"}) == known.having(b"b", 2)


@given(st.lists(texts | raw | st.just(b"\xcc\x81x") | st.just(b"y" * 600), max_size=6))
def test_distinct_tokens(values: list[bytes]) -> None:
    """The tokens of many values at once are those of each."""
    assert distinct(values) == {token for value in values for token in tokens_of(value)}


PIECES = ["uokk", "okkaf", "7", "zz", "rds 1", "connection re", "-connect", "e", "QUOKK", "ö", "örtli", "flux7 con"]


def everything_asked() -> list[ast.Query]:
    """Pieces of words as substrings and as patterns, and combined with what the index knows."""
    pieces = [ast.Contains("MESSAGE", piece.encode(), caseless) for piece in PIECES for caseless in (False, True)]
    patterns = [ast.Regex("MESSAGE", piece, caseless) for piece in PIECES for caseless in (False, True)]
    itself = ast.In("MESSAGE", frozenset({b"words 17", b"words 17 "}))
    odd = ast.And((ast.Words("MESSAGE", ("words",)), ast.Not(ast.Words("MESSAGE", ("17",)))))
    return [
        *pieces,
        *patterns,
        ast.Or((odd, itself)),
        ast.Not(ast.Or((odd, itself))),
        ast.And((pieces[2], ast.Not(pieces[0]), ast.Eq("PRIORITY", b"6"))),
        ast.Or((pieces[0], ast.Eq("PRIORITY", b"3"), patterns[1])),
        ast.Not(ast.And((pieces[5], ast.Or((pieces[3], ast.Eq("PRIORITY", b"3")))))),
    ]


def compare(store: Store, oracle: Store) -> None:
    """Pages, counts and histograms of all that is asked."""
    store.refresh()
    for query in everything_asked():
        scope = Scope(query, START, START + 3 * DAY)
        for order in Order:
            ours, theirs = (one.search(scope, order, 1000, None, Budget()) for one in (store, oracle))
            assert [hit.position for hit in ours.hits] == [hit.position for hit in theirs.hits], query
            assert (ours.more, ours.reason) == (theirs.more, theirs.reason)
        assert store.count(scope, Budget()) == oracle.count(scope, Budget()), query
        ours_by, theirs_by = (one.histogram(scope, DAY // 7, "PRIORITY", Budget()) for one in (store, oracle))
        assert ours_by == theirs_by, query


def append(stores: list[Store], start: int, count: int) -> None:
    """Entries whose messages have the words that are asked for, one kind after the other."""
    kinds = [
        "quokkaflux%d",
        "words %d",
        "Connection refused %d",
        "connection reset%d",
        "größe %d",
        "Örtlich%d",
        "%d-connect",
    ]
    items = []
    for number in range(start, start + count):
        message = (kinds[number % 7] % (number // 7)).encode()
        priority = b"3" if number % 5 == 0 else b"6"
        items.append(entry(number + 1, START + number // 3 + DAY * (number % 2), message, PRIORITY=priority))
    for store in stores:
        store.append([from_entries(items)])


def test_answers_with_a_list_are_those_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the lists of words are made, with them, and with entries that came since: the same answers."""
    monkeypatch.setattr(wordlists, "WORDS_FROM", 1)
    monkeypatch.setattr(words, "WORDS_BLOCKS", 2)
    with closing(EmbeddedStore(tmp_path)) as store, closing(MemoryStore()) as oracle:
        monkeypatch.setattr(wordlists, "WORDS_LAG", 0)
        for start in range(0, 240, 40):
            append([store, oracle], start, 40)
        compare(store, oracle)  # asks for the lists
        store.words.wait()
        assert store.words.known() == ["2024-10-04", "2024-10-05"]
        monkeypatch.setattr(wordlists, "WORDS_LAG", 3)
        append([store, oracle], 240, 30)
        compare(store, oracle)
        monkeypatch.setattr(wordlists, "WORDS_LAG", 0)
        compare(store, oracle)
        store.words.wait()
        compare(store, oracle)
        store.drop_before("2024-10-05")
        assert store.words.known() == ["2024-10-05"]


def test_made_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a day that has grown is made without a question, once little arrives."""
    monkeypatch.setattr(wordlists, "WORDS_FROM", 100)
    monkeypatch.setattr(wordlists, "WORDS_LAG", 0)
    with closing(EmbeddedStore(tmp_path)) as store:
        append([store], 0, 240)
        wait_for(lambda: store.words.known() == ["2024-10-04", "2024-10-05"])


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the lists of days that were not asked for lately are forgotten, and come again."""
    monkeypatch.setattr(wordlists, "WORDS_FROM", 1)
    monkeypatch.setattr(wordlists, "WORDS_LAG", 0)
    with closing(EmbeddedStore(tmp_path)) as store:
        append([store], 0, 200)
        store.refresh()
        store.words.limit = 1
        store.count(Scope(ast.Contains("MESSAGE", b"uokk", False)), Budget())
        store.words.wait()
        assert len(store.words.known()) == 1
        assert store.count(Scope(ast.Contains("MESSAGE", b"uokk", False)), Budget()).matched == 29


SOME = Scope(ast.Contains("MESSAGE", b"uokk", False), START, START + DAY - 1)


def test_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that was made is stored beside the index; the next opening has it before anybody waits for it."""
    monkeypatch.setattr(wordlists, "WORDS_FROM", 1)
    monkeypatch.setattr(wordlists, "WORDS_LAG", 0)
    with closing(EmbeddedStore(tmp_path)) as store:
        append([store], 0, 140)
        store.refresh()
        found = store.count(SOME, Budget())
        store.words.wait()
    file = tmp_path / PARTITIONS / "2024-10-04" / INDEX_DIRECTORY / WORDS_FILE
    assert load(file.parent) is not None
    assert not list(maintenance.verify(tmp_path))
    monkeypatch.setattr(wordlists, "WORDS_LAG", 10**6)  # none is made
    with closing(EmbeddedStore(tmp_path)) as store:
        assert found == store.count(SOME, Budget())
        assert store.words.known() == ["2024-10-04"]
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with closing(EmbeddedStore(tmp_path)) as store:
        assert found == store.count(SOME, Budget())
        assert not store.words.known()


def test_verified_and_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is damaged or lacks a word is told of by verify; reindex makes another, and where there is none."""
    monkeypatch.setattr(wordlists, "WORDS_FROM", 1)
    with closing(EmbeddedStore(tmp_path)) as store:
        append([store], 0, 140)
        store.refresh()
    directory = tmp_path / PARTITIONS / "2024-10-04" / INDEX_DIRECTORY
    assert load(directory) is None
    assert not list(maintenance.verify(tmp_path))
    maintenance.reindex(tmp_path)
    known = load(directory)
    assert known is not None
    assert not list(maintenance.verify(tmp_path))
    save(directory, Words((Chunk.of({"few"}, known.chunks[0].blocks, known.upto),)))
    (wrong,) = maintenance.verify(tmp_path)
    assert "the list of words lacks" in wrong
    (directory / WORDS_FILE).write_bytes(b"words 2\n0000rows")
    (wrong,) = maintenance.verify(tmp_path)
    assert "wrong checksum" in wrong
    (directory / WORDS_FILE).write_bytes(b"words 1\n")
    (wrong,) = maintenance.verify(tmp_path)
    assert "another version" in wrong
    maintenance.reindex(tmp_path)
    assert not list(maintenance.verify(tmp_path))
    assert known == load(directory)


def test_made_when_a_day_is_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of a sealed day comes with its list."""
    monkeypatch.setattr(sealing, "WORDS_FROM", 1)
    with closing(EmbeddedStore(tmp_path)) as store:
        append([store], 0, 140)
        store.refresh()
    directory = tmp_path / PARTITIONS / "2024-10-04"
    sealing.build_index(directory)
    known = load(directory / INDEX_BUILT)
    assert known is not None
    assert any(word.startswith("quokkaflux") for word in known.having(b"uokk", 100) or ())


@dataclass(frozen=True)
class Known:
    """A leaf: what it is of some entry, and what its bounds say."""

    value: bool
    lower: bool
    upper: bool


knowns = st.sampled_from(
    [
        Known(value, lower, upper)
        for value in (False, True)
        for lower in (False, True)
        for upper in (False, True)
        if lower <= value <= upper
    ]
)
names = st.sampled_from("ABCDE")
trees: st.SearchStrategy[ast.Query] = st.recursive(
    names.map(ast.Exists),
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(lambda some: ast.And(tuple(some)))
        | st.lists(parts, min_size=1, max_size=3).map(lambda some: ast.Or(tuple(some)))
        | parts.map(ast.Not)
    ),
    max_leaves=8,
)


def evaluate(
    query: ast.Query, leaves: Mapping[str, tuple[bool, bool]], exact: dict[ast.Query, bool]
) -> tuple[bool, bool]:
    """(lower, upper) of a tree over leaves; of the truth when both are given as the value. Notes what is exact."""
    match query:
        case ast.And(parts):
            bounds = [evaluate(part, leaves, exact) for part in parts]
            exact[query] = all(exact[part] for part in parts)
            return all(low for low, _ in bounds), all(high for _, high in bounds)
        case ast.Or(parts):
            bounds = [evaluate(part, leaves, exact) for part in parts]
            exact[query] = all(exact[part] for part in parts)
            return any(low for low, _ in bounds), any(high for _, high in bounds)
        case ast.Not(part):
            low, high = evaluate(part, leaves, exact)
            exact[query] = exact[part]
            return not high, not low
        case ast.Exists(name):
            exact.setdefault(query, False)
            return leaves[name]
    raise AssertionError(query)


@given(trees, st.fixed_dictionaries(dict.fromkeys("ABCDE", knowns)), st.sets(names))
def test_undecided(tree: ast.Query, leaves: dict[str, Known], exact_names: set[str]) -> None:
    """On an entry between the bounds what is left of a query says what the query says."""
    exact: dict[ast.Query, bool] = {ast.Exists(name): name in exact_names for name in "ABCDE"}
    truth = {name: (known.value, known.value) for name, known in leaves.items()}
    bounds = {n: truth[n] if n in exact_names else (known.lower, known.upper) for n, known in leaves.items()}
    low, high = evaluate(tree, bounds, exact)
    if high and not low:
        rest = undecided(tree, exact)
        assert evaluate(rest, truth, dict(exact))[0] == evaluate(tree, truth, dict(exact))[0]
