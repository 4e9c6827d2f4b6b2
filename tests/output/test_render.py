"""Renderers, for what no journalctl at hand can show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.output.journals import AWKWARD, export_text

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser
from journalhub.query.output import MODES, OutputOptions, render


def entry(monotonic: int, realtime: int, boot: int = 1, **fields: str) -> Entry:
    """An entry with a message."""
    pairs = tuple((name, value.encode()) for name, value in {"MESSAGE": "x", **fields}.items())
    return Entry(b"\x01" * 16, 1, bytes([boot]) * 16, monotonic, realtime, 0, pairs)


def test_differences_are_shown() -> None:
    """short-delta: time since the entry before; by the wall clock, and marked so, where the boot is another."""
    entries = [
        entry(1_000_000, 1_700_000_000_000_000),
        entry(3_500_000, 1_700_000_002_500_000),
        entry(2_000_000, 1_700_000_100_000_000, boot=2),
    ]
    assert (
        b"[    1.000000                ] unknown: x\n"
        b"[    3.500000 <    2.500000 >] unknown: x\n"
        b"[    2.000000 <   97.500000*>] unknown: x\n"
    ) == b"".join(render(entries, "short-delta", OutputOptions()))


def test_an_unknown_mode_is_refused() -> None:
    """The message lists the modes."""
    with pytest.raises(ValueError, match="no output mode 'long'; there are short, short-full"):
        render([], "long", OutputOptions())


@pytest.mark.parametrize("mode", MODES)
def test_entries_are_rendered_as_they_come(mode: str) -> None:
    """A renderer gives the bytes of an entry before it asks for the next."""
    asked = []

    def source() -> Iterator[Entry]:
        for number in range(3):
            asked.append(number)
            yield entry(number, 1_700_000_000_000_000)

    lines = render(source(), mode, OutputOptions())
    for number in range(3):
        assert next(lines)
        assert list(range(number + 1)) == asked


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("show_all", [False, True])
def test_a_terminal_gets_no_control_characters(mode: str, show_all: bool) -> None:
    """Whatever the entries hold, with or without --all."""
    parser = ExportParser()
    entries = [*parser.feed(export_text(AWKWARD)), *parser.finish()]
    shown = b"".join(render(entries, mode, OutputOptions(show_all=show_all, terminal=True)))
    allowed = {"json-seq": b"\n\t\x1e"}.get(mode, b"\n\t")
    assert not set(shown) & (set(range(0x20)) - set(allowed))
    assert b"\x7f" not in shown and "\x9b".encode() not in shown


def test_nothing_of_the_store_is_imported() -> None:
    """The renderers stand on `journal` alone, so that the command line and the server share them."""
    folder = Path(__file__).resolve().parents[2] / "query" / "output"
    for path in folder.glob("*.py"):
        lines = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        ours = [line for line in lines if "journalhub" in line]
        assert all("journalhub.journal" in line or "journalhub.query.output" in line for line in ours), path
