"""Fields as members of a JSON object, remembered where they come again."""

import orjson

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.journal.printable import is_text

MEMBERS_MAX = 32_768
"""Members remembered: 20 for each of some thousand speakers; about 10 MB."""

VALUE_MAX = 512
"""Bytes of a value worth remembering: longer ones are command lines that seldom come again."""

Pair = tuple[str, bytes]


class Members(dict[Pair, bytes]):
    """`"NAME":value` of each field asked for, in journalctl's JSON form. Safe in any thread."""

    def __missing__(self, pair: Pair) -> bytes:
        name, value = pair
        text = b'"%b":%b' % (name.encode(), orjson.dumps(value.decode() if is_text(value) else list(value)))
        if name in ORIGIN_FIELDS and len(value) <= VALUE_MAX:
            if len(self) >= MEMBERS_MAX:
                self.clear()
            self[pair] = text
        return text


member = Members().__getitem__
"""The member of one field."""
