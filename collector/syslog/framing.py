"""Messages out of a TCP stream: RFC 6587, both ways, told apart message by message."""

from collections.abc import Iterator

MESSAGE_MAX = 256 * 1024
"""Bytes of one message: RFC 5424 asks for 2 KiB, and programs send stack traces."""

_DIGITS_MAX = 7
"""Of a length in front of a message: more is no length."""


class FramingError(ValueError):
    """The stream cannot be followed any further."""


class Deframer:
    """Any chunks in, whole messages out. Without I/O."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        """Bytes at the beginning of the buffer that have no newline: a message may come byte by byte."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The messages that `chunk` completes. Raises FramingError for a length that is too large."""
        self._buffer += chunk
        at = 0
        try:
            while at < len(self._buffer) and (found := self._next(at)) is not None:
                message, at = found
                self._searched = 0
                if message:
                    yield message
        finally:
            del self._buffer[:at]

    def finish(self) -> bytes:
        """What is left at the end of the stream: a message without its newline."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        return rest.strip(b"\r\n\0")

    def _next(self, at: int) -> tuple[bytes, int] | None:
        """The message at `at`, empty for what stands between two, and the place behind it; None for an unfinished."""
        buffer = self._buffer
        left = len(buffer) - at
        if b"1" <= buffer[at : at + 1] <= b"9":
            length, space, _ = bytes(buffer[at : at + _DIGITS_MAX + 1]).partition(b" ")
            if space and length.isdigit():
                size = int(length)
                if size > MESSAGE_MAX:
                    raise FramingError(f"a message of {size} bytes; at most {MESSAGE_MAX} are taken")
                begin = at + len(length) + 1
                if len(buffer) < begin + size:
                    return None
                return bytes(buffer[begin : begin + size]).rstrip(b"\r\n\0"), begin + size
            if length.isdigit() and left <= _DIGITS_MAX:
                return None  # the length may go on
        end = buffer.find(b"\n", at + self._searched)
        if end < 0:
            if left <= MESSAGE_MAX:
                self._searched = left
                return None
            end = at + MESSAGE_MAX  # without an end: in pieces, rather than never
            return bytes(buffer[at:end]), end
        return bytes(buffer[at:end]).rstrip(b"\r\0"), end + 1
