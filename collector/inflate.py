"""Compressed bodies: frames one after the other, in pieces that may end anywhere.

systemd 258 and newer compress each buffer of an upload by itself, and where it ends on the wire means nothing.
"""

import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from journalhub.collector.limits import UPLOAD_WINDOW_BYTES, XZ_BYTES
from journalhub.collector.lz4 import Lz4Blobs, Lz4Error


class InflateError(ValueError):
    """The body is not what its Content-Encoding says."""


class Inflater(Protocol):
    """Bytes of a body in, its text out; it holds one frame's window."""

    at_boundary: bool
    """Whether a body that ends here is whole."""

    def decompress(self, piece: bytes) -> bytes:
        """The text of a piece, which may end one frame and begin another. Raises InflateError."""


class _Frame(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes) -> bytes: ...


class _Frames:
    """Frames of a library that reads one of them."""

    def __init__(self, begin: Callable[[], _Frame], errors: type[Exception]) -> None:
        self._begin = begin
        self._errors = errors
        self._frame = begin()
        self.at_boundary = True

    def decompress(self, piece: bytes) -> bytes:
        """See Inflater."""
        out: list[bytes] = []
        try:
            while piece:
                out.append(self._frame.decompress(piece))
                self.at_boundary = self._frame.eof
                piece = self._frame.unused_data if self._frame.eof else b""
                if self._frame.eof:
                    self._frame = self._begin()
        except self._errors as error:
            raise InflateError(str(error)) from error
        return b"".join(out)


class _Lz4:
    def __init__(self) -> None:
        self._blobs = Lz4Blobs(UPLOAD_WINDOW_BYTES)
        self.at_boundary = True

    def decompress(self, piece: bytes) -> bytes:
        """See Inflater."""
        try:
            return self._blobs.decompress(piece)
        except Lz4Error as error:
            raise InflateError(str(error)) from error
        finally:
            self.at_boundary = self._blobs.at_boundary


def _zstd() -> Inflater:
    context = zstandard.ZstdDecompressor(max_window_size=UPLOAD_WINDOW_BYTES)
    return _Frames(context.decompressobj, zstandard.ZstdError)


def _gzip() -> Inflater:
    return _Frames(lambda: zlib.decompressobj(16 + zlib.MAX_WBITS), zlib.error)


def _xz() -> Inflater:
    return _Frames(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_BYTES), lzma.LZMAError)


INFLATERS: dict[str, Callable[[], Inflater]] = {"zstd": _zstd, "xz": _xz, "lz4": _Lz4, "gzip": _gzip}
"""By Content-Encoding, in systemd's words; gzip for all others."""
