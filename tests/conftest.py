"""Fixtures that any room's tests may use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.lab import journald


@pytest.fixture
def journald_host(tmp_path: Path) -> Iterator[Callable[..., journald.JournaldHost]]:
    """Makes hosts with a real journald: `journald_host("web-1", **options of JournaldHost)`; all end with the test."""
    reason = journald.why_not()
    if reason is not None:
        pytest.skip(f"needs a private journald: {reason}")
    with ExitStack() as hosts:

        def make(hostname: str = "web-1.example", **options: Any) -> journald.JournaldHost:
            directory = tmp_path / f"host-{hostname}"
            return hosts.enter_context(journald.JournaldHost(directory, hostname, **options))

        yield make
