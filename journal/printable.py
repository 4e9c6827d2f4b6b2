"""Which values journald prints as text: the rule of utf8_is_printable_newline in systemd's utf8.c.

A value is text when it is valid UTF-8 without control characters other than tab (C0, DEL and C1) and without the
66 code points that Unicode calls noncharacters. The export format takes a newline for a control character, the JSON
form does not.
"""

import re

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CONTROL_BUT_NEWLINE = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")

_PLANES = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
_NOT_ASCII_NOT_TEXT = re.compile(f"[\x80-\x9f\ufdd0-\ufdef{_PLANES}]")


def is_line(value: bytes) -> bool:
    """Whether `value` is printable text of one line: what the export format writes as `NAME=value`."""
    if _CONTROL.search(value):
        return False
    return value.isascii() or _is_printable_unicode(value)


def is_text(value: bytes) -> bool:
    """Whether `value` is printable text, newlines allowed: what the JSON form writes as a string."""
    if _CONTROL_BUT_NEWLINE.search(value):
        return False
    return value.isascii() or _is_printable_unicode(value)


def _is_printable_unicode(value: bytes) -> bool:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return False
    return _NOT_ASCII_NOT_TEXT.search(text) is None
