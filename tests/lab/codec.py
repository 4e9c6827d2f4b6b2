"""The compiled codec beside its reference."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from journalhub.journal import compiled

loaded = compiled.codec
"""The one that was loaded, whatever the fixture `codec` does."""


@contextmanager
def runs(codec: compiled.Codec | None) -> Iterator[None]:
    """Everything within is done by this codec, or by the reference alone where that is None."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "codec", codec)
        yield


def compiled_codec() -> compiled.Codec:
    """The compiled codec. Fails where there is none: `./dev setup` builds it."""
    assert loaded is not None, "the compiled codec is not built: run ./dev setup"
    return loaded
