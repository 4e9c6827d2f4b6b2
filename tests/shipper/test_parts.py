"""A journal far behind is read in parts: what is logged now does not wait for what was logged before."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector, Handler
from tests.shipper.process import Shipper, wait_until
from tests.shipper.test_journald import in_journal, numbers, send

from journalhub.journal import wire
from journalhub.journal.entry import Entry
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import FAR_BEHIND_ENTRIES
from journalhub.shipper.parts import Pending, pending

Hosts = Callable[..., JournaldHost]
OLD = FAR_BEHIND_ENTRIES * 3 // 2


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    with FakeCollector() as fake:
        yield fake


def statuses(collector: FakeCollector) -> list[Any]:
    """What was said of stretches that are pending, oldest first."""
    return [status["pending"] for status in collector.statuses]


def positions(state: Path) -> list[str]:
    """Names of the positions in the state file."""
    return sorted(json.loads((state / "state.json").read_text())["sources"])


def test_new_entries_do_not_wait(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """What is logged while a large old journal is read arrives before that is done; then all is there, once."""
    host = journald_host()
    send(host, 1, OLD)
    state = tmp_path / "state"
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", state)
    seen: list[int] = []
    there_then: list[int] = []

    def log_amid(handler: Handler, body: bytes) -> bool:
        if not seen:
            seen.append(1)
            send(host, OLD + 1, OLD + 3)
        return False

    def look(entry: Entry) -> None:
        if entry.first("MESSAGE") == b"n %d" % (OLD + 3):
            there_then.append(len(collector.entries))

    collector.misbehave = log_amid
    collector.on_entry = look
    with Shipper(tmp_path / "log", *flags) as shipper:
        collector.wait(lambda: bool(there_then))
        collector.wait(lambda: len(collector.entries) >= OLD + 3 and not statuses(collector)[-1])

        assert shipper.stop() == 0
    assert there_then[0] < OLD
    assert numbers(collector) == list(range(1, OLD + 4))
    assert set(collector.entries) == in_journal(host)
    assert collector.duplicates == 0
    assert collector.gaps() == []
    assert len(positions(state)) == 1


def test_parts_survive_a_crash(journald_host: Hosts, collector: FakeCollector, tmp_path: Path) -> None:
    """Killed while a stretch is pending, and again behind a second one: every part goes on where it was."""
    host = journald_host()
    send(host, 1, OLD)
    state = tmp_path / "state"
    flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", state)
    taken: list[int] = []

    def only_a_few(handler: Handler, body: bytes) -> bool:
        taken.append(len(wire.decode(body).batch))
        if len(taken) > 3:
            handler.answer(503, {"error": {"what": "full", "where": "", "do": "come again"}})
            return True
        return False

    collector.misbehave = only_a_few
    shipper = Shipper(tmp_path / "log", *flags)
    with shipper:
        wait_until(lambda: len(taken) > 3 and len(positions(state)) == 2)
        shipper.kill()
        send(host, OLD + 1, 2 * OLD)
        taken.clear()
        shipper.start()
        wait_until(lambda: len(taken) > 3 and len(positions(state)) == 3)
        shipper.kill()
        collector.misbehave = None
        shipper.start()
        collector.wait(lambda: len(collector.entries) >= 2 * OLD)
        wait_until(lambda: len(positions(state)) == 1)

    assert numbers(collector) == list(range(1, 2 * OLD + 1))
    assert set(collector.entries) == in_journal(host)
    assert collector.gaps() == []
    assert any(statuses(collector))


def test_pending_stretches() -> None:
    """Each source's stretches, the oldest first, from what is read to the border behind which more is read."""

    def cursor(seqnum: int) -> str:
        return f"s={1:032x};i={seqnum:x};b={2:032x};m=1;t={seqnum:x};x=1"

    later, latest = f"system since {cursor(50)}", f"system since {cursor(90)}"
    known = {latest: Position(cursor(95)), later: Position(cursor(60)), "namespace:x": Position(cursor(7))}

    assert pending(known) == [Pending("", cursor(50)), Pending(cursor(60), cursor(90))]
    assert pending({**known, "system": Position(cursor(20))})[0] == Pending(cursor(20), cursor(50))
    assert pending({"system": Position(cursor(1))}) == []
