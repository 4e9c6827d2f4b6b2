"""Pages of entries in the order of the store."""

from collections.abc import Iterator
from itertools import groupby

from journalhub.store.arrival import in_seqnum_order
from journalhub.store.bulk import Found
from journalhub.store.contract import Order, Position, StoreError
from journalhub.store.embedded.hits import find_at
from journalhub.store.embedded.index import IndexBroken
from journalhub.store.embedded.layout import TOGETHER_MOST
from journalhub.store.embedded.merging import merge_after
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.scan import scan_blocks
from journalhub.store.embedded.view import Place, Stopped, View, check


def find_after(view: View, order: Order, after: Position | None, most: int, found: Found) -> None:
    """Add the matching entries of one partition in order, strictly beyond `after`, until there are `most` in all."""
    if merge_after(view, order, after, most, found):
        return
    for ords in gathered(_ords_after(view, order, after), most - len(found)):
        find_at(view.partition, ords[: most - len(found)], found)
        check(view.budget)
        if len(found) >= most:
            return


def gathered(runs: Iterator[list[int]], most: int) -> Iterator[list[int]]:
    """The same ords in fewer runs, of TOGETHER_MOST or so: many at once are cheaper to fetch.

    What is gathered when the runs end early is given before that is raised.
    """
    some: list[int] = []
    try:
        for ords in runs:
            some += ords
            if len(some) >= min(most, TOGETHER_MOST):
                most -= len(some)
                yield some
                some = []
    except (Stopped, IndexBroken, StoreError):
        if some:
            yield some
        raise
    if some:
        yield some


def _ords_after(view: View, order: Order, after: Position | None) -> Iterator[list[int]]:
    low, high = 0, 2**63 - 1
    if after is not None:
        low, high = (after.realtime, high) if order is Order.OLDEST_FIRST else (low, after.realtime)
    for run in view.places(order, low, high):
        if _is_plain(run, after):
            yield [number for _, number in run]
        else:
            yield list(_by_realtime(view, order, run, after))


def _is_plain(run: list[Place], after: Position | None) -> bool:
    """Whether a run has one entry per realtime, and none at the edge: then it is in order as it stands."""
    realtimes = {realtime for realtime, _ in run}
    return len(realtimes) == len(run) and (after is None or after.realtime not in realtimes)


def _by_realtime(view: View, order: Order, run: list[Place], after: Position | None) -> Iterator[int]:
    for realtime, ties in groupby(run, key=lambda place: place[0]):
        ords = [number for _, number in ties]
        at_edge = after is not None and realtime == after.realtime
        if view.partition.totals.disordered and (at_edge or len(ords) > 1):
            whole = tie_order(view, realtime, order)
            wanted = set(ords)
            if after is not None and at_edge and after.ord in whole:
                whole = whole[whole.index(after.ord) + 1 :]
                at_edge = False
            ords = [number for number in whole if number in wanted]
        if after is not None and at_edge:
            ords = [n for n in ords if (n > after.ord if order is Order.OLDEST_FIRST else n < after.ord)]
        yield from ords


def tie_order(view: View, realtime: int, order: Order) -> list[int]:
    """The ords of all entries of one realtime in order, where arrival was not in order of seqnums."""
    partition: Partition = view.partition
    upto = view.snapshot.upto
    ties: list[Place] = []
    for run in scan_blocks(partition, None, Order.OLDEST_FIRST, realtime, realtime, upto, view.budget, check):
        ties += run

    def sequence(place: Place) -> tuple[bytes, int]:
        row = partition.row(place[1])
        origin = partition.origins.origins[row.rows.origin[row.index]]
        return origin.seqnum_id, row.rows.seqnum[row.index]

    sequences = {place: sequence(place) for place in ties}
    ords = [number for _, number in in_seqnum_order(ties, sequences.__getitem__)]
    return ords if order is Order.OLDEST_FIRST else ords[::-1]
