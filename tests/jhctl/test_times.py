"""Times are read in the zone of the process."""

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.query.jhctl.times import LocalZone, parse_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True, scope="module")
def berlin() -> Iterator[None]:
    """The process is in a zone with summer time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@given(st.integers(0, 2**32))
def test_local_times_are_those_of_the_zone(seconds: int) -> None:
    """From and to UTC the C library's zone agrees with the zone's data."""
    ours, theirs = datetime.fromtimestamp(seconds, LocalZone()), datetime.fromtimestamp(seconds, BERLIN)

    assert theirs.replace(tzinfo=None) == ours.replace(tzinfo=None)
    assert theirs.tzname() == ours.tzname() or ours.replace(fold=1).tzname() is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-07-01 12:00:00", 1_688_205_600_000_000),
        ("2023-01-01 12:00:00", 1_672_570_800_000_000),
        ("2023-01-01 12:00:00 UTC", 1_672_574_400_000_000),
        ("@1700000000.000001", 1_700_000_000_000_001),
    ],
)
def test_times_are_read(text: str, expected: int) -> None:
    """Summer and winter, UTC and epoch."""
    assert expected == parse_time(text)


def test_no_time_is_refused() -> None:
    """What is no time raises ValueError with a message."""
    with pytest.raises(ValueError, match="gaga"):
        parse_time("gaga")
