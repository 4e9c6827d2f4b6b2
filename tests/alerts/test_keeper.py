"""Rules over a real store, with a clock of the test's own and receivers that are real servers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.alerts.receivers import Receiver, receiving
from tests.collector.material import SEQNUM_ID, START, batch

from journalhub.alerts.book import DAMAGED, FILE, Book
from journalhub.alerts.courier import MailSettings
from journalhub.alerts.keeper import Keeper
from journalhub.alerts.rule import parse_rule
from journalhub.query.plan.reader import why_no_scope
from journalhub.store.memory import MemoryStore

SECOND = 1_000_000
MINUTE = 60 * SECOND


class Hub:
    """A store, a clock, and a keeper that can be started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = MemoryStore()
        self.now = START
        self.nodes: list[dict[str, Any]] = []
        self.keeper = self._open()

    def _open(self) -> Keeper:
        book = Book(self.directory, put_aside=True)
        return Keeper(book, self.store, lambda: self.nodes, MailSettings(), lambda: self.now)

    def restart(self) -> None:
        """End the keeper, and make another one on the same directory."""
        self.keeper.close()
        self.keeper = self._open()

    def put(self, name: str, **document: Any) -> None:
        """Enter a rule."""
        self.keeper.book.put(parse_rule(name, document, why_no_scope))

    def turn(self) -> None:
        """Look once, and send what there is to say."""
        self.keeper.look()
        self.keeper.send()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Without rules and entries."""
    made = Hub(tmp_path)
    yield made
    made.keeper.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes everything."""
    with receiving() as server:
        yield server


def states(receiver: Receiver) -> list[tuple[str, list[str], list[str]]]:
    """State, and the subjects of what fires and what is resolved, of each webhook."""
    return [
        (body["state"], *([one["subject"] for one in body[key]] for key in ("firing", "resolved")))
        for body in receiver.bodies("/hook")
    ]


def test_matches_fire_once_and_are_resolved(hub: Hub, receiver: Receiver) -> None:
    """More than `above` entries in the time fire, once, across restarts; when they have passed it is resolved."""
    hub.put("disk", kind="matches", query="disk full", above=2, within=300, notify=[f"webhook:{receiver.url}/hook"])
    hub.store.append([batch(1, 2, message=b"disk full"), batch(3, message=b"all well")])
    hub.now += MINUTE
    hub.turn()
    assert [] == states(receiver)

    hub.store.append([batch(4, message=b"disk full on /\x1b[2J")])
    hub.turn()
    hub.turn()
    hub.restart()
    hub.turn()
    assert [("firing", [""], [])] == states(receiver)
    (body,) = receiver.bodies("/hook")
    (alert,) = body["firing"]
    assert (3, "3 entries in 5 min: disk full", hub.now) == (alert["value"], alert["summary"], alert["since"])
    assert "disk full on /\ufffd[2J" == alert["entries"][0]["message"]

    hub.now += 5 * MINUTE
    hub.restart()
    hub.turn()
    hub.turn()
    assert [("firing", [""], []), ("resolved", [], [""])] == states(receiver)


def test_a_rule_that_splits_fires_for_each_value(hub: Hub, receiver: Receiver) -> None:
    """With `by` each host is counted by itself, and what begins together is one notification."""
    target = f"webhook:{receiver.url}/hook"
    hub.put("disk", kind="matches", query="disk", by="_HOSTNAME", above=1, within=300, notify=[target])
    for number, host in enumerate((b"web-1", b"web-2", b"web-1", b"db-1", b"db-1")):
        sequence = SEQNUM_ID[:-1] + bytes([len(host)])
        hub.store.append([batch(10 + number, message=b"disk", hostname=host, seqnum_id=sequence)])
    hub.now += MINUTE
    hub.turn()

    ((state, firing, resolved),) = states(receiver)
    assert ("firing", {"web-1", "db-1"}, []) == (state, set(firing), resolved)


def node(host: str, seen: int, missing: int = 0, namespace: str = "") -> dict[str, Any]:
    """What the ledger says of a node, as far as rules look."""
    return {
        "machine_id": host,
        "hostname": host,
        "namespace": namespace,
        "last_seen": seen,
        "last_entry": seen,
        "missing": missing,
    }


def test_a_silent_node(hub: Hub, receiver: Receiver) -> None:
    """Silence counts for the machine, from the start of the collector on; a node that speaks again is resolved."""
    hub.put("quiet", kind="silent", hosts="web-*", within=600, notify=[f"webhook:{receiver.url}/hook"])
    hub.nodes = [node("web-1", START), node("web-1", START - MINUTE, namespace="x"), node("db-1", START)]
    hub.now += 10 * MINUTE
    hub.turn()
    assert [] == states(receiver)

    hub.now += MINUTE
    hub.turn()
    hub.restart()
    hub.turn()
    assert [("firing", ["web-1"], [])] == states(receiver)
    assert "nothing from web-1 for 11 min" == receiver.bodies("/hook")[0]["firing"][0]["summary"]

    hub.nodes = [node("web-1", hub.now)]
    hub.turn()
    assert [("firing", ["web-1"], []), ("resolved", [], ["web-1"])] == states(receiver)


def test_a_gap(hub: Hub, receiver: Receiver) -> None:
    """Entries that go missing fire; what was missing before does not, nor after a restart."""
    hub.nodes = [node("web-1", START, 5)]
    hub.put("gap", kind="gap", within=600, notify=[f"webhook:{receiver.url}/hook"])
    hub.turn()
    hub.nodes = [node("web-1", START, 12)]
    hub.turn()
    hub.restart()
    hub.turn()

    assert [("firing", ["web-1"], [])] == states(receiver)
    assert 7 == receiver.bodies("/hook")[0]["firing"][0]["value"]


