"""How a shipper proves who it is, and knows the hub: files that enrolment left, or those that the settings name."""

import json
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from journalhub.journal.durable import own_like, write_atomically
from journalhub.shipper.errors import Exit, ShipperError

DIRECTORY = "tls"
NODE = "node.pem"
"""Certificate and private key in one file, so that both are replaced at once."""
AUTHORITY = "authority.pem"
ENROLLED = "enrolled.json"

_BEGIN, _END = ssl.PEM_HEADER, ssl.PEM_FOOTER
# Within a certificate's DER: a sequence of two times, UTCTime or GeneralizedTime in the only form that RFC 5280 allows.
# By hand because a library for certificates would be a third of the shipper's memory.
_VALIDITY = re.compile(rb"\x30[\x1e\x20\x22](?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)(?:\x17\x0d(\d{12}Z)|\x18\x0f(\d{14}Z))")

RENEW_FRACTION = 2 / 3
"""Of the certificate's life, after which it is renewed; a third is left for a hub that is away."""


@dataclass(frozen=True, slots=True)
class Proof:
    """With what a node goes to a collector."""

    tls: ssl.SSLContext | None = None
    token: str | None = None
    ends: float | None = None
    """Seconds since the epoch: when the certificate that it shows ends; None without one."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What enrolment left in the state directory."""

    directory: Path
    hub: str
    """The address with which the node enrolled."""
    issued: int
    expires: int
    """Microseconds since the epoch."""

    def is_due(self, now: int) -> bool:
        """Whether it is time to renew."""
        return now >= self.issued + (self.expires - self.issued) * RENEW_FRACTION

    @property
    def node(self) -> Path:
        """The hub's word for who this node is, and the key, which never leaves it."""
        return self.directory / NODE

    @property
    def authority(self) -> Path:
        """The one whose certificate the hub shows."""
        return self.directory / AUTHORITY


def files_of(state_dir: Path) -> list[Path]:
    """Where enrolment puts what it leaves, whether it did or not."""
    return [state_dir / DIRECTORY / name for name in (AUTHORITY, NODE, ENROLLED)]


def enrolled(state_dir: Path) -> Enrolled | None:
    """What enrolment left; None when this node is not enrolled. Raises ShipperError when it cannot be read."""
    directory = state_dir / DIRECTORY
    try:
        document: dict[str, Any] = json.loads((directory / ENROLLED).read_bytes())
        return Enrolled(directory, str(document["hub"]), int(document["issued"]), int(document["expires"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ShipperError(
            Exit.STATE, f"cannot read {directory / ENROLLED}: {error}; enrol again: journalhub shipper enroll URL TOKEN"
        ) from error


def keep(
    state_dir: Path, hub: str, *, key: bytes, certificate: bytes, authority: bytes, issued: int, expires: int
) -> Enrolled:
    """Write what a hub has issued; a crash leaves the old files in force or the new. Raises OSError."""
    directory = state_dir / DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(directory / AUTHORITY, authority, mode=0o644)
    write_atomically(directory / NODE, certificate + key)
    document = {"hub": hub, "issued": issued, "expires": expires}
    write_atomically(directory / ENROLLED, json.dumps(document).encode() + b"\n", mode=0o644)
    for path in (directory, *directory.iterdir()):
        own_like(path, state_dir)  # the service has a user of its own
    return Enrolled(directory, hub, issued, expires)


def ends(certificate: Path) -> float | None:
    """When the first certificate of a PEM file ends, seconds since the epoch; None when that cannot be told."""
    try:
        _, _, rest = certificate.read_text("ascii", "replace").partition(_BEGIN)
        der = ssl.PEM_cert_to_DER_cert(_BEGIN + rest.partition(_END)[0] + _END)
        found = _VALIDITY.search(der)
        if found is None:
            return None
        short, long = found.groups()
        # Two digits of the year are of 1950 to 2049 (RFC 5280, 4.1.2.5.1), which strptime has otherwise.
        text = long or (b"19" if short >= b"50" else b"20") + short
        return datetime.strptime(text.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except (OSError, ValueError):
        return None


def client_context(authority: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """TLS towards the hub: whom to believe (the system's authorities without `authority`), and what to show.

    Raises ShipperError.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError as error:  # ssl.SSLError is one
        raise ShipperError(Exit.USAGE, f"cannot use --ca-file {authority}: {error.strerror or error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as error:
            said = error.strerror or error
            raise ShipperError(
                Exit.USAGE, f"cannot use the certificate {certificate} with the key {key or certificate}: {said}"
            ) from error
    return context


def enrolled_context(files: Enrolled) -> ssl.SSLContext:
    """TLS towards the hub at which this node enrolled. Raises ShipperError."""
    return client_context(files.authority, files.node, None)


def read_token(path: Path) -> str:
    """The token in a file. Raises ShipperError."""
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ShipperError(Exit.USAGE, f"cannot read --token-file {path}: {error}") from error
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise ShipperError(Exit.USAGE, f"cannot use --token-file {path}: want one token and nothing else")
    return token
