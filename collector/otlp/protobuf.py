"""Protocol Buffers, as much of the encoding as logs need: reading fields, and writing the small answers.

Read by place and not by copy: a message within a message is a pair of offsets into the one body. Why by hand:
docs/decisions/0004-otlp-by-hand.md.
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types; the two of groups are not used by proto3."""

_VARINT_BYTES = 10
_KEY_MAX = 2**32 - 1
_FIXED = {FIXED64: 8, FIXED32: 4}


class DecodeError(ValueError):
    """The bytes are not the message that they should be."""


def key(number: int, wire: int) -> int:
    """What stands in front of a field: its number and wire type."""
    return number << 3 | wire


def scan(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the message in `data[at:end]`, in order, as (key, a, b).

    Of BYTES the value is `data[a:b]`; of the others it is `a`, as unsigned integer. Raises DecodeError.
    """
    while at < end:
        # One byte is enough for almost every key and length; a call for each would double the time.
        found = data[at]
        if found < 0x80:
            at += 1
        else:
            found, at = _varint(data, at, end)
        if not 8 <= found <= _KEY_MAX:
            raise DecodeError(f"{found >> 3} is no field number")
        wire = found & 7
        if wire == BYTES:
            if at < end and (size := data[at]) < 0x80:
                at += 1
            else:
                size, at = _varint(data, at, end)
            stop = at + size
            if stop > end:
                raise DecodeError(f"field {found >> 3} says it has {size} bytes; {end - at} are left")
            yield found, at, stop
            at = stop
        elif wire == VARINT:
            value, at = _varint(data, at, end)
            yield found, value, 0
        else:
            size = _FIXED.get(wire, 0)
            if not size or size > end - at:
                raise DecodeError(f"field {found >> 3} of wire type {wire} is cut short, or none")
            yield found, int.from_bytes(data[at : at + size], "little"), 0
            at += size


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of up to 64 bits, and the place behind it."""
    if at < end and (value := data[at]) < 0x80:
        return value, at + 1
    value = 0
    for number, byte in enumerate(data[at : min(end, at + _VARINT_BYTES)]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value & 2**64 - 1, at + number + 1
    raise DecodeError("a number is cut short, or has more than ten bytes")


def signed(value: int, bits: int = 64) -> int:
    """An unsigned number as int32 or int64 mean it: both are sent with 64 bits."""
    value &= 2**bits - 1
    return value - (1 << bits) if value >> bits - 1 else value


def varint_field(number: int, value: int) -> bytes:
    """A field with a number of 0 to 2**63 - 1."""
    return _encoded(key(number, VARINT)) + _encoded(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field with bytes, a text or a message."""
    return _encoded(key(number, BYTES)) + _encoded(len(value)) + value


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
