"""Which codec runs: the compiled one (native/) where it was built, else the reference in Python.

Every function of the compiled codec has a reference, which is complete. The compiled one answers None, having changed
nothing, for whatever is not common and well formed; then the reference is asked, so that what malformed input means is
decided in one place.
"""

import os
from array import array
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

PURE = "JOURNALHUB_PURE_PYTHON"
"""Variable of the environment: `1` leaves the compiled codec out."""

Span = tuple[int, int]

BatchColumns = tuple[
    Span,
    Span,
    Span | None,
    list[int],
    list[int],
    list[int],
    list[int],
    list[int],
    list[int],
    list[tuple[bytes, ...]],
]
"""Where origins, shapes and status begin and end; origin, shape, realtime, monotonic, seqnum, xor_hash, values."""


class Codec(Protocol):
    """The functions of `journal/_codec.abi3.so`. Each is documented by its reference."""

    FINGERPRINT: str
    """The hash of the sources that it was built from; see native/build.py."""

    def pack(self, values: list[int], /) -> bytes | None:
        """`store.embedded.columns.pack`."""

    def pack_series(self, values: list[int], /) -> bytes | None:
        """`store.embedded.columns.pack_series`."""

    def cursor_parts(self, cursor: str, /) -> tuple[str, int, str, int, int, int] | None:
        """`shipper.columns.parts`."""

    def decode_batch(self, raw: bytes, /) -> BatchColumns | None:
        """The columns of an ordinary native batch before its compression; `wire.decode` is the reference.

        Their numbers and values are checked; the objects of the first three are still to be read, and checked.
        """

    def documents(
        self,
        values: list[tuple[bytes, ...]],
        numbers: tuple[list[int], list[int], list[int]],
        which: Sequence[int],
        shape: int,
        day_start: int,
        terms: tuple[str | None, ...],
        text: int,
        /,
    ) -> list[str | None] | None:
        """Some rows, all of one shape, as documents of the index; `store.embedded.documents` is the reference.

        `numbers` are realtime, ord and origin of all rows, `terms` the name of each column whose values are terms, and
        `text` is the column with words, or -1. None for a row, or for all, is the reference's.
        """

    def export_lines(self, seed: int, origin_fields: frozenset[str], unique: frozenset[str], /) -> object:
        """An empty table of lines of export text, for `read_entries`; `seed` is any 64 bits that nobody can guess."""

    def read_entries(
        self,
        lines: object,
        text: bytes | memoryview,
        columns: tuple[list[Any], ...],
        speakers: tuple[dict[bytes, int], Callable[[bytes, bytes, tuple[tuple[str, bytes], ...]], int]],
        shapes: tuple[dict[tuple[str, ...], int], Callable[[tuple[str, ...]], int]],
        most_rows: int,
        most_bytes: int,
        /,
    ) -> tuple[int, int]:
        """Whole entries from the beginning of a text into the columns of a batch; `ExportParser` is the reference.

        How many bytes of text were read, and how many bytes of values came out. It ends before an entry that is not
        whole, or is in any way uncommon: that one is the reference's.
        """

    def block_numbers(self, frame: bytes, rows: int, /) -> tuple[bytes, ...] | None:
        """`store.embedded.bulk.numbers_of`."""

    def block_texts(
        self, frame: bytes, at: int, rows: int, realtimes: object | None, /
    ) -> tuple[bytes, bytes, int] | None:
        """`store.embedded.bulk.texts_of`."""

    def row_numbers(self, frame: bytes, rows: int, row: int, /) -> tuple[int, int, int, int, int, int, int] | None:
        """`store.embedded.points.Frame.of`, and how many rows of the same shape stand before."""

    def shape_counts(self, frame: bytes, rows: int, /) -> tuple[int, ...] | None:
        """`store.embedded.columns.Packed.tally` of the shapes: each, and its count, one after another."""

    def row_values(
        self,
        frames: tuple[bytes | None, ...],
        where: tuple[int, ...],
        sizes: tuple[int, ...],
        wanted: tuple[int, ...],
        realtime: int,
        /,
    ) -> tuple[bytes, ...] | None:
        """Values of text columns: of each (column, index) that stand one after another in `wanted`.

        `where` has the kind and the frame of each column, `sizes` how many values it has; frames of which nothing is
        wanted may be None. `store.embedded.points.TextColumn` is the reference.
        """

    def find_texts(
        self, needle: bytes, fold: int, frame: bytes, at: int, count: int, /
    ) -> list[tuple[int, int, int]] | None:
        """`store.embedded.finding.texts_with`. Others may run meanwhile."""

    def open_journal(self, flags: int, path: str | None, files: list[str] | None, namespace: str | None, /) -> Any:
        """A handle of libsystemd; `shipper.reader.reference`. None where there is no libsystemd of 246 or later.

        Of path, files and namespace at most one is given; without any it is the journal of this machine.
        """

    def release_journals(self, most: int, /) -> None:
        """Let go of the pages of journal files that are mapped, once all pages of files have grown by `most` bytes.

        They stay in the page cache, and come back when they are touched. It counts from what it left the last time.
        There is no reference: without it the kernel takes them when it needs them. Errors are passed over.
        """

    def print_rows(
        self,
        kind: int,
        sources: Sequence[object],
        places: "array[int]",
        start: int,
        enough: int,
        one: Callable[[int], bytes],
        odd: Callable[[str, bytes], bytes],
        clock: Callable[[int], tuple[bytes, bytes]],
        precise: bool,
        /,
    ) -> tuple[bytes, int] | None:
        """`query.printed.bulk`: text of the rows from `start` on, `enough` of it, and the place that comes next."""

    def values_of(self, texts: Sequence[object], rank: int, /) -> tuple[bytes, ...] | None:
        """The values of `store.bulk.hit_of`."""

    def json_row(
        self,
        head: bytes,
        members: bytes,
        literals: tuple[bytes, ...],
        values: tuple[bytes, ...],
        realtime: int,
        number: int,
        seqnum: int,
        monotonic: int,
        xor_hash: int,
        /,
    ) -> bytes | None:
        """`query.api.members.row_of_parts`."""

    def json_row_at(
        self,
        head: bytes,
        members: bytes,
        literals: tuple[bytes, ...],
        texts: Sequence[object],
        rank: int,
        clip: int,
        realtime: int,
        number: int,
        seqnum: int,
        monotonic: int,
        xor_hash: int,
        /,
    ) -> bytes | None:
        """The same of a row of some columns, of which `texts` are those of its shape; `clip` is -1 for none."""

    def merge(
        self,
        lanes: "list[tuple[int, bytes, bytes, bytes | None]]",
        begins: "array[int]",
        ends: "array[int]",
        rising: bool,
        edge: int,
        most: int,
        /,
    ) -> tuple[bytes, int, int] | None:
        """`store.embedded.merging`, whose reference is `store.embedded.scan`."""


def _load() -> Codec | None:
    if os.environ.get(PURE) == "1":
        return None
    try:
        found = import_module("journalhub.journal._codec")
    except ImportError:
        return None
    # In a checkout that moved on, what was built before may lack something until ./dev builds it anew.
    wanted = {*vars(Codec), *Codec.__annotations__}
    return cast(Codec, found) if all(hasattr(found, name) for name in wanted if not name.startswith("_")) else None


codec: Codec | None = _load()
"""None where the reference does everything. Looked up at each call: tests set it."""


def describe() -> str:
    """`compiled codec` or `codec in Python`, which programs say of themselves."""
    return "codec in Python" if codec is None else "compiled codec"
