"""A dump of much: the memory that it takes does not grow with its length."""

import asyncio
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from tests.query.serving import Client, Pair, with_server

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.embedded import open_store
from journalhub.store.embedded import store as store_module

HOSTS = 4
BATCH = 250
BATCHES = 10
"""Of each host."""
MESSAGE = b"m" * 2000
START = 1_750_000_000_000_000
ROOM = 3 * 1024 * 1024
"""Bytes by which halves may differ: a block more or less."""


def entry(host: int, number: int) -> Entry:
    """Those of the hosts come by turns."""
    fields = (("_HOSTNAME", b"host-%d" % host), ("MESSAGE", MESSAGE), ("PRIORITY", b"6"))
    return Entry(b"%d" % host * 16, number, b"b" * 16, number, START + HOSTS * number + host, 7, fields)


@pytest.mark.parametrize("parameters", [[("format", "export")], [("format", "journalctl"), ("output", "json")]])
def test_memory_does_not_grow(parameters: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half takes what the first took, which is a part of what was printed; for a slow reader, too."""
    monkeypatch.setattr(store_module, "CACHE_BYTES", 1024 * 1024)
    peaks: list[int] = []
    size = 0

    async def use(client: Client) -> None:
        nonlocal size
        whole = HOSTS * BATCHES * BATCH * len(MESSAGE)
        async with client.session.get(client.url("export", parameters), headers={"Accept-Encoding": "identity"}) as got:
            async for piece in got.content.iter_any():
                size += len(piece)
                if len(peaks) < 2 * size // whole:
                    peaks.append(tracemalloc.get_traced_memory()[1])
                    tracemalloc.reset_peak()
                await asyncio.sleep(0)

    with closing(open_store(tmp_path)) as store:
        for low in range(0, BATCHES * BATCH, BATCH):
            store.append(
                [from_entries([entry(host, low + number) for number in range(BATCH)]) for host in range(HOSTS)]
            )
        store.refresh()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            with_server(store, use)
        finally:
            tracemalloc.stop()

    first, second = peaks[0] - before, peaks[1] - before
    assert size > HOSTS * BATCHES * BATCH * len(MESSAGE)
    assert second < first + ROOM
    assert max(first, second) < size / 1.2
