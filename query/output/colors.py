"""The colours of journalctl, and how a message wears them."""

from collections.abc import Iterable
from typing import NamedTuple

NORMAL = b"\x1b[0m"
HIGHLIGHT = b"\x1b[0;1;39m"
UNDERLINE = b"\x1b[0;4m"
RED = b"\x1b[0;1;31m"
_BLUE = b"\x1b[0;34m"
GREEN = b"\x1b[0;32m"
BLUE_NUMBER = b"\x1b[0;1;34m"
_YELLOW = {16: b"\x1b[0;1;33m", 256: b"\x1b[0;1;38;5;185m"}
GREY = {16: b"\x1b[0;90m", 256: b"\x1b[0;38;5;245m"}

_INFO = 6


class Colors(NamedTuple):
    """Escape sequences of one message; all empty for a plain one."""

    on: bytes = b""
    off: bytes = b""
    match: bytes = b""


PLAIN = Colors()


def priority_of(value: bytes | None) -> int:
    """The priority that a PRIORITY field gives; info without one or with another value, as journalctl."""
    return value[0] - 0x30 if value is not None and len(value) == 1 and 0x30 <= value[0] <= 0x37 else _INFO


def of_priority(priority: int, colors: int, audit: bool = False) -> Colors:
    """The colours of a message of this priority on a terminal with `colors` colours (0: none)."""
    if colors == 0:
        return PLAIN
    if priority <= 3:
        return Colors(RED, NORMAL, HIGHLIGHT)
    if priority == 4:
        return Colors(_YELLOW[colors], NORMAL, HIGHLIGHT)
    if priority == 5:
        return Colors(HIGHLIGHT, NORMAL, RED)
    if priority == 7:
        return Colors(GREY[colors], NORMAL, RED)
    return Colors(_BLUE, NORMAL, b"") if audit else PLAIN


_HOSTS = {
    16: (32, 34, 35, 36, 92, 94, 95, 96),
    256: (
        *(33, 35, 37, 39, 61, 63, 68, 69, 71, 72, 73, 74, 75, 77, 78, 79, 80, 81, 97, 98, 99, 104, 105, 107),
        *(108, 109, 110, 111, 113, 114, 115, 116, 117, 133, 134, 135, 139, 140, 141, 147, 170, 176, 177, 183),
    ),
}
"""Colours of hosts: green, blue, violet, and nothing that says error, warning or debug; seen on light and on dark."""


def of_host(name: bytes, colors: int) -> bytes:
    """A host name in the colour that it always has, here and everywhere: it follows from the name."""
    from zlib import crc32

    palette = _HOSTS[colors]
    number = palette[crc32(name) % len(palette)]
    return (b"\x1b[0;%dm%b\x1b[0m" if colors == 16 else b"\x1b[0;38;5;%dm%b\x1b[0m") % (number, name)


def paint(text: bytes, colors: Colors, match: tuple[int, int]) -> bytes:
    """`text` in its colours, with the bytes match[0]..match[1] set off. journalctl does so even for an empty match."""
    start, end = match
    return b"%b%b%b%b%b%b%b" % (
        colors.on,
        text[:start],
        colors.match,
        text[start:end],
        colors.on,
        text[end:],
        colors.off,
    )


def paint_hits(text: bytes, colors: Colors, hits: Iterable[tuple[int, int]]) -> bytes:
    """`text` in its colours, with what `hits` name set off, which are in order and apart; also where it has none."""
    pieces, at = [colors.on], 0
    for start, end in hits:
        pieces += (text[at:start], colors.match or RED, text[start:end], colors.on or NORMAL)
        at = end
    return b"".join((*pieces, text[at:], colors.off))
