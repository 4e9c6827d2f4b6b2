"""Our own log, on stderr. It lands in the journal that we ship: a line per change, never per entry or retry."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from journalhub.shipper.limits import LOG_SECONDS

ERR, WARNING, NOTICE, INFO = 3, 4, 5, 6
"""Priorities of syslog(3), which journald takes from a prefix `<N>` (sd-daemon(3))."""


class Log:
    """Writes lines `message key=value …`. The same message again within LOG_SECONDS is counted, not written."""

    def __init__(
        self, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        # systemd sets it for services whose stderr is the journal (systemd.exec(5)).
        self._to_journal = "JOURNAL_STREAM" in environ
        self._written: dict[str, float] = {}
        self._held_back: dict[str, int] = {}
        self.status_line = StatusLine(self._stream)

    def err(self, message: str, **values: object) -> None:
        """Something does not work, and somebody should act."""
        self._write(ERR, message, values)

    def warning(self, message: str, **values: object) -> None:
        """Something is lost, left out, or does not work for now."""
        self._write(WARNING, message, values)

    def notice(self, message: str, **values: object) -> None:
        """Something changed."""
        self._write(NOTICE, message, values)

    def _write(self, priority: int, message: str, values: Mapping[str, object]) -> None:
        now = self._clock()
        if now < self._written.get(message, float("-inf")) + LOG_SECONDS:
            self._held_back[message] = self._held_back.get(message, 0) + 1
            return
        self._written[message] = now
        times = self._held_back.pop(message, 0)
        pairs = [*values.items(), *([("times_before", times)] if times else [])]
        prefix = f"<{priority}>" if self._to_journal else "journalhub shipper: "
        line = prefix + " ".join([message, *(f"{key}={_quoted(str(value))}" for key, value in pairs)])
        self.status_line.clear()
        print(line, file=self._stream, flush=True)


def _quoted(text: str) -> str:
    """One word, printable: values may come from log text, file names and other machines."""
    plain = text.isprintable() and " " not in text and '"' not in text and text
    return text if plain else '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'


class StatusLine:
    """The last line of a terminal, written over and over; nothing where stderr is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._enabled = stream.isatty()
        self._shown = False

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._enabled:
            columns = os.get_terminal_size(self._stream.fileno()).columns or 80
            print(f"\r\x1b[K{text[: columns - 1]}", end="", file=self._stream, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Make room for something else."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._shown = False
