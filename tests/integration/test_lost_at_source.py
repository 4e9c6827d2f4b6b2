"""What journald itself throws away: its own notices of that are added up."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.programs import Collector, assert_same_entries, journalctl, ship_once, wait_until
from tests.lab.journald import JournaldHost

WRITTEN = 2_000


def test_a_unit_that_says_too_much(
    journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path
) -> None:
    """What the unit said = what arrived + what the ledger says that journald suppressed; and it is no gap."""
    host = journald_host(settings={"RateLimitIntervalSec": "1s", "RateLimitBurst": "50"})
    if not host.has_units:
        pytest.skip("needs cgroups: journald limits units")
    said, noticed = 0, 0
    directory = ("--directory", host.log_directory)

    def all_is_noticed() -> bool:
        """journald tells of it with the next message after each interval; a slow one is told more until it drops."""
        nonlocal said, noticed
        lines = 1 if noticed else WRITTEN
        host.run(["systemd-cat", "-t", "flood"], "\n".join(map(str, range(lines))), unit="flood.service")
        said += lines
        host.sync()
        text = journalctl(*directory)
        noticed = sum(map(int, re.findall(rb"N_DROPPED=(\d+)", text)))
        return 0 < noticed == said - text.count(b"SYSLOG_IDENTIFIER=flood\n")

    wait_until("journald says what it suppressed", all_is_noticed)
    ship_once(collector, tmp_path / "shipper", *directory)
    assert_same_entries(journalctl(*directory), collector.export())
    (node,) = collector.get("/api/v1/nodes")["nodes"]

    assert node["suppressed"] > 0
    assert said == collector.count(q="ident=flood") + node["suppressed"]
    assert node["missing"] == 0
