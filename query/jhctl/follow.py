"""-f: the newest entries, then what arrives, for ever; an outage costs one line on stderr and no entry."""

import json
import math
import select
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from journalhub.journal.entry import Entry
from journalhub.journal.jsonform import from_object
from journalhub.query.jhctl import stream
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import EVENTS, ask, printable
from journalhub.query.jhctl.client import Response
from journalhub.query.jhctl.events import Event, EventParser
from journalhub.query.jhctl.failures import FAILURE, NO_ANSWER, OK, PARTIAL, REFUSED, FailureError
from journalhub.query.jhctl.kept import CursorFile, ends_held_back
from journalhub.query.jhctl.marks import GapLines, gap_line, late_line
from journalhub.query.jhctl.meter import Meter
from journalhub.query.jhctl.reorder import Window
from journalhub.query.jhctl.request import Parameter, Request
from journalhub.query.jhctl.show import gap_lines
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.boots import BootLines
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.render import render

SILENCE_SECONDS = 45.0
"""Without a byte for so long the connection is dead: the collector says something every 15 s."""

BACKOFF_FIRST, BACKOFF_MAX = 0.25, 15.0
"""Seconds between attempts to connect: doubled each time, and varied by half so that a fleet does not come at once."""

OVERLAP = 100_000
"""Entries of the first answer that are remembered, so that those which arrive meanwhile are not shown twice."""

Key = tuple[bytes, bytes, int, int]


class ReaderGoneError(Exception):
    """Nobody reads our stdout any more."""


class EnoughError(Exception):
    """As many entries as --until-match wants are shown."""


class TimeIsUpError(Exception):
    """--timeout is over."""


