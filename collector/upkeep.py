"""`journalhub reindex` and `journalhub verify`: work on a data directory that no collector has open."""

import os
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from journalhub.collector.settings import DATA_DIR
from journalhub.collector.store_access import CannotOpenError, open_for_us
from journalhub.journal.notify import Notifier
from journalhub.journal.settings import load_or_exit
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Partition, Scope, Store, StoreError
from journalhub.store.embedded import layout

EXIT_DAMAGED = 1
PAGE = 5000
"""Entries read at once."""

POLL_SECONDS = 0.5
"""Between two lines of progress."""


def reindex(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Build the index of every day anew; the exit code."""
    about = "Build the search index anew from the stored entries. The collector must not run."
    directory: Path = load_or_exit("journalhub reindex", (DATA_DIR,), argv, environ, about=about)["data-dir"]
    try:
        _exists(directory)
        # Opened once before anything is removed: that proves the version, and that nobody uses it.
        open_for_us(directory, Notifier({})).close()
        for index in sorted((directory / layout.PARTITIONS).glob(f"*/{layout.INDEX_DIRECTORY}")):
            shutil.rmtree(index)
        store = open_for_us(directory, Notifier({}))
    except CannotOpenError as error:
        return _fail("reindex", str(error), error.code)
    except OSError as error:
        return _fail("reindex", f"cannot remove the old index: {error}", EXIT_DAMAGED)
    try:
        _refresh_with_progress(store)
        trouble = store.health()
        partitions = store.partitions()
    except StoreError as error:
        return _fail("reindex", str(error), EXIT_DAMAGED)
    finally:
        store.close()
    for sentence in trouble:
        print(f"journalhub reindex: {sentence}", file=sys.stderr)
    print(f"indexed {sum(item.entries for item in partitions)} entries of {len(partitions)} days")
    return EXIT_DAMAGED if trouble else 0


def _refresh_with_progress(store: Store) -> None:
    work = threading.Thread(target=store.refresh, name="reindex")
    work.start()
    shown = ""
    while work.is_alive():
        work.join(POLL_SECONDS)
        partitions = store.partitions()
        done = sum(1 for item in partitions if item.indexed)
        line = f"indexed {done} of {len(partitions)} days"
        if line != shown and work.is_alive():
            print(line, file=sys.stderr)
            shown = line


def verify(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Read every stored entry, compare with the index, and say what is damaged; the exit code."""
    about = "Read everything that is stored and say what is damaged. The collector must not run."
    directory: Path = load_or_exit("journalhub verify", (DATA_DIR,), argv, environ, about=about)["data-dir"]
    try:
        _exists(directory)
        store = open_for_us(directory, Notifier({}))
    except CannotOpenError as error:
        return _fail("verify", str(error), error.code)
    try:
        store.refresh()
        damaged = list(store.health())
        partitions = store.partitions()
        for number, partition in enumerate(partitions, 1):
            print(f"{partition.day}: {number} of {len(partitions)} days", file=sys.stderr)
            damaged += _check(store, partition)
    except StoreError as error:
        damaged = [str(error)]
        partitions = []
    finally:
        store.close()
    for sentence in damaged:
        print(f"journalhub verify: {sentence}", file=sys.stderr)
    if damaged:
        return EXIT_DAMAGED
    print(f"{sum(item.entries for item in partitions)} entries of {len(partitions)} days: all readable and indexed")
    return 0


def _check(store: Store, partition: Partition) -> list[str]:
    """Read a day by its index, and compare how many entries there are with what its log says."""
    scope = Scope(All(), partition.first.realtime, partition.last.realtime)
    after, read = None, 0
    try:
        while True:
            page = store.search(scope, Order.OLDEST_FIRST, PAGE, after, Budget())
            read += len(page.hits)
            if page.reason:
                return [f"{partition.day}: {page.reason}"]
            if not page.more or not page.hits:
                break
            after = page.hits[-1].position
    except StoreError as error:
        return [f"{partition.day}: {error}"]
    if read != partition.entries:
        return [f"{partition.day}: the log has {partition.entries} entries, {read} are found; run journalhub reindex"]
    return []


def _exists(directory: Path) -> None:
    """Refuse a directory that is not there: it was meant to be looked at, not made."""
    if not (directory / layout.VERSION_FILE).exists():
        message = f"there is no data directory at {directory}; give --data-dir"
        raise CannotOpenError(message, 6)


def _fail(command: str, message: str, code: int) -> int:
    print(f"journalhub {command}: {message}", file=sys.stderr)
    return code
