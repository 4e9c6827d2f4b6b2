"""-f: the newest entries, then what arrives, for ever; an outage costs one line on stderr and no entry."""

import json
import select
import sys
import time
from collections import deque
from collections.abc import Iterator

from journalhub.journal.entry import Entry
from journalhub.journal.jsonform import from_object
from journalhub.query.jhctl import stream
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import EVENTS, ask, printable
from journalhub.query.jhctl.boots import BootLines
from journalhub.query.jhctl.client import Response
from journalhub.query.jhctl.events import Event, EventParser
from journalhub.query.jhctl.failures import FAILURE, NO_ANSWER, PARTIAL, REFUSED, FailureError
from journalhub.query.jhctl.request import Parameter, Request
from journalhub.query.jhctl.sink import Sink
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


class Follow:
    """One `jhctl -f`."""

    def __init__(self, address: Address, request: Request, options: OutputOptions, sink: Sink) -> None:
        self._address = address
        self._request = request
        self._options = options
        self._sink = sink
        self._events = EventParser()
        self._shown: deque[Key] = deque(maxlen=OVERLAP)
        self._lines = None if request.quiet or request.merge else BootLines(options.colors)

    def run(self) -> int:
        """Follow until stdout is closed (the status is then journalctl's, 1) or the process is killed."""
        tail = self._connect()
        try:
            for line in render(self._entries(tail), self._request.output, self._options):
                self._sink.write(line)
        except ReaderGoneError:
            pass
        return FAILURE

    def _entries(self, tail: Response) -> Iterator[Entry]:
        """The entries of the beginning, then what arrives. The tail is connected first: nothing falls between."""
        for entry in self._fill():
            self._shown.append(_key(entry))
            yield from self._noted(entry)
        self._sink.flush()
        overlap = frozenset(self._shown)
        self._shown.clear()
        while True:
            for entry in self._live(tail):
                if _key(entry) not in overlap:
                    yield from self._noted(entry)
            tail = self._reconnect()

    def _noted(self, entry: Entry) -> Iterator[Entry]:
        if self._lines is not None and (line := self._lines.before(entry)):
            self._sink.write(line)
        yield entry

    def _fill(self) -> Iterator[Entry]:
        """What is there already. As with journalctl that is of the current boots, unless boots are asked for."""
        request = self._request
        if request.lines == 0:
            return
        boot = request.boot
        if boot is None and not request.merge and not request.boot_given:
            request.boot = "0"
        try:
            found = stream.entries(self._address, request, self._sink.flush)
            yield from found
        except FailureError as failure:
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
        return ask(self._address, "tail", self._parameters(), EVENTS, headers, SILENCE_SECONDS)

    def _live(self, tail: Response) -> Iterator[Entry]:
        """What arrives on one connection, until it ends."""
        try:
            for chunk in self._chunks(tail):
                for event in self._events.feed(chunk):
                    yield from self._of_event(event)
                self._sink.flush()
            self._remark("the collector ended the connection; trying again")
        except (FailureError, ValueError) as failure:
            self._remark(f"{printable(str(failure))}; trying again")
        finally:
            tail.close()
            self._events = _continued(self._events)

    def _chunks(self, tail: Response) -> Iterator[bytes]:
        """The chunks of the stream; ends when stdout is closed, which a reader that only waits would never see."""
        poll = select.poll()
        poll.register(tail.fileno(), select.POLLIN)
        poll.register(1, 0)
        pieces = tail.chunks()
        while True:
            ready = [] if tail.pending() else poll.poll(SILENCE_SECONDS * 1000)
            if any(descriptor == 1 for descriptor, _ in ready):
                raise ReaderGoneError
            if not ready and not tail.pending():
                raise FailureError(NO_ANSWER, f"{self._address.url} has said nothing for {SILENCE_SECONDS:g} s")
            piece = next(pieces, None)
            if piece is None:
                return
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
            lost = int(gap["last"]) - int(gap["first"]) + 1
            self._remark(f"{printable(str(gap['hostname']))}: {lost} entries are lost ({printable(str(gap['cause']))})")
        elif event.name == "end":
            end = json.loads(event.data)
            raise FailureError(PARTIAL if end.get("partial") else NO_ANSWER, str(end.get("reason")))

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
        if poll.poll(seconds * (0.5 + time.time_ns() % 1000 / 1000) * 1000):
            raise ReaderGoneError

    def _remark(self, text: str) -> None:
        self._sink.flush()
        print(f"jhctl: {text}", file=sys.stderr, flush=True)


def _key(entry: Entry) -> Key:
    return entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash


def _continued(events: EventParser) -> EventParser:
    """A parser for the next connection, which continues after what this one has read."""
    fresh = EventParser()
    fresh.last_id = events.last_id
    return fresh
