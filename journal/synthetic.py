"""Identity of entries that came without a cursor: derived from their content, so that a resend is a duplicate."""

from collections.abc import Iterable
from hashlib import blake2b

from journalhub.journal.cursor import SYNTHETIC_PREFIX

Pair = tuple[str, bytes]


def seqnum_id(fields: Iterable[Pair]) -> bytes:
    """The made-up sequence of a machine: one for all entries with the same `_MACHINE_ID`, else `_HOSTNAME`.

    Its seqnums are the entries' realtime: they rise with time, and entries of one microsecond are told apart by
    `content_hash`, as the store tells cloned machines apart.
    """
    named = dict(fields)
    who = named.get("_MACHINE_ID") or named.get("_HOSTNAME") or b""
    return SYNTHETIC_PREFIX + blake2b(who, digest_size=16 - len(SYNTHETIC_PREFIX)).digest()


def content_hash(boot_id: bytes, monotonic: int, realtime: int, fields: Iterable[Pair]) -> int:
    """64 bits of everything that the entry says; the order of fields, which the format leaves free, has no part."""
    digest = blake2b(b"%s%d,%d" % (boot_id, monotonic, realtime), digest_size=8)
    for name, value in sorted(fields):
        digest.update(b"%s=%d=" % (name.encode(), len(value)))
        digest.update(value)
    return int.from_bytes(digest.digest(), "little")
