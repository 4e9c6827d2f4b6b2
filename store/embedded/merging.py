"""All entries of some time in order, merged out of the columns of their blocks: a dump of everything walks so."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from journalhub.journal import compiled
from journalhub.store.bulk import ROW_BITS, Found, raw_of
from journalhub.store.contract import Order, Position
from journalhub.store.embedded.bulk import BlockColumns
from journalhub.store.embedded.layout import TOGETHER_FROM
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.view import View, check

_NO_EDGE = -1


def merge_after(view: View, order: Order, after: Position | None, most: int, found: Found) -> bool:
    """Add all entries of one partition within the scope in order, strictly beyond `after`, until there are `most`.

    False, and nothing is added, where that is not to be had so: few are wanted, not all match, the compiled codec is
    not there, or entries of one realtime have to be put in the order of their seqnums.
    """
    if compiled.codec is None or most - len(found) < TOGETHER_FROM or not view.bounds.is_everything:
        return False
    before = len(found)
    if _Merge(view, order is Order.OLDEST_FIRST, after, compiled.codec, found).run(most):
        return True
    del found.places[before:]
    return False


class _Merge:
    """One walk. A lane is a block of which some entries are yet to come."""

    def __init__(self, view: View, rising: bool, after: Position | None, codec: compiled.Codec, found: Found) -> None:
        self._view = view
        self._rising = rising
        self._after = after
        self._merge = codec.merge
        self._found = found
        self._low, self._high = view.scope.since, view.scope.until
        if after is not None and rising:
            self._low = max(self._low, after.realtime)
        elif after is not None:
            self._high = min(self._high, after.realtime)
        self._ties_matter = view.partition.totals.disordered
        self._lanes: list[tuple[int, bytes, bytes, bytes | None]] = []
        self._begins, self._ends = array("Q"), array("Q")

    def run(self, most: int) -> bool:
        """Whether that went well."""
        in_time = self._view.partition.in_time()
        for meta in in_time.by_start if self._rising else in_time.by_end:
            if meta.first_ord > self._view.snapshot.upto:
                continue
            if meta.first_realtime > self._high or meta.last_realtime < self._low:
                continue
            # Whatever lies before the block's first (or newest) entry can get no company any more.
            if not self._drain(meta.first_realtime if self._rising else meta.last_realtime, most):
                return False
            if len(self._found) >= most:
                return True
            check(self._view.budget)
            if self._found.is_full or not self._open(meta):
                return False
        return self._drain(_NO_EDGE, most)

    def _open(self, meta: BlockMeta) -> bool:
        """Add the lane of a block; False when the order of its entries is not that of their ords."""
        partition = self._view.partition
        columns = partition.block_with(meta).bulk(partition.origins.origins)
        rows = self._rows(columns, meta)
        every: Sequence[int] = range(len(columns.ords)) if rows is None else rows
        realtime = columns.realtime.__getitem__
        begin, end = bisect_left(every, self._low, key=realtime), bisect_right(every, self._high, key=realtime)
        if (after := self._after) is not None:
            tied = slice(*self._tied(every[begin:end], after, realtime))
            ords = [columns.ords[row] for row in every[begin:end][tied]]
            if self._ties_matter and any(number != after.ord for number in ords):
                return False
            if self._rising:
                begin += bisect_right(ords, after.ord)
            else:
                end -= len(ords) - bisect_left(ords, after.ord)
        if begin < end:
            base = self._found.number_of(columns) << ROW_BITS
            permuted = None if rows is None else array("Q", rows).tobytes()
            self._lanes.append((base, raw_of(columns.realtime), raw_of(columns.ords), permuted))
            self._begins.append(begin)
            self._ends.append(end)
        return True

    def _tied(self, rows: Sequence[int], after: Position, realtime: Callable[[int], int]) -> tuple[int, int]:
        """From where to where the rows are of the same time as the entry that it is to go on from."""
        at = after.realtime
        return bisect_left(rows, at, key=realtime), bisect_right(rows, at, key=realtime)

    def _rows(self, columns: BlockColumns, meta: BlockMeta) -> Sequence[int] | None:
        """The rows that count, by time; None where it is all of them as they stand."""
        first, last = meta.first_ord, min(meta.last_ord, self._view.snapshot.upto)
        ords = columns.ords
        if first <= ords[0] and ords[len(ords) - 1] <= last:  # else some are not in the index yet, or were merged in
            return columns.in_time
        rows = range(bisect_left(ords, first), bisect_right(ords, last))
        return sorted(rows, key=columns.realtime.__getitem__)

    def _drain(self, edge: int, most: int) -> bool:
        """Take what lies before `edge`; False when the order among equal times is not known."""
        if not self._lanes:
            return True
        made = self._merge(self._lanes, self._begins, self._ends, self._rising, edge, most - len(self._found))
        if made is None:
            return False
        places, tied, over = made
        if tied and self._ties_matter:
            return False
        self._found.places.frombytes(places)
        if over:
            left = [at for at in range(len(self._lanes)) if self._begins[at] < self._ends[at]]
            self._lanes = [self._lanes[at] for at in left]
            self._begins = array("Q", [self._begins[at] for at in left])
            self._ends = array("Q", [self._ends[at] for at in left])
        return True
