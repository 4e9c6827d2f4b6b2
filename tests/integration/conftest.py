"""A running collector for the tests of whole ways."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.programs import Collector


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector with an empty store."""
    with Collector(tmp_path) as running:
        yield running
