"""Every test of the API runs over the oracle store and over the embedded one."""

from collections.abc import Iterator

import pytest

from journalhub.store.contract import Store
from journalhub.store.memory import MemoryStore


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store."""
    store = MemoryStore()
    yield store
    store.close()
