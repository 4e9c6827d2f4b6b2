"""Times of the command line, in the time zone of this process. Loaded only where a time is given."""

import time
from datetime import UTC, datetime, timedelta, tzinfo

from journalhub.journal import timespec

_EPOCH = datetime(1970, 1, 1)


class LocalZone(tzinfo):
    """The time zone of the process as the C library knows it: TZ, or /etc/localtime, which has no name to send."""

    def utcoffset(self, at: datetime | None) -> timedelta:
        """Seconds east of UTC at a local time."""
        return timedelta(seconds=self._broken_down(at).tm_gmtoff)

    def dst(self, at: datetime | None) -> timedelta:
        """How much of the offset is summer time; the C library tells only whether."""
        return timedelta(hours=1) if self._broken_down(at).tm_isdst > 0 else timedelta(0)

    def tzname(self, at: datetime | None) -> str:
        """What the zone is called at a local time."""
        return self._broken_down(at).tm_zone

    def fromutc(self, at: datetime) -> datetime:
        """The local time of a time in UTC."""
        seconds = int((at.replace(tzinfo=None) - _EPOCH).total_seconds())
        local = at.replace(tzinfo=None) + timedelta(seconds=time.localtime(seconds).tm_gmtoff)
        return local.replace(tzinfo=self)

    def _broken_down(self, at: datetime | None) -> time.struct_time:
        if at is None:
            return time.localtime()
        return time.localtime(time.mktime((at.year, at.month, at.day, at.hour, at.minute, at.second, 0, 0, -1)))


def parse_time(text: str, utc: bool = False) -> int:
    """Microseconds since the epoch of a time as systemd.time(7) has it, read now and here. Raises ValueError."""
    return timespec.parse(text, time.time_ns() // 1000, UTC if utc else LocalZone())
