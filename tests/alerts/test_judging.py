"""From look to look: what begins, what ends, what stays although it cannot be seen."""

from journalhub.alerts.judging import Firing, Mark, judge, look_at_gaps
from journalhub.alerts.looking import Found, Look
from journalhub.alerts.rule import Rule

SECOND = 1_000_000
GAP = Rule("gap", "gap", within=600)


def found(*keys: str) -> list[Found]:
    """Things that a rule fires for."""
    return [Found(key, key, 1, f"{key} is wrong") for key in keys]


def test_each_thing_begins_and_ends_once() -> None:
    """What fires still is neither begun nor ended, and keeps its time."""
    first = judge({}, Look(found("a", "b")), 10)
    second = judge(first.firing, Look(found("b", "c")), 20)

    assert (["a", "b"], []) == ([one.found.key for one in first.begun], list(first.ended))
    assert (["c"], ["a"]) == ([one.found.key for one in second.begun], [one.found.key for one in second.ended])
    assert {"b": 10, "c": 20} == {key: one.since for key, one in second.firing.items()}


def test_what_cannot_be_seen_is_not_resolved() -> None:
    """A search that was cut short, a node of which nothing is known yet: both stay as they were."""
    before = {key: Firing(1, one) for key, one in zip("ab", found("a", "b"), strict=True)}

    cut = judge(before, Look(found("a"), unknown="deadline"), 2)
    unsure = judge(before, Look(unsure=frozenset("b")), 2)

    assert (set("ab"), ()) == (set(cut.firing), cut.ended)
    assert ({"b"}, ["a"]) == (set(unsure.firing), [one.found.key for one in unsure.ended])


def look(marks: dict[str, Mark], missing: int, seconds: float) -> list[int]:
    """How many entries a look at one node says to have gone missing."""
    seen = look_at_gaps(GAP, marks, {"m": ("web-1", missing)}, int(seconds * SECOND))
    return [one.value for one in seen.found]


def test_a_gap_fires_when_it_opens_and_not_because_it_is_there() -> None:
    """What is missing when the rule is made is known; more fires, adds up, and is resolved when it was quiet."""
    marks: dict[str, Mark] = {}

    assert [] == look(marks, 5, 0)
    assert [] == look(marks, 5, 10)
    assert [2] == look(marks, 7, 20)
    assert [3] == look(marks, 8, 30)
    assert [3] == look(marks, 8, 630)
    assert [] == look(marks, 8, 631)
    assert [1] == look(marks, 9, 640)


def test_gaps_that_are_found_anew_after_a_start_are_no_new_ones() -> None:
    """Fewer missing entries count only after they have been fewer for long."""
    marks: dict[str, Mark] = {}
    look(marks, 9, 0)

    assert [] == look(marks, 0, 10)
    assert [] == look({key: Mark(**mark.document()) for key, mark in marks.items()}, 9, 20)
    assert ([], [], [4]) == (look(marks, 0, 30), look(marks, 0, 1000), look(marks, 4, 1010))


def test_a_node_that_comes_later_begins_with_nothing_missing() -> None:
    """Also where there was no node at all when the rule was made."""
    marks: dict[str, Mark] = {}
    look_at_gaps(GAP, marks, {}, 0)

    assert [4] == look(marks, 4, 10)
