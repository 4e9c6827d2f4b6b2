"""Server-sent events out of bytes, in chunks of any size. No I/O."""

from typing import NamedTuple

EVENT_MAX = 1 << 30
"""Bytes of one event: an entry of the largest size as JSON, its bytes as numbers."""


class Event(NamedTuple):
    """One event."""

    name: str
    data: bytes


class EventParser:
    """Reads a stream of events as the HTML standard defines it, "9.2.6 Interpreting an event stream"."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        """What `Last-Event-ID` must bring back to continue after the events read so far."""
        self._line = bytearray()
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes."""
        *lines, rest = chunk.split(b"\n")
        done: list[Event] = []
        for line in lines:
            if self._line:
                line = bytes(self._line) + line
                self._line.clear()
            self._take(line.removesuffix(b"\r"), done)
        self._line += rest
        if len(self._line) > EVENT_MAX:
            raise ValueError(f"an event of more than {EVENT_MAX} bytes")
        return done

    def _take(self, line: bytes, done: list[Event]) -> None:
        if not line:
            if self._data:
                done.append(Event(self._name or "message", b"\n".join(self._data)))
            self._name, self._data = "", []
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"id" and b"\0" not in value:
            self.last_id = value.decode("utf-8", "replace")
