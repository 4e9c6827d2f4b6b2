"""Where the output goes: bytes collected into few writes, to stdout or to the pager."""

import os
import sys
from typing import Protocol

_WRITE = 64 * 1024
"""Bytes after which is written: the size of a pipe."""


class Curtain(Protocol):
    """What shares the terminal with the output and must get out of its way."""

    def hide(self) -> None:
        """The output comes."""

    def resume(self) -> None:
        """It has come."""


class Sink:
    """Buffered writing to a file descriptor. A reader that went away raises BrokenPipeError."""

    def __init__(self, descriptor: int, curtain: Curtain | None = None) -> None:
        self._descriptor = descriptor
        self._curtain = curtain
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
        if not self._size:
            self._pieces.clear()
            return
        data = memoryview(b"".join(self._pieces))
        self._pieces.clear()
        self._size = 0
        if self._curtain is not None:
            self._curtain.hide()
        while data:
            data = data[os.write(self._descriptor, data) :]
        if self._curtain is not None:
            self._curtain.resume()

    def say(self, remark: str) -> None:
        """Put a line on stderr, behind the output so far."""
        self.flush()
        if self._curtain is not None:
            self._curtain.hide()
        print(f"jhctl: {remark}", file=sys.stderr, flush=True)
        if self._curtain is not None:
            self._curtain.resume()
