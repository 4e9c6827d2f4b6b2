"""How long the journal keeps what is not shipped, on real journal files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector, Handler
from tests.shipper.process import Shipper, wait_until
from tests.shipper.test_journald import send

from journalhub.journal.cursor import Cursor
from journalhub.shipper.frames import Position
from journalhub.shipper.horizon import Horizon, horizon
from journalhub.shipper.sources import Selection, discover, newest

Hosts = Callable[..., JournaldHost]
MINUTE = 60_000_000


def look(host: JournaldHost, shipped: int | None) -> Horizon:
    """At the journal of a host of which everything up to a time is shipped, or nothing."""
    sources = discover(Selection((str(host.log_directory),)))
    at = {} if shipped is None else {source.name: Position(str(_cursor(shipped))) for source in sources}
    seen = horizon(sources, at)
    assert seen is not None
    return seen


def _cursor(realtime: int) -> Cursor:
    return Cursor(bytes(16), 1, bytes(16), 1, realtime, 1)


def at_risk(host: JournaldHost, shipped: int | None) -> bool:
    """Whether something that is not shipped will soon be deleted."""
    return look(host, shipped).is_at_risk


def test_a_journal_that_deletes(journald_host: Hosts) -> None:
    """What is not shipped is in danger once journald deletes, and only the oldest of it; what is shipped never is."""
    host = journald_host()
    send(host, 1, 10)
    host.rotate()
    send(host, 11, 20)
    end = newest(discover(Selection((str(host.log_directory),))))
    whole = look(host, None)

    assert not whole.deletes
    assert not at_risk(host, None)
    assert whole.margin == 0

    host.rotate()
    host.vacuum(files=1)
    send(host, 21, 22)

    assert look(host, end).margin is None
    assert look(host, None).deletes
    assert at_risk(host, None)
    assert at_risk(host, end - 10 * MINUTE)
    assert not at_risk(host, end)


def test_it_says_so(journald_host: Hosts, tmp_path: Path) -> None:
    """A shipper whose collector takes nothing warns before entries are deleted, in its log, once."""
    host = journald_host()
    send(host, 1, 10)
    host.rotate()
    send(host, 11, 20)
    host.rotate()
    host.vacuum(files=1)
    send(host, 21, 30)

    def busy(handler: Handler, body: bytes) -> bool:
        handler.answer(503, {"error": {"what": "full", "where": "", "do": "come again"}})
        return True

    with FakeCollector() as collector:
        collector.misbehave = busy
        flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
        with Shipper(tmp_path / "log", *flags) as shipper:
            wait_until(lambda: "journald will delete entries that are not shipped yet" in shipper.log())
            asked = collector.requests
            wait_until(lambda: collector.requests > asked + 1)

            assert shipper.log().count("journald will delete") == 1


@pytest.mark.parametrize(("margin", "expected"), [(None, False), (24, True), (26, False), (0, True)])
def test_the_oldest_quarter(margin: int | None, expected: bool) -> None:
    """Danger begins where a quarter of the journal is left."""
    assert Horizon(100, margin, deletes=True).is_at_risk is expected
    assert not Horizon(100, margin, deletes=False).is_at_risk
