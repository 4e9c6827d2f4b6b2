"""Fixtures that any room's tests may use."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.lab import codec as codecs
from tests.lab import journald

from journalhub.journal import compiled

TESTS = Path(__file__).parent

# The gate tries the same cases each time and does not look at the clock: machines are shared. To look for new cases:
# HYPOTHESIS_PROFILE=explore ./dev test
settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


WITH_OTHER_PROGRAMS = frozenset(
    (
        *("access", "alerts", "bench", "collector", "deploy", "gatewayd"),
        *("install", "integration", "jhctl", "shipper", "upgrades", "web"),
    )
)
"""Folders of tests that wait for processes of their own, Chromium, journald, systemd and stock senders."""

SECOND_TRY = pytest.mark.flaky(reruns=1)
"""On a machine shared with others another program may be late. Such a test is tried once more, in the open: its first
failure stays in the summary, as RERUN with its traceback. `--fail-on-flaky` makes that a failure, to look for them. The
tests of what is stored and answered, and the torture, get no second try: there luck would hide a fault."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a private journald, with the reason, on a machine that cannot run one; give a second try."""
    reason = journald.why_not()
    needs_journald = pytest.mark.skipif(reason is not None, reason=f"needs a private journald: {reason}")
    for item in items:
        if "frozenset(" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: the order of a set is another in each worker; give it an id")
        if "journald_host" in getattr(item, "fixturenames", ()):
            item.add_marker(needs_journald)
        if item.path.relative_to(TESTS).parts[0] in WITH_OTHER_PROGRAMS:
            item.add_marker(SECOND_TRY)


@pytest.fixture(scope="module", params=["compiled", "reference"])
def codec(request: pytest.FixtureRequest) -> Iterator[compiled.Codec | None]:
    """Runs a test with the compiled codec, and again with the reference alone: then it is None."""
    wanted = codecs.compiled_codec() if request.param == "compiled" else None
    with codecs.runs(wanted):
        yield wanted


@pytest.fixture
def journald_host(tmp_path: Path) -> Iterator[Callable[..., journald.JournaldHost]]:
    """Makes hosts with a real journald: `journald_host("web-1", **options of JournaldHost)`; all end with the test."""
    with ExitStack() as hosts:

        def make(hostname: str = "web-1.example", **options: Any) -> journald.JournaldHost:
            directory = tmp_path / f"host-{hostname}"
            return hosts.enter_context(journald.JournaldHost(directory, hostname, **options))

        yield make
