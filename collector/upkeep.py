"""`journalhub reindex`, `verify`, `repair`, `backup` and `restore`: what an administrator does to a data directory."""

import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from journalhub.collector.settings import DATA_DIR
from journalhub.collector.store_access import EXIT_IN_USE, CannotOpenError, open_for_us
from journalhub.journal.notify import Notifier
from journalhub.journal.settings import load_or_exit
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Order, Partition, Scope, Store, StoreError
from journalhub.store.embedded import backup as copies
from journalhub.store.embedded import layout, maintenance, salvage

EXIT_DAMAGED = 1
EXIT_USAGE = 2
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
        # An index that lacks entries is completed by the opening below, and looked through after that.
        damaged = [sentence for sentence in maintenance.verify(directory, _say_day("looked at")) if _of_log(sentence)]
        damaged += _verify_accounts(directory)
        partitions, unfound = _verify_found(directory)
        damaged += [
            sentence for sentence in unfound if sentence.split(": ")[0] not in {d.split(": ")[0] for d in damaged}
        ]
    except CannotOpenError as error:
        return _fail("verify", str(error), error.code)
    except StoreError as error:
        return _fail("verify", str(error), EXIT_IN_USE if "in use" in str(error) else EXIT_DAMAGED)
    for sentence in damaged:
        print(f"journalhub verify: {sentence}", file=sys.stderr)
    if damaged:
        print("journalhub verify: `journalhub repair` mends what can be mended", file=sys.stderr)
        return EXIT_DAMAGED
    print(f"{sum(item.entries for item in partitions)} entries of {len(partitions)} days: all readable and indexed")
    return 0


def _verify_accounts(directory: Path) -> list[str]:
    """What SQLite finds wrong with the databases beside the partitions."""
    wrong: list[str] = []
    for path in (*sorted(directory.glob("*.sqlite")), *sorted((directory / "access").glob("*.sqlite"))):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                wrong += [f"{path}: {row[0]}" for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
        except sqlite3.Error as error:
            wrong.append(f"{path}: {error}")
    return wrong


def _verify_found(directory: Path) -> tuple[list[Partition], list[str]]:
    """All days, and those of which not every entry is found by its index."""
    store = open_for_us(directory, Notifier({}))
    try:
        store.refresh()
        wrong = list(store.health())
        partitions = store.partitions()
        for number, partition in enumerate(partitions, 1):
            print(f"{partition.day}: {number} of {len(partitions)} days", file=sys.stderr)
            wrong += _check(store, partition)
    finally:
        store.close()
    return partitions, wrong


def _say_day(what: str) -> Callable[[str, int, int], None]:
    """Progress as a line per day."""
    shown = ""

    def say(day: str, done: int, entries: int) -> None:
        nonlocal shown
        if done >= entries and day != shown:
            shown = day
            print(f"{day}: {what} {entries} entries", file=sys.stderr)

    return say


def repair(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Make damaged days anew from what can be read of them; the exit code."""
    about = (
        "Make damaged days anew from what can still be read; the old ones are put aside, whole. The collector must not "
        "run."
    )
    directory: Path = load_or_exit("journalhub repair", (DATA_DIR,), argv, environ, about=about)["data-dir"]
    try:
        _exists(directory)
        salvage.finish_interrupted(directory)
        damaged = sorted({sentence.split(": ")[0] for sentence in maintenance.verify(directory) if _of_log(sentence)})
        for found in salvage.salvage(directory, damaged):
            print(f"{found.day}: {found.entries} entries kept, {_lost(found)}; what was there is in {found.put_aside}")
    except CannotOpenError as error:
        return _fail("repair", str(error), error.code)
    except (StoreError, OSError) as error:
        return _fail("repair", str(error), EXIT_IN_USE if "in use" in str(error) else EXIT_DAMAGED)
    if not damaged:
        print("no log is damaged; indexes are built anew by `journalhub reindex`")
    else:
        print("what is lost shows as gaps; a node that still has it sends it when its state directory is removed")
    return 0


def _lost(found: salvage.Salvaged) -> str:
    if found.is_log_lost:
        return "the log was not there"
    return f"{found.lost_blocks} blocks could not be read" if found.lost_blocks else "nothing was lost"


def _of_log(sentence: str) -> bool:
    """Whether a finding of `verify` is about the log; an index is built anew by itself."""
    return ": the index lacks" not in sentence


def backup(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Copy everything that cannot be made again, also while the collector runs; the exit code."""
    return _copy("backup", argv, environ, "Copy the data directory to DIR; the collector may run.")


def restore(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Make a data directory of a backup; the exit code."""
    return _copy("restore", argv, environ, "Make the data directory, which must be new or empty, of the backup in DIR.")


def _copy(command: str, argv: Sequence[str], environ: Mapping[str, str], about: str) -> int:
    place, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("-") else (None, argv)
    prog = f"journalhub {command} DIR"
    directory: Path = load_or_exit(prog, (DATA_DIR,), rest, environ, about=about)["data-dir"]
    if place is None:
        return _fail(command, "give the directory of the backup: journalhub backup DIR", EXIT_USAGE)
    try:
        if command == "backup":
            files = copies.backup(directory, Path(place), _say_file)
        else:
            files = copies.restore(Path(place), directory, _say_file)
    except StoreError as error:
        return _fail(command, str(error), EXIT_DAMAGED)
    print(f"{files} files; the index is not among them, it is built anew")
    return 0


def _say_file(name: str) -> None:
    print(name, file=sys.stderr)


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
