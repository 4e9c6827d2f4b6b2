"""Entries printed out of their parts are those printed as entries: export text, and journalctl's modes."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.query.test_rows import in_parts
from tests.store.entries import entries

from journalhub.journal.entry import Entry
from journalhub.journal.export import encode
from journalhub.query.api.parameters import OUTPUT
from journalhub.query.output import OutputOptions, render
from journalhub.query.output.boots import BootLines
from journalhub.query.output.options import QUIET_MODES
from journalhub.query.printed.exporttext import ExportText
from journalhub.query.printed.printer import CLOCK_MODES, Printer
from journalhub.store.contract import Hit, Position

COMMON = Entry(
    b"s" * 16,
    1,
    b"b" * 16,
    2,
    1_700_000_000_000_003,
    4,
    (
        *(("SYSLOG_IDENTIFIER", b"sshd"), ("_HOSTNAME", b"web-1"), ("_SYSTEMD_UNIT", b"ssh.service")),
        *(("MESSAGE", b'said "hi" \\ there'), ("PRIORITY", b"6"), ("_PID", b"77")),
    ),
)
common = st.builds(
    lambda message, boot, pid: COMMON._replace(
        boot_id=boot, fields=(*COMMON.fields[:3], ("MESSAGE", message), ("PRIORITY", b"6"), ("_PID", pid))
    ),
    st.sampled_from([b"plain", b"", b"tab\there", b"\x1b[31mred\x1b[0m", "für".encode(), b"two\nlines\n", b"x" * 5000]),
    st.sampled_from([b"b" * 16, b"c" * 16]),
    st.sampled_from([b"1", b"", b"x", b"\xff", b"12\n"]),
)
some = st.lists(entries | common, max_size=6)
zones = st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")])


@given(some, st.none() | st.sets(st.sampled_from(["MESSAGE", "_PID", "_HOSTNAME", "TAG", "_BOOT_ID"])))
def test_export_text(items: list[Entry], names: set[str] | None) -> None:
    """Byte for byte, whichever fields are wanted, and for stores of either kind."""
    fields = None if names is None else frozenset(names)
    hits = [in_parts(item) for item in items]
    expected = b"".join([encode(hit.entry, fields=fields) for hit in hits])

    assert expected == ExportText(fields).encode(hits)
    assert expected == ExportText(fields).encode([Hit(Position(1, 1), hit.entry) for hit in hits])


def printed(items: list[Entry], mode: str, options: OutputOptions, boots: bool) -> Iterator[bytes]:
    """As jhctl prints them."""
    between = BootLines(0) if boots and mode not in QUIET_MODES else None
    for item in items:
        if between is not None:
            yield between.before(item)
        yield from render([item], mode, options)


@pytest.mark.parametrize("mode", OUTPUT.choices)
@given(
    items=some,
    zone=zones,
    show_all=st.booleans(),
    hostname=st.booleans(),
    truncate=st.booleans(),
    boots=st.booleans(),
    fields=st.sampled_from([(), ("MESSAGE", "TAG")]),
)
def test_modes(
    mode: str,
    items: list[Entry],
    zone: tzinfo,
    show_all: bool,
    hostname: bool,
    truncate: bool,
    boots: bool,
    fields: tuple[str, ...],
) -> None:
    """Every mode, with lines between boots and without."""
    options = OutputOptions(show_all=show_all, zone=zone, hostname=hostname, truncate_newline=truncate, fields=fields)
    hits = [in_parts(item) for item in items]
    expected = b"".join(printed([hit.entry for hit in hits], mode, options, boots))

    assert expected == Printer(mode, options, boots).encode(hits)
    assert expected == Printer(mode, options, boots).encode([Hit(hit.position, hit.entry) for hit in hits])


@pytest.mark.parametrize("mode", sorted(CLOCK_MODES | {"json"}))
def test_the_common_entry_takes_the_short_way(mode: str) -> None:
    """No Entry is made of it."""
    hit = in_parts(COMMON)
    line = Printer(mode, OutputOptions(zone=UTC), boots=True).encode([hit])

    assert b"hi" in line
    assert hit._entry is None
