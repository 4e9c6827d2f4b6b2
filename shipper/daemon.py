"""The shipper's process: connects reader, session, uplink and state file, and owns the clock.

Order of the end: the reader first, then the answers that are under way, then the state file.
"""

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from journalhub.journal import cursor, wire
from journalhub.journal.notify import Notifier
from journalhub.shipper import commands, frames, resume
from journalhub.shipper.address import Address
from journalhub.shipper.answer import read_answer, reason
from journalhub.shipper.checkpoint import Checkpoint
from journalhub.shipper.commands import State
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.limits import (
    BACKOFF_DENIED,
    BACKOFF_MAX,
    RISK_LOG_SECONDS,
    RISK_PATIENCE_SECONDS,
    STATUS_SECONDS,
    STOP_SECONDS,
)
from journalhub.shipper.log import Log
from journalhub.shipper.order import Order
from journalhub.shipper.report import Meter, Node
from journalhub.shipper.rules import Wanted, is_of_settings
from journalhub.shipper.session import Session
from journalhub.shipper.sources import Selection
from journalhub.shipper.supervisor import Supervisor
from journalhub.shipper.uplink import Uplink, UplinkError

TICK_SECONDS = 1.0
"""Between two looks at the clock: state file, watchdog, status line."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for, beside the selection."""

    once: bool = False
    once_timeout: float = 60.0
    """Seconds without any progress after which `once` gives up."""
    rules: Wanted = field(default_factory=Wanted)


