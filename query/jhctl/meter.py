"""What a run has shown so far: told on stderr while one waits, when Ctrl-C ends it, and with --stats."""

import os
import re
import signal
import sys
import time
from contextlib import suppress

from journalhub.journal.entry import Entry
from journalhub.query.output.clock import timestamp
from journalhub.query.output.text import format_bytes

PATIENCE_SECONDS = 1.0
"""After which somebody who waits is told that something happens."""

AGAIN_SECONDS = 0.5
"""Between two lines of progress: each replaces the one before."""

_CLEAR = b"\r\x1b[K"

_PROGRESS = re.compile(rb"(\d{1,18})/(\d{1,18}) (\d{1,18})/\d{1,18}")


class Meter:
    """Counts what is shown. It never waits for anything and never fails."""

    def __init__(self, utc: bool = False) -> None:
        self.entries = 0
        self.received = 0
        """Bytes of answers."""
        self.printed = 0
        """Bytes that the collector printed itself: how many entries they are is not known here."""
        self._utc = utc
        self._started = time.monotonic()
        self._first: float | None = None
        self._newest = self._oldest = 0
        self._visible = False
        self._running = False
        self._once = False
        self._quiet = True
        self._searched = ""

    def shown(self, entry: Entry) -> None:
        """An entry is shown."""
        if self._first is None:
            self._first = time.monotonic()
            self._oldest = entry.realtime
        self.entries += 1
        self._newest = entry.realtime

    def searched(self, told: bytes) -> None:
        """The collector has come so far: `DAYS/OF ENTRIES/OF`. What is not of this form is passed over."""
        if (numbers := _PROGRESS.fullmatch(told)) is not None:
            days, of_days, entries = (int(number) for number in numbers.group(1, 2, 3))
            self._searched = f", searched {days} of {of_days} days, {short_number(entries)} entries"

    def start(self, once: bool = False) -> None:
        """Tell of the progress on stderr from now on, until `stop`; signals are the clock, for there are no threads.

        With `once` only until the first output: the terminal is the pager's from then on.
        """
        self._running, self._quiet, self._once = True, False, once
        signal.signal(signal.SIGALRM, lambda number, frame: self._tell())
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS, AGAIN_SECONDS)

    def stop(self) -> None:
        """Tell of it no more."""
        if self._running:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._running = False
            self.hide()

    def hide(self) -> None:
        """Take the line of progress away, and keep it away until `resume`: something else is written."""
        self._quiet = True
        if self._visible:
            self._visible = False
            _write(_CLEAR)

    def resume(self) -> None:
        """The line may come again."""
        if self._once:
            self.stop()
        self._quiet = not self._running

    def say(self, remark: str) -> None:
        """A line on stderr that stays."""
        self.hide()
        print(f"jhctl: {remark}", file=sys.stderr, flush=True)
        self.resume()

    def _tell(self) -> None:
        if not self._quiet:
            self._visible = True
            _write(_CLEAR + self.progress().encode())

    def progress(self) -> str:
        """How far it has come, in less than a line."""
        waited = f"jhctl: {time.monotonic() - self._started:.0f} s{self._searched}"
        if self.printed:
            return f"{waited}, {format_bytes(self.printed)} received; Ctrl-C ends it"
        if not self.entries:
            return f"{waited}, nothing found yet; Ctrl-C ends it"
        return f"{waited}, {self.entries} entries, the last of {self._time(self._newest)}; Ctrl-C ends it"

    def interrupted(self) -> str:
        """What was shown before Ctrl-C."""
        if self.printed:
            return f"stopped, here and at the collector; {format_bytes(self.printed)} were received"
        if not self.entries:
            return f"stopped, here and at the collector{self._searched}; nothing was found yet"
        upto = f"from {self._time(self._oldest)} to {self._time(self._newest)}"
        return f"stopped, here and at the collector; {self.entries} entries were shown, {upto}"

    def summary(self) -> str:
        """The line of --stats."""
        took = time.monotonic() - self._started
        said = f"{self.entries} entries, {format_bytes(self.received)} received, {took * 1000:.0f} ms"
        if self._first is None:
            return said
        span = f"{self._time(self._oldest)} to {self._time(self._newest)}"
        rate = f"{self.entries / took:.0f} entries/s" if took else ""
        return f"{said} (the first after {(self._first - self._started) * 1000:.0f} ms; {rate}); {span}"

    def _time(self, realtime: int) -> str:
        return timestamp(realtime, self._utc)


def short_number(number: int) -> str:
    """A number in few characters: `9999`, `45 k`, `1.2 M`, `3.4 G`; never more than it is."""
    for unit, name in ((10**9, "G"), (10**6, "M")):
        if number >= unit:
            return f"{number // (unit // 10) / 10:.1f} {name}"
    return f"{number // 1000} k" if number >= 10_000 else str(number)


def _write(text: bytes) -> None:
    with suppress(OSError):  # nobody looks
        os.write(2, text)
