"""Which rows of a call are new: those whose (seqnum id, boot id, seqnum, xor hash) is not stored yet."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from pyroaring import BitMap64

from journalhub.journal.batch import Batch
from journalhub.store.embedded.rows import rows_by, taken
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
        parts: list[Sequence[int]] = []
        for key, its in rows_by(keys, batch.origin).items():
            kept = [row for row in its if row not in refused] if refused else its
            parts.append(self._new(key, batch, kept))
        if len(parts) == 1:
            return parts[0]
        whole = sum(map(len, parts)) == len(batch)
        return range(len(batch)) if whole else sorted(chain.from_iterable(parts))

    def _new(self, key: StreamKey, batch: Batch, rows: Sequence[int]) -> Sequence[int]:
        seqnums, hashes = taken(batch.seqnum, rows), taken(batch.xor_hash, rows)
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
