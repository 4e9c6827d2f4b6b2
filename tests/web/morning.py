"""A bad morning of three machines: real journalds, shippers and collector; only what is said is invented.

The disk of db-1 is full, its database gives up, the shop on web-1 cannot reach it and loops, nginx answers 502. cache-1
says one line again and again, and has lost some of what it wrote. Everything of the morning was well a day before.
"""

import json
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from tests.integration.programs import Collector, Program, ship_once, shipper, wait_until
from tests.lab.clock import LabClock
from tests.lab.journald import JournaldHost

SPEAKER = Path(__file__).with_name("speaker.py")

FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
"""SD_MESSAGE_UNIT_FAILURE_RESULT of sd-messages.h."""
RESTARTED = "5eb03494b6584870a536b337290809b3"
"""SD_MESSAGE_UNIT_RESTART_SCHEDULED."""

LOOPS = 6
REFUSED = "connect() failed (111: Connection refused) while connecting to upstream"
CAUSE = 'could not write to file "pg_wal/xlogtemp.512": No space left on device'
SYMPTOM = "cannot connect to db-1:5432: Connection refused"
LINK = "eth0: link is down"
LINKS = 25
MISSES = 320
"""Lines of cache-1 that are more than a page."""
LOST = 40
"""Entries of cache-1 that nobody reads in time."""
COLOURED = "\x1b[31mFAIL\x1b[0m checkout: expected 200, got 502"

Line = tuple[int, str] | dict[str, str]
"""(priority, message), or fields."""


