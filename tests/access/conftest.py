"""One collector for the tests of a file."""

from collections.abc import Iterator

import pytest
from tests.access.hub import SecuredCollector
from tests.query.fleet import make_entries


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """With TLS, its own authority, and 300 entries of web-1, web-2 and db-1."""
    with SecuredCollector(tmp_path_factory.mktemp("hub")) as running:
        running.fill(make_entries(300))
        yield running
