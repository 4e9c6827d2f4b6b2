"""Points in time as `journalctl -S` and `-U` take them: systemd.time(7).

The rules are those of parse_timestamp in systemd 252's time-util.c; of later versions also `T` between date and time,
`Z`, and offsets such as `+05:30`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journalhub.journal import timespan

TIME_MAX = 253_402_214_399_000_000
"""Microseconds: 9999-12-30 23:59:59 UTC, USEC_TIMESTAMP_FORMATTABLE_MAX of systemd."""

_SECOND = timespan.SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"({'|'.join(f'{day}|{day[:3]}' for day in _WEEKDAYS)}) ", re.IGNORECASE)

# strptime(3) lets spaces come before a number, and none between date and time.
_S = r"[ \t\n\v\f\r]*"
_DATE = r" *(?P<year>[0-9]{1,4})- *(?P<month>[0-9]{1,2})- *(?P<day>[0-9]{1,2})"
_CLOCK = r" *(?P<hour>[0-9]{1,2}): *(?P<minute>[0-9]{1,2})"
_SECONDS = r": *(?P<second>[0-9]{1,2})(?:\.(?P<fraction>[0-9]+))?"
_MONTH_NAME = rf"(?P<name>(?i:{'|'.join((*_FULL_MONTHS, *_MONTHS))})){_S}(?P<day>[0-9]{{1,2}})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_DATE}(?:{_S}|T){_CLOCK}(?:{_SECONDS})?",
        rf"{_MONTH_NAME}{_S}{_CLOCK}{_SECONDS}",
        _DATE,
        rf"{_CLOCK}(?:{_SECONDS})?",
    )
)
_OFFSET = re.compile(r"(?P<rest>.*[0-9])\s*(?P<sign>[+-])(?P<hours>[0-9]{2})(?::?(?P<minutes>[0-9]{2}))?", re.DOTALL)
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def parse(text: str, now: int, zone: tzinfo) -> int:
    """Microseconds since the epoch of what `text` means at `now` in `zone`.

    Raises ValueError with a message fit for the user.
    """
    if text.startswith("@"):
        return timespan.parse(text[1:])
    relative = _relative(text, now)
    if relative is not None:
        return relative
    text, zone = _split_zone(text, now, zone)
    return _check(_absolute(text, now, zone), text)


def _relative(text: str, now: int) -> int | None:
    if text == "now":
        return now
    if text.startswith("+"):
        return _check(now + timespan.parse(text[1:]), text)
    if text.startswith("-"):
        return _check(now - timespan.parse(text[1:]), text)
    if text.endswith(" ago"):
        return _check(now - timespan.parse(text[:-4]), text)
    if text.endswith(" left"):
        return _check(now + timespan.parse(text[:-5]), text)
    return None


def _check(time: int, text: str) -> int:
    if not 0 <= time <= TIME_MAX:
        raise ValueError(f"the time {text[:60]!r} is not between 1970 and the year 9999")
    return time


def _split_zone(text: str, now: int, zone: tzinfo) -> tuple[str, tzinfo]:
    """`text` without the time zone that it may name, and the zone that counts."""
    if text.upper().endswith(" UTC"):
        return text[:-4], UTC
    rest, _, name = text.rpartition(" ")
    abbreviated = _by_abbreviation(name, zone, now)
    if rest and abbreviated is not None:
        return rest, abbreviated
    if rest and _ZONE_NAME.fullmatch(name) and not name.isdigit():
        try:
            found = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return rest, _by_abbreviation(name, found, now) or found
    return _split_offset(text, zone)


def _split_offset(text: str, zone: tzinfo) -> tuple[str, tzinfo]:
    if text[-1:] in "Zz" and text[-2:-1].isdigit():
        return text[:-1], UTC
    found = _OFFSET.fullmatch(text)
    if found is None or ":" not in found["rest"]:
        return text, zone
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset >= timedelta(hours=24) or int(found["minutes"] or 0) > 59:
        raise ValueError(f"not a time zone: {text[len(found['rest']) :].strip()!r}; want an offset such as +05:30")
    return found["rest"], timezone(offset if found["sign"] == "+" else -offset)


def _by_abbreviation(name: str, zone: tzinfo, now: int) -> tzinfo | None:
    """The fixed offset that `zone` has while it is called `name` (CET, CEST), this year."""
    year = _local(now, zone).year
    for month in (1, 7):
        day = datetime(year, month, 1, tzinfo=zone)
        offset = day.utcoffset()
        if offset is not None and (day.tzname() or "").lower() == name.lower():
            return timezone(offset)
    return None


def _local(time: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time // _SECOND, zone)


_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def _absolute(text: str, now: int, zone: tzinfo) -> int:
    today = _local(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if text in _DAYS:
        return _epoch(today + timedelta(days=_DAYS[text]), zone)
    weekday = _WEEKDAY.match(text)
    found = _match_form(text[weekday.end() :] if weekday else text)
    if found is None:
        raise _bad(text)
    try:
        day = _date(found, today)
        since_epoch = _epoch(day + _clock(found), zone)
    except OverflowError as error:
        raise _bad(text) from error
    actual = _WEEKDAYS[day.weekday()]
    if weekday and not actual.startswith(weekday[1].lower()):
        raise ValueError(f"the day of {text[:60]!r} is a {actual.capitalize()}")
    return since_epoch + _microseconds(found.get("fraction"))


def _match_form(text: str) -> dict[str, str | None] | None:
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return found.groupdict()
    return None


def _date(found: dict[str, str | None], today: datetime) -> datetime:
    """Midnight of the day that was named; days beyond the end of a month count into the next, as in mktime(3)."""
    if found.get("day") is None:
        return today
    year = today.year
    if found.get("year"):
        year = _within(found, "year", 0, 9999)
        if len(found["year"] or "") <= 2:
            year += 1900 if year >= 69 else 2000
    name = found.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else _within(found, "month", 1, 12)
    if year < 1:
        raise OverflowError
    return datetime(year, month, 1) + timedelta(days=_within(found, "day", 1, 31) - 1)


def _clock(found: dict[str, str | None]) -> timedelta:
    if found.get("hour") is None:
        return timedelta()
    return timedelta(
        hours=_within(found, "hour", 0, 23),
        minutes=_within(found, "minute", 0, 59),
        seconds=_within(found, "second", 0, 61),  # 60 and 61 are leap seconds: strptime(3)
    )


def _within(found: dict[str, str | None], name: str, low: int, high: int) -> int:
    value = int(found.get(name) or 0)
    if not low <= value <= high:
        raise ValueError(f"not a time: {name} {value}; want {low} to {high}")
    return value


def _microseconds(fraction: str | None) -> int:
    """A fraction of a second, rounded as parse_fractional_part_u in systemd does: by its seventh digit."""
    digits = fraction or ""
    return int(digits[:6].ljust(6, "0")) + (digits[6:7] >= "5")


def _epoch(time: datetime, zone: tzinfo) -> int:
    """Microseconds since the epoch; of a time that a clock shows twice, the first."""
    return (time.replace(tzinfo=zone) - _EPOCH) // timedelta(microseconds=1)


def _bad(text: str) -> ValueError:
    return ValueError(
        f"not a time: {text[:60]!r}; want a time such as 2026-01-31 12:00:00, yesterday, -1h or @1769860800"
    )
