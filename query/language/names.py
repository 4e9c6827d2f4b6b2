"""The short names of fields: what each means, and what its values may be."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from journalhub.journal.fields import FACILITIES, PRIORITIES

_ID = re.compile(r"[0-9a-f]{32}")

_PRIORITY_ALIASES = {"emergency": "0", "panic": "0", "critical": "2", "error": "3", "warn": "4"}
_PRIORITY_NUMBERS = {name: str(number) for number, name in enumerate(PRIORITIES)} | _PRIORITY_ALIASES
_FACILITY_NUMBERS = {name: str(number) for number, name in enumerate(FACILITIES)}


def _same(value: str) -> str:
    return value


def _priority(value: str) -> str:
    number = _PRIORITY_NUMBERS.get(value.lower(), value)
    if number not in "01234567" or len(number) != 1:
        raise ValueError(f"{value[:40]!r} is no priority; want 0 to 7 or {', '.join(PRIORITIES)}")
    return number


def _facility(value: str) -> str:
    number = _FACILITY_NUMBERS.get(value.lower(), value)
    if not (number.isascii() and number.isdigit()):
        raise ValueError(f"{value[:40]!r} is no facility; want a number or a name such as auth, daemon or local0")
    return number


def _id(value: str) -> str:
    digits = value.replace("-", "").lower()
    if not _ID.fullmatch(digits):
        raise ValueError(f"{value[:40]!r} is no id; want 32 hexadecimal digits")
    return digits


@dataclass(frozen=True, slots=True)
class ShortName:
    """A field by another name."""

    field: str
    value: Callable[[str], str] = _same
    """The value as the journal has it, of one that a person writes; ValueError when there is none."""


SHORT_NAMES = {
    "boot": ShortName("_BOOT_ID", _id),
    "cmdline": ShortName("_CMDLINE"),
    "comm": ShortName("_COMM"),
    "exe": ShortName("_EXE"),
    "facility": ShortName("SYSLOG_FACILITY", _facility),
    "gid": ShortName("_GID"),
    "host": ShortName("_HOSTNAME"),
    "ident": ShortName("SYSLOG_IDENTIFIER"),
    "invocation": ShortName("_SYSTEMD_INVOCATION_ID", _id),
    "machine": ShortName("_MACHINE_ID", _id),
    "message": ShortName("MESSAGE"),
    "message_id": ShortName("MESSAGE_ID", _id),
    "namespace": ShortName("_NAMESPACE"),
    "pid": ShortName("_PID"),
    "priority": ShortName("PRIORITY", _priority),
    "session": ShortName("_SYSTEMD_SESSION"),
    "slice": ShortName("_SYSTEMD_SLICE"),
    "transport": ShortName("_TRANSPORT"),
    "uid": ShortName("_UID"),
    "unit": ShortName("_SYSTEMD_UNIT"),
    "user_unit": ShortName("_SYSTEMD_USER_UNIT"),
}
"""`unit=`, `user_unit=` and `host=` with `=` or `!=` mean more than their field: see conditions.py."""
