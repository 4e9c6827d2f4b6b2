"""Entries as libsystemd gives them, into the columns of a native batch, as fast as Python can.

The same as `journal.batch.BatchBuilder` for entries that come as a dict of names. Entries of one program have the same
names in the same order, so what to do with them is planned once per such shape: an entry then costs a few look-ups.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from journalhub.journal import compiled
from journalhub.journal.batch import Batch
from journalhub.journal.fields import is_valid_name
from journalhub.journal.limits import BATCH_BYTES, ENTRY_BYTES_MAX, ENTRY_FIELDS_MAX, FIELD_VALUE_MAX
from journalhub.journal.origin import ORIGIN_FIELDS, Origin
from journalhub.shipper.limits import SHAPES_MAX

Fields = dict[str, Any]
"""Name to bytes, or to a list of bytes where a name repeats: what `_get_all()` returns."""

Pair = tuple[tuple[str, ...], tuple[Any, ...]]
"""The names and the values of such a dict."""

Address = tuple[str, int, str, int, int, int]
"""A cursor in parts: `s=…`, seqnum, `b=…`, monotonic, realtime, hash."""


def parts(cursor: str) -> Address:
    """The parts of a cursor as libsystemd prints it; a quarter of the time of `journal.cursor.parse`.

    ValueError when it looks different.
    """
    return (compiled.codec and compiled.codec.cursor_parts(cursor)) or _parts(cursor)


def _parts(cursor: str) -> Address:
    seqnum_id, seqnum, boot_id, monotonic, realtime, xor_hash = cursor.split(";")
    return (
        seqnum_id,
        int(seqnum[2:], 16),
        boot_id,
        int(monotonic[2:], 16),
        int(realtime[2:], 16),
        int(xor_hash[2:], 16),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What to do with entries of one shape. Hashed by identity."""

    plain: bool
    """Whether the names are all valid and few: the values alone decide the rest."""
    boot: int | None
    """The place of `_BOOT_ID`."""
    origin_names: tuple[str, ...]
    own_names: tuple[str, ...]
    origin_values: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    """Picks the values of `origin_names` from those of the entry."""
    own_values: Callable[[tuple[Any, ...]], tuple[Any, ...]]


