"""A host whose journald keeps several journals: of the system, of two users, and of two namespaces beside."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.jhctl.hub import TIMEOUT
from tests.lab.journald import JOURNALD, JournaldHost

from journalhub.journal.fields import PRIORITIES

NAMESPACES = ("web", "db")
USERS = (1001, 1002)
BOOTS = 3


def inhabit(host: JournaldHost) -> None:
    """Write entries of every kind, over some boots; nobody writes any more afterwards.

    In the last boot one namespace is silent, in the one before the users are.
    """
    for boot in range(BOOTS):
        namespaces = NAMESPACES if boot < BOOTS - 1 else NAMESPACES[:1]
        with ExitStack() as running:
            for name in namespaces:
                running.enter_context(_namespace(host, name))
            for number in range(6):
                _speak(host, boot, number, namespaces, () if boot == BOOTS - 2 else USERS)
            host.sync()
        if boot < BOOTS - 1:
            host.reboot()
    host.sync()


def as_user(user: int, argv: Sequence[str]) -> list[str]:
    """A command line, for a user without any rights."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *argv]


@contextmanager
def _namespace(host: JournaldHost, name: str) -> Iterator[None]:
    """A journald for one namespace, which has written everything when the block ends."""
    sockets = host.directory / f"run/systemd/journal.{name}"
    sockets.mkdir(exist_ok=True)
    for old in sockets.iterdir():
        old.unlink()
    unit = f"systemd-journald@{name}.service" if host.has_units else None
    with host.popen([*host.clock, JOURNALD, name], unit=unit, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + TIMEOUT
            sync = ["journalctl", f"--namespace={name}", "--sync"]
            while not (sockets / "dev-log").exists() or host.run(sync, check=False).returncode:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
            yield
            host.run(sync)
        finally:
            process.terminate()
            process.wait(TIMEOUT)


def _speak(host: JournaldHost, boot: int, number: int, namespaces: Sequence[str], users: Sequence[int]) -> None:
    """One round of messages, from everywhere."""
    logger = ["logger", "-p", f"daemon.{PRIORITIES[(boot + number) % 8]}", "-t"]
    _run(host, [*logger, "app", f"job {number} started"], "app.service")
    _run(host, [*logger, "tool", f"outside of units {number}"], "/")
    for name in namespaces[: 1 + number % 2]:
        socket = f"/run/systemd/journal.{name}/dev-log"
        _run(host, [*logger, name, "-u", socket, f"request {number} of {name} failed"], f"{name}-app.service")
    for user in users[: 1 + number % 2]:
        slice_ = f"/user.slice/user-{user}.slice"
        mail = f"{slice_}/user@{user}.service/app.slice/mail.service"
        _run(host, as_user(user, [*logger, "mail", f"fetched {number} for {user}"]), mail)
        _run(host, as_user(user, [*logger, "shell", f"typed {number} by {user}"]), f"{slice_}/session-3.scope")
    socket = f"/run/systemd/journal.{NAMESPACES[0]}/dev-log"
    for user in users[:1]:
        _run(host, as_user(user, [*logger, "guest", "-u", socket, f"of a user in a namespace {number}"]), "/")


def _run(host: JournaldHost, argv: Sequence[str], unit: str) -> None:
    host.run(argv, unit=unit if host.has_units else None)
