"""Looking at entries where they lie, block by block, newest or oldest first."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterator, Sequence
from heapq import heappop, heappush, heapreplace
from operator import neg
from typing import overload

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.store import ast
from journalhub.store.contract import Budget, Order
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.finding import Fold
from journalhub.store.embedded.log import BlockMeta
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.rows import Row
from journalhub.store.evaluate import Compiled, Leaf, ValuePredicate
from journalhub.store.joined import first_in
from journalhub.store.patterns import required_literal

Place = tuple[int, int]
Key = tuple[int, ...]
"""A place, with both numbers negative where the newest come first; or a realtime alone, before all places of it."""

_PAGE = 128
"""Places given at once at first, about: most searches want a page of entries and no more."""

_PAGE_MAX = 2048
"""Places given at once, about, to whoever wants more and more: to sort these costs little, and they take 300 KB."""

_NEAR = 32
"""Entries of a block before the next block's first for which no run is made yet: both are soon looked at together."""

_END: Key = (2**63,)

Opened = tuple[Key, int, Sequence[Key], int]
"""A block with places left: the next one, the block's number, all its places, and where in them the next one is."""
Check = Callable[[Budget], None]

_CHECK_EVERY = 256
"""Entries between two looks at the budget: at most some 3 ms with the slowest predicates on usual entries."""

_PAUSE_EVERY = 16
"""Values between two looks at the budget: a pattern that runs into its limit takes milliseconds for one."""


_BY_COLUMNS = 8
"""Entries of one block from which it is cheaper to look at whole columns first; of bytes that stand in a column, of
any number it is: they are looked for in a whole column in less time than one entry takes."""

_FEW_VALUES = 8
"""Values that a column is searched for one after the other."""


_LITERAL = 3
"""Bytes from which a literal of a pattern is better looked for first than the pattern itself."""


class Filter:
    """A predicate on entries, and what of it can be asked of whole columns first, which is many times cheaper."""

    def __init__(self, query: ast.Query, compiled: Compiled, pause: Callable[[], None]) -> None:
        """`compiled` counts what patterns give up on. `pause` is called every few values, and may end the scan."""
        self.predicate = compiled.part(query)
        self._query = query
        self._pause = pause
        self._values = {leaf: _pausing(compiled.value_predicate(leaf), pause) for leaf in _own_leaves(query)}
        self._first_in = {
            leaf: hint
            for leaf in self._values
            if isinstance(leaf, ast.Regex)
            and len(required_literal(_raw(leaf.pattern), leaf.caseless)) < _LITERAL
            and (hint := first_in(leaf.pattern, leaf.caseless))
        }
        """Where a match may begin in many values at once, of patterns without a literal that is rare by its length."""
        self.is_exact = _is_of_own(query, self._values)
        """Whether what columns do not rule out matches: a leaf matches when any value of its field does."""
        self._by_columns = 1 if all(map(_has_bytes, self._values)) else _BY_COLUMNS

    @property
    def tells(self) -> bool:
        """Whether columns rule out entries at all."""
        return _tells(self._query, lambda leaf: leaf in self._values)

    @property
    def is_of_bytes(self) -> bool:
        """Whether every entry that is liked has certain bytes, so that columns rule out nearly all others at once."""
        return _tells(self._query, lambda leaf: leaf in self._values and _has_bytes(leaf))

    def liked(self, partition: Partition, ords: Sequence[int]) -> Iterator[tuple[int, Row]]:
        """Those of the entries with these rising ords that match, each with its ord."""
        at = 0
        while at < len(ords):
            block = partition.block_of(ords[at])
            end = bisect_right(ords, block.last_ord, at)
            some, at = ords[at:end], end
            self._pause()
            asks_columns = len(some) >= self._by_columns
            if asks_columns:
                some = self._within(block, some)
            is_decided = asks_columns and self.is_exact
            for done, (number, row) in enumerate(zip(some, partition.rows(some), strict=True)):
                if done % _PAUSE_EVERY == 0:
                    self._pause()
                if is_decided or self.predicate(row):
                    yield number, row

    def _within(self, block: Block, ords: Sequence[int]) -> Sequence[int]:
        """Those of some ords of a block that its columns do not rule out."""
        found = self._rows(self._query, block)
        if not found:
            return ords if found is None else ()
        wanted, held = set(ords), block.ords
        return [held[row] for row in sorted(found) if held[row] in wanted]

    def candidates(self, block: Block) -> Sequence[int]:
        """The rows of a block that may match, rising."""
        rows = self._rows(self._query, block)
        return range(block.count) if rows is None else sorted(rows)

    def _rows(self, query: ast.Query, block: Block) -> set[int] | None:
        """The rows that `query` may match; None when columns cannot tell."""
        match query:
            case ast.And(parts):
                rows: set[int] | None = None
                for part in parts:
                    found = self._rows(part, block)
                    if found is not None:
                        rows = found if rows is None else rows & found
                        if not rows:
                            break
                return rows
            case ast.Or(parts):
                either: set[int] = set()
                for part in parts:
                    found = self._rows(part, block)
                    if found is None:
                        return None
                    either |= found
                return either
            case ast.All() | ast.Not():
                return None
            case _:
                return self._rows_of(query, block) if query in self._values else None

    def _rows_of(self, leaf: Leaf, block: Block) -> set[int]:
        predicate = self._values[leaf]
        match leaf:
            case ast.Contains(name, needle, False) if needle:
                return block.rows_containing(name, needle)
            case ast.Contains(name, needle, True) if needle and needle.isascii():
                return block.rows_containing(name, needle.lower(), predicate, Fold.IF_ASCII)
            case ast.Eq(name, value) if value:
                return block.rows_containing(name, value, predicate)
            case ast.In(name, values) if len(values) <= _FEW_VALUES and all(values):
                return set().union(*(block.rows_containing(name, value, predicate) for value in values))
            case ast.Regex(name, _, _) if hint := self._first_in.get(leaf):
                return block.rows_with(name, predicate, hint)
            case ast.Regex(name, pattern, caseless) if required := required_literal(_raw(pattern), caseless):
                return block.rows_containing(name, required, predicate, Fold.ALWAYS if caseless else Fold.NEVER)
        return block.rows_with(leaf.field, predicate)


