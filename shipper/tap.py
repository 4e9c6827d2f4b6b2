"""Reading one source: where to start, entry after entry, what was missing between them, and what to do about errors."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from journalhub.shipper.columns import Address, Fields, Pair, parts
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import MISORDERED_MAX, PROCESS_EVERY, RECHECK_ENTRIES, STREAMS_MAX
from journalhub.shipper.outbox import Outbox
from journalhub.shipper.recent import Recent
from journalhub.shipper.sources import Source

Known = Mapping[str, tuple[int, int]]
"""By `s=<seqnum id>`: the first and the last seqnum that the collector has without a hole between."""

ROTATED = "rotated away before it was read"
MISSING = "not in the journal"
"""Causes of a gap: found when the reading began, or while it went on."""

FAILURES_BEFORE_REOPEN = 3
"""Errors of `_next` in a row. libsystemd repeats some for ever until the handle looks at its files again."""

Last = tuple[int, int, str]
"""Newest entry read of a stream: seqnum, realtime, cursor."""


class Journal(Protocol):
    """What is used of libsystemd: the compiled codec's, or systemd-python's `_Reader` with one method more."""

    def _next(self, skip: int = 1) -> bool: ...
    def _previous(self, skip: int = 1) -> bool: ...
    def _get_all(self) -> Fields: ...
    def _get_pair(self) -> Pair | None:
        """The names and values of `_get_all`; None where that must be asked."""
        ...

    def _get_cursor(self) -> str: ...
    def seek_head(self) -> None: ...
    def seek_tail(self) -> None: ...
    def seek_cursor(self, cursor: str) -> None: ...
    def test_cursor(self, cursor: str) -> bool: ...
    def process(self) -> int: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class BrokenSource(Exception):
    """The source fails at one place however often it is opened: one of its files must be left out."""


class CannotOpen(Exception):
    """There is nothing to open, or this process may not: perhaps later."""


class Tap:
    """One source, or a part of it, opened. `open_journal` gives a fresh handle on it."""

    def __init__(
        self, source: Source, open_journal: Callable[[Source], Journal], outbox: Outbox, start: Position | None,
        known: Known, complain: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self.source = source
        self.name = source.name
        """Key of its position: that of the source, or of the part."""
        self.stop = ""
        """Cursor of the last entry that this part reads; empty when it follows the journal."""
        self.cursor = "" if start is None else start.cursor
        self.journal: Journal | None = None
        self._streams: dict[str, Last] = {}
        if start is not None:
            for last in start.streams.values():
                seqnum_id, seqnum, _, _, realtime, _ = parts(last)
                self._streams[seqnum_id] = (seqnum, realtime, last)
        self._touched: set[str] = set()
        self._checked: set[str] = set()
        self._tops: dict[str, tuple[str, int]] = {}  # by boot: the highest seqnum read, and whose it was
        self._apart: set[str] = set()  # boots whose streams have a sequence each
        self._open_journal = open_journal
        self._outbox = outbox
        self._known = dict(known)
        self._complain = complain
        self._resumed = True
        self._failures = 0
        self._recent = Recent() if source.is_volatile() else None
        self._standing = False  # whether the handle stands on an entry that was not delivered yet

    def position(self) -> Position:
        """The cursor of the newest entry, and the streams that moved since the last call."""
        streams = {bytes.fromhex(sid[2:]): self._streams[sid][2] for sid in self._touched if sid in self._streams}
        self._touched.clear()
        return Position(self.cursor, streams)

    @property
    def is_over(self) -> bool:
        """Whether the part is read to its end."""
        return bool(self.stop) and self.cursor == self.stop

    def join(self, earlier: "Tap") -> None:
        """Take over from the part before this one, which is read to its end."""
        if self._recent is not None and earlier._recent is not None:
            self._recent.join(earlier._recent)
        self.name = earlier.name
        self._streams = earlier._streams | self._streams
        self._touched |= earlier._touched
        self._checked |= earlier._checked
        self._apart |= earlier._apart

    def open(self) -> None:
        """Open the journal and stand behind the newest entry that was read. Raises OSError."""
        self.close()
        self.journal = self._open_journal(self.source)
        # The watches are installed by the first calls of these; before, rotated files are missed. sd_journal_get_fd(3)
        if self.source.path is not None or self.source.namespace is not None:
            self.journal.fileno()
            self.journal.process()
        self._resumed = True
        if not self.cursor:
            self.journal.seek_head()
            return
        self.journal.seek_cursor(self.cursor)
        if self.journal._next():
            # The same entry also by another seqnum: journald copied it from /run/log/journal to the disk.
            self._standing = parts(self.journal._get_cursor())[2:] != parts(self.cursor)[2:]
        else:
            self._stand_behind_known()

    def close(self) -> None:
        """Let go of every file. `open` continues where it was."""
        if self.journal is not None:
            self.journal.close()
        self.journal = None
        self._standing = False

    def notice(self) -> None:
        """Look for new, rotated and deleted files."""
        if self.journal is not None and self.source.globs == ():
            # INVALIDATE says no more than APPEND here: the handle has taken the new files up by itself.
            self.journal.process()

    def drain(self) -> bool:
        """Read until the end (False), or until the batch was handed over or PROCESS_EVERY entries are read (True).

        A part that has a stop ends behind that entry; without meeting it, at the end of the journal.

        Raises CannotOpen, and BrokenSource.
        """
        if self.journal is None:
            try:
                self.open()
            except OSError as error:
                raise CannotOpen(_short(error)) from error
        try:
            more = self._read()
        except (OSError, ValueError) as error:
            self._fail(error)
            return True
        if more:
            self.notice()
        return more

    def _read(self) -> bool:
        # Every entry of a node comes through here: what need not be asked or told for each is not.
        journal, outbox, streams, touched, tops = self.journal, self._outbox, self._streams, self._touched, self._tops
        recent, known = self._recent, self._known
        assert journal is not None
        advance, get_cursor, deliver = journal._next, journal._get_cursor, self._deliver
        has_moved = False
        for _ in range(PROCESS_EVERY):
            if self._standing:
                self._standing = False
            elif not advance():
                self._failures = 0
                self.cursor = self.stop or self.cursor
                return False
            cursor = get_cursor()
            address = parts(cursor)
            seqnum_id, seqnum, boot, _, realtime, _ = address
            last = streams.get(seqnum_id)
            top = tops.get(boot)
            if top is not None and top[0] == seqnum_id and top[1] < seqnum:
                tops[boot] = (seqnum_id, seqnum)
            else:
                self._watch_order(address)
            if last is not None and seqnum != last[0] + 1 and seqnum > last[0]:
                self._jumped(address, last)
                has_moved = False
                if self.journal is not journal:  # a flush waited long: this entry is read again
                    return True
            is_had = (known and self._is_known(seqnum_id, seqnum)) or (recent is not None and recent.has(address))
            if not is_had and not deliver(address, cursor, journal):
                outbox.flush()
                # flush() may have waited long, and closed the handle meanwhile.
                self._standing = self.journal is not None
                return True
            self.cursor = cursor
            streams[seqnum_id] = (seqnum, realtime, cursor)
            touched.add(seqnum_id)
            if not has_moved:
                has_moved = True
                self._resumed = False
                outbox.moved(self)
            if outbox.is_full:
                outbox.flush()
                return not self.is_over
            if cursor == self.stop:
                return False
        self._failures = 0
        self._forget_old_streams()
        return True

    def _deliver(self, address: Address, cursor: str, journal: Journal) -> bool:
        outbox = self._outbox
        try:
            pair = None if outbox.has_rules else journal._get_pair()
            fields = journal._get_all() if pair is None else {}
        except (OSError, ValueError) as error:  # UnicodeDecodeError is a ValueError
            outbox.drop(f"unreadable entry: {_short(error)}", address)
            return True
        return outbox.add(address, fields, cursor) if pair is None else outbox.add_pair(address, pair, cursor)

    def _is_known(self, seqnum_id: str, seqnum: int) -> bool:
        first, last = self._known.get(seqnum_id, (1, 0))
        return first <= seqnum <= last

    def _jumped(self, address: Address, last: Last) -> None:
        """Seqnums are missing between the newest entry of the stream and this one: find them, or report them."""
        if not self.source.counts_gaps:
            return
        seqnum_id, seqnum, _, _, realtime, _ = address
        newest = self._newest_before(address, last)
        # What a stream's own journal got late is looked for once after each start even where siblings explain all.
        is_checked = seqnum_id in self._checked
        self._checked.add(seqnum_id)
        if is_checked and newest[0] + 1 == seqnum:
            return
        cause = ROTATED if self._resumed else MISSING
        missing = newest[0] + 1
        late = self._passed_over(address, newest if is_checked else last)
        for found in [*(number for number in sorted(late) if number >= missing), seqnum]:
            if found > missing:
                self._outbox.gap(seqnum_id, missing, found - 1, newest[1], realtime, cause)
            missing = found + 1

    def _newest_before(self, address: Address, last: Last) -> Last:
        """The newest entry below `address` of its own stream (`last`) or of a stream that counts along with it.

        A journald of systemd before 254 counts in one sequence but gives every user's journal a seqnum id of its own:
        what is missing from one stream was read from another.
        """
        boots = [boot for boot in (address[2], parts(last[2])[2]) if boot not in self._apart]
        siblings = (one for one in self._streams.values() if any(boot in one[2] for boot in boots))
        return max((one for one in siblings if last[0] < one[0] < address[1]), default=last)

    def _watch_order(self, address: Address) -> None:
        """Find out that the streams of a boot count apart: a common counter never comes to a number twice."""
        seqnum_id, seqnum, boot, *_ = address
        top_id, top = self._tops.get(boot, (seqnum_id, 0))
        if seqnum > top:
            self._tops[boot] = (seqnum_id, seqnum)
        elif seqnum_id != top_id and (seqnum == top or seqnum < top - MISORDERED_MAX):
            self._apart.add(boot)

    def _passed_over(self, address: Address, last: Last) -> list[int]:
        """Deliver entries that the handle passed over because they became visible late; their seqnums."""
        found: list[int] = []
        boots = (address[2], parts(last[2])[2])
        again = self._open_journal(self.source)
        try:
            again.seek_cursor(last[2])
            for _ in range(RECHECK_ENTRIES):
                if not again._next():
                    break
                cursor = again._get_cursor()
                other = parts(cursor)
                if other[0] == address[0] and other[1] >= address[1]:
                    break
                known = self._streams.get(other[0], (0, 0, ""))[0]
                if other[2] not in boots or not known < other[1] < address[1]:
                    continue
                while not self._deliver(other, cursor, again):
                    self._outbox.flush()
                found.append(other[1])
                self._streams[other[0]] = (other[1], other[4], cursor)
                self._touched.add(other[0])
                self._outbox.moved(self)  # what a flush hands over is what belongs to a source that moved
        finally:
            again.close()
        return found

    def _stand_behind_known(self) -> None:
        """Nothing is behind the cursor: the clock may have gone back, or the journal lost its end.

        Walk back from the end to the newest entry that was read before, and continue behind it.
        """
        assert self.journal is not None
        self.journal.seek_tail()
        while self.journal._previous():
            seqnum_id, seqnum, *_ = parts(self.journal._get_cursor())
            last = self._streams.get(seqnum_id)
            if last is not None and seqnum <= last[0]:
                return
        self.journal.seek_head()

    def _fail(self, error: Exception) -> None:
        """libsystemd cannot go on: let it look at its files again, then open them anew, then give a file up."""
        self._failures += 1
        if self._failures == 1:
            self._complain("cannot read on; trying again", f"{_short(error)} in {self.name} after {self.cursor}")
        if self._failures <= FAILURES_BEFORE_REOPEN:
            self.notice()
        elif self._failures == FAILURES_BEFORE_REOPEN + 1:
            self.open()
        else:
            self._failures = 0
            raise BrokenSource(_short(error)) from error

    def _forget_old_streams(self) -> None:
        while len(self._streams) > STREAMS_MAX:
            oldest = min(self._streams, key=lambda sid: self._streams[sid][1])
            del self._streams[oldest]
        while len(self._tops) > STREAMS_MAX:
            del self._tops[next(iter(self._tops))]


def _short(error: Any) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
