"""A collector that is away for hours, in a time of our own: the shipper neither insists nor talks."""

import asyncio
import io
import selectors
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.lab.ports import free_port
from tests.shipper.test_journald import send

from journalhub.journal.notify import Notifier
from journalhub.shipper import address, sources
from journalhub.shipper.checkpoint import Checkpoint
from journalhub.shipper.daemon import Daemon, Wishes
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import BACKOFF_MAX, RISK_LOG_SECONDS
from journalhub.shipper.log import Log
from journalhub.shipper.report import Node
from journalhub.shipper.response import Response
from journalhub.shipper.sources import Selection
from journalhub.shipper.uplink import Uplink

HOURS = 4


class Jumping(selectors.EpollSelector):
    """Does not wait: where nothing is ready the clock jumps to when the loop wants to be woken."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.now = start

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready at once, or nothing and later."""
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class Counted(Uplink):
    """Knows how often it was asked."""

    requests = 0

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Response:
        """As that of the class above."""
        self.requests += 1
        return await super().request(method, path, body, headers)


@pytest.mark.parametrize("loops", [1, 2])
def test_hours_without_a_collector(
    journald_host: Callable[..., JournaldHost], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loops: int
) -> None:
    """One line that it is away, one an hour while entries are in danger, and an attempt every half a minute."""
    host = journald_host()
    send(host, 1, 1000)
    host.rotate()
    send(host, 1001, 2000)
    host.rotate()
    host.vacuum(files=1)
    send(host, 2001, 30_000)
    selection = Selection((str(host.log_directory),))
    clock = Jumping(time.monotonic())
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    said = io.StringIO()
    hub = address.parse(f"http://127.0.0.1:{free_port()}")
    uplink = Counted(hub, "test")
    checkpoint = Checkpoint(tmp_path / "state")
    if loops == 1:  # it has shipped to this collector before, and need not ask what that has
        checkpoint.begin(str(hub))
        checkpoint.move({"another source": Position(f"s={'a' * 32};i=1;b={'b' * 32};m=1;t=1;x=1")})
    node = Node(bytes.fromhex(host.machine_id), host.hostname, False, lambda: sources.discover(selection))

    async def away() -> None:
        daemon = Daemon(
            selection, Wishes(), hub, uplink, checkpoint, node, Log(said, {}, lambda: clock.now), Notifier({})
        )
        running = asyncio.create_task(daemon.run())
        await asyncio.sleep(HOURS * 3600)
        running.cancel()
        await asyncio.wait({running})

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(clock)) as runner:
        runner.run(away())
    checkpoint.close()
    lines = said.getvalue().splitlines()

    alarms = sum("will delete entries" in line for line in lines)

    assert 1 == sum("does not take batches" in line for line in lines)
    assert 0 <= alarms - HOURS * 3600 / RISK_LOG_SECONDS <= 1
    assert len(lines) == 1 + alarms, lines
    # Half of each pause is random; the first ones are shorter.
    assert HOURS * 3600 / BACKOFF_MAX <= uplink.requests / loops <= HOURS * 3600 / (BACKOFF_MAX / 2) + 10
