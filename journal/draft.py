"""An entry in the making: the fields and address lines that were read, and what becomes of them at its end."""

import re

from journalhub.journal import cursor as cursors
from journalhub.journal.entry import Entry
from journalhub.journal.limits import ENTRY_BYTES_MAX, ENTRY_FIELDS_MAX, REALTIME_MAX

Pair = tuple[str, bytes]

_MONOTONIC_MAX = 2**63 - 1
_SEQNUM_MAX = 2**64 - 1
_ID = re.compile(rb"[0-9a-fA-F]{32}")
_NO_BOOT = bytes(16)

BOOT = b"_BOOT_ID"
"""Part of the address: the name of the field that says what the cursor does."""

NO_TIME = "no __REALTIME_TIMESTAMP"
BAD_TIME = "__REALTIME_TIMESTAMP or __MONOTONIC_TIMESTAMP out of range"
TOO_MANY = f"more than {ENTRY_FIELDS_MAX} fields"
TOO_BIG = f"larger than {ENTRY_BYTES_MAX} bytes"


class Draft:
    """Collects one entry. A draft that outgrew the limits keeps no fields and ends as the reason why."""

    __slots__ = ("address", "dropped_fields", "fields", "refused", "size")

    def __init__(self) -> None:
        self.fields: list[Pair] = []
        self.address: dict[bytes, bytes] = {}
        """The lines whose name starts with `__`, and `_BOOT_ID` in lower case, by name; the last of a name counts."""
        self.dropped_fields: list[str] = []
        """Why parts of the address were dropped, a reason each."""
        self.refused: str | None = None
        self.size = 0

    def add(self, pair: Pair) -> None:
        """Append a field."""
        self.fields.append(pair)
        self.size += len(pair[1])
        if self.size > ENTRY_BYTES_MAX:
            self._refuse(TOO_BIG)

    def check_count(self) -> None:
        """Apply the limit on the number of fields; for readers that append to `fields` themselves."""
        if len(self.fields) > ENTRY_FIELDS_MAX:
            self._refuse(TOO_MANY)

    def _refuse(self, why: str) -> None:
        self.refused = why
        self.fields.clear()
        self.size = 0

    def finish(self) -> Entry | str:
        """The entry, or why there is none."""
        self.check_count()
        if self.refused:
            return self.refused
        spelled = self.address.get(b"__CURSOR")
        cursor = None if spelled is None else cursors.from_bytes(spelled)
        realtime = self._number(b"__REALTIME_TIMESTAMP", cursor.realtime if cursor else None)
        monotonic = self._number(b"__MONOTONIC_TIMESTAMP", cursor.monotonic if cursor else 0)
        if realtime is None:
            return NO_TIME
        if realtime > REALTIME_MAX or monotonic is None or monotonic > _MONOTONIC_MAX:
            return BAD_TIME
        if cursor:
            seqnum_id, seqnum, boot_id, _, _, xor_hash = cursor
            fields = self._without_boot(boot_id)
            # Not Entry(…), whose __new__ is Python: 1 µs of 20 that an entry takes.
            return tuple.__new__(Entry, (seqnum_id, seqnum, boot_id, monotonic, realtime, xor_hash, fields))
        if spelled is not None:
            self.dropped_fields.append("not a cursor")
        return self._without_cursor(monotonic, realtime)

    def _without_cursor(self, monotonic: int, realtime: int) -> Entry:
        boot_id = self._boot_id()
        fields = self._without_boot(boot_id)
        from journalhub.journal import synthetic  # it brings OpenSSL, which jhctl would wait for each time

        content = synthetic.content_hash(boot_id, monotonic, realtime, fields)
        seqnum = self._number(b"__SEQNUM", None)
        seqnum_id = self.address.get(b"__SEQNUM_ID", b"")
        if seqnum is not None and seqnum <= _SEQNUM_MAX and _ID.fullmatch(seqnum_id):
            return Entry(bytes.fromhex(seqnum_id.decode()), seqnum, boot_id, monotonic, realtime, content, fields)
        return Entry(synthetic.seqnum_id(fields), realtime, boot_id, monotonic, realtime, content, fields)

    def _number(self, name: bytes, default: int | None) -> int | None:
        """A decimal address line; `default` when it is absent or no number."""
        digits = self.address.get(name, b"")
        if digits.isdigit() and len(digits) <= 20:
            return int(digits)
        if digits:
            self.dropped_fields.append("not a number")
        return default

    def _boot_id(self) -> bytes:
        said = self.address.get(BOOT, b"")
        return bytes.fromhex(said.decode()) if _ID.fullmatch(said) else _NO_BOOT

    def _without_boot(self, boot_id: bytes) -> tuple[Pair, ...]:
        """The fields, with a `_BOOT_ID` only where it says something else than `boot_id`."""
        said = self.address.get(BOOT)
        if said is not None and said != boot_id.hex().encode():
            self.fields.insert(0, ("_BOOT_ID", said))
        return tuple(self.fields)
