"""A day before and after it is sealed: bytes, questions, and a page of entries that lie far apart."""

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import ingest, kept, queries
from bench.process import started
from journalhub.store.embedded import sealer
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.layout import CACHE_BYTES, PARTITIONS
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.store import EmbeddedStore

SCATTERED = 100
"""Entries of a page that lie in as many blocks."""


def sealed(entries: int, hosts: int) -> dict[str, Any]:
    """The figures, also printed."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-") as name:
        directory = Path(name)
        bodies = kept.native(entries, hosts)
        with started(directory) as collector:
            ingest.load(collector, bodies, 2)
            hot = {"bytes": collector.disk_bytes() / entries, "queries": queries.ask(collector)}
        hot["scattered_ms"] = _scattered(directory)
        begin, before = time.perf_counter(), sum(os.times()[:4])
        _in_child("seal", directory)
        seconds, cpu = time.perf_counter() - begin, sum(os.times()[:4]) - before
        with started(directory) as collector:
            packed = {"bytes": collector.disk_bytes() / entries, "queries": queries.ask(collector)}
        packed["scattered_ms"] = _scattered(directory)
    figures = {"hot": hot, "sealed": packed, "seconds": seconds, "cpu_us_per_entry": cpu * 1e6 / entries}
    print(_table(figures))
    return figures


def _table(figures: dict[str, Any]) -> str:
    hot, packed = figures["hot"], figures["sealed"]
    lines = [
        f"sealing took {figures['seconds']:.0f} s, {figures['cpu_us_per_entry']:.0f} µs CPU an entry",
        f"\n{'':40} {'hot':>8} {'sealed':>8}",
        f"{'bytes an entry, all included':40} {hot['bytes']:8.1f} {packed['bytes']:8.1f}",
        f"{f'{SCATTERED} scattered entries, ms CPU':40} {hot['scattered_ms']:8.1f} {packed['scattered_ms']:8.1f}",
    ]
    for name, one in hot["queries"].items():
        lines.append(f"{name + ', ms':40} {one.median:8.1f} {packed['queries'][name].median:8.1f}")
    return "\n".join(lines)


def _scattered(directory: Path) -> float:
    """ms CPU for SCATTERED entries, each read out of a block that nothing was read of before: a fresh process."""
    return float(_in_child("read", directory))


def _in_child(what: str, directory: Path) -> str:
    command = [sys.executable, "-m", "bench.sealed", what, str(directory)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _seal(directory: Path) -> None:
    vars(sealer)["SEAL_QUIET_SECONDS"] = 0.0  # nothing more comes
    with closing(EmbeddedStore(directory)) as store:
        store.refresh()
        while not store.sealer.look():
            if store.sealer.trouble:
                print(*store.sealer.trouble, file=sys.stderr)


def _read(directory: Path) -> float:
    (day,) = (directory / PARTITIONS).iterdir()
    with closing(Partition(day, BlockCache(CACHE_BYTES))) as partition:
        metas, choice = partition.metas(), random.Random(7)
        some = choice.sample(metas, min(SCATTERED, len(metas)))
        chosen = [choice.randint(meta.first_ord, meta.last_ord) for meta in some]  # a day alone leaves no number out
        begin = time.process_time()
        entries = [row.hit().entry for row in partition.rows(chosen)]
        seconds = time.process_time() - begin
    assert len(entries) == len(chosen)
    return seconds * 1e3 * SCATTERED / len(chosen)


if __name__ == "__main__":
    if sys.argv[1] == "seal":
        _seal(Path(sys.argv[2]))
    else:
        print(_read(Path(sys.argv[2])))
