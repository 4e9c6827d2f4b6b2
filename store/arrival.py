"""What every store does to a batch before it keeps it, and the order of what it keeps."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar

from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.limits import REALTIME_MAX
from journalhub.journal.origin import ORIGIN_FIELDS

DAY = 86_400_000_000
"""Microseconds of a UTC day, which is a partition."""

BUCKETS_MAX = 10_000
"""Buckets of one histogram: some screens' worth of pixels."""

T = TypeVar("T")


def canonical(batch: Batch) -> Batch:
    """`batch` itself, or the same rows with every field where BatchBuilder puts it.

    The native protocol lets a sender put any field among an origin's; stores rely on ORIGIN_FIELDS being exactly the
    fields of origins, so that each field name has one place where its values are looked up.
    """
    if all(ORIGIN_FIELDS.isdisjoint(names) and "_BOOT_ID" not in names for names in batch.shapes) and all(
        _is_canonical(origin.fields) for origin in batch.origins
    ):
        return batch
    return from_entries(batch)


def _is_canonical(fields: tuple[tuple[str, bytes], ...]) -> bool:
    return ORIGIN_FIELDS.issuperset(map(itemgetter(0), fields)) and list(fields) == sorted(fields)


def refusals(batch: Batch) -> list[tuple[int, str]]:
    """(row, reason) of the rows that no store can keep: their day has no date."""
    if not batch.realtime or (0 <= min(batch.realtime) and max(batch.realtime) <= REALTIME_MAX):
        return []
    return [
        (row, f"realtime {realtime} µs is beyond the year 9999")
        for row, realtime in enumerate(batch.realtime)
        if not 0 <= realtime <= REALTIME_MAX
    ]


def day_of(realtime: int) -> str:
    """The UTC day (YYYY-MM-DD) of a realtime of at most REALTIME_MAX."""
    return _day(realtime // DAY)


@lru_cache(64)
def _day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%d").rjust(10, "0")


@lru_cache(64)
def start_of(day: str) -> int:
    """Microseconds at which a day starts; ValueError when `day` is not YYYY-MM-DD."""
    midnight = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def in_seqnum_order(ties: Sequence[T], sequence: Callable[[T], tuple[bytes, int]]) -> list[T]:
    """Entries of equal realtime, given by rising ord, in the order of the store.

    `sequence` gives (seqnum id, seqnum). The places that one seqnum id has among the ties are filled by rising seqnum:
    a batch that overtook an earlier one must not turn a node's own order round.
    """
    by_id: dict[bytes, list[T]] = {}
    for item in ties:
        by_id.setdefault(sequence(item)[0], []).append(item)
    refill = {key: iter(sorted(items, key=lambda item: sequence(item)[1])) for key, items in by_id.items()}
    return [next(refill[sequence(item)[0]]) for item in ties]


def bucket_count(since: int, until: int, interval: int) -> int:
    """Buckets of a histogram over since..until; ValueError when there are none or too many."""
    if interval < 1:
        raise ValueError(f"histogram interval {interval} µs; want at least 1")
    buckets = (until - since) // interval + 1
    if not 1 <= buckets <= BUCKETS_MAX:
        raise ValueError(f"{buckets} histogram buckets; want 1 to {BUCKETS_MAX}: take a longer interval or less time")
    return buckets
