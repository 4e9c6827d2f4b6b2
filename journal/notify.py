"""Tell the service manager how we are: the protocol of sd_notify(3), without libsystemd."""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends states to the socket that systemd names in NOTIFY_SOCKET; does nothing where there is none.

    A lost message must not end a daemon, so errors of the socket are counted, not raised.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.failures = 0
        self.watchdog_seconds = _watchdog(environ)
        """How often `watchdog()` must be called at the latest, or None: half of what the manager waits."""
        self._last_status = ""

    def __bool__(self) -> bool:
        """Whether somebody listens."""
        return bool(self._address)

    def ready(self, status: str = "") -> None:
        """The service does its work from now on."""
        self._send("READY=1", f"STATUS={_line(status)}" if status else "")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; the same text again is not sent."""
        if text != self._last_status:
            self._last_status = text
            self._send(f"STATUS={_line(text)}")

    def watchdog(self) -> None:
        """The service is alive."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str = "") -> None:
        """The service ends on its own or because it was told to."""
        self._send("STOPPING=1", f"STATUS={_line(status)}" if status else "")

    def extend_start(self, seconds: float) -> None:
        """A start that takes long, but works: give it so much more time from now."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        message = "\n".join(line for line in lines if line).encode()
        # A leading @ names a socket of the abstract namespace.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message, address)
        except OSError:
            self.failures += 1


def _watchdog(environ: Mapping[str, str]) -> float | None:
    microseconds = environ.get("WATCHDOG_USEC", "")
    meant_for = environ.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or (meant_for and meant_for != str(os.getpid())):
        return None
    return int(microseconds) / 1_000_000 / 2


def _line(text: str) -> str:
    return text.replace("\n", " ")
