"""One journal record, as bytes."""

from typing import NamedTuple

from journalhub.journal.cursor import Cursor


class Entry(NamedTuple):
    """An entry as journald wrote it: its address, its clocks, and its fields in journal order.

    `fields` never holds a `_BOOT_ID` equal to `boot_id`: journald stores the boot id twice, we once.
    Everything that reads fields by name (matches, output modes, facets) answers `_BOOT_ID` from `boot_id`;
    use `all_fields` where the difference does not matter.
    """

    seqnum_id: bytes
    """16 bytes: the id of the sequence that `seqnum` counts in. See `cursor.is_synthetic`."""
    seqnum: int
    """Unsigned 64 bit; contiguous within one `seqnum_id` on a healthy node, across boots."""
    boot_id: bytes
    """16 bytes."""
    monotonic: int
    """Microseconds since boot, `__MONOTONIC_TIMESTAMP`."""
    realtime: int
    """Microseconds since the epoch, `__REALTIME_TIMESTAMP`. Unsigned 64 bit in journald, below 2**63 here."""
    xor_hash: int
    """Unsigned 64 bit: the cursor's `x=`, the XOR of the hashes of all fields."""
    fields: tuple[tuple[str, bytes], ...]
    """(name, value) pairs; a name may repeat, a value is any bytes."""

    @property
    def cursor(self) -> Cursor:
        """journald's address of this entry."""
        return Cursor(self.seqnum_id, self.seqnum, self.boot_id, self.monotonic, self.realtime, self.xor_hash)

    @property
    def all_fields(self) -> tuple[tuple[str, bytes], ...]:
        """`fields` with `_BOOT_ID` in front, as the journal itself has it."""
        return (("_BOOT_ID", self.boot_id.hex().encode()), *self.fields)

    def values(self, name: str) -> list[bytes]:
        """All values of one field, in order; empty when the entry has no such field."""
        if name == "_BOOT_ID":
            return [self.boot_id.hex().encode()]
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> bytes | None:
        """The first value of one field, or None: what journalctl's output modes show of a repeated field."""
        if name == "_BOOT_ID":
            return self.boot_id.hex().encode()
        for key, value in self.fields:
            if key == name:
                return value
        return None
