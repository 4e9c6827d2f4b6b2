"""One source read in several parts side by side, so that what is logged now does not wait for what was logged before.

Where a source is far behind, its newest entry becomes a border: one part reads up to it, another follows the journal
from there. When the collector was away again meanwhile, the part that follows is split once more. A part that is read
to its border joins the next. Each has a position of its own; a part that begins at a border has the border in its name:

    system                      reads up to the first border
    system since s=…;i=…        from this border to the next, the last of them to the end and on
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from journalhub.shipper.columns import parts
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import FAR_BEHIND_ENTRIES, PARTS_MAX
from journalhub.shipper.outbox import Outbox
from journalhub.shipper.sources import Source
from journalhub.shipper.tap import Journal, Tap

_SINCE = " since "


@dataclass(frozen=True, slots=True)
class Pending:
    """A stretch of a source that is still to be read while later entries are read already. Cursors."""

    after: str
    """The last entry read before it; empty when it begins with the journal."""
    until: str
    """The border, which belongs to it."""


def pending(positions: Mapping[str, Position]) -> list[Pending]:
    """The stretches that positions speak of, each source's oldest first."""
    found: list[Pending] = []
    for source in sorted({_source_of(name) for name in positions}):
        names = _parts_of(source, positions)
        for name, later in zip(names, names[1:], strict=False):
            at = positions.get(name)
            found.append(Pending(at.cursor if at else "", border(later)))
    return found


def border(name: str) -> str:
    """The cursor at which a part begins; empty for the part that began with the source."""
    return name.rpartition(_SINCE)[2] if _SINCE in name else ""


def _source_of(name: str) -> str:
    return name.rpartition(_SINCE)[0] or name


def _parts_of(source: str, names: Iterable[str]) -> list[str]:
    """Names of the parts of a source, in the order in which they follow each other."""
    later = [name for name in names if _source_of(name) == source and name != source]
    return [source, *sorted(later, key=lambda name: parts(border(name))[4])]


class Parts:
    """The taps of one source. `make` gives a new one for a position, `open_journal` a fresh handle on the source."""

    def __init__(
        self, source: Source, positions: Mapping[str, Position], make: Callable[[Position | None], Tap],
        open_journal: Callable[[Source], Journal], outbox: Outbox, may_split: bool,
    ) -> None:  # fmt: skip
        self.source = source
        self._make = make
        self._open_journal = open_journal
        self._outbox = outbox
        self._may_split = may_split and source.counts_gaps
        self.taps = [self._tap(name, positions.get(name)) for name in _parts_of(source.name, positions)]
        """The last follows the journal."""
        for tap, later in zip(self.taps, self.taps[1:], strict=False):
            tap.stop = border(later.name)

    def _tap(self, name: str, position: Position | None) -> Tap:
        tap = self._make(position)
        tap.name = name
        return tap

    def split(self) -> bool:
        """Follow the journal from its end when the last part is far from it. Raises OSError."""
        if not self._may_split or len(self.taps) >= PARTS_MAX:
            return False
        last = self.taps[-1]
        end = self._far_end(last.cursor)
        if not end:
            return False
        last.close()  # a handle from before may not have the file with the border
        last.stop = end
        seqnum_id = bytes.fromhex(parts(end)[0][2:])
        live = self._tap(f"{self.source.name}{_SINCE}{end}", Position(end, {seqnum_id: end}))
        self.taps.append(live)
        # Its position belongs to the next batch, though it has read nothing yet: after a crash it is known from there.
        self._outbox.moved(live)
        return True

    def _far_end(self, cursor: str) -> str:
        """Cursor of the newest entry when more than FAR_BEHIND_ENTRIES are to be read up to it; else empty."""
        journal = self._open_journal(self.source)
        try:
            if cursor:
                journal.seek_cursor(cursor)
            else:
                journal.seek_head()
            if not (journal._next() and journal._next(FAR_BEHIND_ENTRIES) and journal._next()):
                return ""
            journal.seek_tail()
            return journal._get_cursor() if journal._previous() else ""
        finally:
            journal.close()

    def join(self) -> bool:
        """Let parts that are read to their end join the next; whether there were any."""
        joined = False
        while len(self.taps) > 1 and self.taps[0].is_over:
            self._join(0)
            joined = True
        for at in range(len(self.taps) - 2, 0, -1):
            if self.taps[at].is_over:
                self._join(at)
                joined = True
        return joined

    def _join(self, at: int) -> None:
        earlier, later = self.taps[at], self.taps[at + 1]
        gone = later.name
        later.join(earlier)
        earlier.close()
        del self.taps[at]
        self._outbox.moved(_Gone(gone))
        self._outbox.moved(later)

    def close(self) -> None:
        """Let go of every file."""
        for tap in self.taps:
            tap.close()


class _Gone:
    """A part that has joined another, as the outbox sees it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def position(self) -> Position:
        """None any more."""
        return Position("")
