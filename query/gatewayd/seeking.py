"""Cursors as sd_journal_seek_cursor takes them: whole, or with only some of their items."""

import re
from dataclasses import dataclass

from journalhub.journal.cursor import Cursor
from journalhub.store.contract import Hit, Store

_NUMBER = re.compile(r"[0-9a-fA-F]{1,16}", re.ASCII)
_ID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_KINDS = {"s": _ID, "b": _ID, "i": _NUMBER, "m": _NUMBER, "t": _NUMBER, "x": _NUMBER}


@dataclass(frozen=True, slots=True)
class Address:
    """What a cursor says of its entry."""

    seqnum_id: bytes | None
    boot_id: bytes | None
    seqnum: int | None
    realtime: int | None
    xor_hash: int

    def is_of(self, hit: Hit) -> bool:
        """Whether `hit` is the very entry: sd_journal_test_cursor."""
        entry = hit.entry
        pairs = (
            (self.seqnum_id, entry.seqnum_id),
            (self.boot_id, entry.boot_id),
            (self.seqnum, entry.seqnum),
            (self.realtime, entry.realtime),
            (self.xor_hash or None, entry.xor_hash),
        )
        return all(said is None or said == own for said, own in pairs)


def parse_address(text: str) -> Address:
    """The address in a cursor; what it says beside is passed over.

    Raises ValueError for what is no cursor, and for one that says neither a seqnum with its id nor a time.
    """
    items: dict[str, str] = {}
    for item in text.split(";"):
        kind, equals, value = item[:1], item[1:2], item[2:]
        if not kind or equals != "=" or (kind in _KINDS and not _KINDS[kind].fullmatch(value)):
            raise ValueError(f"not a cursor: {text[:120]!r}")
        items[kind] = value
    if "t" not in items and not {"s", "i"} <= items.keys():
        raise ValueError(f"a cursor without a place: {text[:120]!r}")
    numbers = {kind: int(items[kind], 16) for kind in "itx" if kind in items}
    ids = {kind: bytes.fromhex(items[kind]) for kind in "sb" if kind in items}
    return Address(ids.get("s"), ids.get("b"), numbers.get("i"), numbers.get("t"), numbers.get("x", 0))


def find(store: Store, address: Address) -> Hit | None:
    """The entry at `address`, or None. A hash that no entry has is passed over, as the stock program does."""
    if address.seqnum_id is None or address.seqnum is None:
        return None
    boots = [address.boot_id] if address.boot_id is not None else _boots_with(store, address.seqnum_id, address.seqnum)
    for xor_hash in dict.fromkeys((address.xor_hash, 0)):
        for boot_id in boots:
            hit = store.get(Cursor(address.seqnum_id, address.seqnum, boot_id, 0, 0, xor_hash))
            if hit is not None:
                return hit
    return None


def _boots_with(store: Store, seqnum_id: bytes, seqnum: int) -> list[bytes]:
    return [
        stream.boot_id
        for stream in store.streams()
        if stream.seqnum_id == seqnum_id and stream.first_seqnum <= seqnum <= stream.last_seqnum
    ]
