"""What a store of journal entries must honour. One conformance suite runs against every implementation.

Threads: `append` is called by one thread at a time; everything else by any number of threads at once.
Order: the order of entries is (realtime, ord), except that within one seqnum id it is always seqnum order for
entries of equal realtime. `ord` is the arrival number: unique in the store, given at `append`, never changed, rising.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

from journalhub.journal.batch import Batch, Names, Values
from journalhub.journal.cursor import Cursor
from journalhub.journal.entry import Entry
from journalhub.journal.origin import Origin
from journalhub.store.ast import Query


class Position(NamedTuple):
    """Where an entry stands in the order of the store. `str()` and `parse_position` are its form in the API."""

    realtime: int
    ord: int

    def __str__(self) -> str:
        return f"{self.realtime}.{self.ord}"


def parse_position(text: str) -> Position:
    """The Position that `text` spells; ValueError when it does not."""
    realtime, dot, number = text.partition(".")
    if not (dot and realtime.isascii() and realtime.isdigit() and number.isascii() and number.isdigit()):
        raise ValueError(f"not a position: {text[:60]!r}; want <realtime µs>.<number>, as an answer gave it")
    return Position(int(realtime), int(number))


class Parts(NamedTuple):
    """An entry as a store keeps it: who spoke apart from what was said."""

    origin: Origin
    names: Names
    """Of the fields that are not the origin's, in order; a name may repeat."""
    values: Values
    """Of the same fields."""
    seqnum: int
    monotonic: int
    xor_hash: int


class Hit:
    """An entry found, and where. Equal hits have equal positions and entries."""

    __slots__ = ("_entry", "parts", "position")

    def __init__(self, position: Position, entry: Entry | None = None, parts: Parts | None = None) -> None:
        """Give the entry, or the parts that it is made of when it is asked for."""
        self.position = position
        self.parts = parts
        """What `entry` is made of, for whoever can do without it; None where the store keeps whole entries."""
        self._entry = entry

    @property
    def entry(self) -> Entry:
        """The whole entry."""
        if self._entry is None:
            assert self.parts is not None
            origin, names, values, seqnum, monotonic, xor_hash = self.parts
            fields = (*origin.fields, *zip(names, values, strict=True))
            realtime = self.position.realtime
            self._entry = Entry(origin.seqnum_id, seqnum, origin.boot_id, monotonic, realtime, xor_hash, fields)
        return self._entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hit) and (self.position, self.entry) == (other.position, other.entry)

    def __hash__(self) -> int:
        return hash(self.position)

    def __repr__(self) -> str:
        return f"Hit({self.position!r}, {self.entry!r})"


class Order(Enum):
    """Direction of a search."""

    NEWEST_FIRST = "newest"
    OLDEST_FIRST = "oldest"


class Budget:
    """What a query may spend: it ends at a deadline, or when its asker goes away.

    A store looks at `reason` at least every 10 ms of work, and returns what it has when it is set.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._seconds = seconds
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """The asker went away: stop the work."""
        self._cancelled.set()

    @property
    def reason(self) -> str | None:
        """Why the work must stop now, or None."""
        if self._cancelled.is_set():
            return "cancelled"
        if self._deadline is not None and time.monotonic() > self._deadline:
            return f"deadline of {self._seconds:g} s reached"
        return None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries a query is about."""

    query: Query
    since: int = 0
    """Microseconds, inclusive, on `__REALTIME_TIMESTAMP`."""
    until: int = 2**63 - 1
    """Microseconds, inclusive."""


@dataclass(slots=True)
class Page:
    """A piece of an answer in order."""

    hits: Sequence[Hit]
    """Perhaps `store.bulk.Found`, whose entries are made where they are looked at."""
    more: bool
    """Whether entries of the scope follow after the last hit; True when `reason` is set."""
    reason: str | None = None
    """Why the page is incomplete (a budget, an unreadable partition), or None."""


@dataclass(slots=True)
class Count:
    """How many entries match; a lower bound when `reason` is set."""

    matched: int
    reason: str | None = None


@dataclass(slots=True)
class Histogram:
    """Counts per bucket. Bucket i covers [start + i·interval, start + (i+1)·interval) microseconds."""

    start: int
    interval: int
    series: dict[bytes | None, list[int]]
    """By value of the field asked for; None for entries without it, and for everything when no field was asked."""
    reason: str | None = None


@dataclass(slots=True)
class Terms:
    """The most frequent values of one field within a scope."""

    field: str
    counts: list[tuple[bytes, int]]
    """Falling by count, then rising by value. Exact."""
    other: int
    """Number of further distinct values that `counts` leaves out."""
    missing: int
    """Entries of the scope without the field."""
    reason: str | None = None


@dataclass(slots=True)
class Texts:
    """One field of many entries."""

    rows: list[tuple[int, bytes]]
    """(realtime, value), falling by time."""
    more: bool
    """Whether there are older ones; True when `reason` is set."""
    reason: str | None = None


@dataclass(slots=True)
class Appended:
    """What became of one batch. Everything in it is durable, or was there already, or was refused for good."""

    stored: Sequence[int]
    """Rows of the batch that are new, rising."""
    duplicates: int
    refused: list[tuple[int, str]] = field(default_factory=list)
    """(row, reason): rows that no resend can make acceptable, e.g. older than the retention."""


