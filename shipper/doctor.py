"""What can be wrong with a node, looked at the way the shipper will: each finding with its remedy."""

import json
import os
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

from journalhub import __version__
from journalhub.journal.findings import Finding, Look, ok, warning, wrong
from journalhub.journal.settings import Values, load
from journalhub.shipper import address, credentials, reader, sources
from journalhub.shipper.checkpoint import FILE
from journalhub.shipper.errors import ShipperError
from journalhub.shipper.frames import Position
from journalhub.shipper.horizon import horizon
from journalhub.shipper.main import CONFIG, PROG, SETTINGS, machine_id_of, selection_of, tls_of

CONNECT_SECONDS = 5.0
"""For the collector to answer: somebody waits for the doctor."""

SKEW_SECONDS = 5.0
"""Of difference between the two clocks, beyond which entries of hosts look disordered."""

LAG_SECONDS = 300.0
"""Behind the journal, beyond which a node deserves a look."""

FREE_BYTES = 64 * 1024 * 1024
"""In the state directory: it needs kilobytes, but a full disk has other consequences."""


def looks(environ: Mapping[str, str], argv: tuple[str, ...] = ()) -> list[tuple[str, Look]]:
    """What to look at on this machine, as its shipper is set up."""
    values = load(PROG, SETTINGS, argv, environ, default_file=CONFIG)
    return [
        ("machine id", lambda: _machine_id(values)),
        ("libsystemd", _library),
        ("journal", lambda: _journal(values)),
        ("state directory", lambda: _state_directory(values["state-dir"])),
        ("collector", lambda: _collector(values)),
        ("lag", lambda: _lag(values)),
    ]


def _machine_id(values: Values) -> Iterator[Finding]:
    selection = selection_of(values)
    missing = "/etc/machine-id is empty or missing"
    if selection.machine_id:
        yield ok("machine id", selection.machine_id)
    elif selection.directories or selection.files:
        what = f"{missing}; this node goes by {machine_id_of(selection, sources.discover(selection)).hex()}"
        yield warning("machine id", what, "mount the host's into the container, or run systemd-machine-id-setup")
    else:
        yield wrong(
            "machine id", f"{missing}, and names the journal of this machine",
            "run systemd-machine-id-setup, or name the journal with --directory",
        )  # fmt: skip


def _library() -> Iterator[Finding]:
    try:
        name = reader.library()
    except ImportError as error:
        yield wrong("libsystemd", f"nothing here can read journals: {error}", "pip install 'journalhub[shipper]'")
    else:
        yield ok("libsystemd", f"journals are read by {name}")


def _journal(values: Values) -> Iterator[Finding]:
    selection = selection_of(values)
    try:
        found = sources.discover(selection)
        unreadable = sources.check(selection, found)
    except ShipperError as error:
        yield wrong("journal", str(error), "add the user to the group systemd-journal, or see docs/shipper.md")
        return
    files = [path for source in found for path in source.files()]
    if unreadable:
        yield warning("journal", f"{len(unreadable)} of {len(files)} files may not be read", f"see {unreadable[0]}")
    newest = sources.newest(found)
    age = time.time() - newest / 1e6
    yield ok("journal", f"{len(files)} files in {len(found)} sources; the newest entry is {age:.0f} s old")
    persistent = any(path.startswith("/var/") for path in files)
    if not (selection.directories or selection.files or persistent):
        yield warning("journal", "it is in /run only, and gone after a reboot", "mkdir -p /var/log/journal")


def _state_directory(directory: Path) -> Iterator[Finding]:
    if not directory.exists():
        yield ok("state directory", f"{directory} is made at the first start")
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        yield warning(
            "state directory", f"{directory} cannot be written by this user", "run the doctor as the shipper's user"
        )
    free = shutil.disk_usage(directory).free
    if free < FREE_BYTES:
        yield wrong("state directory", f"{free // 1024 // 1024} MiB are free in {directory}", "make room")
    else:
        yield ok("state directory", str(directory))


