"""Fixtures of the collector's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.collector.running import Running

from journalhub.collector.settings import CollectorSettings
from journalhub.store.embedded import open_store


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A collector over a real store."""
    store = open_store(tmp_path / "data")
    try:
        with Running(store, CollectorSettings(data_dir=tmp_path / "data")) as collector:
            yield collector
    finally:
        store.close()
