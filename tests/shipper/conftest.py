"""Fixtures of the shipper's tests."""

import pytest

from journalhub.journal import compiled


@pytest.fixture(params=["compiled", "systemd-python"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test that starts shippers with libsystemd called by the compiled codec, and again by systemd-python."""
    monkeypatch.setenv(compiled.PURE, "1" if request.param == "systemd-python" else "0")
    return str(request.param)
