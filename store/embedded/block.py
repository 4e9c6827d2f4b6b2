"""A block: up to a few thousand entries in compressed columns, each read only when needed. docs/formats/store.md."""

import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain
from itertools import count as counting
from operator import le, sub

import msgpack

from journalhub.journal import compiled
from journalhub.journal.batch import Names, Values
from journalhub.journal.origin import OriginsByNumber
from journalhub.store.embedded.bulk import BlockColumns, Described, lists_of
from journalhub.store.embedded.columns import Packed, PackedSeries, unpack, unpack_series
from journalhub.store.embedded.decoded import Column, places_hinted, places_liked
from journalhub.store.embedded.dictionary import Dictionary
from journalhub.store.embedded.encoding import (
    HEAD,
    M64,
    REALTIME,
    TEXT,
    VERSION,
    VERSION_PIECES,
)
from journalhub.store.embedded.finding import Fold, texts_with
from journalhub.store.embedded.layout import PARTLY_FROM, RANKS_FROM, WHOLE_FROM
from journalhub.store.embedded.partly import text_at
from journalhub.store.embedded.pieces import Pieces
from journalhub.store.embedded.places import Places
from journalhub.store.embedded.points import Frame, Key, TextColumn, text_columns
from journalhub.store.embedded.rows import MemoryRows, Numbers
from journalhub.store.embedded.unpacking import decompress
from journalhub.store.joined import FirstIn


class BlockError(ValueError):
    """Bytes that are no block of a version that this code reads, or damaged."""


