"""Times: what systemd takes means the same here."""

import re
import shutil
import subprocess
import time
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journalhub.journal import timespan, timespec

ANALYZE = shutil.which("systemd-analyze")
needs_analyze = pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze (package systemd)")

S = 1_000_000
NOW = 1_795_475_336_672_886  # Mon 2026-11-23 23:08:56.672886 UTC
MIDNIGHT = 1_795_392_000 * S

DATES = (
    *("2012-09-22", "12-09-22", "1999-2-3", "99-02-31", "2012-02-30", "2038-01-19", "69-1-1", "70-1-1", "9999-12-31"),
    *(
        "9999-12-30",
        "100-1-1",
        "2012-13-01",
        "2012-00-10",
        "2012-1-32",
        " 2012- 09- 22",
        "1969-12-31",
        "Nov 23",
        "february 29",
    ),
)
CLOCKS = (
    *(
        "16:34:22",
        "16:34",
        "1:2",
        "1:2:3",
        "24:00",
        "23:60",
        "23:59:60",
        "23:59:61",
        "23:59:62",
        "16:34:22.5",
        "16:34:22.1234567",
    ),
    *("16:34:22.", "16:34.5", " 1: 2", "00:00:00.999999", "00:00:00.9999995"),
)
WORDS = (
    *(
        "today",
        "yesterday",
        "tomorrow",
        "now",
        "Today",
        "infinity",
        "",
        "  ",
        "foo",
        "2012",
        "-",
        "+",
        "@",
        "ago",
        " ago",
    ),
    *(
        "+5s",
        "-1h30min",
        "-1h 30min",
        "5 days ago",
        "1.5s ago",
        "3h left",
        "@5",
        "@1700000000.5",
        "@1.1234567",
        "@5min",
    ),
    *(
        "1y",
        "-2month",
        "-1M",
        "-1m",
        "-5mont",
        "-1h30",
        "-+5",
        "-.5s",
        "-5.s",
        "-1 2",
        "-12.34.56",
        "-12.34 .56",
        "-1µs",
    ),
    *("-1us", "-1.5us", "-1w", "-1week", "-1hr", "-infinity", "@-1", "--5", "+1.0000001y", "-90000y", "+90000y"),
)
WEEKDAYS = ("Mon", "Sat", "Saturday", "sat", "sunday", "Fri", "thursday")
ZONES = ("UTC", "utc", "CET", "EST", "GMT")

forms = st.one_of(
    st.sampled_from(DATES + CLOCKS + WORDS),
    st.tuples(
        st.sampled_from(("", *(f"{day} " for day in WEEKDAYS))),
        st.sampled_from(DATES),
        st.sampled_from((" ", "  ", "", "\t")),
        st.sampled_from(("", *CLOCKS)),
        st.sampled_from(("", " UTC", " utc")),
    ).map("".join),
    st.tuples(
        st.datetimes().map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}"), st.sampled_from(("", ".5", ".123456", " UTC"))
    ).map("".join),
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.sampled_from(("", ".5", ".25")),
            st.sampled_from(("s", "min", "h", "d", "w", "ms", "us", "M", "y", "")),
        ).map(lambda part: "".join(map(str, part))),
        min_size=1,
        max_size=3,
    ).map(lambda parts: f"-{' '.join(parts)}"),
    st.tuples(st.sampled_from(DATES + CLOCKS + WORDS), st.integers(0, 20), st.sampled_from(list(" 0159:-.T+@aUs"))).map(
        lambda spoiled: spoiled[0][: spoiled[1]] + spoiled[2] + spoiled[0][spoiled[1] :]
    ),
).filter(lambda text: text.strip() == text and "T" not in text)


