"""The values of one field of many entries, without the rest of them."""

from collections.abc import Iterator

from journalhub.store.contract import Order
from journalhub.store.embedded.view import View, check

_CHECK_EVERY = 512
"""Entries between two looks at the budget: some 3 ms."""


def texts_of(view: View, name: str) -> Iterator[tuple[int, bytes]]:
    """(realtime, first value of `name`) of the matching entries of one partition that have it, the newest first."""
    for run in view.places(Order.NEWEST_FIRST, 0, 2**63 - 1):
        rows = view.partition.rows(number for _, number in run)
        for done, ((realtime, _), row) in enumerate(zip(run, rows, strict=True)):
            if done % _CHECK_EVERY == 0:
                check(view.budget)
            values = row.values(name)
            if values:
                yield realtime, values[0]
