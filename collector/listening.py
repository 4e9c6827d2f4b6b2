"""Sockets: bound before anything else is said, and never more connections than allowed."""

import asyncio
import errno
import socket
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from journalhub.access.guard import identity_of
from journalhub.access.roles import Role
from journalhub.collector.limits import BACKLOG, HEADER_SECONDS, KEEPALIVE_IDLE, RETRY_BUSY
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
        # Accepted connections inherit it: a sender whose machine is gone is found out.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_IDLE // 6)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 6)
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


class Doorkeeper:
    """Lets in as many connections as allowed, and closes those of strangers that keep their place without asking.

    A stranger is whoever has not said who they are, where that is wanted: until the first request comes, and again
    after each that anybody may make. `middleware` must be the application's outermost: it is how a connection is known
    to have asked for something.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._mute: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}
        """Connections that have not asked for anything yet, and what will close them."""

    def protocols(self, server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
        """The server's protocol factory, behind this door."""
        loop = asyncio.get_running_loop()

        def make() -> asyncio.BaseProtocol:
            if len(server.connections) >= self._most:
                return TooManyConnections()
            protocol = server()
            self._expect(protocol, loop)
            return protocol

        return make

    @property
    def middleware(self) -> Middleware:
        """Notes that a connection has sent a whole head of a request, and who it is from."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            if timer := self._mute.pop(request.protocol, None):
                timer.cancel()
            try:
                return await handler(request)
            finally:
                if identity_of(request).role is Role.NOBODY:
                    self._expect(request.protocol, asyncio.get_running_loop())

        return note

    def _expect(self, protocol: web.RequestHandler, loop: asyncio.AbstractEventLoop) -> None:
        self._mute[protocol] = loop.call_later(HEADER_SECONDS, self._close_mute, protocol)

    def _close_mute(self, protocol: web.RequestHandler) -> None:
        del self._mute[protocol]
        if (transport := protocol.transport) is not None:
            transport.close()
            # What it does not take it never will.
            asyncio.get_running_loop().call_later(HEADER_SECONDS, transport.abort)
