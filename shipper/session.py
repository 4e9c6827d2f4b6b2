"""What the shipper does with batches and answers, without clock, socket or disk: events come in, commands go out.

Batches are sent through a window and acknowledged in order: the checkpoint moves only behind batches that the collector
has stored, with all before them. Whatever fails is sent again, for ever, after a pause that grows.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from journalhub.journal import cursor, wire
from journalhub.journal.batch import Batch
from journalhub.shipper.commands import Answer, Changed, Command, Dropped, Halt, Post, Save, State
from journalhub.shipper.errors import Exit
from journalhub.shipper.frames import Position, ReadBatch, Report
from journalhub.shipper.limits import (
    BACKOFF_DENIED,
    BACKOFF_FIRST,
    BACKOFF_MAX,
    HEARTBEAT_SECONDS,
    RETRY_AFTER_MAX,
    SETTLE_SECONDS,
    WINDOW,
)

NOT_A_COLLECTOR = "the answer does not acknowledge what was sent: is this the address of a Journalhub collector?"


@dataclass(frozen=True, slots=True)
class _Part:
    """A batch or a piece of one, as one request carries it."""

    packed: bytes
    entries: int
    last: str
    """Cursor of the last entry; empty without entries."""


@dataclass(slots=True)
class _Slot:
    """A batch in the window. After 400 or 413 it is sent in parts."""

    number: int
    parts: list[_Part]
    """The last is the next to send."""
    positions: dict[str, Position] = field(default_factory=dict)
    gaps: tuple[Report, ...] = ()
    dropped: list[Report] = field(default_factory=list)
    entries: int = 0
    realtime: int = 0
    flying: bool = False
    bare: bool = False
    """Whether it is sent without status, because a request with one was answered 400."""


@dataclass(slots=True)
class Counts:
    """What happened since the start."""

    acknowledged: int = 0
    """Entries that the collector has stored, or had, or refused for good."""
    refused: int = 0
    dropped: int = 0
    retries: int = 0
    realtime: int = 0
    """Of the newest acknowledged entry, microseconds; 0 when there is none yet."""


class Session:
    """The window of batches to one collector. `jitter()` gives a number from 0 to 1.

    After each call take the `commands`, and call `tick` at `wake_at` at the latest. `now` is seconds of any clock that
    only goes forward.
    """

    def __init__(self, jitter: Callable[[], float], now: float, window: int = WINDOW) -> None:
        self.counts = Counts()
        self.state = State.STARTING
        self.why = ""
        """The reason that the collector does not take batches, while it does not."""
        self._jitter = jitter
        self._window = window
        self._slots: deque[_Slot] = deque()
        self._done: set[int] = set()
        self._next_number = 0
        self._commands: list[Command] = []
        self._failures = 0
        self._paused_until: float | None = None
        self._status_due = now + HEARTBEAT_SECONDS
        self._halted = False

    @property
    def wants_more(self) -> bool:
        """Whether there is room in the window for another batch."""
        return len(self._slots) < self._window and not self._halted

    @property
    def is_idle(self) -> bool:
        """Whether everything given is acknowledged."""
        return not self._slots

    @property
    def wake_at(self) -> float | None:
        """When `tick` has something to do, if nothing happens before."""
        if self._halted:
            return None
        if self._paused_until is not None:
            return self._paused_until
        return self._status_due if self.is_idle else None

    def take_commands(self) -> list[Command]:
        """What is to be done now, in this order."""
        commands, self._commands = self._commands, []
        return commands

    def read(self, batch: ReadBatch, now: float) -> None:
        """The reader gave a batch. Call only while `wants_more`."""
        parts = [_Part(batch.packed, batch.entries, batch.last)] if batch.entries else []
        if not parts and (batch.gaps or batch.dropped):
            parts = [_empty()]
        self.counts.dropped += sum(report["count"] for report in batch.dropped)
        slot = _Slot(self._number(), parts, batch.positions, tuple(batch.gaps), list(batch.dropped))
        slot.entries, slot.realtime = batch.entries, batch.realtime
        self._append(slot)
        self._send(now)

    def tick(self, now: float) -> None:
        """Time has passed: a pause may be over, or a sign of life due."""
        if self._paused_until is not None and now >= self._paused_until:
            self._paused_until = None
        if self.is_idle and now >= self._status_due and self._paused_until is None:
            self._append(_Slot(self._number(), [_empty()]))
        self._send(now)

    def answered(self, number: int, answer: Answer, now: float) -> None:
        """The collector answered the request of this number."""
        slot = self._landed(number)
        if slot is None:
            return
        match answer.status:
            case 200 if answer.understood and (answer.acknowledged or "") == slot.parts[-1].last:
                self._succeeded()
                self.counts.refused += answer.refused
                slot.parts.pop()
            case 200:
                self._retry(now, State.DOWN, NOT_A_COLLECTOR)
            case 400 | 413 if answer.understood:
                self._succeeded()
                self._reduce(slot, answer)
            case 415:
                self._halt(Exit.REFUSED, f"the collector does not take what this shipper sends: {answer.error}")
            case 401 | 403:
                self._retry(now, State.DENIED, f"answer {answer.status}: {answer.error}", at_least=BACKOFF_DENIED)
            case _:
                self._retry(now, State.DOWN, f"answer {answer.status}: {answer.error}", answer.retry_after)
        self._finish()
        self._send(now)

    def failed(self, number: int, why: str, now: float) -> None:
        """The request of this number got no answer: no connection, or none any more."""
        if self._landed(number) is not None:
            self._retry(now, State.DOWN, why)
            self._send(now)

    def unreachable(self, state: State, why: str) -> None:
        """The collector did not answer something else than a batch."""
        self._change(state, why)

    # The window.

    def _number(self) -> int:
        self._next_number += 1
        return self._next_number

    def _append(self, slot: _Slot) -> None:
        self._slots.append(slot)
        self._finish()

    def _landed(self, number: int) -> _Slot | None:
        for slot in self._slots:
            if slot.number == number and slot.flying:
                slot.flying = False
                return slot
        return None

    def _send(self, now: float) -> None:
        """Send what may be sent: everything, or while the collector fails the oldest alone, to try it."""
        if self._paused_until is not None or self._halted:
            return
        for slot in self._slots:
            if slot.parts and not slot.flying:
                slot.flying = True
                self._status_due = now + (SETTLE_SECONDS if slot.entries else HEARTBEAT_SECONDS)
                self._commands.append(_post(slot))
            if self._failures and any(other.flying for other in self._slots):
                return

    def _finish(self) -> None:
        """Forget batches that are done with all before them, and let the checkpoint follow."""
        positions: dict[str, Position] = {}
        while self._slots and not self._slots[0].parts:
            slot = self._slots.popleft()
            for name, position in slot.positions.items():
                positions[name] = positions[name].then(position) if name in positions else position
            self.counts.acknowledged += slot.entries
            self.counts.realtime = max(self.counts.realtime, slot.realtime)
        if positions:
            self._commands.append(Save(positions))

    # Answers.

    def _succeeded(self) -> None:
        self._failures = 0
        self._paused_until = None
        self._change(State.UP)

    def _retry(self, now: float, state: State, why: str, after: float | None = None, at_least: float = 0.0) -> None:
        """Pause, once for all requests that fail together."""
        self.counts.retries += 1
        self._change(state, why)
        if self._paused_until is not None and self._paused_until > now and after is None:
            return
        pause = max(at_least, min(BACKOFF_MAX, BACKOFF_FIRST * 2.0 ** min(self._failures, 10)))
        # Half of it at random, so that a fleet does not come back as one.
        pause *= 0.5 + 0.5 * self._jitter()
        if after is not None:
            pause = max(pause, min(after, RETRY_AFTER_MAX) * (1.0 + 0.1 * self._jitter()))
        self._failures += 1
        self._paused_until = max(now + pause, self._paused_until or 0.0)

    def _reduce(self, slot: _Slot, answer: Answer) -> None:
        """The batch is not taken as it is: corner what is at fault, and leave out that alone.

        First without the status, then by halves, until one bad entry stands alone.
        """
        part = slot.parts.pop()
        if not part.entries:
            self._commands.append(Dropped("", f"the node's status: {answer.error}"))
        elif answer.status == 400 and not slot.bare:
            slot.bare = True
            slot.parts.append(part)
            if slot.gaps or slot.dropped:
                slot.parts.insert(0, _empty())
        elif part.entries > 1:
            first, second = wire.split(part.packed)
            slot.parts += [_described(second), _described(first)]
        else:
            slot.dropped.append(_report(part, f"answer {answer.status}"))
            self.counts.dropped += 1
            self._commands.append(Dropped(part.last, answer.error))
            if all(other.entries for other in slot.parts):
                slot.parts.insert(0, _empty())

    def _halt(self, code: Exit, message: str) -> None:
        self._halted = True
        self._commands.append(Halt(code, message))

    def _change(self, state: State, why: str = "") -> None:
        self.why = why
        if state is not self.state:
            self.state = state
            self._commands.append(Changed(state, why))


def _post(slot: _Slot) -> Post:
    part = slot.parts[-1]
    if slot.bare and part.entries:
        return Post(slot.number, part.packed, with_status=False)
    return Post(slot.number, part.packed, slot.gaps, tuple(slot.dropped))


def _empty() -> _Part:
    return _Part(wire.pack(Batch()), 0, "")


def _described(packed: bytes) -> _Part:
    entries, last = wire.describe(packed)
    return _Part(packed, entries, str(last))


def _report(part: _Part, rule: str) -> Report:
    at = cursor.parse(part.last)
    return {
        "rule": rule, "count": 1, "seqnum_id": at.seqnum_id, "first": at.seqnum, "last": at.seqnum,
        "since": at.realtime, "until": at.realtime,
    }  # fmt: skip
