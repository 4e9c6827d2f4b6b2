"""journald's address of an entry: `s=<seqnum id>;i=<seqnum>;b=<boot>;m=<monotonic>;t=<realtime>;x=<hash>`.

The layout is documented as opaque (sd_journal_get_cursor(3)) and has not changed since 2012
(sd_journal_get_cursor in systemd's sd-journal.c prints it with this format).
"""

import re
from functools import lru_cache
from typing import NamedTuple

# An entry that arrived without a cursor (export text made by other tools) gets an id of ours, so that it can be
# deduplicated by content and addressed; it starts with this and takes no part in gap accounting.
SYNTHETIC_PREFIX = b"\xff" * 6

_ITEMS = (
    rb"s=([0-9a-fA-F]{32});i=([0-9a-fA-F]{1,16});b=([0-9a-fA-F]{32});"
    rb"m=([0-9a-fA-F]{1,16});t=([0-9a-fA-F]{1,16});x=([0-9a-fA-F]{1,16})"
)
_CURSOR = re.compile(_ITEMS)
# systemd of 2012 added `p=<file>`; sd_journal_seek_cursor, too, passes over what it does not know.
_LONGER_CURSOR = re.compile(_ITEMS + rb"(?:;[a-z]=[^;]*)+")


class Cursor(NamedTuple):
    """A parsed cursor. `str()` gives journald's own spelling back."""

    seqnum_id: bytes
    seqnum: int
    boot_id: bytes
    monotonic: int
    realtime: int
    xor_hash: int

    def __str__(self) -> str:
        return (
            f"s={self.seqnum_id.hex()};i={self.seqnum:x};b={self.boot_id.hex()};"
            f"m={self.monotonic:x};t={self.realtime:x};x={self.xor_hash:x}"
        )


def parse(text: str) -> Cursor:
    """The cursor that `text` spells.

    Raises ValueError with a message fit for the user when it is no cursor.
    """
    found = from_bytes(text.encode("utf-8", "replace"))
    if found is None:
        raise ValueError(f"not a cursor: {text[:120]!r}; want s=<32 hex>;i=<hex>;b=<32 hex>;m=<hex>;t=<hex>;x=<hex>")
    return found


def from_bytes(spelled: bytes) -> Cursor | None:
    """The cursor that `spelled` spells, or None. For readers of every entry: `parse` tells people what is wrong."""
    found = _CURSOR.fullmatch(spelled) or _LONGER_CURSOR.fullmatch(spelled)
    if found is None:
        return None
    s, i, b, m, t, x = found.groups()
    # Not Cursor(…), whose __new__ is Python: a third of the time of this function.
    return tuple.__new__(Cursor, (_id(s), int(i, 16), _id(b), int(m, 16), int(t, 16), int(x, 16)))


@lru_cache(maxsize=4096)
def _id(digits: bytes) -> bytes:
    """Interned: millions of entries share a few ids."""
    return bytes.fromhex(digits.decode())


def is_synthetic(seqnum_id: bytes) -> bool:
    """Whether the collector made this seqnum id up because the entry came without a cursor."""
    return seqnum_id.startswith(SYNTHETIC_PREFIX)
