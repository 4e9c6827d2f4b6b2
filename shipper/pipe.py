"""The writing end of the pipe to the parent: blocks while the parent does not read, and notices that it does."""

import errno
import fcntl
import os
import select
from collections.abc import Callable

from journalhub.shipper import frames
from journalhub.shipper.limits import BLOCKED_SECONDS, PIPE_BYTES


class ParentGone(Exception):
    """Nobody reads the pipe any more: there is nothing left to do."""


class FrameWriter:
    """Writes frames to a pipe. `on_blocked` is called once per frame that the parent does not take for long."""

    def __init__(self, descriptor: int, on_blocked: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_blocked = on_blocked
        os.set_blocking(descriptor, False)
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError as error:
            # The user's pipes together may be over the limit (pipe(7)): it then works with a small one.
            if error.errno not in (errno.EPERM, errno.EBADF, errno.EBUSY):
                raise

    def write(self, frame: frames.Frame) -> None:
        """Return when the whole frame is in the pipe. Raises ParentGone."""
        rest = self._write(memoryview(frames.encode(frame)))
        if not rest:  # as nearly always: there is room for one batch
            return
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        told = False
        while rest:
            if poll.poll(None if told else BLOCKED_SECONDS * 1000):
                rest = self._write(rest)
            else:
                told = True
                self._on_blocked()

    def _write(self, data: memoryview) -> memoryview:
        """What found no room."""
        try:
            return data[os.write(self._descriptor, data) :]
        except BlockingIOError:
            return data
        except BrokenPipeError as error:
            raise ParentGone from error
