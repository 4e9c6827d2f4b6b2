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
        self._buffer = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The messages that `chunk` completes. Raises FramingError for a length that is too large."""
        self._buffer += chunk
        while self._buffer:
            message = self._next()
            if message is None:
                return
            if message:
                yield message

    def finish(self) -> bytes:
        """What is left at the end of the stream: a message without its newline."""
        rest, self._buffer = self._buffer, b""
        return rest.strip(b"\r\n\0")

    def _next(self) -> bytes | None:
        """The next message, empty for what stands between two; None where more is needed."""
        buffer = self._buffer
        if b"1" <= buffer[:1] <= b"9":
            length, space, _ = buffer[: _DIGITS_MAX + 1].partition(b" ")
            if space and length.isdigit():
                size = int(length)
                if size > MESSAGE_MAX:
                    raise FramingError(f"a message of {size} bytes; at most {MESSAGE_MAX} are taken")
                end = len(length) + 1 + size
                if len(buffer) < end:
                    return None
                self._buffer = buffer[end:]
                return buffer[len(length) + 1 : end].rstrip(b"\r\n\0")
            if length.isdigit() and len(buffer) <= _DIGITS_MAX:
                return None  # the length may go on
        end = buffer.find(b"\n")
        if end < 0:
            if len(buffer) <= MESSAGE_MAX:
                return None
            end = MESSAGE_MAX  # without an end: in pieces, rather than never
            self._buffer = buffer[end:]
            return buffer[:end]
        self._buffer = buffer[end + 1 :]
        return buffer[:end].rstrip(b"\r\0")
