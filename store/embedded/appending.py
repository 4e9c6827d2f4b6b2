"""Turning rows of batches into rows of a partition, and into what changes in its state."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from operator import lt
from typing import Protocol

from pyroaring import BitMap64

from journalhub.journal.batch import Batch, Names
from journalhub.journal.origin import Origin
from journalhub.store.contract import Position
from journalhub.store.embedded.origins import OriginTable, ShapeTable
from journalhub.store.embedded.rows import MemoryRows, rows_by, taken
from journalhub.store.embedded.state import (
    BootKey,
    BootState,
    Group,
    StreamKey,
    StreamState,
    Totals,
    Who,
    who_of,
)


class Target(Protocol):
    """What of a partition an addition looks at."""

    streams: dict[StreamKey, StreamState]
    boots: dict[BootKey, BootState]
    shapes: ShapeTable
    totals: Totals

    @property
    def origins(self) -> OriginTable: ...


class Addition:
    """What one transaction adds to one partition.

    New origins and shapes enter the partition's tables at once, because encoding needs their numbers; nothing else
    changes before the commit.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._had = len(target.origins), len(target.shapes.shapes)
        self.rows = MemoryRows(target.shapes.shapes)
        self._ords: list[int] = []
        self.streams: dict[StreamKey, StreamState] = {}
        """Those that change."""
        self.boots: dict[BootKey, BootState] = {}
        """Those that change."""
        self.shape_counts: dict[int, int] = {}
        self.totals = target.totals

    @property
    def first_new_origin(self) -> int:
        """Number of the first of `new_origins`."""
        return self._had[0]

    @property
    def new_origins(self) -> list[Origin]:
        table = self._target.origins
        return [table.origins[number] for number in range(self._had[0], len(table))]

    def shape_rows(self) -> list[tuple[int, Names, int]]:
        """(number, names, entries) of the shapes that change."""
        shapes = self._target.shapes
        return [(n, shapes.shapes[n], shapes.entries[n] + count) for n, count in self.shape_counts.items()]

    def undo(self) -> None:
        """Nothing was committed: take back the numbers of new origins and shapes."""
        self._target.origins.truncate(self._had[0])
        self._target.shapes.truncate(self._had[1])

    def take(self, batch: Batch, which: Sequence[int], ords: Sequence[int]) -> None:
        """Add these rows of a batch, in their order, with these ords."""
        origins = self._origin_numbers(batch, which)
        shapes = self._shape_numbers(batch, which)
        rows = self.rows
        self._ords += ords
        if len(which) == len(batch):
            rows.origin += map(origins.__getitem__, batch.origin)
            rows.shape += map(shapes.__getitem__, batch.shape)
            rows.realtime += batch.realtime
            rows.monotonic += batch.monotonic
            rows.seqnum += batch.seqnum
            rows.xor_hash += batch.xor_hash
            rows.values += batch.values
            return
        rows.origin += [origins[batch.origin[row]] for row in which]
        rows.shape += [shapes[batch.shape[row]] for row in which]
        rows.realtime += [batch.realtime[row] for row in which]
        rows.monotonic += [batch.monotonic[row] for row in which]
        rows.seqnum += [batch.seqnum[row] for row in which]
        rows.xor_hash += [batch.xor_hash[row] for row in which]
        rows.values += [batch.values[row] for row in which]

    def _origin_numbers(self, batch: Batch, which: Sequence[int]) -> dict[int, int]:
        used = set(batch.origin) if len(which) == len(batch) else {batch.origin[row] for row in which}
        table = self._target.origins
        new = [batch.origins[index] for index in sorted(used) if table.number(batch.origins[index]) is None]
        table.add(dict.fromkeys(new))
        numbers = table.numbers
        return {index: numbers[batch.origins[index]] for index in used}

    def _shape_numbers(self, batch: Batch, which: Sequence[int]) -> dict[int, int]:
        used = set(batch.shape) if len(which) == len(batch) else {batch.shape[row] for row in which}
        table = self._target.shapes
        new = [batch.shapes[index] for index in sorted(used) if table.number(batch.shapes[index]) is None]
        table.add(list(dict.fromkeys(new)))
        return {index: table.numbers[batch.shapes[index]] for index in used}

    def finish(self) -> None:
        """Work out what changes."""
        rows = self.rows
        rows.ords = self._ords
        self.shape_counts = Counter(rows.shape)
        groups = self._groups()
        if not self._are_rising(groups) or any(map(self._comes_late, groups)):
            self.totals = self.totals._replace(disordered=True)
        for group in groups:
            self._join_stream(group)
            self._join_boot(group)
            self.totals = self.totals.with_group(group)

    def _groups(self) -> list[Group]:
        """The new entries by Who."""
        rows = self.rows
        origins = self._target.origins.origins
        whos = {number: who_of(origins[number]) for number in dict.fromkeys(rows.origin)}
        return [_group(who, rows, which) for who, which in rows_by(whos, rows.origin).items()]

    def _are_rising(self, groups: Sequence[Group]) -> bool:
        """Whether the new entries of each seqnum id come in its order."""
        if len({group.who.seqnum_id for group in groups}) == len(groups):
            return all(group.rising for group in groups)
        rows = self.rows
        origins = self._target.origins.origins
        ids = {number: origins[number].seqnum_id for number in set(rows.origin)}
        return all(is_rising(taken(rows.seqnum, which)) for which in rows_by(ids, rows.origin).values())

    def _comes_late(self, group: Group) -> bool:
        """Whether the partition has a later seqnum of the same seqnum id already."""
        lowest = group.seqnums.min()
        known = self._target.streams.values()
        return any(stream.seqnum_id == group.who.seqnum_id and stream.seqnums.max() >= lowest for stream in known)

    def _join_stream(self, group: Group) -> None:
        key = (group.who.seqnum_id, group.who.boot_id)
        before = self.streams.get(key) or self._target.streams.get(key)
        fresh = {stream for stream in self.streams if stream not in self._target.streams}
        number = before.number if before else len(self._target.streams) + len(fresh)
        state = StreamState.of(number, group)
        self.streams[key] = before.joined(state) if before else state

    def _join_boot(self, group: Group) -> None:
        key = (group.who.machine_id, group.who.boot_id)
        before = self.boots.get(key) or self._target.boots.get(key)
        state = BootState.of(group)
        self.boots[key] = before.joined(state) if before else state


def _group(who: Who, rows: MemoryRows, which: Sequence[int]) -> Group:
    """These rows, all of one Who, rising."""
    realtimes, seqnums = taken(rows.realtime, which), taken(rows.seqnum, which)
    earliest, latest = min(realtimes), max(realtimes)
    first = Position(earliest, rows.ords[which[realtimes.index(earliest)]])
    at_last = len(realtimes) - 1 - list(reversed(realtimes)).index(latest)
    last = Position(latest, rows.ords[which[at_last]])
    return Group(who, len(which), first, last, rows.ords[which[-1]], BitMap64(seqnums), is_rising(seqnums))


def is_rising(numbers: Sequence[int]) -> bool:
    """Whether each is greater than the one before."""
    return all(map(lt, numbers, islice(numbers, 1, None)))
