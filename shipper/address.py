"""The collector's address as the user writes it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from journalhub.shipper.errors import Exit, ShipperError

DEFAULT_PORT = 19532
"""That of systemd-journal-remote, which the collector takes the place of."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect, and what to ask for."""

    host: str
    port: int
    secure: bool
    path: str
    """Prefix of every request's path, without a slash at the end; usually empty."""

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.authority}{self.path}"


def parse(url: str) -> Address:
    """The address that `url` names: `http://HOST[:PORT][/PREFIX]`, or https. Raises ShipperError with BAD_URL."""
    try:
        parsed = urlsplit(url)
        port = parsed.port
    except ValueError as error:
        raise _bad(url, str(error)) from error
    if parsed.scheme not in ("http", "https"):
        raise _bad(url, "it does not begin with http:// or https://")
    if not parsed.hostname:
        raise _bad(url, "it names no host")
    if parsed.username is not None or parsed.query or parsed.fragment:
        raise _bad(url, "it may have a host, a port and a path, and nothing else")
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        raise _bad(url, "it has characters that must be percent-encoded")
    if port is None:
        # An address without a port is either typed by hand, and means the collector, or that of a proxy with TLS.
        port = 443 if parsed.scheme == "https" else DEFAULT_PORT
    return Address(parsed.hostname, port, parsed.scheme == "https", parsed.path.rstrip("/"))


def _bad(url: str, why: str) -> ShipperError:
    return ShipperError(
        Exit.BAD_URL, f"cannot use {url!r} as the collector's address: {why}; want http://HOST:{DEFAULT_PORT}"
    )
