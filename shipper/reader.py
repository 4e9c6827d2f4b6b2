"""The reader: a process of its own that reads the journal with libsystemd and hands batches to its parent.

A process of its own because a damaged journal file can abort libsystemd, and with it the process. The only module that
opens journals. Run as `python -m journalhub.shipper.reader`, never forked: libsystemd's handles do not survive a fork.
"""

import gc
import glob
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from errno import ENOENT
from functools import cache
from itertools import chain
from typing import Any

from journalhub.journal import compiled
from journalhub.shipper import frames
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.files import Files
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import MAPPED_BYTES, POLL_SECONDS, RESCAN_SECONDS
from journalhub.shipper.order import Order, decode
from journalhub.shipper.outbox import Outbox
from journalhub.shipper.parts import Parts
from journalhub.shipper.pipe import FrameWriter, ParentGone
from journalhub.shipper.rules import Rules
from journalhub.shipper.sources import Source, discover
from journalhub.shipper.tap import BrokenSource, CannotOpen, Journal, Tap

LOCAL_ONLY = 1
"""SD_JOURNAL_LOCAL_ONLY of sd_journal_open(3): journals of this machine, not those received from others."""


def open_journal(source: Source, files: list[str] | None = None) -> Journal:
    """A handle of libsystemd on the source, or on `files` alone. Raises OSError."""
    if files is None and source.path is None and source.namespace is None:
        files = source.files()
    if files == []:
        raise FileNotFoundError(ENOENT, "none of its files can be opened")
    if files is not None:
        return _handle(0, files=files)
    if source.path is not None:
        return _handle(0, path=source.path)
    return _handle(LOCAL_ONLY, namespace=source.namespace or None)


def _handle(
    flags: int, path: str | None = None, files: list[str] | None = None, namespace: str | None = None
) -> Journal:
    """By the compiled codec, or where it or libsystemd is not there by systemd-python, which is its reference."""
    codec = compiled.codec
    opened: Journal | None = None if codec is None else codec.open_journal(flags, path, files, namespace)
    return opened or reference(flags, path, files, namespace)


def reference(flags: int, path: str | None, files: list[str] | None, namespace: str | None) -> Journal:
    """The handle of systemd-python. Raises OSError, and ImportError where it is not installed."""
    journal = _reference_type()(flags=flags, path=path, files=files, namespace=namespace)
    # libsystemd may cut values at 64 KiB otherwise (sd_journal_set_data_threshold(3)).
    journal.data_threshold = 0
    return journal  # type: ignore[no-any-return]


def library() -> str:
    """What opens journals here, by name. Raises ImportError where nothing does."""
    codec = compiled.codec
    probe = None if codec is None else codec.open_journal(0, None, [], None)
    if probe is None:
        _reference_type()
        return "systemd-python"
    probe.close()
    return "libsystemd, called by the compiled codec"


@cache
def _reference_type() -> Any:
    from systemd._reader import _Reader

    class Handle(_Reader):  # type: ignore[misc]
        def _get_pair(self) -> None:
            return None

    return Handle


