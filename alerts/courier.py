"""Brings notifications to their receivers: one after the other, each receiver with pauses of its own after failures."""

import http.client
import ipaddress
import json
import logging
import smtplib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from journalhub.alerts import messages
from journalhub.alerts.book import Book, Notice
from journalhub.alerts.limits import RETRY_SECONDS, SEND_SECONDS
from journalhub.alerts.told import History

log = logging.getLogger("journalhub.alerts")

SMTPS_PORT = 465
"""Where TLS begins at once (RFC 8314); on other ports it begins with STARTTLS, where it is offered."""


class DeliveryError(Exception):
    """A receiver has not taken it; the message says why."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mails are sent; nowhere without a host."""

    host: str = ""
    port: int = 25
    sender: str = ""
    user: str | None = None
    password: str | None = None


@dataclass(slots=True)
class _Receiver:
    failures: int = 0
    again: float = 0.0
    """Monotonic seconds: not before."""
    why: str | None = None
    """What was wrong the last time."""


@dataclass(slots=True)
class Courier:
    """Takes what waits in the book; one thread calls `deliver`."""

    book: Book
    mail: MailSettings
    monotonic: Callable[[], float]
    wall: Callable[[], int]
    """Microseconds since the epoch."""
    failed: int = 0
    """Attempts that failed, since the start."""
    sent: int = 0
    history: History = field(default_factory=History)
    _receivers: dict[str, _Receiver] = field(default_factory=dict)

    def deliver(self) -> None:
        """Try everything that is due. Raises sqlite3.Error."""
        waiting = self.book.waiting()
        self._receivers = {one.target: self._receivers.get(one.target, _Receiver()) for one in waiting}
        for one in waiting:
            receiver = self._receivers[one.target]
            if self.monotonic() < receiver.again:
                self.history.enter(one, None, receiver.why)
                continue
            try:
                self._send(one)
            except (DeliveryError, OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as error:
                self._fail(one, receiver, error)
            else:
                self.sent += 1
                self.book.done(one.id)
                self.history.enter(one, self.wall(), None)
                receiver.failures = 0

    def _fail(self, notice: Notice, receiver: _Receiver, error: Exception) -> None:
        self.failed += 1
        pause = RETRY_SECONDS[min(receiver.failures, len(RETRY_SECONDS) - 1)]
        receiver.failures += 1
        receiver.again = self.monotonic() + pause
        receiver.why = str(error) or type(error).__name__
        self.history.enter(notice, None, receiver.why)
        if receiver.failures == 1:  # once for each time that a receiver goes away
            log.warning("cannot notify %s: %s; trying again for a day", notice.target, error)

    def _send(self, notice: Notice) -> None:
        kind, _, address = notice.target.partition(":")
        if kind == "mail":
            self._send_mail(notice.document, address)
        elif kind == "alertmanager":
            alerts = messages.for_alertmanager(notice.document)
            _post(f"{address.rstrip('/')}/api/v2/alerts", alerts)
        else:
            _post(address, notice.document)

    def _send_mail(self, document: dict[str, Any], address: str) -> None:
        settings = self.mail
        if not settings.host:
            raise DeliveryError("no mail server: give the collector --mail-server")
        sender = settings.sender or f"journalhub@{socket.getfqdn()}"
        context = ssl.create_default_context()
        if settings.port == SMTPS_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=SEND_SECONDS, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=SEND_SECONDS)
        with server:
            encrypted = settings.port == SMTPS_PORT
            server.ehlo()
            if not encrypted and server.has_extn("starttls"):
                server.starttls(context=context)
                encrypted = True
            if settings.user is not None and settings.password is not None:
                if not encrypted and not _is_loopback(settings.host):
                    raise DeliveryError(f"{settings.host} offers no encryption, and the password is not sent without")
                server.login(settings.user, settings.password)
            server.send_message(messages.mail(document, sender, address))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A receiver may not send us, and what we say, elsewhere."""

    def redirect_request(self, *about: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _post(url: str, document: Any) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "journalhub"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers, method="POST")
    try:
        with _OPENER.open(request, timeout=SEND_SECONDS):
            pass
    except urllib.error.HTTPError as error:
        with error:
            raise DeliveryError(f"it answered {error.code}") from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
