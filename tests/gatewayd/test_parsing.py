"""Range headers, cursors and query strings: what they mean, and that nothing else than ValueError comes of any."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from journalhub.journal.cursor import Cursor
from journalhub.query.gatewayd.arguments import Arguments, parse_arguments
from journalhub.query.gatewayd.ranges import TIME_MAX, Range, parse_range
from journalhub.query.gatewayd.seeking import parse_address

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("header", "range_"),
    [
        (None, Range()),
        ("bytes=0-10", Range()),
        ("entries=", Range()),
        ("entries=:", Range()),
        ("entries=abc", Range(cursor="abc")),
        ("entries= abc def:1", Range(cursor="abc", limit=1)),
        ("entries=t=5;x=1:-3:4", Range(cursor="t=5;x=1", skip=-3, limit=4)),
        ("entries=:-1:", Range(skip=-1)),
        ("realtime=:", Range()),
        ("realtime=5:", Range(since=5 * SECOND)),
        ("realtime=:6", Range(until=6 * SECOND)),
        ("realtime=5:6", Range(since=5 * SECOND, until=6 * SECOND)),
        ("realtime=5:5", Range(since=5 * SECOND, until=5 * SECOND)),
        ("realtime=1.5:1min:2", Range(since=1_500_000, until=60 * SECOND, limit=2)),
        ("realtime=1::-4:2", Range(since=SECOND, skip=-4, limit=2)),
        ("realtime=:infinity", Range(until=TIME_MAX)),
    ],
)
def test_ranges(header: str | None, range_: Range) -> None:
    """The forms of systemd-journal-gatewayd(8), with any part left out."""
    assert range_ == parse_range(header)


@pytest.mark.parametrize(
    "header",
    [
        *("entries=::1", "entries=:x:1", "entries=:0:0", "entries=:0:-1", "entries=:0:1:1"),
        *("realtime=", "realtime=5", "realtime=a:", "realtime=:a", "realtime=6:5", "realtime=1:2::3", "realtime=-1:2"),
    ],
)
def test_no_ranges(header: str) -> None:
    """What is no range is refused."""
    with pytest.raises(ValueError):
        parse_range(header)


def test_addresses() -> None:
    """A whole cursor, one with more items, and parts of one that tell a place."""
    cursor = Cursor(b"s" * 16, 7, b"b" * 16, 9, 11, 13)
    for text in (str(cursor), f"{cursor};z=1"):
        address = parse_address(text)
        assert (cursor.seqnum_id, cursor.boot_id, 7, 11, 13) == (
            address.seqnum_id, address.boot_id, address.seqnum, address.realtime, address.xor_hash
        )  # fmt: skip
    assert 0x60A == parse_address("t=60a").realtime
    for text in ("", "x=1", "i=1", f"s={'0' * 32}", "t=", "t", "t=g", f"{cursor};", "s=1;i=1;t=1"):
        with pytest.raises(ValueError):
            parse_address(text)


def test_arguments() -> None:
    """Flags count as given last; values of one field are gathered, bytes and all."""
    arguments = parse_arguments("A=1&B=x+y%26%FF&A=2&A=1&follow&boot=no&all=1&all=0&", ("follow", "boot", "all"))
    assert {"A": [b"1", b"2"], "B": [b"x y&\xff"]} == arguments.matches
    assert {"follow": True, "boot": False, "all": False} == arguments.flags
    assert Arguments() == parse_arguments("")
    for query in ("&", "=", "a=1", "__X=1", "A.B=1", "follow", "A=1&&B=2", "&".join(["A=1"] * 1001)):
        with pytest.raises(ValueError):
            parse_arguments(query)
    with pytest.raises(ValueError):
        parse_arguments("MESSAGE=1", fields=("_HOSTNAME",))


@given(st.text() | st.text("entris=alm:;0123456789-+ tx"))
@example("entries=" + "9" * 5000)
@example("realtime=" + "9" * 5000 + ":")
def test_anything_is_read_or_refused(text: str) -> None:
    """Any text is a range, a cursor or a query string, or a ValueError."""
    for parse in (parse_range, parse_address, lambda text: parse_arguments(text, ("follow",))):
        try:
            parse(text)
        except ValueError:
            continue
