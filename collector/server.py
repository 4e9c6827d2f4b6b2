"""The collector's routes: what senders post to, where a shipper goes on, and how the process is."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aiohttp import web

from journalhub.collector import metrics, native, resume, upload
from journalhub.collector.ingest import Ingest
from journalhub.collector.intake import Intake
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import PROBE_BYTES
from journalhub.collector.otlp.answers import PATH as OTLP_PATH
from journalhub.collector.otlp.handler import OtlpHandler
from journalhub.collector.retained import Sieve
from journalhub.collector.security import Security
from journalhub.collector.settings import CollectorSettings, parse_address
from journalhub.collector.syslog.receiver import SyslogReceiver
from journalhub.journal.metrics import CONTENT_TYPE, Table, page
from journalhub.store.contract import Store

PROBE_FILE = "probe"

log = logging.getLogger("journalhub.collector")

Numbers = tuple[Table, Callable[[], Mapping[str, float]]]
"""A table of another room, and what gives its numbers; called from threads."""


def add_routes(
    app: web.Application,
    *,
    store: Store,
    ledger: Ledger,
    settings: CollectorSettings,
    sieve: Sieve | None = None,
    on_full: Callable[[], None] = lambda: None,
    security: Security | None = None,
    more_numbers: Sequence[Numbers] = (),
) -> Intake:
    """Serve the senders' paths, /healthz, /readyz and /metrics from `store`.

    The app's startup and cleanup begin and end the work: at its end everything that was taken is committed. Close the
    store and the ledger after that. `more_numbers` are those of other rooms, for /metrics.
    """
    ingest = Ingest(store, ledger, sieve=sieve, has_space=lambda: has_space(settings.data_dir), on_full=on_full)
    security = security or Security(settings)
    intake = Intake(ingest, ledger, settings, security.guard)
    handlers = native.NativeHandler(intake), upload.UploadHandler(intake), OtlpHandler(intake)
    app.router.add_post(native.PATH, handlers[0].handle, expect_handler=handlers[0].expect)
    app.router.add_post(upload.PATH, handlers[1].handle, expect_handler=handlers[1].expect)
    app.router.add_post(OTLP_PATH, handlers[2].handle, expect_handler=handlers[2].expect)
    app.router.add_get(resume.PATH, resume.ResumeHandler(store, ledger).handle, allow_head=False)
    state = StateHandlers(store, intake, settings, more_numbers)
    app.router.add_get("/healthz", state.healthz)
    app.router.add_get("/readyz", state.readyz)
    app.router.add_get("/metrics", state.metrics)

    syslog = SyslogReceiver(intake, [parse_address(text) for text in settings.syslog_listen])

    async def start(app: web.Application) -> None:
        await syslog.start()  # first: a port that is taken ends the start, and no thread must run then
        ingest.start()
        if syslog.bound:
            log.info("taking syslog on %s", ", ".join(map(str, syslog.bound)))

    async def stop(app: web.Application) -> None:
        intake.stop()

    async def close(app: web.Application) -> None:
        await syslog.close()
        await asyncio.to_thread(ingest.close)
        intake.close()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    app.on_cleanup.append(close)
    return intake


class StateHandlers:
    """How the process is, for probes and for Prometheus."""

    def __init__(
        self, store: Store, intake: Intake, settings: CollectorSettings, more_numbers: Sequence[Numbers]
    ) -> None:
        self._store = store
        self._intake = intake
        self._data_dir = settings.data_dir
        self._started = time.time()
        self._more = more_numbers

    async def healthz(self, request: web.Request) -> web.Response:
        """200 while the process works."""
        return web.Response(text="OK.\n")

    async def readyz(self, request: web.Request) -> web.Response:
        """200 while entries are taken and queries answered, else 503 with the reasons."""
        wrong = self._intake.ingest.trouble
        if wrong:
            return web.Response(status=503, text="\n".join(wrong) + "\n")
        return web.Response(text="ready\n")

    async def metrics(self, request: web.Request) -> web.Response:
        """The numbers of all tables: docs/metrics.md."""
        text = await asyncio.to_thread(self._page)
        return web.Response(text=text, headers={"Content-Type": CONTENT_TYPE})

    def _page(self) -> str:
        tables = [(metrics.TABLE, self._numbers()), *((table, numbers()) for table, numbers in self._more)]
        return "".join(page(table, numbers) for table, numbers in tables)

    def _numbers(self) -> dict[str, float]:
        totals = self._intake.ledger.totals()
        states, _ = self._intake.ledger.summary()
        return {
            "nodes": totals["nodes"],
            **{f"nodes_{state}": states[state] for state in ("live", "behind", "silent")},
            "nodes_at_risk": totals["at_risk"],
            "nodes_pending": totals["pending"],
            "entries_total": totals["entries"],
            "duplicates_total": totals["duplicates"],
            "refused_total": totals["refused"],
            "missing_entries": totals["missing"],
            "dropped_entries": totals["dropped"],
            "suppressed_entries": totals["suppressed"],
            "behind_seconds_max": totals["behind"] / 1_000_000,
            "waiting_batches": self._intake.ingest.waiting,
            "ingest_memory_bytes": self._intake.entries.used + self._intake.bodies.used,
            "uploads": len(self._intake.uploads),
            "ready": 0 if self._intake.ingest.trouble else 1,
            "refused_requests_total": self._intake.guard.refused,
            "start_time_seconds": self._started,
            **self._of_the_disk(),
        }

    def _of_the_disk(self) -> dict[str, float]:
        days = self._store.partitions()
        oldest = min((day.first.realtime for day in days if day.entries), default=None)
        return {
            "stored_bytes": sum(day.bytes for day in days),
            "partitions": len(days),
            "partitions_unindexed": sum(not day.indexed for day in days),
            "disk_free_bytes": shutil.disk_usage(self._data_dir).free,
            "oldest_entry_seconds": 0 if oldest is None else max(0.0, time.time() - oldest / 1_000_000),
        }


def has_space(directory: Path) -> bool:
    """Whether some MiB can be written to a directory; tried, because quotas and reserves do not show in df."""
    if shutil.disk_usage(directory).free < PROBE_BYTES:
        return False
    probe = directory / PROBE_FILE
    try:
        with probe.open("wb") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
