"""The network between one shipper and the collector, to be broken at will."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from enum import Enum

CHUNK = 64 * 1024


class Weather(Enum):
    """How the network is."""

    FAIR = "fair"
    REFUSING = "refusing"
    """Connections are reset, old ones and new."""
    SILENT = "silent"
    """Connections stand, and nothing comes through: half-open."""
    DEAF = "deaf"
    """What the shipper sends arrives; the answer does not, and the connection is cut: was it stored or not?"""


class Proxy:
    """Forwards connections to `target`, a port of this machine. A context manager; `port` is where it listens."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.weather = Weather.FAIR
        self._turned = threading.Condition()
        self._open: set[socket.socket] = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def turn(self, weather: Weather) -> None:
        """Change the weather, for the connections that stand as well."""
        with self._turned:
            self.weather = weather
            if weather is Weather.REFUSING:
                for one in list(self._open):
                    _reset(one)
            self._turned.notify_all()

    def close(self) -> None:
        """Cut everything for good."""
        with self._turned:
            self._closed = True
            self._turned.notify_all()
        self._listener.close()
        for one in list(self._open):
            _reset(one)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.weather is Weather.REFUSING:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                _reset(client)
                continue
            pair = (client, server)
            self._open |= set(pair)
            threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            for data in _chunks(source):
                with self._turned:
                    self._turned.wait_for(lambda: self._closed or self.weather is not Weather.SILENT)
                    cut = self._closed or (is_answer and self.weather is Weather.DEAF)
                if cut:
                    break
                sink.sendall(data)
        for one in (source, sink):
            _reset(one)
            self._open.discard(one)


def _chunks(source: socket.socket) -> Iterator[bytes]:
    while data := source.recv(CHUNK):
        yield data


def _reset(one: socket.socket) -> None:
    """Close with RST, as a firewall does; and wake the thread that reads from it."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