class Daemon:
    """One shipper, from start to end."""

    def __init__(
        self, selection: Selection, wishes: Wishes, address: Address, uplink: Uplink, checkpoint: Checkpoint,
        node: Node, log: Log, notifier: Notifier,
    ) -> None:  # fmt: skip
        self._selection = selection
        self._wishes = wishes
        self._address = address
        self._uplink = uplink
        self._checkpoint = checkpoint
        self._node = node
        self._log = log
        self._notifier = notifier
        self._session = Session(random.random, time.monotonic())
        self._meter = Meter(time.monotonic())
        self._room = asyncio.Event()
        self._over = asyncio.Event()
        self._requests: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._status_at = self._alarmed_at = float("-inf")
        self._started_at = time.monotonic()
        self._ended = False
        self._caught_up = False
        self._result: Exit = Exit.OK
        self._failure = ""

    async def run(self) -> Exit:
        """Ship until told to stop, or to the end. Raises ShipperError."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        # A terminal that closes must not end a daemon; there is nothing to read again.
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        ticker = loop.create_task(self._tick_on())
        self._notifier.ready(f"shipping to {self._address}")
        reading = loop.create_task(self._read())
        over = loop.create_task(self._over.wait())
        try:
            await asyncio.wait({ticker, reading, over}, return_when=asyncio.FIRST_COMPLETED)
            for task in (ticker, reading):
                if task.done() and not task.cancelled() and task.exception() is not None:
                    await task
            if not self._over.is_set():
                await asyncio.wait({ticker, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(reading, ticker, over)
        if self._failure:
            raise ShipperError(self._result, self._failure)
        return self._result

    async def _end(self, *tasks: asyncio.Task[Any]) -> None:
        self._notifier.stopping("stopping: waiting for the last acknowledgements")
        tasks[0].cancel()
        await asyncio.wait({tasks[0]})
        deadline = time.monotonic() + STOP_SECONDS
        while self._requests and self._session.state is State.UP and time.monotonic() < deadline:
            await asyncio.wait(self._requests, timeout=deadline - time.monotonic())
        for task in (*tasks[1:], *self._requests):
            task.cancel()
        await asyncio.gather(*tasks, *self._requests, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
        self._uplink.close()
        self._log.status_line.clear()
        try:
            self._checkpoint.save_now()
        except OSError as error:
            self._log.err("cannot write the state file; the last batches will be sent again", why=error.strerror)

    def _stop(self) -> None:
        self._over.set()

    def summary(self) -> str:
        """One line about the whole run."""
        return self._meter.summary(self._session.counts, str(self._address))

    # From the journal.

    async def _read(self) -> None:
        known = await self._ask()  # may forget positions that another collector acknowledged
        remembered = self._checkpoint.remembered
        order = Order(
            self._selection, self._wishes.once, dict(remembered.positions), known, tuple(remembered.quarantined),
            self._wishes.rules,
        )  # fmt: skip
        stream = Supervisor(order).frames()
        try:
            while True:
                await self._room_for_one()
                frame = await anext(stream, None)
                if frame is None:
                    break
                self._take(frame)
        finally:
            await stream.aclose()

    async def _room_for_one(self) -> None:
        while not self._session.wants_more:
            self._room.clear()
            await self._room.wait()

    def _take(self, frame: frames.Frame) -> None:
        match frame:
            case frames.ReadBatch():
                self._checkpoint.name(frame.hostname)
                self._meter.read(frame, time.monotonic())
                if frame.gaps:
                    missing = sum(gap["last"] - gap["first"] + 1 for gap in frame.gaps)
                    self._log.warning("entries are missing in the journal", count=missing, cause=frame.gaps[0]["cause"])
                # What the settings leave out is in the status; a line about it would be shipped, too.
                if lost := [report for report in frame.dropped if not is_of_settings(report["rule"])]:
                    count = sum(report["count"] for report in lost)
                    self._log.warning("entries or fields are left out", count=count, rule=lost[0]["rule"])
                self._session.read(frame, time.monotonic())
                self._pump()
            case frames.Drained():
                if not self._caught_up:
                    self._log.notice("all of the journal is read; following it", entries=self._meter.entries)
                self._caught_up = True
            case frames.Ended():
                self._ended = True
                self._pump()
            case frames.Trouble(message, why):
                self._log.warning(message, **({"why": why} if why else {}))
            case frames.Quarantined(path, reason, deadly):
                if deadly:
                    self._checkpoint.quarantine(path, reason)
                self._node.left_out.add(path)
                self._log.err(f"journal file {path} is left out", why=reason)
            case frames.Fatal(code, message):
                self._fail(Exit(code), message)

    async def _ask(self) -> resume.Known:
        """What the collector has, when our state does not say where to begin. Waits until it answers."""
        if self._checkpoint.begin(str(self._address)):
            return {}
        pause = 0.5
        while True:
            state, why = State.DOWN, ""
            try:
                answer = await self._uplink.request("GET", resume.path(self._node.machine_id.hex()))
                if answer.status == 200:
                    return self._known(answer.body)
                if answer.status in (404, 405, 501):
                    return {}
                if answer.status in (401, 403):
                    state = State.DENIED
                why = f"answer {answer.status}: {reason(answer.body)}"
            except UplinkError as error:
                why = str(error)
            self._session.unreachable(state, why)
            self._pump()
            await asyncio.sleep((BACKOFF_DENIED if state is State.DENIED else pause) * (0.5 + 0.5 * random.random()))
            pause = min(BACKOFF_MAX, pause * 2)

    def _known(self, body: bytes) -> resume.Known:
        try:
            return resume.known(body)
        except ValueError as error:
            self._log.warning("the collector does not say what it has; sending everything", why=error)
            return {}

    # To the collector.

    def _pump(self) -> None:
        """Do what the session wants."""
        for command in self._session.take_commands():
            match command:
                case commands.Post():
                    task = asyncio.get_running_loop().create_task(self._post(command))
                    self._requests.add(task)
                    task.add_done_callback(self._requests.discard)
                case commands.Save(positions):
                    self._checkpoint.move(positions)
                case commands.Changed(state, why):
                    self._changed(state, why)
                case commands.Dropped(which, why):
                    self._log.err("the collector never takes this; left out", cursor=which, why=why)
                case commands.Halt(code, message):
                    self._fail(code, message)
        if self._session.wants_more:
            self._room.set()
        if self._ended and self._session.is_idle:
            self._over.set()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        at = self._session.wake_at
        if at is None:
            self._timer = None
        else:
            delay = max(0.0, at - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake)

    def _wake(self) -> None:
        self._session.tick(time.monotonic())
        self._pump()

    async def _post(self, post: commands.Post) -> None:
        body = wire.seal(post.packed, self._status_for(post))
        headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
        try:
            got = await self._uplink.request("POST", "/api/v1/ingest", body, headers)
        except UplinkError as error:
            self._session.failed(post.number, str(error), time.monotonic())
        else:
            answer = read_answer(got.status, got.headers, got.body)
            self._session.answered(post.number, answer, time.monotonic())
        self._pump()

    def _status_for(self, post: commands.Post) -> wire.Status | None:
        now = time.monotonic()
        wanted = post.gaps or post.dropped or now >= self._status_at + STATUS_SECONDS
        if not (post.with_status and wanted):
            return None
        self._status_at = now
        self._look(now)
        return self._node.status(post, self._checkpoint.remembered, time.time_ns())

    def _acknowledged(self) -> int:
        """Microseconds: realtime of the newest entry that the collector has; 0 when there is none."""
        before = (cursor.parse(at.cursor).realtime for at in self._checkpoint.remembered.positions.values())
        return self._session.counts.realtime or max(before, default=0)

    def _look(self, now: float) -> None:
        self._node.look(self._acknowledged(), self._checkpoint.remembered.positions, now)
        seen = self._node.horizon
        if seen is None or not seen.is_at_risk or self._wishes.once or now < self._alarmed_at + RISK_LOG_SECONDS:
            return
        if self._session.state is State.UP and now < self._started_at + RISK_PATIENCE_SECONDS:
            return
        self._alarmed_at = now
        self._log.err(
            "journald will delete entries that are not shipped yet", in_about=f"{(seen.margin or 0) / 3.6e9:.1f}h",
            journal_keeps=f"{seen.kept / 3.6e9:.1f}h", why=self._session.why or "the collector is slow",
        )  # fmt: skip

    def _changed(self, state: State, why: str) -> None:
        match state:
            case State.UP:
                self._log.notice("the collector takes batches", collector=self._address)
            case State.DENIED:
                self._log.err("the collector refuses this node", why=why)
            case _:
                self._log.warning("the collector does not take batches; trying again until it does", why=why)

    def _fail(self, code: Exit, message: str) -> None:
        self._result, self._failure = code, message
        self._over.set()

    # The clock.

    async def _tick_on(self) -> None:
        watchdog = self._notifier.watchdog_seconds
        fed_at = time.monotonic()
        while True:
            await asyncio.sleep(min(TICK_SECONDS, watchdog or TICK_SECONDS))
            now = time.monotonic()
            try:
                self._checkpoint.save(now)
            except OSError as error:
                self._log.err("cannot write the state file; trying again", why=error.strerror)
            if watchdog is not None and now >= fed_at + watchdog / 2:
                self._notifier.watchdog()
                fed_at = now
            self._look(now)
            line = self._meter.line(self._session, self._node.behind, now)
            self._notifier.status(line)
            self._log.status_line.show(line)
            if self._wishes.once and self._meter.is_stuck(self._session.counts, self._wishes.once_timeout, now):
                why = self._session.why or "it does not answer"
                message = f"gave up after {self._wishes.once_timeout:g} s without progress: {why}"
                self._fail(Exit.UNSENT, message)
