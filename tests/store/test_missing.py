"""Seqnums that are missing, where one journald counts through several journals."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import Store
from journalhub.store.embedded import open_store
from journalhub.store.memory import MemoryStore

SYSTEM, USER, OTHER = b"system.journal..", b"user-1001.journl", b"another sequence"


@pytest.fixture(params=["memory", "embedded"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each implementation: the system has 1, 2, 5, 9, a user's journal 3, 4, 7, something else 2 and 6."""
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "data")
    numbers = {SYSTEM: (1, 2, 5, 9), USER: (3, 4, 7), OTHER: (2, 6)}
    with closing(opened):
        opened.append([from_entries(_entry(name, number) for name in numbers for number in numbers[name])])
        yield opened


def _entry(seqnum_id: bytes, seqnum: int) -> Entry:
    return Entry(seqnum_id, seqnum, b"b" * 16, seqnum, 1_790_000_000_000_000 + seqnum, seqnum, (("MESSAGE", b"m"),))


def test_a_sequence_alone(store: Store) -> None:
    """Without siblings every number between the first and the last counts."""
    assert [(3, 4), (6, 8)] == store.missing(SYSTEM)
    assert [(5, 6)] == store.missing(USER)


def test_siblings_have_some_of_it(store: Store) -> None:
    """What a user's journal holds is not missing from the system's, nor the other way."""
    assert [(6, 6), (8, 8)] == store.missing(SYSTEM, [USER])
    assert [(6, 6)] == store.missing(USER, [SYSTEM])


def test_sequences_with_a_number_in_common_count_apart(store: Store) -> None:
    """A sequence that has the same number fills nothing."""
    assert [(6, 6), (8, 8)] == store.missing(SYSTEM, [USER, OTHER])


def test_unknown_sequences(store: Store) -> None:
    """What is not stored has no holes and fills none."""
    assert [] == store.missing(b"?" * 16, [SYSTEM])
    assert [(5, 6)] == store.missing(USER, [b"?" * 16])
