"""Origins of a partition: those of the log are read when they are asked for, and are then what they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.journal.origin import Origin
from journalhub.store.contract import StoreError
from journalhub.store.embedded.log import OriginRow, pack_origins
from journalhub.store.embedded.origins import OriginTable


def origins(count: int) -> list[Origin]:
    """So many that differ."""
    fields = [(("_COMM", b"c%d" % (number % 3)), ("_PID_OF", b"%d" % number)) for number in range(count)]
    return [Origin(b"s" * 16, bytes([number % 2]) * 16, its) for number, its in enumerate(fields)]


def stored(runs: list[int]) -> tuple[list[Origin], list[OriginRow]]:
    """Origins, and the rows of a log that has so many of them each."""
    every = origins(sum(runs))
    begins = [sum(runs[:at]) for at in range(len(runs))]
    return every, [(begin, pack_origins(every[begin : begin + run])) for begin, run in zip(begins, runs, strict=True)]


@given(st.lists(st.integers(1, 12), max_size=4), st.integers(0, 5), st.data())
def test_each_is_what_it_was(runs: list[int], more: int, data: st.DataObject) -> None:
    """In whatever order they are asked for, one by one, all, or by value; with others that came since."""
    every, rows = stored(runs)
    added = origins(len(every) + more)[len(every) :]
    table = OriginTable(rows)
    if data.draw(st.booleans()):
        table.add(added)
        every += added
    asked = data.draw(st.lists(st.sampled_from(range(len(every))), max_size=20)) if every else []

    assert len(every) == len(table)
    assert [every[number] for number in asked] == [table.origins[number] for number in asked]
    question = data.draw(st.integers(0, 3))
    if question == 0:
        assert every == table.all()
    elif question == 1:
        having = frozenset(n for n, origin in enumerate(every) if origin.first("_COMM") == b"c1")
        assert having == table.having_any_of("_COMM", [b"c1"]) == table.having("_COMM", b"c1".__eq__)
    elif question == 2:
        assert {origin: number for number, origin in enumerate(every)} == table.numbers
    for number in (-1, len(every)):
        with pytest.raises(IndexError):
            table.origins[number]


def test_new_ones_are_taken_back() -> None:
    """What was not stored in the end is not there; the number is given to the next one."""
    every, rows = stored([3, 2])
    (new, other), table = origins(7)[5:], OriginTable(rows)
    table.add([new])
    assert 5 == table.number(new)
    table.truncate(5)

    assert table.number(new) is None
    assert frozenset() == table.having_any_of("_PID_OF", [b"5"])
    table.add([other])
    assert 5 == table.number(other)
    assert [*every, other] == table.all()


def test_few_that_are_asked_for_are_read() -> None:
    """Not the others of the log; names and values are shared."""
    every, rows = stored([30, 30])
    table = OriginTable(rows)

    first, fourth = table.origins[0], table.origins[3]
    assert (every[0], every[3]) == (first, fourth)
    assert first.fields[0] is fourth.fields[0]
    assert 2 == dict.__len__(table.origins)


def test_damaged_ones_are_told() -> None:
    """When somebody asks for one of them; the others can be read."""
    every, rows = stored([3, 2])
    table = OriginTable([(0, b"no frame"), rows[1]])

    assert every[4] == table.origins[4]
    with pytest.raises(StoreError, match="origins from 0 on are damaged"):
        table.origins[1]