class Boot(NamedTuple):
    """One boot of one machine, as far as its entries are stored."""

    machine_id: bytes
    """The value of `_MACHINE_ID`, 32 hex digits; empty when the entries have none."""
    hostname: bytes
    boot_id: bytes
    """16 bytes."""
    first: Position
    last: Position


class Stream(NamedTuple):
    """What is stored of one (seqnum id, boot id)."""

    seqnum_id: bytes
    boot_id: bytes
    machine_id: bytes
    hostname: bytes
    namespace: bytes
    first_seqnum: int
    last_seqnum: int
    entries: int
    first_realtime: int
    last_realtime: int


class Partition(NamedTuple):
    """One UTC day of entries."""

    day: str
    """YYYY-MM-DD, of `__REALTIME_TIMESTAMP` in UTC."""
    entries: int
    bytes: int
    """On disk, log and index."""
    first: Position
    last: Position
    indexed: bool
    """Whether everything in it can be found; False while an index is rebuilt."""


Unwanted = Callable[[Mapping[str, Any]], bool]
"""Whether an entry is to be removed, by its fields: a value, or a list of values where a field repeats."""


class StoreError(Exception):
    """The store cannot do what was asked; the message says what, where, and what to do."""


class StoreFull(StoreError):
    """No space left: nothing of the call was stored, and the same call may succeed later."""


class Store(Protocol):
    """A set of entries that is durable, searched by `ast.Query`, and keeps each entry once."""

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        """Store the batches in one group commit and say what became of each, in the same order.

        On return every stored row survives power loss. An entry is a duplicate when its seqnum id, boot id, seqnum
        and xor hash are stored already or stand earlier in the same call; two entries that differ only in the
        hash are both kept. Raises StoreFull or StoreError with nothing acknowledged; what was
        stored nevertheless (another partition's share) is a duplicate when it comes again.
        """

    def refresh(self) -> int:
        """Make everything appended so far searchable, and return the highest `ord` that is."""

    def search(self, scope: Scope, order: Order, limit: int, after: Position | None, budget: Budget) -> Page:
        """The next `limit` entries of `scope` in `order`, strictly beyond `after` in that direction."""

    def count(self, scope: Scope, budget: Budget) -> Count:
        """How many entries are in `scope`."""

    def histogram(self, scope: Scope, interval: int, by: str | None, budget: Budget) -> Histogram:
        """Counts per `interval` microseconds over the scope's time, which must be bounded, split by a field's value.

        Raises ValueError for more than 10,000 buckets.
        """

    def terms(self, scope: Scope, fields: Sequence[str], limit: int, budget: Budget) -> list[Terms]:
        """The most frequent values of each of `fields`, in the order asked."""

    def texts(self, scope: Scope, field: str, limit: int, clip: int, budget: Budget) -> Texts:
        """The first value of `field`, cut to `clip` bytes, of the newest `limit` entries of `scope` that have it.

        For looking at many messages at once: whole entries cost some times as much. Entries of equal time come in any
        order.
        """

    def field_names(self) -> dict[str, int]:
        """Every field name stored, with the number of entries that have it (`_BOOT_ID` included)."""

    def values(self, field: str, prefix: bytes = b"", limit: int | None = None) -> list[bytes]:
        """Distinct values of a field that start with `prefix`, sorted, at most `limit`."""

    def get(self, cursor: Cursor) -> Hit | None:
        """The entry at `cursor` (seqnum id, boot id, seqnum and, where given non-zero, hash), or None."""

    def tail(self, query: Query, after_ord: int, limit: int, budget: Budget) -> tuple[list[Hit], int]:
        """Entries that arrived after `after_ord`, in order of arrival, and the ord to continue after.

        Sees everything acknowledged, refreshed or not. Scans a bounded number of entries per call: the
        returned ord moves even when nothing matches, and equals `newest_ord()` when there is nothing left.
        """

    def newest_ord(self) -> int:
        """The ord of the newest acknowledged entry; 0 in an empty store."""

    def on_append(self, listener: Callable[[], None]) -> None:
        """Call `listener` (from the appending thread, must be quick) after each append that stored something."""

    def boots(self) -> list[Boot]:
        """Every boot stored, by machine, then by `first`."""

    def streams(self) -> list[Stream]:
        """What is stored per seqnum id and boot id."""

    def missing(self, seqnum_id: bytes, siblings: Collection[bytes] = ()) -> list[tuple[int, int]]:
        """The runs of seqnums, inclusive, between the first and the last stored one that are not stored.

        A journald of systemd before 254 counts in one sequence but gives every user's journal a seqnum id of its
        own. Seqnums stored under one of `siblings` are therefore not missing here, unless the two have a seqnum in
        common, which shows that they count apart.
        """

    def partitions(self) -> list[Partition]:
        """All partitions, oldest first."""

    def drop_before(self, day: str) -> list[Partition]:
        """Remove whole partitions older than `day`, and return what was removed."""

    def thin(self, day: str, unwanted: Unwanted) -> int:
        """Remove the entries of a day for which `unwanted` says so, and return how many that were.

        Appends go on meanwhile; what arrives after the entries were looked at is kept.
        """

    def health(self) -> list[str]:
        """What is wrong right now, a sentence each; empty when all is well."""

    def close(self) -> None:
        """Finish what runs and release everything; the store cannot be used after."""
