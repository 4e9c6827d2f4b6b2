"""Native batches: the compiled codec and the reference make the same of any bytes."""

import msgpack
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from tests.journal.test_wire import body, entries
from tests.lab.codec import compiled_codec, runs

from journalhub.journal import batch, wire
from journalhub.journal.entry import Entry


def outcome(packed: bytes) -> object:
    """What is decoded, or the error."""
    try:
        decoded = wire.decode(packed)
    except wire.BatchError as error:
        return type(error), str(error)
    return decoded.batch, decoded.status


def assert_same(packed: bytes) -> None:
    """The compiled codec and the reference alone make the same of it."""
    with runs(None):
        expected = outcome(packed)
    with runs(compiled_codec()):
        assert expected == outcome(packed)


scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5)
)
anything = st.recursive(
    scalars | st.binary(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner)
)


@given(st.sampled_from([*msgpack.unpackb(zstandard.decompress(body())), "status", "more"]), anything)
def test_any_value_of_any_key(key: str, value: object) -> None:
    """Whatever stands in the place of a part of a batch, both say the same of it."""
    assert_same(body(**{key: value}))


@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_changed_batches(given_entries: list[Entry], data: st.DataObject) -> None:
    """A few bytes changed, taken out or put in."""
    packed = wire.pack(batch.from_entries(given_entries))
    at = data.draw(st.integers(0, len(packed)))
    changed = packed[:at] + data.draw(st.binary(max_size=3)) + packed[at + data.draw(st.integers(0, 3)) :]

    assert_same(zstandard.compress(changed))


@given(st.lists(entries, min_size=1, max_size=20))
def test_ordinary_batches_are_read_by_the_compiled_codec(given_entries: list[Entry]) -> None:
    """Of what a shipper sends nothing is left to the reference."""
    packed = wire.pack(batch.from_entries(given_entries))

    assert_same(wire.seal(packed, {"behind": 5.5, "machine_id": b"m" * 16, "gone": None}))
    assert compiled_codec().decode_batch(packed) is not None
    assert compiled_codec().decode_batch(packed + b"x") is None
    assert compiled_codec().decode_batch(packed[:-1]) is None
