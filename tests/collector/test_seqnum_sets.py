"""What nodes left out, as exact sets: counted once however it is reported, and explaining nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.collector.gaps import Run
from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.limits import REPORT_SEQNUMS_MAX
from journalhub.collector.node import Key, Node
from journalhub.collector.node_status import Dropped, parse_status
from journalhub.collector.seqnum_sets import SeqnumSets, decode_runs
from journalhub.shipper.left_out import LeftOut
from journalhub.shipper.limits import REPORTED_MAX

EDGE = 65_536
SID = "ab" * 16


def report(seqnums: list[int], rule: str = "exclude: x") -> list[Dropped]:
    """What a shipper reports of these, as the collector reads it."""
    left_out = LeftOut()
    for seqnum in seqnums:
        left_out.add(rule, (f"s={SID}", seqnum, "b=" + "cd" * 16, 5, 1_000 + seqnum, 7))
    return list(parse_status({"machine_id": b"m" * 16, "dropped": left_out.take()}).dropped)


def node_with(*reports: Dropped) -> Node:
    """A node that was told these."""
    node = Node(Key("m" * 32, "", ""))
    for one in reports:
        node.drop(one)
    return node


def spread(runs: list[Run]) -> set[int]:
    """The seqnums of runs."""
    return {seqnum for first, last in runs for seqnum in range(first, last + 1)}


seqnums = st.lists(st.integers(1, 40) | st.integers(EDGE - 5, EDGE + 5), max_size=60)


@given(seqnums, seqnums)
def test_each_seqnum_counts_once(some: list[int], others: list[int]) -> None:
    """In any order, cut anyhow, told again: the count is that of the distinct seqnums, which are what is explained."""
    node = node_with(*report(sorted(some)), *report(sorted(set(others))), *report(sorted(set(some))))
    expected = set(others) | set(some)

    assert expected == spread(node.explained(SID))
    assert len(expected) <= node.left_out() <= len(some) + len(expected)


def test_a_hole_between_stays_a_hole() -> None:
    """What lies between two entries that were left out is not explained by them."""
    node = node_with(*report([10, 11, 15]))

    assert [(10, 11), (15, 15)] == node.explained(SID)
    assert 3 == node.left_out()


def test_sent_again_cut_otherwise() -> None:
    """After a crash the same entries come in other batches; the account is the same."""
    node = node_with(*report([1, 3, 5]), *report([3, 5, 7]), *report([1]), *report([5, 7]))

    assert 4 == node.left_out()
    assert [("exclude: x", 4)] == [(item.rule, item.count) for item in node.dropped]


def test_entries_that_are_there_explain_nothing() -> None:
    """One that was blackened or lost a field is counted for each rule once, and not missing."""
    node = node_with(*report([4, 6], "redact: email"), *report([4], "field too large"), *report([6], "redact: email"))

    assert [] == node.explained(SID)
    assert (0, [2, 1]) == (node.left_out(), [item.count for item in node.dropped])


def test_it_survives_a_restart(tmp_path: Path) -> None:
    """Sets are on disk with the counts; only chunks that changed are written."""
    file = LedgerFile(tmp_path)
    node = node_with(*report([1, EDGE + 2, EDGE + 3]))
    chunks = node.seqnums.take_changed()
    file.save_nodes([node.stored_document()], [(node.key, chunk) for chunk in chunks])
    file.close()
    again = LedgerFile(tmp_path)
    read = SeqnumSets()
    for _, chunk in again.seqnums():
        read.load(chunk)
    again.close()

    assert node.seqnums.runs(SID) == read.runs(SID) == [(1, 1), (EDGE + 2, EDGE + 3)]
    assert (2, []) == (len(chunks), node.seqnums.take_changed())
    assert 0 == read.add(SID, [(EDGE + 2, EDGE + 2)])


@pytest.mark.parametrize("lengths", [[0], [4], [1, 1], [1, 1, 2], [2, -1, 2], [3, 1]])
def test_runs_that_cannot_be(lengths: list[int]) -> None:
    """Are refused: between 1 and 3 there are three seqnums, the last of them in."""
    with pytest.raises(ValueError, match="runs that do not"):
        list(decode_runs(1, 3, lengths))


@pytest.mark.parametrize(
    ("count", "last", "runs"),
    [(2**62, 2**63, None), (3, 2**63, None), (2, 12, [True, "x"]), (2, 12, 7), (REPORT_SEQNUMS_MAX + 1, 2**40, None)],
)
def test_an_attackers_report(count: int, last: int, runs: object) -> None:
    """Absurd ranges and wrong types cost neither time nor memory: no seqnum is taken from them."""
    where = {"seqnum_id": b"s" * 16, "first": 1, "last": last, "since": 0, "until": 0}
    item = {"rule": "x", "count": count, **where, **({} if runs is None else {"runs": runs})}
    (dropped,) = parse_status({"machine_id": b"m" * 16, "dropped": [item]}).dropped

    assert () == dropped.runs
    assert [] == node_with(dropped).explained("73" * 16)


def test_a_shippers_reports_are_taken() -> None:
    """The most that one batch reports is below what a collector takes."""
    assert REPORTED_MAX < REPORT_SEQNUMS_MAX