class Morning:
    """The machines, after what happened. `hub`, `web`, `db` and `cache` may be used and disturbed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = LabClock(directory)
        self.told_at = time.time()
        self.hub = Collector(directory)
        self.web, self.db, self.cache = (self.machine(name) for name in ("web-1", "db-1", "cache-1"))
        self._running = ExitStack()
        # What a test says has a number of its own: a second try would find what the first has said.
        self.numbers = count(10_000)

    def machine(self, name: str) -> JournaldHost:
        """One more, not yet up; its clock is that of the morning."""
        return JournaldHost(self.directory / name, name, environment=self.clock.environment)

    def ships(self, host: JournaldHost) -> Program:
        """The shipper of a machine, not yet started."""
        return shipper(self.hub, self.directory / f"shipper-{host.hostname}", "--directory", host.log_directory)

    def start(self, host: JournaldHost) -> None:
        """A machine that is up and ships until the end."""
        self._running.enter_context(host)
        self._running.enter_context(self.ships(host))

    def mended(self) -> Self:
        """The same, with the hub started again where a test failed that had ended it."""
        if self.hub.process is None:
            self.hub.start()
        return self

    def ago(self, minutes: float) -> None:
        """What follows happens so long before the beginning of the test; it may only become less."""
        self.clock.offset = self.told_at - 60 * minutes - time.time()

    def utc(self, minutes: float) -> str:
        """So long before that beginning, as the page and the collector read it, however long the tests take."""
        return f"{datetime.fromtimestamp(self.told_at - 60 * minutes, UTC):%Y-%m-%d %H:%M:%S} UTC"

    @property
    def hour(self) -> dict[str, str]:
        """The range of all that happened that morning, and of nothing that is said later."""
        return {"since": self.utc(60), "until": self.utc(3)}

    def page(self, **more: str) -> str:
        """The address of the log of that hour, or of more or less."""
        return f"{self.hub.url}/?{urlencode({**self.hour, **more})}"

    def say(self, host: JournaldHost, unit: str, lines: Iterable[Line], **fields: str) -> None:
        """Log as a unit does; returns when it is in the journal, and so has the time of now."""
        name = unit.rpartition("/")[2].removesuffix(".service").removesuffix(".scope")
        entries = []
        for line in lines:
            own = {"PRIORITY": str(line[0]), "MESSAGE": line[1]} if isinstance(line, tuple) else line
            entries.append(json.dumps({"SYSLOG_IDENTIFIER": name, "SYSLOG_FACILITY": "3", **fields, **own}))
        host.run([sys.executable, "-S", SPEAKER], "\n".join(entries), unit=unit)
        host.sync()

    def __enter__(self) -> Self:
        with ExitStack() as running:
            running.enter_context(self.hub)
            self.ago(24 * 60)
            for host in (self.web, self.db, self.cache):
                running.enter_context(host)
            self._happen()
            for host in (self.web, self.db, self.cache):
                running.enter_context(self.ships(host))
            for text, number in (("order 9999 paid", 1), ("database system is shut down", 1), (LINK, LINKS)):
                wait_until(f"{text!r} is found", partial(self._is_found, text, number))
            wait_until("what is lost is known", lambda: LOST in [node["missing"] for node in self._nodes()])
            self._running = running.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def _nodes(self) -> list[dict[str, Any]]:
        return list(self.hub.get("/api/v1/nodes")["nodes"])

    def _is_found(self, text: str, number: int) -> bool:
        return self.hub.count(q=f'"{text}"') == number

    def _happen(self) -> None:
        self._a_good_day()
        self.ago(50)
        self.db.kill()
        self.db.reboot()  # which is what journald sees when the power comes back
        self.say(self.db, "postgres.service", [(6, "database system was interrupted"), (6, "database system is ready")])
        self.ago(40)
        self.say(self.cache, "redis.service", [(6, "DB loaded from disk")])
        ship_once(self.hub, self.directory / f"shipper-{self.cache.hostname}", "--directory", self.cache.log_directory)
        self.say(self.cache, "redis.service", [(7, f"rehash {number}") for number in range(LOST)])
        self.cache.rotate()
        self.cache.vacuum(files=1)
        self.ago(30)
        misses = [(7, f"cache miss for session {number:08x}") for number in range(MISSES)]
        self.say(self.cache, "redis.service", misses)
        self.ago(20)
        self.say(self.db, "postgres.service", [(2, f"PANIC:  {CAUSE}"), (6, "database system is shut down")])
        for number in range(LOOPS):
            self.ago(19 - number)
            self.say(self.web, "shop.service", [(3, SYMPTOM), (6, f"exiting, attempt {number}")])
            self.say(self.web, "/init.scope", _loop("shop.service", number + 1), SYSLOG_IDENTIFIER="systemd")
        self.ago(12)
        bad = [(6, f'10.0.1.{number} "GET /api/orders HTTP/1.1" 502 {number}ms') for number in range(2, 42)]
        self.say(self.web, "nginx.service", [(3, REFUSED), *bad, (4, "upstream server temporarily disabled")])
        self.ago(8)
        self.say(self.cache, "networkd.service", [(4, LINK)] * LINKS)
        self.ago(5)
        self.say(self.web, "checks.service", [(3, COLOURED)])
        self.clock.offset = 0
        self.say(self.web, "shop.service", [(6, "order 9999 paid")])

    def _a_good_day(self) -> None:
        """The day before: nothing but what is always said."""
        good = [(6, f'10.0.0.{number} "GET /api/orders HTTP/1.1" 200 {number}ms') for number in range(2, 32)]
        self.say(self.web, "nginx.service", good)
        self.say(self.web, "shop.service", [(6, f"order {number} paid") for number in range(100, 112)])
        buffers = range(20, 30)
        self.say(self.db, "postgres.service", [(6, f"checkpoint complete: wrote {n} buffers") for n in buffers])
        self.say(self.cache, "redis.service", [(6, f"{n} changes in 60 seconds. Saving...") for n in range(7)])


def _loop(unit: str, number: int) -> list[Line]:
    """What systemd says of a service that has ended, with its fields."""
    return [
        {
            "MESSAGE": f"{unit}: Failed with result 'exit-code'.",
            "MESSAGE_ID": FAILED,
            "PRIORITY": "4",
            "UNIT": unit,
            "UNIT_RESULT": "exit-code",
        },
        {
            "MESSAGE": f"{unit}: Scheduled restart job, restart counter is at {number}.",
            "MESSAGE_ID": RESTARTED,
            "PRIORITY": "6",
            "UNIT": unit,
            "N_RESTARTS": str(number),
        },
    ]
