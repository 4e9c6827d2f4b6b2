"""The one way of entries into the store: waiting batches are committed together by one thread.

There is no delay on purpose: while a commit runs, the batches of the next one gather.
"""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from journalhub.access.roles import Identity
from journalhub.collector.apart import append_apart
from journalhub.collector.bound import sift_bound
from journalhub.collector.errors import Refusal
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GROUP_BATCHES, GROUP_BYTES, PROBE_SECONDS, RETRY_BUSY, RETRY_FULL
from journalhub.collector.node_status import NodeStatus
from journalhub.collector.retained import Retained, Sieve
from journalhub.journal.batch import Batch
from journalhub.store.contract import Appended, Store, StoreError, StoreFull

log = logging.getLogger("journalhub.collector")

DATA_ERRORS = (ValueError, TypeError, KeyError, IndexError, OverflowError)
"""What code raises that chokes on what an entry says, as opposed to trouble of disk or memory."""

_LOOK = "send it again; the collector's log has more"


@dataclass(slots=True)
class Job:
    """A batch on its way; `done` gives what became of it, or raises Refusal."""

    batch: Batch
    cost: int
    status: NodeStatus | None = None
    version: str = ""
    peer: Any = None
    sender: Identity | None = None
    """Who sends it, where that is known; entries of other machines than its own are refused."""
    beside: bool = False
    """Whether it says nothing about how a node's journal is shipped: a program speaks for itself only."""
    done: "Future[Appended]" = field(default_factory=Future)


class Ingest:
    """Takes batches from any thread; `start` and `close` are called once each.

    `sieve` takes out what retention would remove at once. `has_space` tells whether a full disk has space again.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        *,
        sieve: Sieve | None = None,
        has_space: Callable[[], bool] = lambda: True,
        on_full: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._sieve = sieve or Sieve()
        self._has_space = has_space
        self._on_full = on_full
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._held: Job | None = None
        self._stopping = False
        self._closed = False
        self._full = ""
        self._broken = ""
        self.waiting = 0
        """Batches handed in and not yet answered."""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ingest")

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def close(self) -> None:
        """Commit everything that was handed in, then end; what comes later is refused."""
        with self._lock:
            self._stopping = self._closed = True
            self._jobs.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def stop_taking(self) -> None:
        """Refuse new requests from now on; batches of those in flight are still committed."""
        self._stopping = True

    @property
    def trouble(self) -> list[str]:
        """What keeps entries from being stored, a sentence each."""
        return [text for text in (self._full, self._broken) if text]

    def admit(self) -> None:
        """Raise Refusal when there is no sense in sending anything now."""
        if self._stopping:
            raise Refusal(503, "the collector is stopping", "send it again", retry_after=RETRY_BUSY)
        if self._full:
            raise Refusal(503, self._full, "send it again when an administrator has made room", retry_after=RETRY_FULL)

    def submit(self, job: Job) -> "Future[Appended]":
        """Hand in a batch. When the future has a result, every stored row of it survives power loss."""
        job.done.set_running_or_notify_cancel()  # whoever waits may go away; the answer must not stumble over that
        with self._lock:
            if self._closed:
                job.done.set_exception(Refusal(503, "the collector has stopped", "send it again"))
                return job.done
            self.waiting += 1
            self._jobs.put(job)
        return job.done

    def _run(self) -> None:
        while True:
            group, ended = self._gather()
            if group:
                self._commit(group)
                with self._lock:
                    self.waiting -= len(group)
            if ended:
                return

    def _gather(self) -> tuple[list[Job], bool]:
        """What is waiting, up to the size of a commit, and whether that was the last."""
        first = self._held or self._wait()
        self._held = None
        if first is None:
            return [], True
        group, cost = [first], first.cost
        while len(group) < GROUP_BATCHES:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            if cost + job.cost > GROUP_BYTES:
                self._held = job
                break
            group.append(job)
            cost += job.cost
        return group, False

    def _wait(self) -> Job | None:
        while True:
            try:
                return self._jobs.get(timeout=PROBE_SECONDS if self._full else None)
            except queue.Empty:
                if self._has_space():
                    log.warning("there is space on the disk again: taking entries")
                    self._full = ""

    def _commit(self, group: list[Job]) -> None:
        bound = [sift_bound(job.batch, job.sender.binding if job.sender else None) for job in group]
        kept = [self._sieve.sift(item.batch) for item in bound]
        try:
            answers = iter(self._append([item.batch for item in kept if item.batch]))
        except StoreFull as error:
            self._fail(group, self._note_full(error))
        except StoreError as error:
            # It may be about one day of one node, and must not hold up the others.
            self._each_alone(group, Refusal(503, f"cannot store entries: {error}", _LOOK, retry_after=RETRY_FULL))
        except Exception as error:
            # Not the sender's fault as far as we know, so it must keep what it has; and the thread must live.
            log.exception("cannot store entries: unexpected error")
            what = f"cannot store entries: {type(error).__name__}: {error}"
            self._each_alone(group, Refusal(500, what, _LOOK, retry_after=RETRY_FULL))
        else:
            self._full = self._broken = ""
            for job, own, item in zip(group, bound, kept, strict=True):
                self._answer(job, own, item, next(answers) if item.batch else Appended([], 0))

    def _each_alone(self, group: list[Job], refusal: Refusal) -> None:
        if len(group) > 1:
            for job in group:
                self._commit([job])
            return
        if not self._broken:
            log.error("%s", refusal.what)
        self._broken = refusal.what
        self._fail(group, refusal)

    def _append(self, batches: list[Batch]) -> list[Appended]:
        """Append; entries that the store chokes on are refused alone."""
        try:
            return self._store.append(batches) if batches else []
        except DATA_ERRORS:
            log.exception("the store does not take a batch; looking for the entry that is the cause")
            return [append_apart(self._store, batch, DATA_ERRORS) for batch in batches]

    def _answer(self, job: Job, bound: Retained, kept: Retained, answer: Appended) -> None:
        whole = kept.whole(answer)
        try:
            self._ledger.record(bound.batch, whole, job.status, job.version, job.peer, beside=job.beside)
            if bound.refused and job.sender is not None:
                # In the account of who sent them: the machine that they claim has no part in it.
                self._ledger.refuse(Counter(reason for _, reason in bound.refused), job.peer, job.sender.host)
        except StoreFull as error:
            self._fail([job], self._note_full(error))
            return
        except Exception:
            log.exception("cannot account for a batch; its entries are stored")
        job.done.set_result(bound.whole(whole))

    def _note_full(self, error: StoreFull) -> Refusal:
        if not self._full:
            log.error("%s; senders are told to wait", error)
            self._on_full()
        self._full = str(error)
        return Refusal(503, self._full, "send it again when an administrator has made room", retry_after=RETRY_FULL)

    def _fail(self, group: list[Job], refusal: Refusal) -> None:
        for job in group:
            job.done.set_exception(refusal)
