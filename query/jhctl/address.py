"""The address of the collector, and URLs below it."""

from collections.abc import Iterable
from typing import NamedTuple

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """Where a collector listens."""

    scheme: str
    host: str
    port: int
    prefix: str
    """The path in front of `/api/…`, without a slash at the end: a proxy's."""
    url: str
    """As the user wrote it."""
    token: str = ""
    """Sent as `Authorization: Bearer …`; empty for none."""
    ca_file: str = ""
    """The authority to believe; empty for the system's."""

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str) -> Address:
    """The address that a URL spells. Raises ValueError with a message fit for the user."""
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in _PORTS:
        raise ValueError(f"not a collector's URL: {url!r}; want http://host:19532 or https://…")
    authority, _, path = rest.partition("/")
    if "@" in authority or "?" in path or "#" in path:
        raise ValueError(
            f"cannot use the URL {url!r}: it has a user, a query or a fragment; want http://host:port/path"
        )
    host, port = _split_port(authority, url)
    if not host or not all(0x20 < ord(character) < 0x7F for character in authority + path):
        raise ValueError(f"not a collector's URL: {url!r}; want http://host:19532")
    prefix = "/" + path.strip("/") if path.strip("/") else ""
    return Address(scheme.lower(), host, port if port is not None else _PORTS[scheme.lower()], prefix, url)


def _split_port(authority: str, url: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, closed, rest = authority[1:].partition("]")
        if not closed:
            raise ValueError(f"not a collector's URL: {url!r}; want http://[address]:19532")
    else:
        host, colon, rest = authority.partition(":")
        rest = colon + rest
    if rest in ("", ":"):
        return host, None
    number = rest[1:]
    if rest[0] != ":" or not (number.isascii() and number.isdigit() and 0 < int(number) < 65536):
        raise ValueError(f"not a port: {rest!r} in {url!r}; want a number up to 65535")
    return host, int(number)


def quote(value: str | bytes) -> str:
    """`value` percent-encoded, byte by byte, for a query or one part of a path."""
    raw = value.encode() if isinstance(value, str) else value
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)


def query(parameters: Iterable[tuple[str, str | bytes]]) -> str:
    """`?a=1&b=2`, or nothing."""
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in parameters)
    return f"?{pairs}" if pairs else ""
