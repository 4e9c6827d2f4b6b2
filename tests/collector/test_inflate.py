"""Compressed bodies of uploads: any frames, cut anywhere, and what attackers make of them."""

import gzip
import lzma
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from journalhub.collector.inflate import INFLATERS, InflateError
from journalhub.collector.limits import UPLOAD_WINDOW_BYTES

Sequence = tuple[bytes, int, int]
"""Of lz4: literals, and how far back and how long the match behind them is."""


def more(length: int) -> bytes:
    """What follows a token whose four bits do not hold a length."""
    return b"" if length < 15 else b"\xff" * ((length - 15) // 255) + bytes([(length - 15) % 255])


def blob(sequences: list[Sequence], last: bytes) -> tuple[bytes, bytes]:
    """A blob as systemd has it, and its text; offsets are taken modulo what there is."""
    text, block = bytearray(), bytearray()
    for literals, offset, length in sequences:
        text += literals
        if not text:
            continue
        offset = offset % min(len(text), 65535) + 1
        block.append(min(len(literals), 15) << 4 | min(length, 15))
        block += more(len(literals)) + literals + offset.to_bytes(2, "little") + more(length)
        for _ in range(length + 4):
            text.append(text[-offset])
    text += last
    block.append(min(len(last), 15) << 4)
    block += more(len(last)) + last
    return len(text).to_bytes(8, "little") + bytes(block), bytes(text)


literals = st.one_of(st.binary(max_size=20), st.binary(min_size=250, max_size=600))
sequences = st.lists(st.tuples(literals, st.integers(0, 700), st.integers(0, 700)), max_size=5)
blobs = st.lists(st.builds(blob, sequences, literals.filter(bool)), max_size=4)


def inflated(encoding: str, body: bytes, sizes: list[int]) -> tuple[bytes, bool]:
    """The text of a body that comes in pieces of these sizes, and whether it is whole."""
    inflater = INFLATERS[encoding]()
    out = b""
    for size in sizes:
        out += inflater.decompress(body[:size])
        body = body[size:]
    out += inflater.decompress(body)
    return out, inflater.at_boundary


@given(blobs, st.lists(st.integers(1, 300), max_size=30))
def test_lz4_cut_anywhere(made: list[tuple[bytes, bytes]], sizes: list[int]) -> None:
    """Blobs one after the other, with matches that overlap themselves and lengths of any size."""
    body, text = b"".join(one for one, _ in made), b"".join(one for _, one in made)

    assert (text, True) == inflated("lz4", body, sizes)


@pytest.mark.parametrize(
    ("encoding", "compress"), [("zstd", zstandard.compress), ("xz", lzma.compress), ("gzip", gzip.compress)]
)
@given(texts=st.lists(st.binary(max_size=300), max_size=4), sizes=st.lists(st.integers(1, 100), max_size=30))
def test_frames_cut_anywhere(
    encoding: str, compress: Callable[[bytes], bytes], texts: list[bytes], sizes: list[int]
) -> None:
    """The same of what libraries decompress."""
    assert (b"".join(texts), True) == inflated(encoding, b"".join(map(compress, texts)), sizes)


@pytest.mark.parametrize("encoding", INFLATERS)
@given(st.data())
def test_damaged(encoding: str, data: st.DataObject) -> None:
    """Whatever is done to a body, InflateError is all that comes out; no text is longer than it may be."""
    made = {
        "zstd": zstandard.compress(b"abc" * 100),
        "xz": lzma.compress(b"abc" * 100),
        "gzip": gzip.compress(b"abc" * 100),
        "lz4": blob([(b"abc", 2, 250), (b"", 1, 9)], b"end")[0],
    }
    body = bytearray(made[encoding] * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        text, _ = inflated(encoding, bytes(body), data.draw(st.lists(st.integers(1, 99), max_size=9)))
    except InflateError:
        return
    assert len(text) <= 2 * 100_000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ((UPLOAD_WINDOW_BYTES + 1).to_bytes(8, "little"), "8388609 bytes"),
        (b"\xff" * 8, "at most"),
        ((10).to_bytes(8, "little") + b"\x00\x01\x00", "a match 1 bytes back, where 0 are"),
        ((10).to_bytes(8, "little") + b"\x10a\x00\x00", "a match 0 bytes back"),
        ((10).to_bytes(8, "little") + b"\xf0" + b"\xff" * 3, "more text than it says"),
        ((10).to_bytes(8, "little") + b"\x1fa\x01\x00" + b"\xff" * 3, "more text than it says"),
    ],
)
def test_what_is_no_lz4(body: bytes, said: str) -> None:
    """A blob that is too large, or whose block does not fit into its length, is known as soon as that is there."""
    with pytest.raises(InflateError, match=said):
        INFLATERS["lz4"]().decompress(body)


def test_an_xz_that_wants_much_memory() -> None:
    """A dictionary of 64 MiB is refused before it is made."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 64 * 1024 * 1024}]
    with pytest.raises(InflateError, match="[Mm]emory"):
        INFLATERS["xz"]().decompress(lzma.compress(b"x", filters=filters))
