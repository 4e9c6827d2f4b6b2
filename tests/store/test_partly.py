"""One text of a large frame, without the rest of it."""

from random import Random

import pytest
from bench.hot_paths import rows_of
from tests.store.entries import entry

from journalhub.journal.batch import from_entries
from journalhub.store.embedded import block as blocks
from journalhub.store.embedded import encoding
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.layout import ZSTD_HOT, ZSTD_SEALED
from journalhub.store.embedded.partly import text_at
from journalhub.store.embedded.rows import Row

ITEMS = [entry(number + 1, message=b"%d " % number * (number % 7), OTHER=b"o" * (number % 3)) for number in range(100)]
ITEMS += [entry(number + 101, message=b"another %d" % number) for number in range(30)]


@pytest.mark.usefixtures("codec")
@pytest.mark.parametrize("level", [ZSTD_HOT, ZSTD_SEALED])
def test_a_row_is_what_it_was(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    """Each row of a block of which nothing was read before; and the next one of the same block."""
    monkeypatch.setattr(blocks, "PARTLY_FROM", 0)
    rows, target = rows_of(from_entries(ITEMS))
    origins, shapes = target.origins.origins, target.shapes.shapes
    body = encoding.encode(rows, level)

    for row in range(rows.count):
        block = Block(body, shapes)
        for asked in (row, (row + 1) % rows.count, row):
            assert Row(rows, asked, origins, shapes).hit() == Row(block, asked, origins, shapes).hit()
    assert rows == Block(body, shapes).to_memory(shapes)


def test_what_stands_first_needs_the_beginning() -> None:
    """Of a frame of several zstd blocks (128 KiB); what is not there is none."""
    messages = [Random(number).randbytes(2000) for number in range(100)]
    rows, target = rows_of(from_entries([entry(number + 1, message=text) for number, text in enumerate(messages)]))
    block = Block(encoding.encode(rows, ZSTD_SEALED), target.shapes.shapes)
    number = block._layout.keys.index(("MESSAGE", 0))
    at = block._frames[number]
    frame = block._body[block._bounds[at] : block._bounds[at + 1]]
    whole = len(block._frame(at))

    assert whole > 128 * 1024
    assert messages == [text_at(frame, 100, index) for index in range(100)]
    assert messages[0] == text_at(frame[:-20], 100, 0)
    assert text_at(frame[:-20], 100, 99) is None
    assert text_at(frame[:8], 100, 0) is None
