"""Names, values and gaps of one partition."""

from collections import Counter
from collections.abc import Iterator

import tantivy
from pyroaring import BitMap64

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.store.embedded import documents
from journalhub.store.embedded.index import Snapshot, guarded
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row


def field_names(partition: Partition) -> Counter[str]:
    """Every field name, with the number of entries that have it."""
    known = partition.known_names
    if known is not None and known[0] == partition.totals.entries:
        return known[1]
    names: Counter[str] = Counter({"_BOOT_ID": partition.totals.entries})
    for shape, entries in zip(tuple(partition.shapes.shapes), tuple(partition.shapes.entries), strict=False):
        for name in set(shape):
            names[name] += entries
    for origin, entries in partition.entries_by_origin().items():
        for name in {name for name, _ in partition.origins.origins[origin].fields}:
            names[name] += entries
    partition.known_names = (names["_BOOT_ID"], +names)
    return +names


def values(partition: Partition, snapshot: Snapshot | None, name: str, prefix: bytes) -> set[bytes]:
    """The distinct values of a field that start with `prefix`. Without a snapshot every entry is read."""
    if name in ORIGIN_FIELDS or name == "_BOOT_ID":
        return {value for value in partition.origins.distinct(name) if value.startswith(prefix)}
    if not partition.shapes.having(name):
        return set()
    if snapshot is None or not documents.is_term_field(name):
        return {value for row in _rows(partition) for value in row.values(name) if value.startswith(prefix)}
    start = prefix.decode(errors="ignore") if prefix.isascii() else ""
    with guarded(f"search {partition.index_directory}"):
        plain = snapshot.searcher.terms_with_prefix("term", f"{name}={start}")
        hashed = snapshot.searcher.terms_with_prefix("term", f"{name}#")
    found = {text[len(name) + 1 :].encode() for text, _ in plain}
    found |= {value_of_hash(partition, snapshot, name, text) for text, _ in hashed}
    return {value for value in found if value.startswith(prefix)}


def value_of_hash(partition: Partition, snapshot: Snapshot, name: str, text: str) -> bytes:
    """The value of `name` that is indexed by its hash as the term `text`."""
    query = tantivy.Query.term_query(snapshot.schema, "term", text, index_option="basic")
    with guarded(f"search {partition.index_directory}"):
        address = snapshot.searcher.search(query, 1, count=False).hits[0][1]
        number = snapshot.searcher.fast_field_values("ord", [address])[0]
    row = partition.row(int(number or 0))
    return next(value for value in row.values(name) if documents.term(name, value) == text)


def _rows(partition: Partition) -> Iterator[Row]:
    origins, shapes = partition.origins.origins, partition.shapes.shapes
    for meta in partition.metas():
        block = partition.block_with(meta)
        for index, number in enumerate(block.ords):
            if meta.first_ord <= number <= meta.last_ord:
                yield Row(block, index, origins, shapes)


def gaps(stored: BitMap64) -> list[tuple[int, int]]:
    """The runs of numbers, inclusive, between the first and the last of a set that are not in it."""
    found: list[tuple[int, int]] = []
    if not stored:
        return found
    last = stored.max()
    start = stored.min()
    while True:
        end = _end_of_run(stored, start, last)
        if end == last:
            return found
        start = stored.next_set_bit(end + 1)
        found.append((end + 1, start - 1))


def _end_of_run(stored: BitMap64, start: int, last: int) -> int:
    """The last number of the run of neighbours that begins at `start`: its length is doubled, then halved in on."""
    step = 1
    while start + step <= last and _has_all(stored, start, start + step):
        step *= 2
    low, high = start, min(start + step, last)
    while low < high:
        middle = (low + high + 1) // 2
        if _has_all(stored, start, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _has_all(stored: BitMap64, first: int, last: int) -> bool:
    """Whether first..last are all in the set. The end of `contains_range` is exclusive and cannot be 2^64."""
    return last in stored and (first == last or stored.contains_range(first, last))
