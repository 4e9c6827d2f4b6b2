"""The notify protocol, over a real socket."""

import os
import socket
from pathlib import Path

from journalhub.journal.notify import Notifier


def test_messages(tmp_path: Path) -> None:
    """Each state is one datagram; an unchanged status is sent once."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(240)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        notifier.ready("up")
        notifier.status("3 nodes\nlive")
        notifier.status("3 nodes\nlive")
        notifier.watchdog()
        notifier.extend_start(2.5)
        notifier.stopping()

        expected = [
            b"READY=1\nSTATUS=up",
            b"STATUS=3 nodes live",
            b"WATCHDOG=1",
            b"EXTEND_TIMEOUT_USEC=2500000",
            b"STOPPING=1",
        ]
        assert expected == [manager.recv(1000) for _ in expected]
        assert 0 == notifier.failures


def test_abstract_socket() -> None:
    """A name with @ is a socket of the abstract namespace."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0journalhub-test-{os.getpid()}")
        manager.settimeout(240)
        Notifier({"NOTIFY_SOCKET": f"@journalhub-test-{os.getpid()}"}).watchdog()

        assert b"WATCHDOG=1" == manager.recv(100)


def test_nobody_listens(tmp_path: Path) -> None:
    """Without a manager nothing happens; with a dead one the failure is counted."""
    silent = Notifier({})
    silent.ready()
    dead = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    dead.ready()

    assert (False, 0, True, 1) == (bool(silent), silent.failures, bool(dead), dead.failures)


def test_watchdog_interval() -> None:
    """The watchdog is fed at half the time that the manager waits, and only by the process it is meant for."""
    mine = {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}

    assert 30.0 == Notifier(mine).watchdog_seconds
    assert Notifier(mine | {"WATCHDOG_PID": "1"}).watchdog_seconds is None
    assert Notifier({}).watchdog_seconds is None
