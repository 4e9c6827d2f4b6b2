"""One text of a column that is alone in its frame: no more of the frame is decompressed than it takes."""

from journalhub.store.embedded.columns import PLAIN_HEAD, Packed
from journalhub.store.embedded.unpacking import decompressor


def text_at(frame: bytes, count: int, index: int) -> bytes | None:
    """The value at `index` of the `count` texts of a column; None where the frame ends before it does."""
    with decompressor().stream_reader(frame) as reader:
        head: bytes = reader.read(PLAIN_HEAD)
        planes: bytes = reader.read(head[0] * count) if len(head) == PLAIN_HEAD else b""
        if len(head) < PLAIN_HEAD or len(planes) < head[0] * count:
            return None
        lengths = Packed.read(head + planes, 0, count)
        start, size = lengths.sum(index), lengths.value(index)
        text: bytes = reader.read(start + size)
    return text[start:] if len(text) == start + size else None