def systemd_times(texts: list[str], zone: str) -> dict[str, int]:
    """What systemd-analyze makes of those of `texts` that it takes."""
    run = subprocess.run(
        [str(ANALYZE), "timestamp", "--", *texts],
        capture_output=True,
        text=True,
        env={"TZ": zone, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    found: dict[str, int] = {}
    for block in re.split(r"(?m)^  Original form: ", run.stdout)[1:]:
        seconds = re.search(r"UNIX seconds: @(\d+)(?:\.(\d+))?", block)
        assert seconds is not None
        found[block.partition("\n")[0]] = int(seconds[1]) * S + int((seconds[2] or "").ljust(6, "0"))
    return found


def ours(text: str, now: int, zone: str) -> int | None:
    """What we make of `text`."""
    try:
        return timespec.parse(text, now, ZoneInfo(zone))
    except ValueError as error:
        assert str(error)
        return None


@needs_analyze
@given(
    st.lists(forms, min_size=1, max_size=60, unique=True),
    st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")),
)
@settings(max_examples=40, deadline=None)
def test_as_systemd(texts: list[str], zone: str) -> None:
    """systemd takes the same texts, and they mean the same."""
    before = time.time_ns() // 1000
    theirs = systemd_times(texts, zone)
    took = time.time_ns() // 1000 - before + 1_000_000

    for text in texts:
        mine, its = ours(text, before, zone), theirs.get(text)
        # Beyond its last time systemd-analyze has nothing to print; a span of no sense to it is one to us as well.
        if its is None and text.startswith("@") and (mine or 0) > timespec.TIME_MAX:
            continue
        is_relative = text == "now" or text.startswith(("+", "-")) or text.endswith((" ago", " left"))
        assert (mine is None) == (its is None), text
        assert mine is None or its is None or 0 <= its - mine <= (took if is_relative else 0), text


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", NOW),
        ("today", MIDNIGHT),
        ("yesterday", MIDNIGHT - 86_400 * S),
        ("tomorrow", MIDNIGHT + 86_400 * S),
        ("10:00", MIDNIGHT + 36_000 * S),
        ("Mon 10:00:00.25", MIDNIGHT + 36_000 * S + 250_000),
        ("-1h30min", NOW - 5_400 * S),
        ("2 days ago", NOW - 172_800 * S),
        ("+5s", NOW + 5 * S),
        ("5s left", NOW + 5 * S),
        ("@1700000000.000001", 1_700_000_000_000_001),
        ("2026-11-23", MIDNIGHT),
        ("26-11-23 UTC", MIDNIGHT),
        ("2026-11-23 01:00 Europe/Berlin", MIDNIGHT),
        ("2026-07-01 02:00 Europe/Berlin", 1_782_864_000 * S),
        ("today Asia/Kolkata", MIDNIGHT + 86_400 * S - 19_800 * S),
        ("2026-11-23 01:00 CET", MIDNIGHT),
        ("2026-11-22 19:00 EST", MIDNIGHT),
        ("2026-11-23T00:00:00Z", MIDNIGHT),
        ("2026-11-23T05:30+05:30", MIDNIGHT),
        ("2026-11-23 05:30:00 +0530", MIDNIGHT),
        ("2026-11-22 23:00:00.5-01", MIDNIGHT + 500_000),
        ("2026-11-23T00:00:00.654321", MIDNIGHT + 654_321),
        ("Nov 23 00:00:01", MIDNIGHT + S),
    ],
)
def test_times(text: str, time: int) -> None:
    """These texts mean these times, on the evening of that Monday in UTC."""
    assert time == timespec.parse(text, NOW, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "+",
        "@",
        "ago",
        "soon",
        "now UTC",
        "Tue 2026-11-23",
        "2026-11-23 25:00",
        "2026-13-01",
        "12:61",
        "1969-01-01",
    ]
    + [
        "@x",
        "-5parsecs",
        "2026-11-23 Mars/Base",
        "2026-11-23T00:00:00+25:00",
        "10000-01-01",
        "\udcff",
        "-99999999999y",
        "1 2 3",
    ],
)
def test_not_a_time(text: str) -> None:
    """What is no time is refused with a message."""
    with pytest.raises(ValueError, match="time|day"):
        timespec.parse(text, NOW, UTC)


@given(st.text(max_size=30) | st.text("0123456789-+:. @agoTZMnhmin", max_size=25))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    """Any text is a time or a ValueError."""
    mine = ours(text, NOW, "Europe/Berlin")

    assert mine is None or 0 <= mine <= 2**64


@pytest.mark.parametrize(
    ("zone", "text"),
    [("Europe/Berlin", "2026-07-01 12:00"), ("America/New_York", "2026-12-01 0:30"), ("Asia/Kolkata", "today")],
)
def test_zone_by_name_or_by_default(zone: str, text: str) -> None:
    """A zone that the text names means the same as that zone where the text names none."""
    assert timespec.parse(text, NOW, ZoneInfo(zone)) == timespec.parse(f"{text} {zone}", NOW, UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("5", 5 * S),
        ("1h30min", 5_400 * S),
        ("1h 30", 3_630 * S),
        (" 2d ", 172_800 * S),
        ("1.5ms", 1_500),
        ("1y", timespan.YEAR),
    ]
    + [
        ("1month", timespan.MONTH),
        ("1M", timespan.MONTH),
        ("1m", 60 * S),
        ("infinity", timespan.INFINITY),
        ("0.0000019", 1),
    ],
)
def test_spans(text: str, span: int) -> None:
    """These texts span this."""
    assert span == timespan.parse(text)


def test_span_with_another_unit() -> None:
    """A number without unit counts the default."""
    assert 5 * timespan.DAY == timespan.parse("5", timespan.DAY)
