"""LZ4 as systemd sends it: not the frames of the lz4 program, but blobs, each a length and a raw block.

    blob  = 8 bytes, unsigned, little endian: the bytes of its text, then a block
    block = { token, more of the literals' length, literals, 2 bytes of offset, more of the match's length }

The block's own length is not there: it is over when its text is whole, which the last literals make it.
"""

_HEAD = 8
_LEAST_MATCH = 4
_MORE = 15


class Lz4Error(ValueError):
    """The bytes are no such blobs."""


class Lz4Blobs:
    """Any pieces in, the text of whole blobs out; of one of them at most `largest` bytes are held."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._input = bytearray()
        self._text = bytearray()
        self._size: int | None = None

    @property
    def at_boundary(self) -> bool:
        """Whether nothing of a blob is held."""
        return self._size is None and not self._input

    def decompress(self, piece: bytes) -> bytes:
        """The text of the blobs that the piece completes. Raises Lz4Error."""
        self._input += piece
        done: list[bytes] = []
        at = 0
        while True:
            if self._size is None:
                if len(self._input) < at + _HEAD:
                    break
                self._size = int.from_bytes(self._input[at : at + _HEAD], "little")
                at += _HEAD
                if self._size > self._largest:
                    raise Lz4Error(f"a blob of {self._size} bytes; at most {self._largest} are taken")
            behind = self._sequence(at, self._size)
            if behind is None:
                break
            at = behind
            if len(self._text) == self._size:
                done.append(bytes(self._text))
                self._text.clear()
                self._size = None
        del self._input[:at]
        return b"".join(done)

    def _sequence(self, at: int, size: int) -> int | None:
        """Read literals and the match behind them; the place behind both, or None where not all of it is there."""
        data, text = self._input, self._text
        if at >= len(data):
            return None
        token = data[at]
        literals = self._length(token >> 4, at + 1, size - len(text))
        if literals is None:
            return None
        count, at = literals
        end = at + count
        if len(data) < end:
            return None
        if len(text) + count == size:
            text += data[at:end]
            return end
        if len(data) < end + 2:
            return None
        match = self._length(token & 15, end + 2, size - len(text) - count - _LEAST_MATCH)
        if match is None:
            return None
        offset = int.from_bytes(data[end : end + 2], "little")
        text += data[at:end]
        if not 0 < offset <= len(text):
            raise Lz4Error(f"a match {offset} bytes back, where {len(text)} are")
        self._copy(offset, match[0] + _LEAST_MATCH)
        return match[1]

    def _length(self, first: int, at: int, most: int) -> tuple[int, int] | None:
        """A length of which the token has `first`, and the place behind it; None where it goes on."""
        if first == _MORE:
            while True:
                if first > most:
                    break
                if at >= len(self._input):
                    return None
                byte = self._input[at]
                first, at = first + byte, at + 1
                if byte < 255:
                    break
        if first > most:
            raise Lz4Error("a blob has more text than it says")
        return first, at

    def _copy(self, offset: int, length: int) -> None:
        """Append `length` bytes from `offset` back; what is appended may itself be copied."""
        text = self._text
        begin = len(text) - offset
        if offset >= length:
            text += text[begin : begin + length]
        else:
            pattern = bytes(text[begin:])
            text += (pattern * (length // offset + 1))[:length]