def _own_leaves(query: ast.Query) -> Iterator[Leaf]:
    """The leaves on own fields outside negations."""
    match query:
        case ast.And(parts) | ast.Or(parts):
            for part in parts:
                yield from _own_leaves(part)
        case ast.All() | ast.Not():
            pass
        case _:
            if query.field not in ORIGIN_FIELDS and query.field != "_BOOT_ID":
                yield query


def _tells(query: ast.Query, leaf_tells: Callable[[Leaf], bool]) -> bool:
    """Whether columns rule out entries, if they do by leaves that `leaf_tells` is true of: as `Filter._rows` does."""
    match query:
        case ast.And(parts):
            return any(_tells(part, leaf_tells) for part in parts)
        case ast.Or(parts):
            return all(_tells(part, leaf_tells) for part in parts)
        case ast.All() | ast.Not():
            return False
        case _:
            return leaf_tells(query)


def _is_of_own(query: ast.Query, own: Container[ast.Query]) -> bool:
    """Whether a query is made of leaves on own fields, without negations."""
    match query:
        case ast.And(parts) | ast.Or(parts):
            return all(_is_of_own(part, own) for part in parts)
        case ast.All() | ast.Not():
            return False
        case _:
            return query in own


def _has_bytes(leaf: Leaf) -> bool:
    """Whether a value that matches has some bytes inside that are looked for as they stand."""
    match leaf:
        case ast.Contains(_, needle, False) | ast.Eq(_, needle):
            return bool(needle)
        case ast.In(_, values):
            return len(values) <= _FEW_VALUES and all(values)
    return False


def _raw(pattern: str) -> bytes:
    return pattern.encode(errors="surrogateescape")


def _pausing(predicate: ValuePredicate, pause: Callable[[], None]) -> ValuePredicate:
    calls = 0

    def paused(value: bytes) -> bool:
        nonlocal calls
        calls += 1
        if calls % _PAUSE_EVERY == 0:
            pause()
        return predicate(value)

    return paused