def test_a_receiver_that_is_away_is_told_later(hub: Hub, tmp_path: Path) -> None:
    """What it does not take waits, across restarts; the other receivers do not wait for it."""
    with receiving() as good, receiving() as away:
        away.status = 503
        targets = [f"webhook:{server.url}/hook" for server in (away, good)]
        hub.put("disk", kind="matches", query="disk", notify=targets)
        hub.store.append([batch(1, message=b"disk")])
        hub.now += SECOND
        hub.turn()
        assert ([], 1) == (states(away), len(states(good)))
        assert (1, 1, 1) == tuple(
            hub.keeper.numbers()[f"alert_notifications_{name}"] for name in ("waiting", "sent_total", "failed_total")
        )

        away.status = 307
        hub.restart()
        hub.keeper.send()
        assert 1 == len(hub.keeper.book.waiting()), "a redirect is not followed"
        away.status = 200
        hub.restart()
        hub.keeper.send()
        assert ([("firing", [""], [])], 1, []) == (states(away), len(states(good)), hub.keeper.book.waiting())


def test_what_became_of_the_last_notifications(hub: Hub) -> None:
    """Each once, the newest first: when it was taken, or why not yet; of a rule that is gone nothing is kept."""
    with receiving() as good, receiving() as away:
        away.status = 503
        hub.put("disk", kind="matches", query="disk", within=60, notify=[f"webhook:{s.url}/" for s in (away, good)])
        hub.store.append([batch(1, message=b"disk")])
        hub.now += SECOND
        began = hub.now
        hub.turn()
        hub.now += 2 * MINUTE
        hub.turn()  # resolved; who was away is not asked so soon
        told = hub.keeper.courier.history.of("disk")

        assert [
            ("resolved", f"webhook:{good.url}/", hub.now, None, 1),
            ("resolved", f"webhook:{away.url}/", None, "it answered 503", 1),
            ("firing", f"webhook:{good.url}/", began, None, 1),
            ("firing", f"webhook:{away.url}/", None, "it answered 503", 1),
        ] == sorted(
            ((one["state"], one["target"], one["taken"], one["why"], one["subjects"]) for one in told),
            key=lambda one: (one[0] == "firing", one[1] != f"webhook:{good.url}/"),
        )
        assert hub.now == told[0]["at"]
        hub.keeper.book.remove("disk")
        hub.keeper.look()
        assert [] == hub.keeper.courier.history.of("disk")


def test_what_nobody_takes_is_given_up_after_a_day(hub: Hub) -> None:
    """It is counted: a notification that is a day old wakes nobody."""
    hub.put("disk", kind="matches", query="disk", notify=["webhook:http://127.0.0.1:1/"])
    hub.store.append([batch(1, message=b"disk")])
    hub.now += SECOND
    hub.turn()
    hub.now += 86_401 * SECOND
    hub.keeper.send()

    numbers = hub.keeper.numbers()
    assert (0, 1) == (numbers["alert_notifications_waiting"], numbers["alert_notifications_given_up_total"])


def test_an_alertmanager_is_told_again(hub: Hub, receiver: Receiver) -> None:
    """It would take what it does not hear of for resolved; what waits for it does not pile up."""
    hub.put("disk", kind="matches", query="disk", by="_HOSTNAME", notify=[f"alertmanager:{receiver.url}/am/"])
    hub.store.append([batch(1, message=b"disk")])
    hub.now += SECOND
    hub.keeper.look()
    hub.restart()  # the time of repetitions is counted from the start
    hub.keeper.look()
    hub.restart()
    hub.turn()

    first, again = receiver.bodies("/am/api/v2/alerts")
    assert first[0]["labels"] == again[0]["labels"]
    assert {"alertname": "disk", "job": "journalhub", "kind": "matches", "subject": "web-1"} == first[0]["labels"]
    hub.now += 10 * MINUTE
    hub.turn()
    (ended,) = receiver.bodies("/am/api/v2/alerts")[-1]
    assert (first[0]["labels"], first[0]["startsAt"]) == (ended["labels"], ended["startsAt"])
    assert f"{datetime.fromtimestamp(hub.now // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}" == ended["endsAt"]


@pytest.mark.parametrize(
    "change",
    [
        lambda hub: hub.put("disk", kind="matches", query="disk", above=5),
        lambda hub: hub.keeper.book.remove("disk"),
        lambda hub: hub.put("disk", kind="matches", query="disk", enabled=False),
    ],
)
def test_a_rule_that_is_changed_begins_anew(hub: Hub, change: Callable[[Hub], object]) -> None:
    """What fired for it is forgotten."""
    hub.put("disk", kind="matches", query="disk")
    hub.store.append([batch(1, message=b"disk")])
    hub.now += SECOND
    hub.turn()
    assert 1 == hub.keeper.numbers()["alerts_firing"]

    change(hub)
    hub.turn()
    assert 0 == hub.keeper.numbers()["alerts_firing"]


def test_a_damaged_file_costs_the_rules_alone(tmp_path: Path) -> None:
    """It is put aside, and the collector begins with no rules."""
    (tmp_path / FILE).write_bytes(b"not a database, but long enough to be looked at " * 100)
    book = Book(tmp_path, put_aside=True)
    assert (True, []) == (bool(book.damaged), book.rules())
    book.close()

    assert (tmp_path / DAMAGED).exists()
