"""Frames and orders between reader and parent."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.shipper import frames, order
from journalhub.shipper.frames import Drained, Ended, Fatal, Frame, Position, Quarantined, ReadBatch, Trouble
from journalhub.shipper.limits import FRAME_MAX
from journalhub.shipper.order import Order
from journalhub.shipper.rules import Wanted
from journalhub.shipper.sources import Selection

positions = st.builds(
    Position,
    st.text(max_size=10),
    st.dictionaries(st.binary(max_size=16), st.text(max_size=9), max_size=3),
)
reports = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers(0, 9) | st.binary(max_size=4), max_size=3), max_size=3
)
batches = st.builds(
    ReadBatch, st.integers(0, 2000), st.binary(max_size=50), st.text(max_size=9), st.integers(0, 2**63),
    st.text(max_size=9), st.dictionaries(st.text(max_size=9), positions, max_size=3), reports, reports,
)  # fmt: skip
others = st.one_of(
    st.builds(Drained), st.builds(Ended), st.builds(Trouble, st.text(max_size=9), st.text(max_size=9)),
    st.builds(Quarantined, st.text(max_size=9), st.text(max_size=9), st.booleans()),
    st.builds(Fatal, st.integers(0, 9), st.text()),
)  # fmt: skip


@given(batches | others)
def test_round_trip(frame: Frame) -> None:
    """A frame comes back as it was."""
    encoded = frames.encode(frame)

    assert frames.length(encoded[:4]) == len(encoded) - 4
    assert frames.decode(encoded[4:]) == frame


@given(st.binary(max_size=40))
def test_garbage_is_a_value_error(body: bytes) -> None:
    """Bytes of something else are refused, not misread as another kind of error."""
    try:
        frames.decode(body)
    except ValueError:
        return


def test_length_is_bounded() -> None:
    """A length beyond any frame is refused before memory is taken."""
    with pytest.raises(ValueError, match="at most"):
        frames.length(struct.pack("<I", FRAME_MAX + 1))


@given(st.dictionaries(st.text(max_size=9), positions, max_size=3), st.lists(st.text(max_size=5), max_size=3))
def test_order_round_trip(where: dict[str, Position], excluded: list[str]) -> None:
    """An order comes back as it was."""
    given_order = Order(
        Selection(("/a",), ("b*",), "c" * 32, ("/d",)),
        True,
        where,
        {b"s" * 16: (1, 5, "cursor")},
        tuple(excluded),
        Wanted(("a",), ("b", "c"), 1.5, (), ("email",)),
        "/p",
    )
    encoded = order.encode(given_order)

    assert int.from_bytes(encoded[:4], "little") == len(encoded) - 4
    assert order.decode(encoded[4:]) == given_order
