"""What was read and not yet handed to the parent: the batch that is being filled, and what belongs to it."""

from collections.abc import Callable
from typing import Any, Protocol

from journalhub.journal import wire
from journalhub.journal.batch import Batch
from journalhub.journal.limits import BATCH_BYTES, BATCH_ENTRIES, BATCH_SECONDS, FEW_ENTRIES, FEW_SECONDS
from journalhub.shipper.columns import Address, Columns, Fields, Pair, parts
from journalhub.shipper.frames import Frame, Position, ReadBatch, Report
from journalhub.shipper.left_out import LeftOut
from journalhub.shipper.redaction import Redaction, redacted
from journalhub.shipper.rules import Rules
from journalhub.shipper.wholeness import UNREADABLE_FIELD, Wholeness


class Tapped(Protocol):
    """A source, as far as the outbox cares."""

    name: str

    def position(self) -> Position:
        """How far it is read, its newest streams included."""
        ...


class Outbox:
    """Fills batches and writes them as frames. `write` may block: that is the back-pressure.

    At most one batch per BATCH_SECONDS leaves unless it is full, and after one of few entries the next in FEW_SECONDS.
    The first entry after a quiet time leaves at once: waiting is for those that follow it.
    """

    def __init__(self, write: Callable[[Frame], None], clock: Callable[[], float], rules: Rules | None = None) -> None:
        self._write = write
        self._clock = clock
        self._rules = rules
        self.has_rules = rules is not None
        """Whether fields are looked at before they are added: then `add` is to be used."""
        self._columns = Columns(self.drop)
        self._wholeness = Wholeness()
        self._moved: dict[str, Tapped] = {}
        self._gaps: list[Report] = []
        self._left_out = LeftOut()
        self._passed = ""
        """Cursor of an entry that the rules let through and that found no room: it comes again, and counts once."""
        self._last = ""
        self._next_at = 0.0

    @property
    def is_full(self) -> bool:
        """Whether the batch must leave before more is added."""
        columns, left_out = self._columns, self._left_out
        return columns.count >= BATCH_ENTRIES or columns.bytes >= BATCH_BYTES or left_out.is_full

    @property
    def due_in(self) -> float | None:
        """Seconds until `flush` is due; None when there is nothing to send."""
        return self.rests_for if self._moved else None

    @property
    def rests_for(self) -> float:
        """Seconds until anything may leave that does not fill a batch: what is read before then only waits."""
        return max(0.0, self._next_at - self._clock())

    def add(self, address: Address, fields: Fields, cursor: str) -> bool:
        """Append an entry, unless a rule leaves it out; False when the batch must be flushed first.

        The tap that read it must be `moved`.
        """
        rules = self._rules
        if rules is None:
            return self.add_pair(address, (tuple(fields), tuple(fields.values())), cursor)
        rule = None if cursor == self._passed else rules.why_not(address, fields)
        if rule is not None:
            self.drop(rule, address)
            return True
        self._passed = cursor
        if rules.redactions:
            is_added = self._add_redacted(address, fields, cursor, rules.redactions)
        else:
            is_added = self._append(address, tuple(fields), tuple(fields.values()), cursor)
        if is_added and self._columns.unseen:
            self._look_closer(address, fields)
        return is_added

    def add_pair(self, address: Address, pair: Pair, cursor: str) -> bool:
        """The same where there are no rules."""
        names, values = pair
        if not self._append(address, names, values, cursor):
            return False
        if self._columns.unseen:
            self._look_closer(address, dict(zip(names, values, strict=True)))
        return True

    def _look_closer(self, address: Address, fields: Fields) -> None:
        names = tuple(fields)
        self._columns.unseen.discard(names)
        if self._wholeness.lacks_a_field(address, fields):
            self.drop(UNREADABLE_FIELD, address)
            self._columns.forget(names)  # the next one may lack another

    def _add_redacted(self, address: Address, fields: Fields, cursor: str, redactions: list[Redaction]) -> bool:
        found: list[str] = []
        black = redacted(fields, redactions, found.append)
        if not self._append(address, tuple(black), tuple(black.values()), cursor):
            return False
        for rule in found:
            self.drop(rule, address)
        return True

    def _append(self, address: Address, names: tuple[str, ...], values: tuple[Any, ...], cursor: str) -> bool:
        columns = self._columns
        before = columns.count
        if not columns.add_pair(address, names, values):
            return False
        if columns.count > before:
            self._last = cursor
        return True

    def moved(self, tap: Tapped) -> None:
        """The source was read on: its position at the time of the flush belongs to this batch."""
        self._moved[tap.name] = tap

    def gap(self, seqnum_id: str, first: int, last: int, since: int, until: int, cause: str) -> None:
        """Seqnums of one stream that are not in the journal. Times are those of the entries beside them."""
        self._gaps.append(
            {
                "seqnum_id": bytes.fromhex(seqnum_id[2:]), "boot_id": None, "first": first, "last": last,
                "since": since, "until": until, "cause": cause,
            }
        )  # fmt: skip

    def drop(self, rule: str, address: Address) -> None:
        """An entry, or a field of it, that is left out or changed."""
        self._left_out.add(rule, address)

    def flush(self) -> None:
        """Hand everything to the parent; blocks while it does not take it. Nothing when there is nothing."""
        if not self._moved:
            return
        positions = {name: tap.position() for name, tap in self._moved.items()}
        batch = self._columns.take()
        realtimes = batch.realtime or [parts(at.cursor)[4] for at in positions.values() if at.cursor]
        frame = ReadBatch(
            entries=len(batch),
            packed=wire.pack(batch) if len(batch) else b"",
            last=self._last,
            realtime=max(realtimes, default=0),
            hostname=_hostname(batch),
            positions=positions,
            gaps=self._gaps,
            dropped=self._left_out.take(),
        )
        self._moved, self._gaps, self._last = {}, [], ""
        self._write(frame)
        self._next_at = self._clock() + (FEW_SECONDS if len(batch) <= FEW_ENTRIES else BATCH_SECONDS)


def _hostname(batch: Batch) -> str:
    names = (origin.first("_HOSTNAME") for origin in reversed(batch.origins))
    return next((name.decode("utf-8", "replace") for name in names if name), "")
