"""Every test of the API runs over the oracle store and over the embedded one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from journalhub.store.contract import Store
from journalhub.store.embedded import open_store
from journalhub.store.memory import MemoryStore


@pytest.fixture(params=["memory", "embedded"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "store")
    yield store
    store.close()
