"""A connection that breaks where a test wants it to."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.collector.running import DEADLINE


class CuttingProxy:
    """Passes bytes of one connection both ways, and breaks it after so many from the client, if any number is given.

    `seen` is what the client has sent.
    """

    def __init__(self, port: int, after: int = 2**62) -> None:
        self.seen = bytearray()
        self._target = port
        self._after = after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        client.settimeout(None)
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._back, args=(server, client))
            back.start()
            left = self._after
            while left > 0 and (data := client.recv(min(left, 65536))):
                self.seen += data
                server.sendall(data)
                left -= len(data)
            for end, how in ((client, socket.SHUT_RDWR), (server, socket.SHUT_WR)):
                with suppress(OSError):  # it may be gone by itself
                    end.shutdown(how)
            back.join()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                client.sendall(data)
        except OSError:
            return  # the client's side was cut

    def close(self) -> None:
        """When the connection is over."""
        self._thread.join()
        self._listener.close()


def wait_until(holds: Callable[[], object]) -> None:
    """Poll until `holds()`."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
