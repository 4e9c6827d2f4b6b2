"""What was read of a journal that journald copies elsewhere: a copy is no new entry."""

from journalhub.shipper.columns import Address
from journalhub.shipper.limits import RECENT_MAX


class Recent:
    """The newest entries of a journal that journald will copy to the disk, where they have another seqnum."""

    def __init__(self) -> None:
        self._seqnum_ids: dict[tuple[str, int, int], str] = {}

    def has(self, address: Address) -> bool:
        """Whether an entry is a copy of one seen before; remembers it."""
        seqnum_id, _, boot, monotonic, _, xor_hash = address
        if self._seqnum_ids.setdefault((boot, monotonic, xor_hash), seqnum_id) != seqnum_id:
            return True
        if len(self._seqnum_ids) > RECENT_MAX:
            del self._seqnum_ids[next(iter(self._seqnum_ids))]
        return False

    def join(self, earlier: "Recent") -> None:
        """Take over what was read before, by another."""
        self._seqnum_ids = earlier._seqnum_ids | self._seqnum_ids
        while len(self._seqnum_ids) > RECENT_MAX:
            del self._seqnum_ids[next(iter(self._seqnum_ids))]
