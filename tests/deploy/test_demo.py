"""The parts of `./dev up`."""

import random
import signal
import sys
from pathlib import Path

from deploy.demo import own, traffic
from deploy.demo.children import Children, tail


def test_a_machine_without_journal_is_told_why(tmp_path: Path) -> None:
    """No directory, an empty directory, a journal file: the first two are reasons, the last is none."""
    directory = tmp_path / "journal"
    assert "do not exist" in (own.why_not([directory]) or "")
    directory.mkdir()
    assert "no journal files" in (own.why_not([directory]) or "")
    (directory / "machine").mkdir()
    (directory / "machine" / "system.journal").touch()
    assert own.why_not([directory]) is None


def test_services_always_have_something_to_say() -> None:
    """Each service of each role makes messages with known priorities, the same ones from the same seed."""
    for _, services in traffic.hosts(10):
        for service in services:
            first, second = ([service.speak(random.Random(n)) for n in range(200)] for _ in range(2))

            assert first == second
            assert {message.priority for message in first} <= set(range(8))
            assert all(message.text for message in first)


def test_hosts_have_names_of_their_own() -> None:
    """However many hosts, no two share a name."""
    assert 23 == len({name for name, _ in traffic.hosts(23)})


def test_children_end_in_reverse_order(tmp_path: Path) -> None:
    """stop() ends the last kind started first, waits for it, and leaves nothing running."""
    children = Children(tmp_path)
    program = [sys.executable, "-c", "import signal, sys; print('up', flush=True); signal.pause()"]
    collector = children.start("collector", program)
    shipper = children.start("shipper-1", program)
    assert children.ended() is None

    children.stop()

    assert (-signal.SIGTERM, -signal.SIGTERM) == (collector.process.returncode, shipper.process.returncode)


def test_a_child_that_dies_is_noticed(tmp_path: Path) -> None:
    """ended() names a daemon that ended by itself, and tail() has what it said."""
    children = Children(tmp_path)
    child = children.start("collector", [sys.executable, "-c", "print('port taken'); raise SystemExit(3)"])
    child.process.wait(240)

    assert child == children.ended()
    assert (3, "port taken") == (child.process.returncode, tail(child))
