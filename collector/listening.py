"""Sockets: bound before anything else is said, and never more connections than allowed."""

import asyncio
import errno
import socket
from collections.abc import Callable

from aiohttp import web

from journalhub.collector.limits import BACKLOG, RETRY_BUSY
from journalhub.collector.settings import Address

_TOO_MANY = (
    f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {RETRY_BUSY}\r\nConnection: close\r\n"
    "Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{text}"
)


class CannotListenError(Exception):
    """An address cannot be listened on; the message says why and what to do."""


def bind(address: Address) -> list[socket.socket]:
    """Listening sockets for an address, one per protocol family. Raises CannotListenError."""
    try:
        found = socket.getaddrinfo(address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListenError(
            f"cannot listen on {address}: {error.strerror}; give an address of this machine"
        ) from error
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, place in dict.fromkeys(found):
            sockets.append(_bind(family, kind, protocol, place))
    except OSError as error:
        for one in sockets:
            one.close()
        raise _explained(address, error) from error
    return sockets


def _bind(family: int, kind: int, protocol: int, place: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _explained(address: Address, error: OSError) -> CannotListenError:
    if error.errno == errno.EADDRINUSE:
        do = f"another program has the port (see: ss -ltnp sport = :{address.port}); stop it or give another --listen"
    elif error.errno == errno.EADDRNOTAVAIL:
        do = "it is no address of this machine (see: ip address)"
    elif error.errno in (errno.EACCES, errno.EPERM):
        do = "ports below 1024 need the capability CAP_NET_BIND_SERVICE; give a higher one"
    else:
        do = "give another --listen"
    return CannotListenError(f"cannot listen on {address}: {error.strerror}; {do}")


class TooManyConnections(asyncio.Protocol):
    """Tells one connection too many to come again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer without waiting for a request."""
        assert isinstance(transport, asyncio.WriteTransport)
        text = "The collector has as many connections as it takes; try again, or raise --connections.\n"
        transport.write(_TOO_MANY.format(length=len(text), text=text).encode())
        transport.close()


def limited(server: web.Server, most: int) -> Callable[[], asyncio.BaseProtocol]:
    """The server's protocol factory, until there are `most` connections."""

    def make() -> asyncio.BaseProtocol:
        return TooManyConnections() if len(server.connections) >= most else server()

    return make
