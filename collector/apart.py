"""Corner an entry that the store chokes on, so that it costs only itself."""

import logging

from journalhub.journal.batch import Batch
from journalhub.store.contract import Appended, Store

log = logging.getLogger("journalhub.collector")


def rows_of(batch: Batch, rows: range | list[int]) -> Batch:
    """A batch of some rows, in the given order; origins and shapes are shared with `batch`."""
    return Batch(
        batch.origins,
        batch.shapes,
        [batch.origin[row] for row in rows],
        [batch.shape[row] for row in rows],
        [batch.realtime[row] for row in rows],
        [batch.monotonic[row] for row in rows],
        [batch.seqnum[row] for row in rows],
        [batch.xor_hash[row] for row in rows],
        [batch.values[row] for row in rows],
    )


def append_apart(store: Store, batch: Batch, errors: tuple[type[Exception], ...]) -> Appended:
    """Append a batch that raises one of `errors`, in halves, down to the entries that do; those are refused."""
    try:
        return store.append([batch])[0]
    except errors as error:
        if len(batch) <= 1:
            reason = f"the store cannot take it: {type(error).__name__}"
            log.error("refused an entry: %s: %s", reason, error)
            return Appended([], 0, [(row, reason) for row in range(len(batch))])
    middle = len(batch) // 2
    left = append_apart(store, rows_of(batch, range(middle)), errors)
    right = append_apart(store, rows_of(batch, range(middle, len(batch))), errors)
    return Appended(
        [*left.stored, *(middle + row for row in right.stored)],
        left.duplicates + right.duplicates,
        [*left.refused, *((middle + row, reason) for row, reason in right.refused)],
    )