def scan_blocks(
    partition: Partition,
    only: Filter | None,
    order: Order,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[list[Place]]:
    """Places (realtime, ord) of the entries with low <= realtime <= high and ord <= upto that match.

    In runs in order; entries of equal realtime are in one run, by ord. Stops reading as soon as the caller does.
    """
    sign = 1 if order is Order.OLDEST_FIRST else -1
    opened: list[Opened] = []
    """A heap."""
    steps = _Steps()
    for at, meta in enumerate(partition.in_time().by_start if sign > 0 else partition.in_time().by_end):
        if meta.first_ord > upto or meta.first_realtime > high or meta.last_realtime < low:
            continue
        # Whatever lies before the block's first (or newest) entry can get no company any more.
        edge: Key = (meta.first_realtime,) if sign > 0 else (-meta.last_realtime,)
        while (only is not None or _has_some(edge, opened)) and (run := _before(edge, opened, steps)):
            yield [(sign * realtime, sign * number) for realtime, number in run]
        check(budget)
        keys = _every(partition, meta, low, high, upto, sign) if only is None else None
        if keys is None:
            places = _matching(partition, meta, only, low, high, upto, budget, check)
            keys = sorted((sign * realtime, sign * number) for realtime, number in places)
        if keys:
            heappush(opened, (keys[0], at, keys, 0))
    while run := _before(_END, opened, steps):
        yield [(sign * realtime, sign * number) for realtime, number in run]


def _has_some(edge: Key, opened: list[Opened]) -> bool:
    """Whether the foremost block has some places before `edge`; what it has is not forgotten otherwise."""
    if not opened:
        return False
    _, _, keys, start = opened[0]
    return keys[min(start + _NEAR, len(keys) - 1)] < edge


class _Steps:
    """How many places of each opened block to take at once: about a page of all together at first, then ever more."""

    def __init__(self) -> None:
        self._page = _PAGE

    def of(self, opened: list[Opened]) -> int:
        """For the next run."""
        page, self._page = self._page, min(self._page * 2, _PAGE_MAX)
        return max(page // max(len(opened), 1), 1)


class _Places(Sequence[Key]):
    """The places of a block's entries of some time, in order, made into keys only as far as they are looked at."""

    def __init__(self, block: Block, low: int, high: int, sign: int) -> None:
        self._realtime, self._ords = block.in_time
        self._sign = sign
        self._begin = bisect_left(self._realtime, low)
        self._end = max(bisect_right(self._realtime, high), self._begin)

    def __len__(self) -> int:
        return self._end - self._begin

    @overload
    def __getitem__(self, at: int) -> Key: ...
    @overload
    def __getitem__(self, at: slice) -> list[Key]: ...
    def __getitem__(self, at: int | slice) -> Key | list[Key]:
        if isinstance(at, int):
            if self._sign > 0:
                return self._realtime[self._begin + at], self._ords[self._begin + at]
            return -self._realtime[self._end - 1 - at], -self._ords[self._end - 1 - at]
        start, stop, _ = at.indices(len(self))
        if self._sign > 0:
            some = slice(self._begin + start, self._begin + stop)
            keys: list[Key] = list(zip(self._realtime[some], self._ords[some], strict=True))
            return keys
        back = slice(self._end - stop, self._end - start)
        keys = list(zip(map(neg, self._realtime[back]), map(neg, self._ords[back]), strict=True))
        return keys[::-1]


def _every(partition: Partition, meta: BlockMeta, low: int, high: int, upto: int, sign: int) -> Sequence[Key] | None:
    """The places of all entries of a block between two realtimes, in order; None when it has others as well."""
    block = partition.block_with(meta)
    if meta.last_ord > upto or block.count != meta.entries:
        return None  # some are not in the index yet, or it was merged with others meanwhile
    return _Places(block, low, high, sign)


def _before(edge: Key, opened: list[Opened], steps: _Steps) -> list[Key]:
    """Take the next places before `edge` out of the opened blocks, in order: about a step of each.

    Entries of equal realtime stay together.
    """
    if not opened or not opened[0][0] < edge:
        return []
    step, limit = steps.of(opened), edge
    for _, _, keys, start in opened:
        if start + step < len(keys):
            limit = min(limit, (keys[start + step][0],))
    if not opened[0][0] < limit:  # more than a step of one realtime
        limit = min(edge, (opened[0][0][0] + 1,))
    run: list[Key] = []
    while opened and opened[0][0] < limit:
        _, number, keys, start = opened[0]
        end = bisect_left(keys, limit, start)
        run += keys[start:end]
        if end < len(keys):
            heapreplace(opened, (keys[end], number, keys, end))
        else:
            heappop(opened)
    run.sort()
    return run


def _matching(
    partition: Partition,
    meta: BlockMeta,
    only: Filter | None,
    low: int,
    high: int,
    upto: int,
    budget: Budget,
    check: Check,
) -> Iterator[Place]:
    block = partition.block_with(meta)
    first, last = meta.first_ord, min(meta.last_ord, upto)
    origins, shapes = partition.origins.origins, partition.shapes.shapes
    rows = range(block.count) if only is None else only.candidates(block)
    if not rows:
        return  # most blocks of a scan: nothing but the columns looked at is worked out
    realtimes, ords = block.realtime, block.ords
    for done, index in enumerate(rows):
        realtime, number = realtimes[index], ords[index]
        if not (low <= realtime <= high and first <= number <= last):
            continue
        if only is None or only.is_exact:
            yield realtime, number
            continue
        if done % _CHECK_EVERY == 0:
            check(budget)
        if only.predicate(Row(block, index, origins, shapes)):
            yield realtime, number