class Reader:
    """All sources of one order, read in turns until the parent goes away, or to the end."""

    def __init__(self, order: Order, pipe: int) -> None:
        self._order = order
        self._files = Files(order.excluded, lambda path: open_journal(_alone(path)).close(), patient=not order.once)
        self._parts: dict[str, Parts] = {}
        self._lists: dict[str, list[str]] = {}
        """Of sources that are read file by file, because libsystemd does not watch them for us."""
        self._identities: dict[str, object] = {}
        """Of the directories of each source, as last looked at."""
        self._writer = FrameWriter(pipe, self._let_go)
        rules = None if order.rules.is_nothing else Rules(order.rules, lambda: time.time_ns() // 1000)
        self._outbox = Outbox(self._writer.write, time.monotonic, rules)
        self._closed: set[str] = set()
        """Sources that could not be opened; tried again at the next rescan."""
        self._rescan_at = 0.0
        self._was_drained = False

    def run(self) -> None:
        """Read and hand over. Returns when everything is read, with `once`; raises ParentGone."""
        while True:
            self._rescan()
            more = [self._read(parts) for parts in list(self._parts.values())]
            due = self._outbox.due_in
            if due == 0 or (due is not None and self._order.once and not any(more)):
                self._outbox.flush()
            if any(more):
                self._was_drained = False
                continue
            if self._order.once:
                self._writer.write(frames.Ended())
                return
            if not self._was_drained and self._outbox.due_in is None:
                self._was_drained = True
                self._writer.write(frames.Drained())
            self._wait()

    def _read(self, parts: Parts) -> bool:
        """Read on in all parts of a source, the newest entries first; whether there is more."""
        last = parts.taps[-1]
        if last.journal is None and last.name not in self._closed:
            with suppress(OSError):  # that it cannot be opened is found out and told of by _drain
                parts.split()
        more = False
        for tap in reversed(parts.taps):
            if self._drain(tap):
                more = True
            elif len(parts.taps) > 1:
                tap.notice()
        if more:  # what little is read at once is looked at with the next _rescan: a look costs as much as six entries
            _let_go_of_pages()
        return parts.join() or more

    def _drain(self, tap: Tap) -> bool:
        if tap.name in self._closed:
            return False
        try:
            return tap.drain()
        except CannotOpen as error:
            if self._order.once:
                raise ShipperError(Exit.UNREADABLE, f"cannot open the journal {tap.name}: {error}") from error
            self._complain("cannot open a journal; trying again", f"{error} in {tap.name}")
            self._closed.add(tap.name)
            return False
        except BrokenSource as error:
            self._quarantine(tap, str(error))
            return True

    def _wait(self) -> None:
        """Until something may be new, POLL_SECONDS at most: journald's own notice is up to 250 ms late.

        While no batch may leave, until one may: every look at the journal costs as much as reading some entries.
        """
        poll = select.poll()
        poll.register(sys.stdin.fileno(), select.POLLIN)
        seconds = self._outbox.rests_for
        if not seconds:
            seconds = POLL_SECONDS if self._outbox.due_in is None else 0.0
            for tap in self._taps():
                if tap.journal is not None and tap.source.name not in self._lists:
                    poll.register(tap.journal.fileno(), select.POLLIN)
        for descriptor, _ in poll.poll(1000 * seconds):
            if descriptor == sys.stdin.fileno():
                raise ParentGone
        for tap in self._taps():
            if tap.source.name not in self._lists:
                tap.notice()

    def _taps(self) -> Iterator[Tap]:
        return chain.from_iterable(parts.taps for parts in self._parts.values())

    def _rescan(self) -> None:
        """Take up sources that are new, and files that libsystemd does not watch for us."""
        now = time.monotonic()
        if now < self._rescan_at:
            return
        self._rescan_at = now + RESCAN_SECONDS
        _let_go_of_pages()
        self._closed.clear()
        for source in discover(self._order.selection):
            for path, why in self._files.examine(source):
                self._writer.write(frames.Quarantined(path, why, deadly=False))
            if source.name not in self._parts:
                self._parts[source.name] = self._take_up(source)
        for name, files in list(self._lists.items()):
            parts = self._parts[name]
            found = self._files.readable(parts.source)
            if found != files:
                self._lists[name] = found
                self._open_anew(parts)
        for name, parts in self._parts.items():
            identity = parts.source.identity()
            if self._identities.setdefault(name, identity) != identity:
                self._identities[name] = identity
                self._open_anew(parts)

    def _open_anew(self, parts: Parts) -> None:
        """What the old handle still holds open may have been renamed or deleted: read it out first."""
        while any(tap.journal is not None for tap in parts.taps) and self._read(parts):
            pass
        parts.close()

    def _take_up(self, source: Source) -> Parts:
        known = {f"s={sid.hex()}": span[:2] for sid, span in self._order.known.items() if self._has(source, span[2])}
        if self._files.must_be_listed(source):
            self._lists[source.name] = self._files.readable(source)

        def tap(position: Position | None) -> Tap:
            return Tap(source, self._open, self._outbox, position, known, self._complain)

        may_split = not self._order.once
        return Parts(source, self._order.positions, tap, self._open, self._outbox, may_split)

    def _open(self, source: Source) -> Journal:
        if source.name in self._lists:
            self._lists[source.name] = self._files.readable(source)  # some may be gone by now
        return open_journal(source, self._lists.get(source.name))

    def _has(self, source: Source, cursor: str) -> bool:
        """Whether the source holds exactly this entry, and thus all that the collector has before it was its own.

        Of two machines cloned from one disk both have the seqnum id; only one has the entry.
        """
        try:
            journal = open_journal(source, self._files.readable(source) if self._files.must_be_listed(source) else None)
        except OSError:
            return False
        try:
            journal.seek_cursor(cursor)
            return journal._next() and journal.test_cursor(cursor)
        except (OSError, ValueError):
            return False
        finally:
            journal.close()

    def _quarantine(self, tap: Tap, reason: str) -> None:
        """Leave out the files of a broken source that cannot be read through."""
        for path in self._files.readable(tap.source):
            try:
                read_through(path)
            except (OSError, ValueError) as error:
                self._files.excluded.add(path)
                self._writer.write(frames.Quarantined(path, f"{type(error).__name__}: {error}", deadly=True))
        self._lists[tap.source.name] = self._files.readable(tap.source)
        self._parts[tap.source.name].close()
        self._complain("reading on without the files that fail", f"{reason} in {tap.name}")

    def _complain(self, message: str, why: str) -> None:
        self._writer.write(frames.Trouble(message, why))

    def _let_go(self) -> None:
        """The parent takes nothing for long: do not keep deleted files on disk meanwhile."""
        for parts in self._parts.values():
            parts.close()


def _let_go_of_pages() -> None:
    """The files are mapped: without this each page that was read once counts as memory of this process."""
    if compiled.codec is not None:
        compiled.codec.release_journals(MAPPED_BYTES)


def _alone(path: str) -> Source:
    return Source(name=path, globs=(glob.escape(path),))


def read_through(path: str) -> None:
    """Step over every entry of one file. OSError or ValueError when that fails; a damaged file may kill the process."""
    journal = open_journal(_alone(path))
    try:
        journal.seek_head()
        while journal._next():
            journal._get_cursor()
            try:
                journal._get_all()
            except (OSError, ValueError):
                continue  # costs that entry, when it is its turn
    finally:
        journal.close()


def take_order(descriptor: int) -> Order:
    """The order on the standard input, which stays open as long as the parent lives."""
    return decode(_exactly(descriptor, int.from_bytes(_exactly(descriptor, 4), "little")))


def _exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = os.read(descriptor, size - len(data))
        if not piece:
            raise ParentGone
        data += piece
    return data


def main() -> int:
    """Serve one parent. The exit code says nothing to it but by a signal; frames do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent decides when to end
    # Nothing here makes cycles; a collection of 100,000 live objects every 700 new ones costs a fifth of the time.
    gc.disable()
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not print into the frames
    try:
        order = take_order(sys.stdin.fileno())
        if order.probe:
            read_through(order.probe)
            return Exit.OK
        Reader(order, pipe).run()
    except ParentGone:
        return Exit.OK
    except (ShipperError, ImportError) as error:
        FrameWriter(pipe, lambda: None).write(_fatal(error))
    return Exit.OK


def _fatal(error: ShipperError | ImportError) -> frames.Fatal:
    if isinstance(error, ShipperError):
        return frames.Fatal(error.code, str(error))
    return frames.Fatal(
        Exit.NO_LIBRARY,
        f"cannot read journals: {error}; install the package python3-systemd, or `pip install journalhub[shipper]` "
        "after libsystemd-dev, pkg-config and gcc",
    )


if __name__ == "__main__":
    sys.exit(main())
