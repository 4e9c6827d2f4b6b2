"""The collector is killed at each step of the way to disk: what it acknowledged is there; a resend doubles nothing."""

import http.client
import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.collector.material import batch
from tests.collector.test_process import ENVIRONMENT, PROGRAM, SECONDS, Collector, run

from journalhub.journal import wire
from journalhub.journal.batch import Batch
from journalhub.journal.steps import REMOVAL_STEPS, STEPS, THINNING_STEPS
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Scope
from journalhub.store.embedded import open_store

DAY = 86_400_000_000
EVENING = 1_790_000_000_000_000 // DAY * DAY + DAY - 1_000_000
"""Microseconds: a second before a midnight, so that batches fall into two days."""

BATCHES = 40
SIZE = 50


def sent() -> list[Batch]:
    """Batches of one node across midnight; some with a loss to be written down."""
    made = []
    for number in range(BATCHES):
        seqnums = range(number * SIZE + 1, (number + 1) * SIZE + 1)
        made.append(batch(*seqnums))
        made[-1].realtime = [EVENING + seqnum * 1000 for seqnum in seqnums]
    return made


def body(part: Batch) -> bytes:
    """With a report, which is written to the ledger before the answer."""
    gap = {"seqnum_id": bytes(16), "first": part.seqnum[0], "last": part.seqnum[0], "since": 1, "until": 2, "cause": ""}
    status = {"machine_id": bytes(16), "hostname": "web-1", "version": "1", "gaps": [gap]}
    return wire.encode(part, status)


class Doomed(Collector):
    """A collector that dies at a step."""

    def __init__(self, data: Path, step: str, times: int, *options: str) -> None:
        before, PROGRAM[:] = PROGRAM[:], [sys.executable, "-m", "tests.collector.killed_at", step, str(times)]
        try:
            super().__init__(data, *options)
        finally:
            PROGRAM[:] = before


def deliver(running: Collector, parts: list[Batch]) -> int:
    """Send until the collector dies; how many batches it acknowledged."""
    for number, part in enumerate(parts):
        try:
            status, _ = running.post(body(part))
        except (OSError, http.client.HTTPException):
            return number
        assert status == 200
    return len(parts)


ONCE = ("append: one day of several stored", "merge: written, not committed", "merge: committed")
"""Steps that this material reaches once."""


@pytest.mark.parametrize("step", STEPS)
def test_killed_on_the_way_to_disk(step: str, tmp_path: Path) -> None:
    """When the step is reached for the second time, where it is reached so often."""
    parts = sent()
    times = 1 if step in ONCE else 2
    doomed = Doomed(tmp_path, step, times)
    acknowledged = deliver(doomed, parts)
    assert doomed.process.wait(SECONDS) == -signal.SIGKILL, "the step was not reached"
    assert doomed.process.stderr is not None
    doomed.process.stderr.close()

    again = Collector(tmp_path)
    again.wait_found(stored := found(again))
    assert stored >= acknowledged * SIZE
    for part in reversed(parts):
        status, answer = again.post(body(part))
        assert (status, answer["stored"] + answer["duplicates"]) == (200, SIZE)
    again.wait_found(BATCHES * SIZE)
    again.wait_found(BATCHES * SIZE, "?q=hello")
    assert again.end() == 0

    assert_whole(tmp_path, [seqnum for part in parts for seqnum in part.seqnum])


def found(running: Collector) -> int:
    """How many entries the ledger counts."""
    return sum(node["entries"] for node in json.loads(running.get("/api/v1/nodes")[1])["nodes"])


def assert_whole(data: Path, seqnums: list[int]) -> None:
    """Exactly these entries are stored, once each, and nothing is wrong with the files."""
    checked = run("verify", "--data-dir", data)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with closing(open_store(data)) as store:
        page = store.search(Scope(All()), Order.OLDEST_FIRST, len(seqnums) + 10, None, Budget())
        assert sorted(hit.entry.seqnum for hit in page.hits) == seqnums


@pytest.mark.parametrize("step", [*REMOVAL_STEPS, *THINNING_STEPS])
def test_killed_while_removing(step: str, tmp_path: Path) -> None:
    """What is removed is gone whole or there whole, is removed after all at the next start, and counted once."""
    wanted, unwanted = batch(*range(1, 3000, 2)), batch(*range(2, 3000, 2), message=b"bye")
    with closing(open_store(tmp_path)) as store:
        store.append([wanted, unwanted])
    if step in REMOVAL_STEPS:
        options, left = ("--retention-days", "1"), []
    else:
        options, left = ("--retention-rule", "1 MESSAGE=bye"), wanted.seqnum
    doomed = [sys.executable, "-m", "tests.collector.killed_at", step, "1"]
    command = [*doomed, "collector", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path), *options]
    # It does not come to listen: retention is enforced first.
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, env=ENVIRONMENT)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()

    again = Collector(tmp_path, *options)
    again.wait_found(len(left))
    retention = json.loads(again.get("/api/v1/status")[1])["retention"]
    assert again.end() == 0
    assert_whole(tmp_path, left)
    if step in REMOVAL_STEPS:
        assert retention["removed_entries"] == len(wanted) + len(unwanted)