class Block:
    """A block read back. Columns are decompressed when first used, and stay. Threads may share it."""

    def __init__(
        self, body: bytes, shapes: Sequence[Names], dictionary: Callable[[], Dictionary | None] = lambda: None
    ) -> None:
        """Raises BlockError when the checksum or the version is wrong, or the dictionary that it needs is not there.

        `shapes` are the partition's by number, `dictionary` gives its dictionary.
        """
        if len(body) < HEAD.size:
            raise BlockError(f"a block of {len(body)} bytes")
        version, checksum, header_size = HEAD.unpack_from(body)
        if version not in (VERSION, VERSION_PIECES):
            raise BlockError(f"block version {version}; this program reads {VERSION} and {VERSION_PIECES}")
        if zlib.crc32(memoryview(body)[HEAD.size :]) != checksum:
            raise BlockError("wrong checksum")
        start = HEAD.size + header_size
        self.count: int
        self.count, sizes, where, *in_pieces = msgpack.unpackb(body[HEAD.size : start], use_list=False)
        self._body = body
        self._bounds = list(accumulate(sizes, initial=start))
        self._where = where
        self._kinds = where[::2]
        self._frames = where[1::2]
        self._shapes = shapes
        self._raw: dict[int, bytes] = {}
        self._pieces: dict[int, Pieces] = {}
        """Of the frame that is in pieces, if one is."""
        if version == VERSION_PIECES:
            self._take_pieces(in_pieces[0], dictionary())
        self.size = len(body) + 300 * self.count
        """About how many bytes of memory the block takes now; grows as columns are decoded."""
        self._asked = 0
        """Rows whose rank was asked for."""
        self._given = 0
        """Rows that were asked for with their neighbours."""
        self._decoded: dict[Key, Column] = {}
        self._by_shape: dict[int, list[tuple[bytes, list[int], int]]] = {}
        self._touched: set[int] = set()
        """Large frames that were read partly, or cannot be."""
        self._numbered = 0
        """Rows whose numbers were asked for one by one."""
        self._points: dict[int, dict[Key, TextColumn]] = {}
        """By frame, for rows whose values were."""
        self._bulk: BlockColumns | None = None

    def _take_pieces(self, described: tuple[int, int, tuple[int, ...]], dictionary: Dictionary | None) -> None:
        if dictionary is None:
            raise BlockError("its messages need a dictionary that the log does not have")
        frame, entries, sizes = described
        body = self._body[self._bounds[frame] : self._bounds[frame + 1]]
        self._pieces[frame] = Pieces(body, sizes, entries, dictionary)

    def _frame(self, number: int) -> bytes:
        raw = self._raw.get(number)
        if raw is None:
            if number in self._pieces:
                raw = self._pieces[number].whole()
            else:
                raw = decompress(self._body[self._bounds[number] : self._bounds[number + 1]])
            self._raw[number] = raw
            self.size += len(raw)
        return raw

    @cached_property
    def _numbers(self) -> tuple[list[int], ...]:
        return lists_of(self._frame(0), self.count)

    @cached_property
    def _packed(self) -> Frame:
        return Frame.read(self._frame(0), self.count)

    def numbers(self, row: int) -> Numbers:
        if self._numbered < RANKS_FROM and "_numbers" not in self.__dict__:
            self._numbered += 1
            return self._alone(row)[0]
        ords, origin, shape, realtime, monotonic, seqnum = self._numbers
        return Numbers(ords[row], origin[row], shape[row], realtime[row], monotonic[row], seqnum[row])

    def _alone(self, row: int) -> tuple[Numbers, int]:
        """The numbers of one row where it stands, and how many of its shape stand before it."""
        if compiled.codec is not None and (made := compiled.codec.row_numbers(self._frame(0), self.count, row)):
            return Numbers._make(made[:-1]), made[-1]
        return self._packed.of(row), self._packed.shape.same_before(row)

    @cached_property
    def _packed_ords(self) -> PackedSeries:
        return PackedSeries.read(self._frame(0), 0, self.count)

    @cached_property
    def last_ord(self) -> int:
        """The ord of the last entry."""
        return self._packed_ords.value(self.count - 1)

    def row_of(self, number: int) -> int | None:
        """The row of the entry with this ord; None where there is none."""
        if self._packed_ords.is_counting:
            row = number - self._packed_ords.first
            return row if 0 <= row < self.count else None
        row = bisect_left(self.ords, number)
        return row if row < self.count and self.ords[row] == number else None

    def rows_of(self, ords: Sequence[int]) -> Sequence[int] | None:
        """The rows of the entries with these ords, rising; None when one is not there."""
        if self._packed_ords.is_counting:
            first = self._packed_ords.first
            return [number - first for number in ords] if first <= ords[0] and ords[-1] <= self.last_ord else None
        rows = [self.row_of(number) for number in ords]
        found = [row for row in rows if row is not None]
        return found if len(found) == len(rows) else None

    @property
    def ords(self) -> list[int]:
        return self._numbers[0]

    @property
    def origin(self) -> list[int]:
        return self._numbers[1]

    @property
    def shape(self) -> list[int]:
        return self._numbers[2]

    @property
    def realtime(self) -> list[int]:
        return self._numbers[3]

    @property
    def monotonic(self) -> list[int]:
        return self._numbers[4]

    @property
    def seqnum(self) -> list[int]:
        return self._numbers[5]

    @cached_property
    def in_time(self) -> tuple[list[int], list[int]]:
        """The realtimes of all entries, rising, and their ords; of equal realtime rising by ord."""
        realtime, ords = self.realtime, self.ords
        if all(map(le, realtime, realtime[1:])):
            return realtime, ords
        places = sorted(zip(realtime, ords, strict=True))
        self.size += 100 * self.count
        return [place[0] for place in places], [place[1] for place in places]

    def times(self) -> "array[int]":
        """The realtimes of all entries, rising, counted from the least."""
        if "_numbers" in self.__dict__:
            rising = sorted(self.realtime)
        else:
            rising = sorted(unpack_series(self._frame(0), self._packed.shape.end, self.count)[0])
        least, greatest = rising[0], rising[-1]
        return array("I" if greatest - least < 2**32 else "Q", [realtime - least for realtime in rising])

    @cached_property
    def xor_hash(self) -> Sequence[int]:
        hashes = array("Q")
        hashes.frombytes(self._body[self._bounds[-2] : self._bounds[-1]])
        if sys.byteorder == "big":
            hashes.byteswap()
        return hashes

    @cached_property
    def _layout(self) -> Places:
        if compiled.codec is not None and (made := compiled.codec.shape_counts(self._frame(0), self.count)):
            return Places(dict(zip(made[::2], made[1::2], strict=True)), self._shapes)
        return Places(self._packed.shape.tally(), self._shapes)

    @cached_property
    def _ranks(self) -> list[int]:
        """For each row, how many rows of its shape stand before it."""
        if len(self._layout.counts) == 1:
            return list(range(self.count))
        following = {shape: counting().__next__ for shape in self._layout.counts}
        return [following[shape]() for shape in self.shape]

    def _rank(self, row: int) -> int:
        """One of `_ranks`, which are made when many are asked for."""
        self._asked += 1
        if self._asked <= RANKS_FROM and "_ranks" not in self.__dict__:
            return self.shape[:row].count(self.shape[row])
        return self._ranks[row]

    def column(self, key: Key) -> Column:
        """One column decoded; KeyError when no entry of the block has it."""
        column = self._decoded.get(key)
        if column is None:
            keys, sizes = self._layout.keys, self._layout.sizes
            frame = self._frames[keys.index(key)]
            at = 0
            # A shared frame holds its columns one after another: all of them are decoded at once.
            for other, kind, its_frame in zip(keys, self._kinds, self._frames, strict=True):
                if its_frame == frame:
                    decoded, at = self._decode(kind, self._frame(frame), at, sizes[other])
                    self._decoded[other] = decoded
                    self.size += len(decoded.text) + 40 * len(decoded.ends)
            column = self._decoded[key]
        return column

    def _decode(self, kind: int, raw: bytes, at: int, count: int) -> tuple[Column, int]:
        lengths, at = unpack(raw, at, count)
        if kind == REALTIME:
            numbers = [distance & M64 for distance in map(sub, self.realtime, lengths)]
            values = [b"%d" % number for number in numbers]
            return Column(b"".join(values), list(accumulate(map(len, values)))), at
        ends = list(accumulate(lengths))
        end = at + (ends[-1] if ends else 0)
        return Column(raw[at:end], ends), end

    def own(self, row: int) -> Values:
        if not self._decoded and self._asked < RANKS_FROM:
            self._asked += 1
            return self._own_alone(row)
        rank = self._rank(row)
        values: list[bytes] = []
        for text, ends, start in self._columns_of(self._numbers[2][row]):
            at = start + rank
            values.append(text[ends[at - 1] if at else 0 : ends[at]])
        return tuple(values)

    def _own_alone(self, row: int) -> Values:
        """The values of one row where it stands, while no column is decoded."""
        numbers, rank = self._alone(row)
        layout = self._layout
        places = layout.places[numbers.shape]
        wanted = [(layout.numbers[key], start + rank) for key, start in places]
        partly = {number: text for number, index in wanted if (text := self._partly(number, index)) is not None}
        rest = iter(self._values([pair for pair in wanted if pair[0] not in partly], numbers.realtime))
        return tuple([partly[number] if number in partly else next(rest) for number, _ in wanted])

    def _partly(self, number: int, index: int) -> bytes | None:
        """A value of a large column of which nothing was read, without the rest: once, or where it is in pieces.

        None where it is not that.
        """
        frame = self._frames[number]
        if frame in self._pieces and frame not in self._raw:
            return self._pieces[frame].text_at(self._layout.sizes[self._layout.keys[number]], index)
        start, end = self._bounds[frame : frame + 2]
        if end - start < PARTLY_FROM or frame in self._touched or frame in self._raw:
            return None
        self._touched.add(frame)
        if self._kinds[number] != TEXT or self._frames.count(frame) > 1:
            return None
        return text_at(self._body[start:end], self._layout.sizes[self._layout.keys[number]], index)

    def _values(self, wanted: list[tuple[int, int]], realtime: int) -> Sequence[bytes]:
        """The values at (number of the column, index), of an entry of that realtime."""
        if compiled.codec is not None:
            used = {self._frames[number] for number, _ in wanted}
            frames = tuple([self._frame(at) if at in used else None for at in range(len(self._bounds) - 2)])
            sizes, flat = tuple(self._layout.sizes.values()), tuple(chain.from_iterable(wanted))
            made = compiled.codec.row_values(frames, self._where, sizes, flat, realtime)
            if made is not None:
                return made
        keys = self._layout.keys
        return [self._text_column(keys[number]).value(index, realtime) for number, index in wanted]

    def _text_column(self, key: Key) -> TextColumn:
        frame = self._frames[self._layout.numbers[key]]
        columns = self._points.get(frame)
        if columns is None:
            described = zip(self._layout.sizes.items(), self._kinds, self._frames, strict=True)
            its = [(other, size, kind == TEXT) for (other, size), kind, number in described if number == frame]
            columns = self._points[frame] = text_columns(self._frame(frame), its)
        return columns[key]

    def _columns_of(self, shape: int) -> list[tuple[bytes, list[int], int]]:
        """Of each field of a shape: its column, and where the shape's values start in it."""
        columns = self._by_shape.get(shape)
        if columns is None:
            columns = [(*self.column(key), start) for key, start in self._layout.places[shape]]
            self._by_shape[shape] = columns
        return columns

    def own_values(self, row: int, name: str) -> list[bytes]:
        places = self._layout.by_name[self._numbers[2][row]].get(name)
        if places is None:
            return []
        rank = self._rank(row)
        return [self.column(key).value(start + rank) for key, start in places]

    def columns_of(self, name: str) -> list[Column]:
        """The columns of an own field: of its first value in an entry, of the second, …"""
        return [self.column(key) for key in self._keys_of(name)]

    def rows_with(self, name: str, predicate: Callable[[bytes], bool], first_in: FirstIn | None = None) -> set[int]:
        """The rows with a value of an own field that the predicate likes. Faster than row by row.

        `first_in` tells of all values at once where the next may be that it likes. A block without one is not decoded.
        """
        found: set[int] = set()
        for key in self._keys_of(name):
            number = self._layout.numbers[key]
            if first_in is None:
                places = places_liked(self.column(key), predicate)
            elif self._kinds[number] == TEXT and self._has_none(self._frames[number], key, first_in):
                continue
            else:
                places = places_hinted(self.column(key), predicate, first_in)
            found |= self._rows_of(key, places)
        return found

    def _has_none(self, number: int, key: Key, first_in: FirstIn) -> bool:
        """Whether the frame of a column, which may hold others too, shows that no value has what is looked for."""
        frame = self._frame(number)
        alone = self._frames.count(number) == 1
        return first_in(frame, Packed.read(frame, 0, self._layout.sizes[key]).end if alone else 0) is None

    def rows_containing(
        self,
        name: str,
        needle: bytes,
        predicate: Callable[[bytes], bool] | None = None,
        fold: Fold = Fold.NEVER,
    ) -> set[int]:
        """The rows with a value of an own field that has `needle` inside and that the predicate likes.

        `needle` is in lower case where values are folded. A block without it is not decoded.
        """
        found: set[int] = set()
        for key in self._keys_of(name):
            places = self._places_of(key, needle, predicate, fold)
            if places:
                found |= self._rows_of(key, places)
        return found

    def _places_of(self, key: Key, needle: bytes, predicate: Callable[[bytes], bool] | None, fold: Fold) -> list[int]:
        """The indexes of the values of one column that have `needle` inside and that the predicate likes, rising."""
        number = self._layout.numbers[key]
        if self._kinds[number] != TEXT:  # decimal numbers, which have no case
            return [
                at
                for at, value in enumerate(self.column(key).values())
                if needle in value and (predicate is None or predicate(value))
            ]
        its_frame = self._frames[number]
        frame, at = self._frame(its_frame), 0
        if self._frames.count(its_frame) > 1:
            if needle not in (frame if fold is Fold.NEVER else frame.lower()) and (
                fold is not Fold.IF_ASCII or frame.isascii()
            ):
                return []
            at = self._text_column(key).begin
        places = texts_with(needle, fold, frame, at, self._layout.sizes[key])
        if places is None:
            assert predicate is not None
            return places_liked(self.column(key), predicate)
        return [index for index, start, end in places if predicate is None or predicate(frame[start:end])]

    def _keys_of(self, name: str) -> list[Key]:
        return self._layout.of_name.get(name, [])

    def _rows_of(self, key: Key, indexes: list[int]) -> set[int]:
        """The rows whose values stand at these places of a column."""
        if not indexes:
            return set()
        if len(self._layout.counts) == 1:
            return set(indexes)
        wanted = {
            (shape, index - start)
            for shape, places in self._layout.places.items()
            for its_key, start in places
            if its_key == key
            for index in indexes
            if start <= index < start + self._layout.counts[shape]
        }
        return {row for row, place in enumerate(zip(self.shape, self._ranks, strict=True)) if place in wanted}

    def _values_at(self, key: Key, start: int, count: int) -> list[bytes]:
        text, ends = self.column(key)
        starts = [ends[start - 1] if start else 0, *ends[start : start + count - 1]]
        return [text[low:high] for low, high in zip(starts, ends[start : start + count], strict=True)]

    def may_give(self, rows: int) -> bool:
        """Whether `bulk` pays, so many more rows being asked for together."""
        self._given += rows
        return self._given * WHOLE_FROM >= self.count

    def bulk(self, origins: OriginsByNumber) -> BlockColumns:
        """All columns; `origins` are the partition's by number."""
        columns = self._bulk
        if columns is None or columns.origins is not origins:
            layout = self._layout
            columns = BlockColumns(self._frame(0), self.count, bytes(array("Q", self.xor_hash)), origins, self._shapes)
            described = zip(layout.sizes.items(), self._kinds, self._frames, strict=True)
            its = [Described(key, size, kind == TEXT, frame) for (key, size), kind, frame in described]
            columns.add_texts(its, layout.places, self._frame)
            self._bulk = columns
            self.size += columns.size
        return columns

    def _own_of_all(self) -> list[Values]:
        values: list[Values] = [()] * self.count
        for its_shape, count in self._layout.counts.items():
            columns = [self._values_at(key, start, count) for key, start in self._layout.places[its_shape]]
            its_values: Iterable[Values] = zip(*columns, strict=True) if columns else [()] * count
            if count == self.count:
                return list(its_values)
            rows = [row for row, number in enumerate(self.shape) if number == its_shape]
            for row, value in zip(rows, its_values, strict=True):
                values[row] = value
        return values

    def to_memory(self, shapes: list[Names]) -> MemoryRows:
        """All rows, every column decoded: for merging and indexing."""
        ords, origin, shape, realtime, monotonic, seqnum = self._numbers
        hashes = list(self.xor_hash)
        return MemoryRows(shapes, ords, origin, shape, realtime, monotonic, seqnum, hashes, self._own_of_all())