class Follow:
    """One `jhctl -f`."""

    def __init__(
        self,
        address: Address,
        request: Request,
        options: OutputOptions,
        sink: Sink,
        meter: Meter,
        kept: CursorFile | None = None,
    ) -> None:
        self._address = address
        self._request = request
        self._options = options
        self._sink = sink
        self._meter = meter
        self._kept = kept
        self._events = EventParser()
        self._shown: deque[Key] = deque(maxlen=OVERLAP)
        self._lines = None if request.quiet or request.merge else BootLines(options.colors)
        self._gaps: GapLines | None = None
        self._window = Window(request.buffer_window)
        self._colors = options.colors if options.terminal else 0

    def run(self) -> int:
        """Follow until the end that --until-match or --timeout sets, or until stdout is closed (the status is then
        journalctl's, 1), or the process is killed."""
        try:
            tail = self._connect()
            for line in render(self._entries(tail), self._request.output, self._options):
                self._sink.write(line)
        except EnoughError:
            return OK
        except TimeIsUpError:
            return OK if self._request.until_match is None else FAILURE
        except ReaderGoneError:
            return FAILURE
        finally:
            self._flush()
            if self._kept is not None:
                self._kept.save()
        return FAILURE

    def began(self, response: Response) -> None:
        """What is there already says what is missing in it."""
        self._gaps = gap_lines(self._request, response.headers.get("journalhub-gaps", ""), self._colors)

    def received(self, size: int) -> None:
        """Everything that came is shown."""
        self._meter.received += size
        self._flush()
        self._left()

    def searched(self, told: bytes) -> None:
        """Who follows is told nothing meanwhile."""

    def _entries(self, tail: Response) -> Iterator[Entry]:
        """The entries of the beginning, then what arrives. The tail is connected first: nothing falls between."""
        for entry in self._fill():
            self._shown.append(_key(entry))
            yield from self._noted(entry)
        if self._gaps is not None:
            self._mark(self._gaps.at_end())
            self._gaps = None
        self._flush()
        overlap = frozenset(self._shown)
        self._shown.clear()
        while True:
            for entry in self._live(tail, overlap):
                yield from self._noted(entry)
            tail = self._reconnect()

    def _noted(self, entry: Entry) -> Iterator[Entry]:
        if self._gaps is not None:
            self._mark(self._gaps.before(entry))
        if self._lines is not None and (line := self._lines.before(entry)):
            self._sink.write(line)
        if late := self._window.late(entry):
            self._mark(late_line(entry.first("_HOSTNAME") or b"", late, self._colors))
        self._meter.shown(entry)
        yield entry
        if self._kept is not None:
            self._kept.shown(entry)
        if self._request.until_match is not None and self._meter.entries >= self._request.until_match:
            raise EnoughError

    def _left(self) -> float:
        """Seconds until --timeout; for ever without it. Raises TimeIsUpError."""
        if self._request.deadline is None:
            return float("inf")
        left = self._request.deadline - time.monotonic()
        if left <= 0:
            raise TimeIsUpError
        return left

    def _fill(self) -> Iterator[Entry]:
        """What is there already. As with journalctl that is of the current boots, unless boots are asked for.

        Behind a cursor it is of all boots: who continues must not miss any.
        """
        request = self._request
        if request.lines == 0:
            return
        boot = request.boot
        continues = request.cursor is not None or request.after_cursor is not None
        if boot is None and not (request.merge or request.boot_given or continues):
            request.boot = "0"
        try:
            yield from stream.entries(self._address, request, self)
        except FailureError as failure:
            self._left()
            if failure.code != "no-boot" or boot is not None:
                raise
        finally:
            request.boot = boot

    def _parameters(self) -> list[Parameter]:
        """The tail's selection. The current boot is not part of it: a host that restarts is followed further."""
        chosen = [pair for pair in self._request.selection() if pair != ("boot", "0")]
        return [*chosen, *stream.fields_parameter(self._request)]

    def _connect(self) -> Response:
        headers = {} if self._events.last_id is None else {"Last-Event-ID": self._events.last_id}
        try:
            patience = min(SILENCE_SECONDS, self._left())
            return ask(self._address, "tail", self._parameters(), EVENTS, headers, patience)
        except FailureError:
            self._left()
            raise

    def _live(self, tail: Response, overlap: frozenset[Key]) -> Iterator[Entry]:
        """What arrives on one connection, until it ends; in order, as far as the window reaches."""
        window = self._window
        try:
            for chunk in self._chunks(tail):
                now = time.monotonic()
                for event in self._events.feed(chunk):
                    for entry in self._of_event(event):
                        if _key(entry) not in overlap:
                            window.push(entry, now)
                yield from window.due(now)
                self._flush()
            self._remark("the collector ended the connection; trying again")
        except (FailureError, ValueError) as failure:
            self._remark(f"{printable(str(failure))}; trying again")
        except TimeIsUpError:
            yield from window.rest()
            raise
        finally:
            tail.close()
            self._events = _continued(self._events)
        yield from window.rest()

    def _chunks(self, tail: Response) -> Iterator[bytes]:
        """The chunks of the stream, and an empty one whenever an entry is held back no longer.

        Ends when stdout is closed, which a reader that only waits would never see.
        """
        poll = select.poll()
        poll.register(tail.fileno(), select.POLLIN)
        poll.register(1, 0)
        pieces = tail.chunks()
        heard = time.monotonic()
        while True:
            now = time.monotonic()
            held = self._window.wait(now)
            wait = min(SILENCE_SECONDS + heard - now, self._left(), float("inf") if held is None else held)
            ready = [] if tail.pending() else poll.poll(math.ceil(max(wait, 0) * 1000))
            if any(descriptor == 1 for descriptor, _ in ready):
                raise ReaderGoneError
            if not ready and not tail.pending():
                if time.monotonic() - heard >= SILENCE_SECONDS:
                    raise FailureError(NO_ANSWER, f"{self._address.url} has said nothing for {SILENCE_SECONDS:g} s")
                yield b""
                continue
            piece = next(pieces, None)
            if piece is None:
                return
            heard = time.monotonic()
            self._meter.received += len(piece)
            yield piece

    def _of_event(self, event: Event) -> Iterator[Entry]:
        if event.name == "entry":
            try:
                entry = from_object(json.loads(event.data))
            except ValueError as error:
                self._remark(f"an entry cannot be read: {printable(str(error))}")
            else:
                yield entry
        elif event.name == "gap":
            gap = json.loads(event.data)
            self._lost(gap, int(gap["last"]) - int(gap["first"]) + 1)
        elif event.name == "end":
            end = json.loads(event.data)
            raise FailureError(PARTIAL if end.get("partial") else NO_ANSWER, str(end.get("reason")))

    def _mark(self, lines: bytes) -> None:
        """Write lines of ours: between the others on a terminal, on stderr where a program reads the others."""
        if self._options.terminal and not self._request.quiet:
            self._sink.write(lines)
        elif not self._request.quiet or lines.startswith(b"-- Gap"):
            for line in lines.decode().splitlines():
                self._remark(line.strip("- "))

    def _lost(self, gap: dict[str, Any], entries: int) -> None:
        """Say what a host has lost."""
        host, cause = printable(str(gap["hostname"])), printable(str(gap["cause"]))
        self._mark(gap_line(host, entries, cause, self._colors))

    def _reconnect(self) -> Response:
        """Connect again, however long it takes."""
        wait = BACKOFF_FIRST
        while True:
            try:
                tail = self._connect()
            except FailureError as failure:
                if failure.code == "unknown-id":
                    self._remark("the collector is another one than before: entries may be missing here")
                    self._events = EventParser()
                elif failure.status not in (NO_ANSWER, REFUSED, PARTIAL):
                    raise
            else:
                resumed = self._events.last_id is not None
                self._remark("connected again" + ("; nothing is missing" if resumed else "; entries may be missing"))
                return tail
            self._pause(wait)
            wait = min(wait * 2, BACKOFF_MAX)

    def _pause(self, seconds: float) -> None:
        """Wait about so long, or until stdout is closed."""
        poll = select.poll()
        poll.register(1, 0)
        wait = min(seconds * (0.5 + time.time_ns() % 1000 / 1000), self._left())
        if poll.poll(math.ceil(wait * 1000)):
            raise ReaderGoneError
        self._left()

    def _flush(self) -> None:
        if self._kept is None:
            self._sink.flush()
            return
        with ends_held_back():
            self._sink.flush()
            self._kept.written()

    def _remark(self, text: str) -> None:
        self._flush()
        print(f"jhctl: {text}", file=sys.stderr, flush=True)


def _key(entry: Entry) -> Key:
    return entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash


def _continued(events: EventParser) -> EventParser:
    """A parser for the next connection, which continues after what this one has read."""
    fresh = EventParser()
    fresh.last_id = events.last_id
    return fresh
