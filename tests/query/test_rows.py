"""Rows of JSON made of an entry's parts are those made of the entry."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.entries import entries

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.query.api.members import row_of_parts
from journalhub.query.api.rows import Shape
from journalhub.store.contract import Hit, Parts, Position


def in_parts(item: Entry) -> Hit:
    """The entry as a store gives it that keeps who spoke apart."""
    batch = from_entries([item])
    parts = Parts(
        batch.origins[0], batch.shapes[0], batch.values[0], batch.seqnum[0], batch.monotonic[0], batch.xor_hash[0]
    )
    return Hit(Position(item.realtime, 7), None, parts)


@given(entries, st.none() | st.integers(0, 8))
def test_parts_and_entry(item: Entry, clip: int | None) -> None:
    """The same row, whatever the fields are and whether they are cut."""
    hit = in_parts(item)
    whole = Hit(hit.position, hit.entry)
    assert hit.entry.all_fields and hit == whole
    assert json.loads(Shape(clip).row(hit)) == json.loads(Shape(clip).row(whole))


@pytest.mark.parametrize(
    ("message", "clip", "is_fast"), [(b"plain", None, True), ("für".encode(), 99, True), (b"long" * 9, 20, False)]
)
def test_the_common_entry_takes_the_short_way(message: bytes, clip: int | None, is_fast: bool) -> None:
    """No Entry is made for an entry without repeated or cut fields."""
    item = Entry(b"s" * 16, 1, b"b" * 16, 2, 3, 4, (("_HOSTNAME", b"web-1"), ("MESSAGE", message), ("TAG", b"\xff")))
    hit = in_parts(item)
    assert hit.parts is not None
    assert (row_of_parts(hit.position, hit.parts, clip) is not None) == is_fast
