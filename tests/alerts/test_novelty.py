"""Rules of kind `new`, over a real store: what nobody wrote the day before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.alerts.receivers import Receiver, receiving
from tests.alerts.test_keeper import MINUTE, SECOND, Hub, states
from tests.collector.material import batch

from journalhub.alerts.novelty import alike
from journalhub.query.patterns import find

HOUR = 60 * MINUTE


class TalkingHub(Hub):
    """A hub to which messages come now."""

    seqnum = 0

    def say(self, *messages: bytes) -> None:
        """Store messages, and let a second go by."""
        for message in messages:
            self.seqnum += 1
            self.store.append([batch(self.seqnum, message=message, realtime=self.now)])
        self.now += SECOND


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[TalkingHub]:
    """With a day of orders that were paid behind it."""
    made = TalkingHub(tmp_path)
    for number in range(20):
        made.say(b"order %d paid in %d ms" % (number, number * 7))
        made.now += HOUR
    yield made
    made.keeper.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes everything."""
    with receiving() as server:
        yield server


def test_a_new_pattern_fires_once(hub: TalkingHub, receiver: Receiver) -> None:
    """For all its messages, whatever their values, across restarts; after `within` it is known, and stays so."""
    hub.put("unheard", kind="new", notify=[f"webhook:{receiver.url}/hook"])
    hub.say(b"order 77 paid in 3 ms")
    hub.turn()
    assert states(receiver) == []

    hub.say(b"card 5 was refused by bank 9", b"order 78 paid in 4 ms")
    hub.turn()
    hub.say(b"card 6 was refused by bank 8", b"card 7 was refused by bank 7")
    hub.turn()
    hub.restart()
    hub.turn()
    assert states(receiver) == [("firing", ["card 5 was refused by bank 9"], [])]
    (alert,) = receiver.bodies("/hook")[0]["firing"]
    assert alert["summary"] == "new: 1 message in 15 min, none the day before: card 5 was refused by bank 9"
    assert [one["message"] for one in alert["entries"]] == ["card 5 was refused by bank 9"]
    (firing,) = hub.keeper.book.firing("unheard").values()
    assert (firing.found.value, firing.found.subject) == (3, "card <*> was refused by bank <*>")

    hub.now += 16 * MINUTE
    hub.turn()
    hub.say(b"card 8 was refused by bank 6")
    hub.turn()
    hub.restart()
    hub.turn()
    assert [state for state, *_ in states(receiver)] == ["firing", "resolved"]


def test_only_what_the_query_means(hub: TalkingHub) -> None:
    """Others are not looked at, and a pattern with too few messages does not fire."""
    hub.put("cards", kind="new", query="card", above=1)
    hub.say(b"disk 3 is on fire", b"card 1 is on fire", b"card 2 is lost at sea", b"card 3 is lost at sea")
    hub.turn()
    assert [one.found.value for one in hub.keeper.book.firing("cards").values()] == [2]


def test_what_newer_messages_hide(hub: TalkingHub, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more messages than are looked at, an older one still fires, and is told of once; it ends in its time."""
    monkeypatch.setattr(find, "MESSAGES_MAX", 5)
    hub.put("unheard", kind="new", notify=[f"webhook:{receiver.url}/hook"])
    hub.say(b"card 5 was refused by bank 9")
    hub.turn()
    hub.say(*(b"order %d paid in 1 ms" % number for number in range(9)))
    hub.turn()
    hub.say(b"card 6 was refused by bank 8")
    hub.turn()
    assert [state for state, *_ in states(receiver)] == ["firing"]
    hub.now += 16 * MINUTE
    hub.say(*(b"order %d paid in 2 ms" % number for number in range(9)))
    hub.turn()
    assert [state for state, *_ in states(receiver)] == ["firing", "resolved"]


def test_nothing_to_compare_with(hub: TalkingHub) -> None:
    """Where nothing is stored of the day before, nothing is new."""
    hub.now += 48 * HOUR
    hub.put("unheard", kind="new")
    hub.say(b"the first words after two days")
    hub.turn()
    assert hub.keeper.book.firing("unheard") == {}


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("card <*> refused", "card <*> refused", True),
        ("session of ann", "session of <*>", True),
        ("session of ann", "session of bob", False),
        ("session of ann", "session of", False),
    ],
)
def test_alike(one: str, two: str, expected: bool) -> None:
    """A pattern of which more values are known is the same."""
    assert alike(one, two) == alike(two, one) == expected
