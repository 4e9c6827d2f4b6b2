"""What a clock shows of a second is what strftime writes, though it is asked for two seconds of a minute only."""

import time
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.query.output.clock import break_down, clock_of_seconds, timestamp

FORMATS = {
    "short": "%b %d %H:%M:%S",
    "short-precise": "%b %d %H:%M:%S",
    "short-iso": "%Y-%m-%dT%H:%M:%S%z",
    "short-iso-precise": "%Y-%m-%dT%H:%M:%S%z",
}
SUMMER = 1_711_846_800
"""When Europe's clocks were put forward in 2024."""
MONROVIA = 63_593_070
"""When Liberia gave up an offset of 44 minutes and 30 seconds: within a minute."""

zones = st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Berlin"), ZoneInfo("Africa/Monrovia")])
near = st.sampled_from([SUMMER, MONROVIA, 1_700_000_000, 253_402_214_400, 253_402_300_800])
seconds = st.lists(st.builds(int.__add__, near, st.integers(-90, 90)) | st.integers(0, 2**33), min_size=1, max_size=20)


@pytest.mark.parametrize("mode", [*FORMATS, "short-full"])
@given(seconds, zones)
def test_every_second(mode: str, moments: list[int], zone: tzinfo) -> None:
    """In zones with minutes and seconds, across changes of the clocks, and where the calendar ends."""
    text, _ = clock_of_seconds(mode, zone is UTC, zone)
    broken_down = break_down(zone is UTC, zone)
    for second in moments:
        if mode == "short-full":
            expected = timestamp(second * 1_000_000, zone is UTC, zone=zone)
        else:
            expected = time.strftime(FORMATS[mode], broken_down(second))
        assert expected.encode() == b"".join(text(second))
