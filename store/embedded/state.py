"""What a partition knows of its entries as a whole: kept in memory, saved with every commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pyroaring import BitMap64

from journalhub.journal.origin import Origin
from journalhub.store.contract import Boot, Position, Stream
from journalhub.store.embedded.log import BootRow, StreamRow

StreamKey = tuple[bytes, bytes]
"""(seqnum id, boot id)."""
BootKey = tuple[bytes, bytes]
"""(machine id, boot id)."""


class Totals(NamedTuple):
    """Of all entries of a partition."""

    entries: int = 0
    first_realtime: int = 0
    first_ord: int = 0
    last_realtime: int = 0
    last_ord: int = 0
    newest_ord: int = 0
    disordered: bool = False
    """Whether entries of one seqnum id arrived out of order: only then can ties of realtime be out of seqnum order."""

    @property
    def first(self) -> Position:
        return Position(self.first_realtime, self.first_ord)

    @property
    def last(self) -> Position:
        return Position(self.last_realtime, self.last_ord)

    def with_group(self, group: "Group") -> "Totals":
        """These totals and a group of new entries."""
        first, last = group.first, group.last
        if self.entries:
            first, last = min(self.first, first), max(self.last, last)
        return Totals(
            self.entries + group.entries,
            *first,
            *last,
            max(self.newest_ord, group.newest_ord),
            self.disordered,
        )


class Who(NamedTuple):
    """What of an origin decides which stream and boot its entries count for."""

    seqnum_id: bytes
    boot_id: bytes
    machine_id: bytes
    hostname: bytes
    namespace: bytes


def who_of(origin: Origin) -> Who:
    """The Who of an origin."""
    facts = (origin.first(name) or b"" for name in ("_MACHINE_ID", "_HOSTNAME", "_NAMESPACE"))
    return Who(origin.seqnum_id, origin.boot_id, *facts)


class Group(NamedTuple):
    """New entries of one Who."""

    who: Who
    entries: int
    first: Position
    last: Position
    newest_ord: int
    seqnums: BitMap64
    rising: bool
    """Whether the seqnums rise in the order of arrival."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """One (seqnum id, boot id) in one partition."""

    number: int
    seqnum_id: bytes
    boot_id: bytes
    seqnums: BitMap64
    entries: int
    first_realtime: int
    last: Position
    """Position of the newest entry, whose origin says:"""
    machine_id: bytes
    hostname: bytes
    namespace: bytes

    @staticmethod
    def load(row: StreamRow) -> "StreamState":
        entries, first, last_realtime, last_ord, *who = row.facts
        last = Position(last_realtime, last_ord)
        return StreamState(*row[:3], BitMap64.deserialize(row.seqnums), entries, first, last, *who)

    def save(self) -> StreamRow:
        facts = (self.entries, self.first_realtime, *self.last, self.machine_id, self.hostname, self.namespace)
        return StreamRow(self.number, self.seqnum_id, self.boot_id, self.seqnums.serialize(), facts)

    @staticmethod
    def of(number: int, group: Group) -> "StreamState":
        """A stream that starts with `group`."""
        who = group.who
        return StreamState(
            number,
            who.seqnum_id,
            who.boot_id,
            group.seqnums,
            group.entries,
            group.first.realtime,
            group.last,
            *who[2:],
        )

    def joined(self, other: "StreamState") -> "StreamState":
        """Both together, as one; of another partition, or of entries that arrived later."""
        newest = max(self, other, key=lambda state: state.last)
        seqnums = self.seqnums | other.seqnums
        seqnums.run_optimize()
        return StreamState(
            self.number,
            self.seqnum_id,
            self.boot_id,
            seqnums,
            self.entries + other.entries,
            min(self.first_realtime, other.first_realtime),
            newest.last,
            newest.machine_id,
            newest.hostname,
            newest.namespace,
        )

    def public(self) -> Stream:
        return Stream(
            self.seqnum_id,
            self.boot_id,
            self.machine_id,
            self.hostname,
            self.namespace,
            self.seqnums.min(),
            self.seqnums.max(),
            self.entries,
            self.first_realtime,
            self.last.realtime,
        )


@dataclass(frozen=True, slots=True)
class BootState:
    """One boot of one machine in one partition."""

    machine_id: bytes
    boot_id: bytes
    hostname: bytes
    first: Position
    last: Position

    @staticmethod
    def load(row: BootRow) -> "BootState":
        hostname, *numbers = row.facts
        return BootState(row.machine_id, row.boot_id, hostname, Position(*numbers[:2]), Position(*numbers[2:]))

    def save(self) -> BootRow:
        return BootRow(self.machine_id, self.boot_id, (self.hostname, *self.first, *self.last))

    @staticmethod
    def of(group: Group) -> "BootState":
        """A boot that starts with `group`."""
        return BootState(group.who.machine_id, group.who.boot_id, group.who.hostname, group.first, group.last)

    def joined(self, other: "BootState") -> "BootState":
        """Both together, as one."""
        hostname = max(self, other, key=lambda state: state.last).hostname
        return BootState(
            self.machine_id, self.boot_id, hostname, min(self.first, other.first), max(self.last, other.last)
        )

    def public(self) -> Boot:
        return Boot(self.machine_id, self.hostname, self.boot_id, self.first, self.last)


def join_streams(states: Iterable[StreamState]) -> list[StreamState]:
    """One state per stream, of the states of many partitions."""
    joined: dict[StreamKey, StreamState] = {}
    for state in states:
        key = (state.seqnum_id, state.boot_id)
        joined[key] = joined[key].joined(state) if key in joined else state
    return [joined[key] for key in sorted(joined)]


def join_boots(states: Iterable[BootState]) -> list[BootState]:
    """One state per boot, of the states of many partitions, by machine, then by first."""
    joined: dict[BootKey, BootState] = {}
    for state in states:
        key = (state.machine_id, state.boot_id)
        joined[key] = joined[key].joined(state) if key in joined else state
    return sorted(joined.values(), key=lambda state: (state.machine_id, state.first))
