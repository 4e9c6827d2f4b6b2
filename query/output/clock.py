"""Times as journalctl writes them. The local time zone is that of the process (TZ, /etc/localtime)."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

REALTIME_VALID = 1 << 55
"""Microseconds: systemd takes a realtime from here on (and zero) for no time at all (VALID_REALTIME)."""

_FORMATTED_MAX = 253_402_214_400_000_000
"""Microseconds: from a day before the year 10000 on, format_timestamp gives up, so that no zone passes it."""

_SYSLOG = "%b %d %H:%M:%S"
_ISO = "%Y-%m-%dT%H:%M:%S"


BreakDown = Callable[[int], time.struct_time]
"""Seconds since the epoch to what a clock on the wall shows."""


def break_down(utc: bool, zone: "tzinfo | None") -> BreakDown:
    """That of UTC, of a zone, or of the process."""
    if utc:
        return time.gmtime
    return time.localtime if zone is None else lambda second: _in_zone(second, zone)


def _in_zone(second: int, zone: "tzinfo") -> time.struct_time:
    from datetime import UTC, datetime

    try:
        at = datetime.fromtimestamp(second, UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return time.gmtime(second)  # beyond the year 9999, for which no zone has rules
    offset = at.utcoffset()
    seconds = 0 if offset is None else round(offset.total_seconds())
    return time.struct_time((*at.timetuple(), at.tzname(), seconds))


OfSecond = Callable[[int], tuple[bytes, bytes]]
"""A second since the epoch to what is written before its fraction, and behind."""


def clock(mode: str, utc: bool, zone: "tzinfo | None" = None) -> Callable[[int], bytes]:
    """The function that writes a realtime in µs as an output mode shows it in front of a message."""
    return _per_second(*clock_of_seconds(mode, utc, zone))


def clock_of_seconds(mode: str, utc: bool, zone: "tzinfo | None" = None) -> tuple[OfSecond, bool]:
    """The same in parts: what it writes for all of a second, and whether the fraction `.%06d` stands within."""
    broken_down = break_down(utc, zone)

    if mode == "short-unix":
        return lambda second: (b"%10d" % second, b""), True
    if mode in ("short-full", "with-unit"):
        return _per_minute(lambda second: _split_name(timestamp(second * 1_000_000, utc, zone=zone))), False
    if mode in ("short-iso", "short-iso-precise"):
        write = _per_minute(lambda second: _split_zone(time.strftime(_ISO + "%z", broken_down(second))))
        return write, mode == "short-iso-precise"
    return (
        _per_minute(lambda second: (time.strftime(_SYSLOG, broken_down(second)).encode(), b"")),
        mode == "short-precise",
    )


def _per_minute(write: OfSecond) -> OfSecond:
    """`write`, asked for the ends of a minute only where its seconds are all that changes within."""
    last, head, tail = -1, b"", b""

    def text(second: int) -> tuple[bytes, bytes]:
        nonlocal last, head, tail
        minute, rest = divmod(second, 60)
        if minute != last:
            begin, end = write(second - rest), write(second - rest + 59)
            if not begin[0].endswith(b"00") or end != (begin[0][:-2] + b"59", begin[1]):
                return write(second)  # a zone with seconds, or one that changes within the minute
            last, head, tail = minute, begin[0][:-2], begin[1]
        return b"%b%02d" % (head, rest), tail

    return text


def _split_name(text: str) -> tuple[bytes, bytes]:
    time_of_day, space, name = text.rpartition(" ")
    return time_of_day.encode(), f"{space}{name}".encode()


def _split_zone(text: str) -> tuple[bytes, bytes]:
    return text[:-5].encode(), text[-5:].encode()


def _per_second(write: OfSecond, precise: bool) -> Callable[[int], bytes]:
    """`write` for a whole second, called once for neighbours of the same second."""
    last, head, tail = -1, b"", b""

    def text(realtime: int) -> bytes:
        nonlocal last, head, tail
        second = realtime // 1_000_000
        if second != last:
            head, tail = write(second)
            last = second
        return b"%b.%06d%b" % (head, realtime % 1_000_000, tail) if precise else head + tail

    return text


def timestamp(realtime: int, utc: bool, precise: bool = False, zone: "tzinfo | None" = None) -> str:
    """`Tue 2023-11-14 23:13:20 CET`, with microseconds when `precise`."""
    if realtime >= _FORMATTED_MAX:
        return "--- XXXX-XX-XX XX:XX:XX" + (".XXXXXX" if precise else "")
    seconds, fraction = divmod(realtime, 1_000_000)
    at = break_down(utc, zone)(seconds)
    date = f"{_WEEKDAYS[at.tm_wday]} {at.tm_year:04d}-{at.tm_mon:02d}-{at.tm_mday:02d}"
    parts = f".{fraction:06d}" if precise else ""
    name = "UTC" if utc else at.tm_zone
    return f"{date} {at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d}{parts} {name}"


def source_time(value: bytes | None) -> int | None:
    """The microseconds that a `_SOURCE_…_TIMESTAMP` field spells, or None."""
    if value is None or not value.isdigit() or len(value) > 20:
        return None
    return int(value)


def shown_realtime(realtime: int, source: bytes | None) -> int:
    """The time to show of an entry: `_SOURCE_REALTIME_TIMESTAMP` where it is a time, or else the journal's."""
    at = source_time(source)
    return realtime if at is None or not 0 < at < REALTIME_VALID else at
