"""The file of --cursor-file: where the next run continues."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from journalhub.journal.entry import Entry
from journalhub.query.jhctl.failures import FAILURE, FailureError

SAVE_SECONDS = 1.0
"""Between two writes while -f goes on: what a crash shows again is no more than what came in this time."""


class CursorFile:
    """One file with one cursor in it. Nothing is written before an entry was shown."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._shown: Entry | None = None
        self._written: Entry | None = None
        self._saved: Entry | None = None
        self._saved_at = -SAVE_SECONDS

    def read(self) -> str | None:
        """The cursor in the file; None before the first run. Raises FailureError."""
        try:
            with open(self._path, encoding="ascii") as saved:
                return saved.readline().strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise FailureError(FAILURE, f"Failed to read cursor file {self._path}: {error}") from error

    def shown(self, entry: Entry) -> None:
        """An entry is shown, but perhaps not written yet. A late one, which stands behind others, moves no cursor."""
        if self._shown is None or entry.realtime >= self._shown.realtime:
            self._shown = entry

    def written(self) -> None:
        """All that was shown is written: save it, if the last time is long enough ago. Raises FailureError."""
        self._written = self._shown
        now = time.monotonic()
        if now - self._saved_at >= SAVE_SECONDS:
            self._saved_at = now
            self.save()

    def save(self) -> None:
        """Save the last entry that is written, if it is another one than the last time. Raises FailureError."""
        if self._written is None or self._written is self._saved:
            return
        from pathlib import Path

        from journalhub.journal.durable import write_atomically

        try:
            write_atomically(Path(self._path), f"{self._written.cursor}\n".encode(), 0o644)
        except OSError as error:
            raise FailureError(FAILURE, f"Failed to write new cursor to {self._path}: {error.strerror}") from error
        self._saved = self._written


@contextmanager
def ends_held_back() -> Iterator[None]:
    """SIGINT and SIGTERM wait meanwhile: when they come, all that is written is known to be written."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