def _getter(names: tuple[str, ...], wanted: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    # By place, for which no name has to be hashed and compared.
    places = [names.index(name) for name in wanted]
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        return lambda values, place=places[0]: (values[place],)  # type: ignore[misc]
    return lambda values: ()


def _plan(names: tuple[str, ...]) -> _Plan:
    origin = tuple(sorted(name for name in names if name in ORIGIN_FIELDS))
    own = tuple(name for name in names if name not in ORIGIN_FIELDS and name != "_BOOT_ID")
    return _Plan(
        plain=len(names) <= ENTRY_FIELDS_MAX and all(map(is_valid_name, names)),
        boot=names.index("_BOOT_ID") if "_BOOT_ID" in names else None,
        origin_names=origin,
        own_names=own,
        origin_values=_getter(names, origin),
        own_values=_getter(names, own),
    )


class Columns:
    """Collects entries until they are taken as a Batch.

    `refuse(rule, address)` is called for each field or entry that no collector would take.
    """

    def __init__(self, refuse: Callable[[str, Address], None]) -> None:
        self.count = 0
        """Entries so far."""
        self.bytes = 0
        """Bytes of all own values so far; origins are counted once each."""
        self.unseen: set[tuple[str, ...]] = set()
        """Sequences of names that were met for the first time, until they are taken out of here."""
        self._refuse = refuse
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._boots: dict[str, bytes] = {}
        """`b=<boot id>` to the value of `_BOOT_ID`."""
        # Rows are turned into columns at once by zip(), a third faster than appending to seven lists.
        self._rows: list[tuple[Address, int, int, tuple[bytes, ...]]] = []
        self._speakers: dict[Any, int] = {}
        self._origins: dict[Origin, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}

    def __len__(self) -> int:
        return self.count

    def take(self) -> Batch:
        """Everything collected since the last time."""
        batch = Batch(origins=list(self._origins), shapes=list(self._shapes))
        if self._rows:
            addresses, origin, shape, values = zip(*self._rows, strict=True)
            _, seqnum, _, monotonic, realtime, xor_hash = zip(*addresses, strict=True)
            batch.origin, batch.shape, batch.values = list(origin), list(shape), list(values)
            batch.seqnum, batch.monotonic = list(seqnum), list(monotonic)
            batch.realtime, batch.xor_hash = list(realtime), list(xor_hash)
        self._rows, self.count, self.bytes = [], 0, 0
        self._speakers, self._origins, self._shapes = {}, {}, {}
        return batch

    def add(self, address: Address, fields: Fields) -> bool:
        """Append one entry; False, and nothing done, when it does not fit beside those that are there."""
        return self.add_pair(address, tuple(fields), tuple(fields.values()))

    def add_pair(self, address: Address, names: tuple[str, ...], values: tuple[Any, ...]) -> bool:
        """The same for fields that are taken apart already."""
        plan = self._plans.get(names) or self._new_plan(names)
        seqnum_id, _, boot_id, _, _, _ = address
        if not plan.plain or (plan.boot is not None and values[plan.boot] != self._boots.get(boot_id)):
            return self._add_slowly(address, names, values)
        whose, own = plan.origin_values(values), plan.own_values(values)
        try:
            size = len(b"".join(own))
            origin = self._speakers.get((plan, seqnum_id, boot_id, whose))
        except TypeError:  # a list: a name repeats
            return self._add_slowly(address, names, values)
        if size > FIELD_VALUE_MAX:
            return self._add_slowly(address, names, values)
        if origin is None:
            if max(map(len, whose), default=0) > FIELD_VALUE_MAX:
                return self._add_slowly(address, names, values)
            origin = self._intern_origin(address, zip(plan.origin_names, whose, strict=True))
            self._speakers[plan, seqnum_id, boot_id, whose] = origin
        if self.bytes + size > BATCH_BYTES and self._rows:
            return False
        shape = self._shapes.get(plan.own_names)
        if shape is None:
            shape = self._shapes[plan.own_names] = len(self._shapes)
        self._rows.append((address, origin, shape, own))
        self.count += 1
        self.bytes += size
        return True

    def _new_plan(self, names: tuple[str, ...]) -> _Plan:
        if len(self._plans) >= SHAPES_MAX:
            self._plans.clear()
        plan = self._plans[names] = _plan(names)
        self.unseen.add(names)
        return plan

    def forget(self, names: tuple[str, ...]) -> None:
        """Let the next entry with these names be the first again."""
        self._plans.pop(names, None)

    def _intern_origin(self, address: Address, pairs: Iterable[tuple[str, bytes]]) -> int:
        origin = Origin(bytes.fromhex(address[0][2:]), bytes.fromhex(address[2][2:]), tuple(sorted(pairs)))
        number = self._origins.get(origin)
        if number is None:
            number = self._origins[origin] = len(self._origins)
            self.bytes += sum(len(name) + len(value) for name, value in origin.fields)
        return number

    def _add_slowly(self, address: Address, names: tuple[str, ...], values: tuple[Any, ...]) -> bool:
        """Any entry, with repeated fields and fields that must be left out."""
        pairs = [
            (name, value)
            for name, item in zip(names, values, strict=True)
            for value in (item if isinstance(item, list) else [item])
        ]
        faults: list[str] = []
        good = []
        for name, value in pairs:
            fault = _fault(name, value)
            if fault is None:
                good.append((name, value))
            else:
                faults.append(fault)
        boot = ("_BOOT_ID", self._boot(address[2]))
        own = [pair for pair in good if pair[0] not in ORIGIN_FIELDS and pair != boot]
        size = sum(len(value) for _, value in own)
        if size > ENTRY_BYTES_MAX or len(good) > ENTRY_FIELDS_MAX:
            self._refuse("entry too large", address)
            return True
        if self.bytes + size > BATCH_BYTES and self._rows:
            return False
        origin = self._intern_origin(address, (pair for pair in good if pair[0] in ORIGIN_FIELDS))
        shape = self._shapes.setdefault(tuple(name for name, _ in own), len(self._shapes))
        self._rows.append((address, origin, shape, tuple(value for _, value in own)))
        self.count += 1
        self.bytes += size
        for fault in faults:
            self._refuse(fault, address)
        return True

    def _boot(self, boot_id: str) -> bytes:
        if boot_id not in self._boots:
            if len(self._boots) >= SHAPES_MAX:
                self._boots.clear()
            self._boots[boot_id] = boot_id[2:].encode()
        return self._boots[boot_id]


def _fault(name: str, value: bytes) -> str | None:
    """Why a collector would not take this field, or None."""
    if not is_valid_name(name):
        return "field with an invalid name"
    if len(value) > FIELD_VALUE_MAX:
        return "field too large"
    return None
