"""What is sent to an Alertmanager, taken by a real one."""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.programs import Program, wait_until
from tests.lab.ports import free_port

from journalhub.alerts import messages
from journalhub.alerts.book import Book
from journalhub.alerts.courier import Courier, MailSettings
from journalhub.alerts.judging import Firing
from journalhub.alerts.looking import Found
from journalhub.alerts.rule import Rule

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="Alertmanager is not installed (Debian: prometheus-alertmanager)"
)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    """The address of one."""
    assert PROGRAM is not None
    port = free_port()
    settings = tmp_path / "alertmanager.yml"
    settings.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    command = [
        *(PROGRAM, f"--config.file={settings}", f"--storage.path={tmp_path / 'data'}", "--cluster.listen-address="),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url = f"http://127.0.0.1:{port}"
    with Program(command, tmp_path / "log") as program:

        def is_up() -> bool:
            assert program.process is not None and program.process.poll() is None, program.log.read_text()
            try:
                with urllib.request.urlopen(f"{url}/-/ready", timeout=240):
                    return True
            except OSError:
                return False

        wait_until("Alertmanager is up", is_up)
        yield url


def alerts(url: str) -> list[dict[str, Any]]:
    """What it says to fire."""
    with urllib.request.urlopen(f"{url}/api/v2/alerts?active=true", timeout=240) as answer:
        found = json.load(answer)
        assert isinstance(found, list)
        return found


def test_it_fires_and_is_resolved(alertmanager: str, tmp_path: Path) -> None:
    """Labels, annotations and times are as Alertmanager wants them; what is resolved is gone from its list."""
    book = Book(tmp_path / "hub")
    courier = Courier(book, MailSettings(), time.monotonic, lambda: 0)
    target = f"alertmanager:{alertmanager}"
    rule = Rule("disk", "matches", query="disk full", by="_HOSTNAME", notify=(target,))
    entry = {"time": "1790000000000000", "host": "web-1", "identifier": "app", "message": 'disk "full" \ufffd'}
    now = time.time_ns() // 1000
    firing = Firing(now - 60_000_000, Found("77", "web-1", 3, "3 entries", (entry,)))

    book.wait(target, messages.notice(rule, now, (firing,), ()))
    courier.deliver()
    assert (1, 0) == (courier.sent, courier.failed)
    (alert,) = alerts(alertmanager)
    assert {"alertname": "disk", "job": "journalhub", "kind": "matches", "subject": "web-1"} == alert["labels"]
    assert 'disk "full"' in alert["annotations"]["description"]

    book.wait(target, messages.notice(rule, now + 1, (), (firing,)))
    courier.deliver()
    wait_until("it is resolved", lambda: not alerts(alertmanager))
    book.close()
