"""zstd without a dictionary, one decompressor in each thread: making one takes as long as what it is made for."""

from threading import local

import zstandard

_of_thread = local()


def decompressor() -> zstandard.ZstdDecompressor:
    """That of this thread."""
    found: zstandard.ZstdDecompressor | None = getattr(_of_thread, "decompressor", None)
    if found is None:
        found = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return found


def decompress(frame: bytes) -> bytes:
    """What a zstd frame that tells its size was made of. Raises zstandard.ZstdError."""
    raw: bytes = decompressor().decompress(frame)
    return raw
