"""Everything a collector is made of, from the open data directory to its close, and what runs beside requests."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

from aiohttp import web

from journalhub.access.handlers import AccessHandlers
from journalhub.access.sign_on_handlers import SignOnHandlers
from journalhub.collector import server
from journalhub.collector.answers import errors_as_answers
from journalhub.collector.holes import HoleFinder
from journalhub.collector.intake import Intake
from journalhub.collector.ledger import Ledger, wall_clock
from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.limits import GAP_SCAN_SECONDS, LEDGER_SECONDS, RETENTION_SECONDS
from journalhub.collector.listening import Doorkeeper
from journalhub.collector.retained import Sieve
from journalhub.collector.retention import Retention
from journalhub.collector.security import Security
from journalhub.collector.settings import CollectorSettings
from journalhub.store.contract import Store, StoreError

log = logging.getLogger("journalhub.collector")


class Hub:
    """A store, the ledger of its nodes, its retention, and the web application in front."""

    def __init__(self, store: Store, settings: CollectorSettings, security: Security | None = None) -> None:
        """Raises sqlite3.Error when the ledger cannot be opened; the store is the caller's to close then."""
        self.security = security or Security(settings)
        self.store = store
        self.settings = settings
        self.started = wall_clock()
        self.version = version()
        """Of what runs, whatever is installed meanwhile; to look it up takes 0.7 ms."""
        self._file = LedgerFile(settings.data_dir)
        self.ledger = Ledger(settings, self._file)
        if self.ledger.damaged:
            log.warning("the ledger of nodes was damaged and is begun anew: %s", self.ledger.damaged)
        self.ledger.seed(store.streams())
        sieve = Sieve()
        self.retention = Retention(store, settings, sieve, self._file, wall_clock, explain=self.ledger.explain)
        self.door = Doorkeeper(settings.connections)
        guard = self.security.guard
        self.app = web.Application(middlewares=[self.door.middleware, errors_as_answers, guard.middleware])
        AccessHandlers(guard, self.security.authority).add_to(self.app)
        SignOnHandlers(guard, self.security.provider).add_to(self.app)
        self.more_numbers: list[server.Numbers] = []
        """Of other rooms, for /metrics."""
        self.on_close: list[Callable[[], None]] = []
        """What other rooms end before the store is closed; the last one first."""
        self._make_room = threading.Event()
        self.intake: Intake = server.add_routes(
            self.app,
            store=store,
            ledger=self.ledger,
            settings=settings,
            sieve=sieve,
            on_full=self._make_room.set,
            security=self.security,
            more_numbers=self.more_numbers,
        )
        self._ended = threading.Event()
        finder = HoleFinder(store, self.ledger, time.monotonic)
        self._threads = [
            threading.Thread(target=self._every, args=(LEDGER_SECONDS, self.ledger.flush), name="ledger"),
            threading.Thread(target=self._every, args=(GAP_SCAN_SECONDS, finder.scan), name="holes"),
            threading.Thread(target=self._keep_retention, name="retention"),
        ]

    def start(self) -> None:
        """Begin what runs beside the requests. Retention is enforced once before anything is taken."""
        self._safely(self.retention.enforce)
        for thread in self._threads:
            thread.start()

    def status(self) -> dict[str, Any]:
        """What /api/v1/status says beside the store's own; called from threads."""
        trouble = [*self.intake.ingest.trouble, *self.store.health()]
        return {
            "version": self.version,
            "started": self.started,
            "uptime": (wall_clock() - self.started) // 1_000_000,
            "healthy": not trouble,
            "health": trouble,
            "waiting_batches": self.intake.ingest.waiting,
            "retention": self.retention.status(),
        }

    def status_line(self) -> str:
        """One line for `systemctl status`."""
        trouble = self.intake.ingest.trouble
        if trouble:
            return trouble[0]
        states, rate = self.ledger.summary()
        counts = ", ".join(f"{states[state]} {state}" for state in ("live", "behind", "silent"))
        return f"{states.total()} nodes ({counts}), {rate:.0f} entries/s"

    def close(self) -> None:
        """After the app's cleanup: make everything searchable, write the ledger, close the store."""
        for close in reversed(self.on_close):
            self._safely(close)
        self._ended.set()
        self._make_room.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._safely(self.ledger.flush)
        self._safely(self.store.refresh)
        self._file.close()
        self.store.close()

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self._ended.wait(seconds):
            self._safely(work)

    def _keep_retention(self) -> None:
        while not self._ended.is_set():
            self._make_room.wait(RETENTION_SECONDS)
            self._make_room.clear()
            if not self._ended.is_set():
                self._safely(self.retention.enforce)

    def _safely(self, work: Callable[[], object]) -> None:
        """Do background work; its failure is reported and the next time tried again."""
        try:
            work()
        except (StoreError, sqlite3.Error, OSError) as error:
            log.error("%s: %s", getattr(work, "__qualname__", "background work"), error)
        except Exception:
            log.exception("unexpected error in %s", getattr(work, "__qualname__", "background work"))


def version() -> str:
    """The version of this package as it is installed now."""
    return metadata.version("journalhub")
