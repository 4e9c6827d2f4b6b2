"""What journalctl does to text before it is shown: sizes, escapes, cutting.

The rules are those of systemd 252, found by running it; tests/output holds every one of them against the program.
"""

import re
from functools import lru_cache

from journalhub.journal.printable import is_text

REMEMBERED = 16_384
"""Values whose form is kept: hosts, units and pids come again with every entry."""

REMEMBERED_MAX = 256
"""Bytes of a value that is worth it; with REMEMBERED at most some megabytes."""

PRINT_MAX = 300
"""Bytes at which journalctl no longer shows a host name, identifier or (with --no-full) a field of `verbose`."""

# One alternative for each thing that the terminal cleaner looks at: carriage returns before a line's end, a tab,
# a complete colour sequence, a complete operating system command; any other escape takes the next byte with it.
_TERMINAL = re.compile(
    rb"(\r+(?=\n|\Z))|(\t)|(\x1b\[[0-9;\x00]*m|\x1b\][\x20-\x7e]*\x07)|\x1b.",
    re.DOTALL,
)
_INTERESTING = re.compile(rb"[\r\t\x1b]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_UNITS = ((1 << 60, "E"), (1 << 50, "P"), (1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def is_short_and_printable(value: bytes) -> bool:
    """Whether journalctl puts `value` in front of a message, without --all."""
    return len(value) < PRINT_MAX and _is_known_text(value)


_is_known_text = lru_cache(maxsize=REMEMBERED)(is_text)


def format_bytes(size: int) -> str:
    """A size as journalctl writes it: `15B`, `1.4K`, `3.0M`."""
    for factor, unit in _UNITS:
        if size >= factor:
            return f"{size // factor}.{size * 10 // factor % 10}{unit}"
    return f"{size}B"


def blob(size: int) -> bytes:
    """What stands for a value that is not text."""
    return f"[{format_bytes(size)} blob data]".encode()


def clean(message: bytes) -> bytes:
    """`message` with tabs widened, and colour sequences and the carriage returns of line ends removed."""
    return message if _INTERESTING.search(message) is None else _TERMINAL.sub(_clean_one, message)


def _clean_one(found: re.Match[bytes]) -> bytes:
    if found[2]:
        return b"        "
    return b"" if found[1] or found[3] else found[0]


def visible(value: bytes) -> bytes:
    """`value` so that a terminal may have it: control characters but tab and newline written as `\\x1b`."""
    text = value.decode(errors="backslashreplace")
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text).encode()


def ellipsize(line: bytes, width: int, percent: int, unicode: bool) -> bytes | None:
    """`line` cut to `width` columns, with `percent` of what is left before the ellipsis; None where it is not UTF-8."""
    if line.isascii():
        return _ellipsize_ascii(line, width, percent, unicode)
    try:
        return _ellipsize_wide(line.decode(), width, percent).encode()
    except UnicodeDecodeError:
        return None


def _ellipsize_ascii(line: bytes, width: int, percent: int, unicode: bool) -> bytes:
    if len(line) <= width:
        return line
    dots = "…".encode() if unicode else b"..."
    room = width - (1 if unicode else 3)
    if room < 0:
        return b"." * width
    head = (room * percent + 50) // 100
    tail = room - head
    return line[:head] + dots + line[len(line) - tail :]


def _ellipsize_wide(text: str, width: int, percent: int) -> str:
    head, used = 0, 0
    while head < len(text) and used + _cells(text[head]) <= (width - 1) * percent // 100:
        used += _cells(text[head])
        head += 1
    tail = len(text)
    while tail > head and used + _cells(text[tail - 1]) <= width:
        used += _cells(text[tail - 1])
        tail -= 1
    if tail == head:
        return text
    if tail < len(text):
        tail += 1
    elif head > 0:
        head -= 1
    return f"{text[:head]}…{text[tail:]}"


def _cells(character: str) -> int:
    from unicodedata import east_asian_width

    return 2 if east_asian_width(character) in "WF" else 1
