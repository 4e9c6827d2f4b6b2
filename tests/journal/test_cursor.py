"""Cursors: journald's spelling, both ways."""

import pytest
from hypothesis import given
from tests.journal.strategies import entries

from journalhub.journal import cursor
from journalhub.journal.entry import Entry


@given(entries)
def test_round_trip(entry: Entry) -> None:
    """A cursor reads back as what it was made of."""
    assert entry.cursor == cursor.parse(str(entry.cursor)) == cursor.from_bytes(str(entry.cursor).encode())


def test_spelling() -> None:
    """The spelling is journald's, and an item that old versions added is passed over."""
    text = "s=739ad463348b4ceca5a9e69c95a3c93f;i=4ece7;b=6c7c6013a26343b29e964691ff25d04c;m=4fc;t=4c508a72423d9;x=d3"

    assert text == str(cursor.parse(text)) == str(cursor.parse(f"{text};p=system.journal"))


@pytest.mark.parametrize(
    "text", ["", "s=1", "i=1", "s=" + "0" * 32 + ";i=" + "1" * 17, "ß", "\udcff", "s=x;i=y;b=z;m=1;t=1;x=1"]
)
def test_not_a_cursor(text: str) -> None:
    """What is no cursor is refused with a message that says how one looks."""
    with pytest.raises(ValueError, match="want s=<32 hex>"):
        cursor.parse(text)
