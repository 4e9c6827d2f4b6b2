"""The ingest thread: commits in groups, and what it does when the store cannot."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from tests.collector.material import ScriptedStore, batch

from journalhub.collector.errors import Refusal
from journalhub.collector.ingest import Ingest, Job
from journalhub.collector.ledger import Ledger
from journalhub.collector.limits import GROUP_BYTES
from journalhub.collector.node_status import parse_status
from journalhub.collector.retained import Sieve
from journalhub.collector.settings import CollectorSettings
from journalhub.journal.batch import Batch
from journalhub.store.contract import Appended, StoreError, StoreFull

SECONDS = 240.0


@contextmanager
def ingest_on(
    store: ScriptedStore, *, sieve: Sieve | None = None, has_space: Callable[[], bool] = lambda: True
) -> Iterator[Ingest]:
    ingest = Ingest(store, Ledger(CollectorSettings()), sieve=sieve, has_space=has_space)
    ingest.start()
    try:
        yield ingest
    finally:
        store.gate.set()
        ingest.close()


def submit(ingest: Ingest, *seqnums: int, cost: int = 1) -> "Future[Appended]":
    return ingest.submit(Job(batch(*seqnums), cost))


def refusal(future: "Future[Appended]") -> Refusal:
    error = future.exception(SECONDS)
    assert isinstance(error, Refusal)
    return error


def test_waiting_batches_share_a_commit() -> None:
    """What arrives during a commit goes into the next one together, and each gets its own answer."""
    store = ScriptedStore()
    store.gate.clear()
    with ingest_on(store) as ingest:
        first = submit(ingest, 1)
        assert store.entered.wait(SECONDS)
        others = [submit(ingest, 2, 3), submit(ingest, 3, 4), submit(ingest)]
        store.gate.set()

        assert [0] == list(first.result(SECONDS).stored)
        assert [(2, 0), (1, 1), (0, 0)] == [
            (len(other.result(SECONDS).stored), other.result(SECONDS).duplicates) for other in others
        ]
        assert [1, 2] == store.calls


def test_a_commit_is_bounded() -> None:
    """Batches beyond the size of a group wait for the next commit, in order."""
    store = ScriptedStore()
    store.gate.clear()
    with ingest_on(store) as ingest:
        futures = [submit(ingest, 1)]
        assert store.entered.wait(SECONDS)
        futures += [submit(ingest, number, cost=GROUP_BYTES // 2) for number in (2, 3, 4)]
        store.gate.set()

        assert [1] * 4 == [len(future.result(SECONDS).stored) for future in futures]
        assert [1, 2, 1] == store.calls


def test_a_full_disk_sends_back_and_recovers_by_itself() -> None:
    """StoreFull is 503 with Retry-After, new requests are refused at once, and space that returns is noticed."""
    store = ScriptedStore()
    store.trouble = lambda batches: StoreFull("no space left")
    space = [False]
    with ingest_on(store, has_space=lambda: space[0]) as ingest:
        ingest.admit()
        error = refusal(submit(ingest, 1))

        assert (503, 5, ["no space left"]) == (error.status, error.retry_after, ingest.trouble)
        with pytest.raises(Refusal, match="no space left"):
            ingest.admit()
        space[0] = True
        store.trouble = lambda batches: None
        while ingest.trouble:
            store.entered.wait(0.01)
        ingest.admit()
        assert [0] == list(submit(ingest, 1).result(SECONDS).stored)


def test_trouble_with_one_batch_is_its_own() -> None:
    """When the store refuses a group because of one batch, the others of the group are stored."""
    store = ScriptedStore()
    store.trouble = lambda batches: StoreError("that day is damaged") if any(2 in b.seqnum for b in batches) else None
    store.gate.clear()
    with ingest_on(store) as ingest:
        submit(ingest, 9)
        assert store.entered.wait(SECONDS)
        futures = [submit(ingest, 1), submit(ingest, 2), submit(ingest, 3)]
        store.gate.set()

        assert (1, 1) == (len(futures[0].result(SECONDS).stored), len(futures[2].result(SECONDS).stored))
        error = refusal(futures[1])
        assert (503, "cannot store entries: that day is damaged") == (error.status, error.what)


def test_an_entry_that_the_store_chokes_on_costs_itself() -> None:
    """A batch that makes the store raise ValueError is taken apart; only the bad entry is refused, and counted."""
    store = ScriptedStore()
    store.trouble = lambda batches: ValueError("bad") if any(5 in b.seqnum for b in batches) else None
    with ingest_on(store) as ingest:
        answer = submit(ingest, 1, 2, 3, 4, 5, 6, 7).result(SECONDS)

        assert [0, 1, 2, 3, 5, 6] == list(answer.stored)
        assert [(4, "the store cannot take it: ValueError")] == answer.refused


def test_unexpected_trouble_acknowledges_nothing_and_is_survived() -> None:
    """Any other exception is 500 for that batch, and the thread goes on."""
    store = ScriptedStore()
    store.trouble = lambda batches: MemoryError()
    with ingest_on(store) as ingest:
        assert 500 == refusal(submit(ingest, 1)).status
        store.trouble = lambda batches: None
        assert [0] == list(submit(ingest, 1).result(SECONDS).stored)
        assert [] == ingest.trouble


def test_close_commits_what_was_handed_in() -> None:
    """Everything that was submitted before `close` is answered; what comes later is refused."""
    store = ScriptedStore()
    store.gate.clear()
    ingest = Ingest(store, Ledger(CollectorSettings()))
    ingest.start()
    futures = [submit(ingest, number) for number in range(5)]
    store.gate.set()
    ingest.close()

    assert [1] * 5 == [len(future.result(0).stored) for future in futures]
    assert 503 == refusal(submit(ingest, 9)).status
    with pytest.raises(Refusal, match="stopping"):
        ingest.admit()


def test_entries_from_before_the_retention_are_refused() -> None:
    """They are answered as refused with the reason, with their rows in the batch; the others are stored."""
    store, sieve = ScriptedStore(), Sieve()
    whole: Batch = batch(1, 2, 3, 4)
    sieve.move(whole.realtime[2], "2026-09-21")
    with ingest_on(store, sieve=sieve) as ingest:
        answer = ingest.submit(Job(whole, 1)).result(SECONDS)
        again = ingest.submit(Job(whole, 1)).result(SECONDS)

    reason = "older than the retention, which begins on 2026-09-21"
    assert ([2, 3], 0, [(0, reason), (1, reason)]) == (list(answer.stored), answer.duplicates, answer.refused)
    assert ([], 2, [(0, reason), (1, reason)]) == (list(again.stored), again.duplicates, again.refused)


def test_a_status_alone_does_not_touch_the_store() -> None:
    """A batch without entries is answered, and its status counts as a sign of life."""
    store = ScriptedStore()
    ledger = Ledger(CollectorSettings())
    ingest = Ingest(store, ledger)
    ingest.start()
    status = parse_status({"machine_id": bytes(16), "hostname": "quiet", "version": "1"})
    answer = ingest.submit(Job(Batch(), 1, status)).result(SECONDS)
    ingest.close()

    assert (0, 0, []) == (len(answer.stored), answer.duplicates, store.calls)
    assert ["quiet"] == [node["hostname"] for node in ledger.nodes()]
