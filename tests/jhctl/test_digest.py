"""--events and --patterns: what happened, and what was said, in a table."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment
from tests.query.happenings import bad_night


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A hub after a bad night."""
    hub = Hub(bad_night())
    hub.start()
    yield hub
    hub.stop()


def shown(hub: Hub, *words: str) -> str:
    """What a run prints that succeeds."""
    command = [*JHCTL, "--collector", hub.url, "--utc", *words]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


def test_events(hub: Hub) -> None:
    """A row for each kind that there is, with how many, when, where and about what."""
    head, *rows = shown(hub, "--events").splitlines()

    assert ["EVENT", "COUNT", "NEWEST", "HOSTS", "ABOUT"] == head.split()
    cells = {line[0]: line[1:] for line in ([cell.strip() for cell in re.split(r" {2,}", row)] for row in rows)}
    assert ["1", "Thu 2025-10-09 08:58:23 UTC", "db-1 1", "-"] == cells["Reboots without a shutdown"]
    assert ["5", "web-1 5", "shop.service 5"] == [cells["Units failed"][0], *cells["Units failed"][2:]]
    assert "db-1 2, web-1 2, web-2 1" == cells["Boots"][2]
    assert list(cells)[0] == "Reboots without a shutdown"


def test_events_of_a_selection(hub: Hub) -> None:
    """Only of what is selected; nothing is said so, and with -q not."""
    assert "db-1" not in shown(hub, "--events", "-H", "web-*")
    assert "-- No events --\n" == shown(hub, "--events", "-t", "nobody")
    assert "" == shown(hub, "--events", "-q", "-t", "nobody")


def test_events_as_json(hub: Hub) -> None:
    """A line for each kind, as the API has it, with as many entries as asked for."""
    kinds = [json.loads(line) for line in shown(hub, "--events", "-o", "json", "-n", "3").splitlines()]

    assert {"unit-failed": (5, 3)} == {
        kind["kind"]: (kind["matched"], len(kind["newest"])) for kind in kinds if kind["kind"] == "unit-failed"
    }


def test_patterns(hub: Hub) -> None:
    """A row for each template, the most frequent first; -n says how many."""
    head, *rows = shown(hub, "--patterns", "-u", "shop").splitlines()

    assert ["COUNT", "SHARE", "TREND", "NEW", "PATTERN"] == head.split()
    assert rows[0].split()[0] == "4"
    assert "shop.service: Failed with result 'exit-code'." in {row.split("  ")[-1].strip() for row in rows}
    assert 3 == len(shown(hub, "--patterns", "-n", "2").splitlines())
    assert "-- No patterns --\n" == shown(hub, "--patterns", "-t", "nobody")


def test_patterns_as_json(hub: Hub) -> None:
    """A line for each, as the API has it; its search finds it."""
    patterns = [json.loads(line) for line in shown(hub, "--patterns", "-o", "json").splitlines()]

    for pattern in patterns[:5]:
        assert f"{pattern['count']}\n" == shown(hub, "--count", "--search", pattern["search"])
