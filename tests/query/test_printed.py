"""Entries printed out of their parts are those printed as entries: export text, and journalctl's modes."""

from array import array
from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab.codec import compiled_codec, runs
from tests.query.test_rows import in_parts
from tests.store.entries import entries
from tests.store.test_bulk import found_in

from journalhub.journal.entry import Entry
from journalhub.journal.export import encode
from journalhub.query.api.parameters import OUTPUT
from journalhub.query.output import OutputOptions, render
from journalhub.query.output.boots import BootLines
from journalhub.query.output.options import QUIET_MODES
from journalhub.query.printed.bulk import STEP
from journalhub.query.printed.exporttext import ExportText
from journalhub.query.printed.printer import CLOCK_MODES, Printer
from journalhub.store.bulk import ROW_BITS, Found
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
many = st.lists(entries | common, min_size=1, max_size=12)
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


@pytest.mark.usefixtures("codec")
@given(many, st.none() | st.sets(st.sampled_from(["MESSAGE", "_PID", "_HOSTNAME", "TAG"])), st.integers(1, 3000))
def test_export_text_in_bulk(items: list[Entry], names: set[str] | None, enough: int) -> None:
    """The same text, out of the columns of a block; in pieces that end with the entry that makes them large enough."""
    fields = None if names is None else frozenset(names)
    found, _ = found_in(items)
    pieces = list(ExportText(fields).pieces(found, enough))

    assert b"".join([encode(hit.entry, fields=fields) for hit in found]) == b"".join(pieces)
    assert all(len(piece) >= enough for piece in pieces[:-1]) or len(found) <= STEP


@pytest.mark.usefixtures("codec")
@pytest.mark.parametrize("mode", sorted(CLOCK_MODES | {"json", "verbose"}))
@settings(max_examples=30)
@given(
    items=many,
    zone=zones,
    show_all=st.booleans(),
    boots=st.booleans(),
    fields=st.sampled_from([(), ("MESSAGE", "TAG")]),
    before=st.integers(0, 12),
)
def test_modes_in_bulk(
    mode: str, items: list[Entry], zone: tzinfo, show_all: bool, boots: bool, fields: tuple[str, ...], before: int
) -> None:
    """Likewise in every mode, in two pages; the lines between boots know of the page before."""
    options = OutputOptions(show_all=show_all, zone=zone, fields=fields)
    found, _ = found_in(items)
    printer = Printer(mode, options, boots)

    pieces = [piece for page in (found[:before], found[before:]) for piece in printer.pieces(page, 1000)]

    assert b"".join(printed([hit.entry for hit in found], mode, options, boots)) == b"".join(pieces)


@pytest.mark.parametrize("mode", ["export", "short", "short-full", "json"])
def test_the_codec_prints_common_entries_alone(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of Python entry by entry."""
    found, _ = found_in([COMMON._replace(seqnum=number) for number in range(50)])
    printer = ExportText() if mode == "export" else Printer(mode, OutputOptions(zone=UTC), boots=False)
    expected = b"".join(printer.pieces(found, 1 << 20))
    asked: list[int] = []
    monkeypatch.setattr(Found, "hit", lambda self, place: asked.append(place))

    with runs(compiled_codec()):
        assert expected == b"".join(printer.pieces(found, 1 << 20))
    assert asked == []


def test_an_error_in_the_middle_is_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong with an entry that the codec leaves to Python is not passed over."""
    odd = COMMON._replace(fields=(("MESSAGE", b"\xff"),))
    found, _ = found_in([COMMON, odd, COMMON])

    def fail(*_: object) -> bytes:
        raise OSError("no more")

    printer = Printer("short", OutputOptions(zone=UTC), boots=False)
    monkeypatch.setattr(Found, "hit", fail)
    with runs(compiled_codec()), pytest.raises(OSError, match="no more"):
        list(printer.pieces(found, 1000))


def test_what_is_not_well_formed_is_left_to_python() -> None:
    """Sources, forms and places that do not fit together make no text, and no harm."""
    codec = compiled_codec()
    number = b"\0" * 8
    column = ("TAG", b"TAG=", b"abc", b"\0" * 16, 0)
    good = [[b"s" * 64], [(column,)], number, number, number, number, number]
    place = array("Q", [1 << ROW_BITS])

    def ask(source: object, places: "array[int]" = place, start: int = 0) -> object:
        return codec.print_rows(
            0, [None, source], places, start, 9, lambda at: b"one", lambda *_: b"odd", lambda _: (b"", b""), False
        )

    assert ask(tuple(good)) is not None
    assert ask(None) == (b"one", 1)
    for at, wrong in (
        (0, [b"short"]),
        (0, []),
        (1, [(("TAG", b"TAG=", b"abc", b"\0" * 8, 0),)]),
        (1, [(("TAG", b"TAG=", b"abc", b"\0" * 8 + b"\xff" * 8, 0),)]),
        (1, [(("TAG", b"TAG=", b"abc", b"\0" * 16, 5),)]),
        (1, [(("TAG", b"TAG=", b"abc", b"\0" * 16, -1),)]),
        (1, [(("TAG", b"TAG=", b"abc", b"\0" * 16, 2**70),)]),
        (1, [(("TAG",),)]),
        (1, [("TAG",)]),
        (2, b"\0" * 7),
        (6, b"\xff" * 8),
        (6, None),
    ):
        assert ask((*good[:at], wrong, *good[at + 1 :])) is None, wrong
    assert ask(tuple(good), array("Q", [7 << ROW_BITS])) is None
    assert ask(tuple(good), array("Q", [(1 << ROW_BITS) + 1])) is None
    assert ask(tuple(good), start=2) is None
    assert ask("source") is None
