"""Exact sets of seqnums, for the account of what nodes left out: a report that comes again, cut otherwise, counts once.

A set is kept in chunks of 65,536 seqnums, of which only those that changed are written to disk: 8 KiB each at most.
"""

from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from journalhub.collector.gaps import Run

CHUNK_BITS = 16
"""A chunk is what one container of a roaring bitmap holds."""

Chunk = tuple[str, int, bytes]
"""Name of the set, number of the chunk, and its bitmap."""


class SeqnumSets:
    """Sets by name."""

    def __init__(self) -> None:
        self._chunks: dict[str, dict[int, BitMap]] = {}
        self._changed: set[tuple[str, int]] = set()

    def add(self, name: str, runs: Iterable[Run]) -> int:
        """Put seqnums into a set; how many were not in it."""
        chunks = self._chunks.setdefault(name, {})
        new = 0
        for first, last in runs:
            for number in range(first >> CHUNK_BITS, (last >> CHUNK_BITS) + 1):
                base = number << CHUNK_BITS
                chunk = chunks.setdefault(number, BitMap())
                before = len(chunk)
                chunk.add_range(max(first - base, 0), min(last - base, (1 << CHUNK_BITS) - 1) + 1)
                if len(chunk) > before:
                    new += len(chunk) - before
                    self._changed.add((name, number))
        return new

    def runs(self, name: str) -> list[Run]:
        """A set as runs, ascending; neighbours of two chunks may touch."""
        found: list[Run] = []
        for number, chunk in sorted(self._chunks.get(name, {}).items()):
            base = number << CHUNK_BITS
            firsts, lasts = chunk - chunk.shift(1), chunk - chunk.shift(-1)
            found += [(base + first, base + last) for first, last in zip(firsts, lasts, strict=True)]
        return found

    def take_changed(self) -> list[Chunk]:
        """What is to be written. Give it back with `give_back` when that fails."""
        changed = [(name, number, self._packed(name, number)) for name, number in sorted(self._changed)]
        self._changed = set()
        return changed

    def give_back(self, chunks: Iterable[Chunk]) -> None:
        """These chunks could not be written."""
        self._changed.update((name, number) for name, number, _ in chunks)

    def load(self, chunk: Chunk) -> None:
        """Put back what `take_changed` gave. Raises ValueError for anything else."""
        name, number, packed = chunk
        self._chunks.setdefault(name, {})[number] = BitMap.deserialize(packed)

    def _packed(self, name: str, number: int) -> bytes:
        packed = self._chunks[name][number].copy()
        packed.run_optimize()
        return packed.serialize()


def decode_runs(first: int, last: int, lengths: Iterable[int]) -> Iterator[Run]:
    """Runs from how many seqnums are in and out in turn, from `first` on; ValueError unless they end at `last`."""
    at, is_in = first, True
    for length in lengths:
        if length < 1 or at + length - 1 > last:
            raise ValueError("runs that do not fit between first and last")
        if is_in:
            yield at, at + length - 1
        at, is_in = at + length, not is_in
    if at != last + 1 or is_in:
        raise ValueError("runs that do not end at last")
