"""Messages in pieces, packed with a dictionary: the same entries, read whole and one by one."""

from collections.abc import Callable, Iterator

import pytest
import zstandard
from bench.hot_paths import rows_of
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import entry

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import StoreError
from journalhub.store.embedded import dictionary as dictionaries
from journalhub.store.embedded import encoding
from journalhub.store.embedded.block import Block, BlockError
from journalhub.store.embedded.dictionary import NAMES, Dictionary, damages, loaded, trained
from journalhub.store.embedded.encoding import encode
from journalhub.store.embedded.layout import DICTIONARY_BYTES, DICTIONARY_LEAST, DICTIONARY_SHARE, ZSTD_SEALED
from journalhub.store.embedded.rows import Row

TEXTS = [b"user %d failed to log in from 10.0.%d.7, attempt %d" % (n * 7919, n % 200, n % 5) for n in range(3000)]


@pytest.fixture(scope="module")
def learnt() -> Iterator[Dictionary]:
    """Of TEXTS."""
    found = trained([TEXTS], 64 * 2**20)
    assert found is not None
    yield found


def items(count: int) -> list[Entry]:
    """Entries of three shapes, one of them without a message."""
    made = []
    for number in range(count):
        message = b"" if number % 11 == 0 else TEXTS[number] * (number % 3 + 1)
        other = b"o" * (number % 3)
        made.append(
            entry(number + 1, message=message, OTHER=other) if number % 5 else entry(number + 1, message=message)
        )
    return made


@pytest.mark.usefixtures("codec")
@pytest.mark.parametrize("count", [64, 127, 128, 129, 256, 300])
def test_a_row_is_what_it_was(learnt: Dictionary, count: int) -> None:
    """Each row of a block of which nothing was read before, the next ones of the same block, and all at once."""
    rows, target = rows_of(from_entries(items(count)))
    origins, shapes = target.origins.origins, target.shapes.shapes
    body = encode(rows, ZSTD_SEALED, learnt)
    assert body[0] == 2

    for row in range(rows.count):
        block = Block(body, shapes, lambda: learnt)
        for asked in (row, (row + 1) % count, (row + count // 2) % count, row):
            assert Row(rows, asked, origins, shapes).hit() == Row(block, asked, origins, shapes).hit()
        if row % 50 == 0:
            assert rows == block.to_memory(shapes)
            assert Row(rows, row, origins, shapes).hit() == Row(block, row, origins, shapes).hit()
    plain = Block(encode(rows, ZSTD_SEALED), shapes)
    for needle in (b"attempt 3", b"10.0.17.7", b"nowhere"):
        assert plain.rows_containing("MESSAGE", needle) == Block(body, shapes, lambda: learnt).rows_containing(
            "MESSAGE", needle
        )


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=9), st.integers(1, 40), st.integers(1, 9))
def test_whatever_the_messages_are(learnt: Dictionary, texts: list[bytes], times: int, piece: int) -> None:
    """Any bytes, however many are in a piece; blocks of few messages are as they were."""
    rows, target = rows_of(from_entries([entry(n + 1, message=text) for n, text in enumerate(texts * times)]))
    shapes = target.shapes.shapes
    with pytest.MonkeyPatch.context() as patched:
        for module in (dictionaries, encoding):
            patched.setattr(module, "PIECE_ENTRIES", piece)
        body = encode(rows, ZSTD_SEALED, learnt)

    assert body[0] == (2 if rows.count >= 64 else 1)
    assert rows == Block(body, shapes, lambda: learnt).to_memory(shapes)
    for row in range(0, rows.count, 7):
        assert Block(body, shapes, lambda: learnt).own(row) == rows.values[row]


def test_it_pays(learnt: Dictionary) -> None:
    """Pieces with a dictionary take less than a whole column without one."""
    rows, _ = rows_of(from_entries([entry(n + 1, message=text) for n, text in enumerate(TEXTS[:1000])]))
    assert len(encode(rows, ZSTD_SEALED, learnt)) < len(encode(rows, ZSTD_SEALED))


def test_no_dictionary(learnt: Dictionary) -> None:
    """A block that needs one says so at once; with another one its texts are refused."""
    rows, target = rows_of(from_entries(items(100)))
    body = encode(rows, ZSTD_SEALED, learnt)
    with pytest.raises(BlockError, match="need a dictionary that the log does not have"):
        Block(body, target.shapes.shapes)
    other = trained([[b"%d quite another text %d" % (n, n * n) for n in range(3000)]], 64 * 2**20)
    with pytest.raises(zstandard.ZstdError, match="[Dd]ictionary"):
        Block(body, target.shapes.shapes, lambda: other).to_memory(target.shapes.shapes)


def test_what_cannot_be_learnt_from() -> None:
    """Days of few bytes, of one huge message, of the same message again and again: no dictionary, or one that works."""
    assert trained([TEXTS], DICTIONARY_LEAST * DICTIONARY_SHARE - 1) is None
    assert trained([], 2**30) is None
    assert trained([[b"x" * 2**20]], 2**30) is None
    assert trained([[b""] * 1000], 2**30) is None
    same = trained([[b"the same again"] * 1000] * 20, 2**30)
    assert same is None or same.unpack(same.pack(b"the same again")) == b"the same again"
    most = trained([TEXTS], 2**40)
    assert most is not None
    assert len(most.raw) <= DICTIONARY_BYTES


def test_kept_twice(learnt: Dictionary) -> None:
    """Either row is enough, what is damaged is told, and where neither is whole nothing is made up."""
    rows = dict(learnt.rows())
    first, second = NAMES

    def unreadable(name: str) -> bytes | None:
        if name == first:
            raise StoreError("the disk says no")
        return rows[name]

    harmed = rows[first][:-1] + b"\x00"
    cases: list[tuple[Callable[[str], bytes | None], list[str]]] = [
        (rows.get, []),
        ({**rows, first: harmed}.get, [f"the row {first!r} has a wrong checksum"]),
        ({**rows, second: b""}.get, [f"the row {second!r} has a wrong checksum"]),
        ({first: rows[first]}.get, [f"the row {second!r} is lost"]),
        ({second: rows[second]}.get, [f"the row {first!r} is lost"]),
        (unreadable, ["the disk says no"]),
    ]
    for value_of, wrong in cases:
        found = loaded(value_of)
        assert found is not None
        assert found.raw == learnt.raw
        assert damages(value_of) == wrong
    assert loaded(lambda name: None) is None
    assert damages(lambda name: None) == []
    for lost in ({first: harmed, second: harmed}, {first: harmed}):
        with pytest.raises(StoreError, match="dictionary of the day's messages cannot be read"):
            loaded(lost.get)
