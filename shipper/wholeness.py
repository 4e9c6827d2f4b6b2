"""Whether libsystemd gave all fields of an entry.

It passes over a field that it cannot read (compressed in a way it does not know, or whose object is damaged) without a
word. The cursor tells: its last part is the exclusive or of a hash of every field. To hash a field takes Python some
ten microseconds, so that is done once for each sequence of names: an entry that lost a field has another than its kind.
"""

from journalhub.shipper.columns import Address, Fields
from journalhub.shipper.limits import CHECKED_BYTES_MAX, SHAPES_MAX

UNREADABLE_FIELD = "field that cannot be read"
"""The rule that such entries are reported under."""

_MASK = 0xFFFFFFFF

Words = tuple[int, int, int]


class Wholeness:
    """Remembers which sequences of names belong to whole entries; when they are SHAPES_MAX it looks at no others."""

    def __init__(self) -> None:
        self._whole: set[tuple[str, ...]] = set()

    def lacks_a_field(self, address: Address, fields: Fields) -> bool:
        """Whether a field is missing that the entry was written with; False where that would take too long to find."""
        names = tuple(fields)
        if names in self._whole or len(self._whole) >= SHAPES_MAX:
            return False
        items = [
            name.encode() + b"=" + value
            for name, item in fields.items()
            for value in (item if isinstance(item, list) else [item])
        ]
        if sum(map(len, items)) > CHECKED_BYTES_MAX:
            return False
        rest = address[5]
        hashes = [field_hash(item) for item in items]
        for one in hashes:
            rest ^= one
        # journald keeps a field that came twice once, and hashes it twice. Two such fields leave both hashes.
        known = {0, *hashes}
        if not any(rest ^ one in known for one in known):
            return True
        self._whole.add(names)
        return False


def field_hash(data: bytes) -> int:
    """The 64 bits of Jenkins' lookup3 over `NAME=value`, which journald makes a cursor's hash of."""
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    if not data:
        return c << 32 | b
    end = (len(data) - 1) // 12 * 12  # the last one to twelve bytes are mixed otherwise
    for at in range(0, end, 12):
        x, y, z = _words(data[at : at + 12])
        a, b, c = _mix((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    x, y, z = _words(data[end:].ljust(12, b"\0"))
    a, b, c = _final((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    return c << 32 | b


def _words(data: bytes) -> Words:
    number = int.from_bytes(data, "little")
    return number & _MASK, number >> 32 & _MASK, number >> 64


def _turn(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & _MASK


def _mix(a: int, b: int, c: int) -> Words:
    for first, second, third in ((4, 6, 8), (16, 19, 4)):
        a, c = ((a - c) & _MASK) ^ _turn(c, first), (c + b) & _MASK
        b, a = ((b - a) & _MASK) ^ _turn(a, second), (a + c) & _MASK
        c, b = ((c - b) & _MASK) ^ _turn(b, third), (b + a) & _MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> Words:
    for first, second, third in ((14, 11, 25), (16, 4, 14)):
        c = ((c ^ b) - _turn(b, first)) & _MASK
        a = ((a ^ c) - _turn(c, second)) & _MASK
        b = ((b ^ a) - _turn(a, third)) & _MASK
    return a, b, ((c ^ b) - _turn(b, 24)) & _MASK