def _collector(values: Values) -> Iterator[Finding]:
    if not values["collector"]:
        yield wrong("collector", "no address is set", f'put collector = "https://HOST:19532" into {CONFIG}')
        return
    try:
        hub = address.parse(values["collector"])
        proof = credentials.enrolled(values["state-dir"]) if values["certificate"] is None else None
        context = tls_of(values, hub, proof)
    except ShipperError as error:
        yield wrong("collector", str(error), "see docs/settings.md")
        return
    try:
        socket.getaddrinfo(hub.host, hub.port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield wrong("DNS", f"{hub.host} cannot be resolved: {error.strerror}", "see /etc/resolv.conf and the name")
        return
    if values["certificate"] is not None:
        yield from _own_certificate(values["certificate"])
    else:
        yield from _enrolment(proof, hub.secure)
    yield from _answer(hub, context, _asked_about(values))


def _asked_about(values: Values) -> str:
    selection = selection_of(values)
    try:
        return machine_id_of(selection, sources.discover(selection)).hex()
    except ShipperError:  # said by _journal
        return selection.machine_id or "0" * 32


def _enrolment(proof: credentials.Enrolled | None, secure: bool) -> Iterator[Finding]:
    if proof is None:
        if secure:
            yield warning("enrolment", "this node has not enrolled", "journalhub enroll --create-token, on the hub")
        return
    days = (proof.expires / 1e6 - time.time()) / 86_400
    if days < 0:
        yield wrong("certificate", f"it ended {-days:.0f} days ago", "enrol again: journalhub shipper enroll")
    elif proof.is_due(time.time_ns() // 1000):
        yield warning("certificate", f"{days:.0f} days are left, and it was not renewed", "does the shipper run?")
    else:
        yield ok("certificate", f"{days:.0f} days are left")


def _own_certificate(path: Path) -> Iterator[Finding]:
    end = credentials.ends(path)
    if end is None:
        yield warning("certificate", f"{path}: its end cannot be read", "is it a certificate in PEM?")
    elif end < time.time():
        days = (time.time() - end) / 86_400
        yield wrong("certificate", f"{path} ended {days:.0f} days ago", "put another in its place")
    else:
        yield ok("certificate", f"{(end - time.time()) / 86_400:.0f} days are left")


def _answer(hub: address.Address, context: ssl.SSLContext | None, machine: str) -> Iterator[Finding]:
    """Whether the hub answers, takes this node, and has the same time and version."""
    request = urllib.request.Request(
        f"{hub}/api/v1/resume?machine_id={machine}", headers={"User-Agent": f"journalhub-doctor/{__version__}"}
    )
    before = time.time()
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS, context=context) as answer:
            streams = len(json.load(answer)["streams"])
            date = answer.headers["Date"]
        yield ok("collector", f"{hub} takes this node; it has entries of {streams} sequences of it")
    except urllib.error.HTTPError as error:
        date = error.headers["Date"]
        yield _refusal(hub, error)
    except (OSError, ValueError, KeyError) as error:
        yield _silence(hub, getattr(error, "reason", error))
        return
    if date:
        skew = parsedate_to_datetime(date).timestamp() - (before + time.time()) / 2
        if abs(skew) > SKEW_SECONDS:
            yield warning(
                "clock", f"it differs from the collector's by {skew:.0f} s", "systemctl status systemd-timesyncd"
            )
        else:
            yield ok("clock", "agrees with the collector's")


def _silence(hub: address.Address, reason: object) -> Finding:
    if isinstance(reason, ssl.SSLCertVerificationError):
        said = f"{hub}: its certificate is not to be trusted: {reason.verify_message}"
        return wrong("TLS", said, "enrol the node, or give --ca-file")
    return wrong("collector", f"{hub} does not answer: {reason}", "is it running? Is a firewall in between?")


def _refusal(hub: address.Address, error: urllib.error.HTTPError) -> Finding:
    try:
        said = json.load(error)["error"]
        return wrong("collector", f"{hub} refuses ({error.code}): {said['what']}", said["do"])
    except (ValueError, KeyError, TypeError):
        what = f"{hub} answers {error.code} {error.reason}"
        return wrong("collector", what, "is it a Journalhub collector, and the path right?")


def _lag(values: Values) -> Iterator[Finding]:
    """Between the newest entry of the journal and the newest that was acknowledged."""
    file = values["state-dir"] / FILE
    try:
        positions = json.loads(file.read_bytes())["sources"]
        stamps = [
            int(part[2:], 16) for one in positions.values() for part in one["cursor"].split(";") if part[:2] == "t="
        ]
    except FileNotFoundError:
        yield warning("lag", "the shipper has not shipped anything yet", "start it: systemctl start journalhub-shipper")
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield warning("lag", f"{file} cannot be read: {error}", "run the doctor as the shipper's user")
        return
    selection = selection_of(values)
    yield from _horizon(selection, positions)
    behind = (sources.newest(sources.discover(selection)) - max(stamps, default=0)) / 1e6
    if behind > LAG_SECONDS:
        yield warning("lag", f"{behind:.0f} s of the journal are not shipped", "journalctl -u journalhub-shipper")
    else:
        yield ok("lag", f"{max(behind, 0):.0f} s")


def _horizon(selection: sources.Selection, positions: Mapping[str, dict[str, str]]) -> Iterator[Finding]:
    """Whether journald deletes entries before they are shipped."""
    shipped = {name: Position(one["cursor"]) for name, one in positions.items()}
    seen = horizon(sources.discover(selection), shipped)
    if seen is not None and seen.is_at_risk:
        what = f"journald keeps {seen.kept / 3.6e9:.1f} h, and in about {(seen.margin or 0) / 3.6e9:.1f} h deletes"
        yield wrong(
            "lag", f"{what} entries that are not shipped", "mend the way to the collector, or raise SystemMaxUse="
        )
