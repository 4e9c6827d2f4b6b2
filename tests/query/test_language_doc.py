"""Every example of docs/search-language.md does what the page says."""

import re
from pathlib import Path

import pytest

from journalhub.journal.entry import Entry
from journalhub.query.language import parse
from journalhub.query.language.names import SHORT_NAMES
from journalhub.store.evaluate import matches

PAGE = Path(__file__).parents[2] / "docs" / "search-language.md"
FIELD = re.compile(r"([A-Z_]+)=(.*)")


def rows(heading: str) -> list[list[str]]:
    """The cells of all tables with this heading, without their backquotes."""
    found: list[list[str]] = []
    inside = False
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if line.startswith(heading):
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= {"-"}:
            found.append([cell[1:-1] if cell.startswith("`") and cell.endswith("`") else cell for cell in cells])
    return found


def entry(cell: str) -> Entry:
    """The entry that a cell shows: a message, or fields."""
    parts = [FIELD.fullmatch(part) for part in cell.split("; ")]
    fields = [(part[1], part[2].encode()) for part in parts if part] or [("MESSAGE", cell.encode())]
    boot = next((value for name, value in fields if name == "_BOOT_ID"), b"0" * 32)
    return Entry(bytes(16), 1, bytes.fromhex(boot.decode()), 1, 1, 1, tuple(fields))


FINDS = rows("| you type | finds |")
READS = rows("| you type | read as |")


@pytest.mark.parametrize(("text", "found", "other"), FINDS, ids=[row[0] for row in FINDS])
def test_finds(text: str, found: str, other: str) -> None:
    """A query finds the entry beside it and not the one after that."""
    parsed = parse(text)

    assert "query" == parsed.read_as or not re.search(r"\w", text)
    assert matches(parsed.query, entry(found))
    assert not other or not matches(parsed.query, entry(other))


@pytest.mark.parametrize(("text", "read_as", "canonical", "why"), READS, ids=[row[0] for row in READS])
def test_reads(text: str, read_as: str, canonical: str, why: str) -> None:
    """A text is read as the page says, and has the canonical spelling that the page says."""
    parsed = parse(text)

    assert (read_as, canonical) == (parsed.read_as, parsed.canonical)
    assert (read_as == "text") == (parsed.why is not None)


def test_page_has_every_short_name() -> None:
    """The table of short names is complete."""
    page = PAGE.read_text()

    for name, short in SHORT_NAMES.items():
        assert f"`{name}`" in page
        assert f"`{short.field}`" in page


def test_examples_are_there() -> None:
    """The examples are found on the page at all."""
    assert len(FINDS) > 50
    assert len(READS) > 8
