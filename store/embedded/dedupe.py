"""Which rows of a call are new: those whose (seqnum id, boot id, seqnum, xor hash) is not stored yet."""

from collections.abc import Callable, Iterable, Sequence

from pyroaring import BitMap64

from journalhub.journal.batch import Batch
from journalhub.store.embedded.state import StreamKey

Hashes = dict[int, set[int]]
"""xor hashes by seqnum."""


class Dedupe:
    """State of one call of `append`.

    `stored_seqnums(key)` gives the sets of stored seqnums of a stream, one per partition that has it;
    `stored_hashes(key, seqnums)` reads the hashes of some of them.
    """

    def __init__(
        self,
        stored_seqnums: Callable[[StreamKey], Iterable[BitMap64]],
        stored_hashes: Callable[[StreamKey, BitMap64], Hashes],
    ) -> None:
        self._stored_seqnums = stored_seqnums
        self._stored_hashes = stored_hashes
        self._accepted: dict[StreamKey, BitMap64] = {}
        self._parts: dict[StreamKey, list[tuple[Sequence[int], Sequence[int]]]] = {}
        """(seqnums, hashes) of what was accepted in this call."""

    def new_rows(self, batch: Batch, refused: set[int]) -> Sequence[int]:
        """The rows of `batch` that are neither stored, nor accepted earlier in the call, nor refused; rising."""
        keys = {index: batch.origins[index][:2] for index in set(batch.origin)}
        if len(set(keys.values())) == 1 and not refused:
            return self._new(next(iter(keys.values())), batch, range(len(batch)))
        rows: dict[StreamKey, list[int]] = {}
        for row, index in enumerate(batch.origin):
            if row not in refused:
                rows.setdefault(keys[index], []).append(row)
        return sorted(row for key, its in rows.items() for row in self._new(key, batch, its))

    def _new(self, key: StreamKey, batch: Batch, rows: Sequence[int]) -> Sequence[int]:
        whole = len(rows) == len(batch)
        seqnums = batch.seqnum if whole else [batch.seqnum[row] for row in rows]
        hashes = batch.xor_hash if whole else [batch.xor_hash[row] for row in rows]
        asked = BitMap64(seqnums)
        accepted = self._accepted.get(key, BitMap64())
        suspects = asked & accepted
        for stored in self._stored_seqnums(key):
            suspects |= asked & stored
        if suspects or len(asked) != len(seqnums):
            rows, seqnums, hashes = self._sift(key, rows, seqnums, hashes, suspects)
        self._accepted[key] = accepted | asked
        self._parts.setdefault(key, []).append((seqnums, hashes))
        return rows

    def _sift(
        self, key: StreamKey, rows: Sequence[int], seqnums: Sequence[int], hashes: Sequence[int], suspects: BitMap64
    ) -> tuple[list[int], list[int], list[int]]:
        known: Hashes = self._stored_hashes(key, suspects) if suspects else {}
        if suspects & self._accepted.get(key, BitMap64()):
            for earlier, their_hashes in self._parts[key]:
                for seqnum, its_hash in zip(earlier, their_hashes, strict=True):
                    if seqnum in suspects:
                        known.setdefault(seqnum, set()).add(its_hash)
        kept: list[tuple[int, int, int]] = []
        for row, seqnum, its_hash in zip(rows, seqnums, hashes, strict=True):
            seen = known.setdefault(seqnum, set())
            if its_hash not in seen:
                seen.add(its_hash)
                kept.append((row, seqnum, its_hash))
        return [k[0] for k in kept], [k[1] for k in kept], [k[2] for k in kept]
