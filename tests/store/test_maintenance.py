"""What an administrator runs on a closed store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.entries import DAY, START, entry

from journalhub.journal.batch import from_entries
from journalhub.store import ast
from journalhub.store.contract import Budget, Scope, StoreError
from journalhub.store.embedded import open_store, reindex, verify
from journalhub.store.embedded.layout import LOG_FILE, PARTITIONS


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A closed store of two days."""
    with closing(open_store(tmp_path)) as store:
        for number in range(10):
            store.append([from_entries([entry(number), entry(100 + number, START + DAY)])])
        store.refresh()
    return tmp_path


def test_reindex(filled: Path) -> None:
    """Every index is built anew, the progress is told, and everything is found."""
    told: list[tuple[str, int, int]] = []
    assert reindex(filled, lambda *step: told.append(step)) == 20
    assert told[-1] == ("2024-10-05", 10, 10)
    with closing(open_store(filled)) as store:
        assert store.count(Scope(ast.Words("MESSAGE", ("hello",))), Budget()).matched == 20
        assert store.health() == []


def test_reindex_of_a_store_in_use(filled: Path) -> None:
    """A store that is open is left alone."""
    with closing(open_store(filled)), pytest.raises(StoreError, match="in use"):
        reindex(filled)


def test_verify(filled: Path) -> None:
    """A sound store has nothing wrong."""
    assert list(verify(filled)) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("UPDATE blocks SET body = CAST(substr(body, 1, 30) || x'00' || substr(body, 32) AS BLOB)", "wrong checksum"),
        ("DELETE FROM blocks WHERE first_ord = (SELECT max(first_ord) FROM blocks)", "the totals say 10"),
        ("UPDATE streams SET seqnums = (SELECT seqnums FROM streams LIMIT 0)", "constraint"),
    ],
)
def test_verify_finds(filled: Path, harm: str, told: str) -> None:
    """What is wrong is told with the day."""
    with closing(sqlite3.connect(filled / PARTITIONS / "2024-10-04" / LOG_FILE)) as log:
        try:
            log.execute(harm)
        except sqlite3.IntegrityError as error:
            assert told in str(error)  # the schema itself refuses this harm
            return
        log.commit()
    wrong = list(verify(filled))
    assert any(line.startswith("2024-10-04: ") and told in line for line in wrong)
    assert not any(line.startswith("2024-10-05") for line in wrong)
