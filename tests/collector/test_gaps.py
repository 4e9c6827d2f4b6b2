"""Runs of seqnums: arithmetic, and when a hole counts as a gap."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from journalhub.collector.gaps import Gap, HoleWatch, overlap, parse_gap, printable, subtract
from journalhub.collector.limits import GAP_SETTLED_SECONDS

numbers = st.sets(st.integers(0, 40))
pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10)).map(lambda pair: (pair[0], sum(pair))), max_size=6)


def runs_of(members: set[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(members):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def members(runs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in runs for number in range(first, last + 1)}


@given(numbers, pairs)
def test_subtract(missing: set[int], known: list[tuple[int, int]]) -> None:
    """What is left is what is in no known run, as runs again."""
    left = subtract(runs_of(missing), known)

    assert missing - members(known) == members(left)
    assert sorted(left) == left
    assert len(missing & members(known)) == overlap(runs_of(missing), known)


def test_parse_gap() -> None:
    """A gap of a status becomes one of the ledger; times and cause are kept."""
    good = {"seqnum_id": bytes(16), "boot_id": None, "first": 1, "last": 2, "since": 3, "until": 4, "cause": "rotated"}

    assert Gap("00" * 16, "", 1, 2, 3, 4, "rotated") == parse_gap(good)
    assert "a\ufffd[2Jb" == printable("a\x1b[2Jb")
    wrong: list[dict[str, Any]] = [
        {"first": 3},
        {"first": -1},
        {"last": 2**64},
        {"first": True},
        {"seqnum_id": b"short"},
        {"boot_id": b"short"},
        {"cause": b"bytes"},
        {"since": None},
    ]
    assert [None] * len(wrong) == [parse_gap(good | change) for change in wrong]
    assert parse_gap([1, 2]) is None


def test_a_hole_must_settle() -> None:
    """A hole counts when it has not changed for the time; one that shrinks starts anew."""
    watch = HoleWatch()

    assert [] == watch.settled([(1, 9), (20, 30)], 0)
    assert [] == watch.settled([(5, 9), (20, 30)], GAP_SETTLED_SECONDS - 1)
    assert [(20, 30)] == watch.settled([(5, 9), (20, 30)], GAP_SETTLED_SECONDS)
    assert [] == watch.settled([], GAP_SETTLED_SECONDS + 1)
    assert [] == watch.settled([(20, 30)], GAP_SETTLED_SECONDS + 2)
