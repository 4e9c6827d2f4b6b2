"""journalctl's JSON form of an entry, both ways.

An object of strings: the address first, then the fields in the order of their first appearance. (journalctl's own
order changes from run to run.) A value that is not printable text is an array of its bytes, a repeated field an array
of values; an array of numbers is always one value.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from journalhub.journal.draft import Draft
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name
from journalhub.journal.printable import is_text

JSON_VALUE_MAX = 4096
"""Bytes of `NAME=value` at which a value is null without --all: JSON_THRESHOLD of systemd's logs-show.c."""

_SHORT = 256  # bytes of a value whose text is worth remembering: units, hosts, and other values that come again

Value = str | list[int] | None


def to_object(
    entry: Entry, *, show_all: bool = True, fields: frozenset[str] | None = None, seqnum: bool = False
) -> dict[str, Any]:
    """`entry` as `journalctl -o json` shows it, or with `show_all` as `journalctl -o json --all` does.

    `fields` limits it to these fields, as --output-fields= does; the address is always there. `seqnum` adds
    `__SEQNUM` and `__SEQNUM_ID`, as systemd 254 and newer do. With `show_all` nothing is lost: see `from_object`.
    """
    shown: dict[str, Any] = {
        "__CURSOR": str(entry.cursor),
        "__REALTIME_TIMESTAMP": str(entry.realtime),
        "__MONOTONIC_TIMESTAMP": str(entry.monotonic),
    }
    if seqnum:
        shown["__SEQNUM"] = str(entry.seqnum)
        shown["__SEQNUM_ID"] = entry.seqnum_id.hex()
    shown["_BOOT_ID"] = entry.boot_id.hex()
    repeated: set[str] = set()
    for name, value in entry.fields:
        if name == "_BOOT_ID" or (fields is not None and name not in fields):
            continue
        form = value_form(value) if show_all or len(name) + 1 + len(value) < JSON_VALUE_MAX else None
        if name not in shown:
            shown[name] = form
        elif name in repeated:
            shown[name].append(form)
        else:
            repeated.add(name)
            shown[name] = [shown[name], form]
    return shown


def value_form(value: bytes) -> str | list[int]:
    """One value: text where it is printable, else the numbers of its bytes."""
    text = _short_text(value) if len(value) <= _SHORT else _text(value)
    return list(value) if text is None else text


def _text(value: bytes) -> str | None:
    return value.decode() if is_text(value) else None


_short_text = lru_cache(maxsize=16_384)(_text)


def from_object(shown: Mapping[str, Any]) -> Entry:
    """The entry that `to_object` or journalctl showed. Keys that start with `__` and are no address are ignored.

    Raises ValueError for what is no entry: a value that is null (journalctl left it out for its length), an object
    in an object, a name that no field has, an entry without time.
    """
    draft = Draft()
    for name, form in shown.items():
        if name.startswith("__") or name == "_BOOT_ID":
            draft.address[name.encode("utf-8", "replace")] = _address_bytes(name, form)
        elif not is_valid_name(name):
            raise ValueError(f"cannot read entry: {name[:64]!r} is not a field name")
        else:
            for value in _values(name, form):
                draft.add((name, value))
    entry = draft.finish()
    if isinstance(entry, str):
        raise ValueError(f"cannot read entry: {entry}")
    return entry


def _address_bytes(name: str, form: object) -> bytes:
    return form.encode("utf-8", "replace") if isinstance(form, str) else b""


def _values(name: str, form: object) -> list[bytes]:
    if isinstance(form, list) and not all(isinstance(part, int) for part in form):
        return [_value_bytes(name, part) for part in form]
    return [_value_bytes(name, form)]


def _value_bytes(name: str, form: object) -> bytes:
    try:
        if isinstance(form, str):
            return form.encode()
        if isinstance(form, list):
            return bytes(form)
    except (ValueError, TypeError) as error:
        raise ValueError(f"cannot read entry: bad value of {name}: {error}") from error
    if form is None:
        raise ValueError(f"cannot read entry: {name} is null; it was too long for journalctl without --all")
    raise ValueError(f"cannot read entry: {name} is {type(form).__name__}; want a string or an array")
