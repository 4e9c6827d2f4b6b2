"""Where the output goes: bytes collected into few writes, to stdout or to the pager."""

import os

_WRITE = 64 * 1024
"""Bytes after which is written: the size of a pipe."""


class Sink:
    """Buffered writing to a file descriptor. A reader that went away raises BrokenPipeError."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take `data`, and write when there is enough."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _WRITE:
            self.flush()

    def flush(self) -> None:
        """Write all there is."""
        data = memoryview(b"".join(self._pieces))
        self._pieces.clear()
        self._size = 0
        while data:
            data = data[os.write(self._descriptor, data) :]
