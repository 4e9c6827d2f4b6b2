"""What journald itself says that it lost: entries that never got a seqnum, so no gap tells of them."""

import re
from collections import Counter
from collections.abc import Collection

from journalhub.journal.batch import Batch

DROPPED = b"a596d6fe7bfa4994828e72309e95d61e"
"""MESSAGE_ID of "Suppressed N messages from …", SD_MESSAGE_JOURNAL_DROPPED: a service over its rate limit."""

MISSED = b"e9bf28e6e834481bb6f48f548ad13606"
"""MESSAGE_ID of "Missed N kernel messages", SD_MESSAGE_JOURNAL_MISSED."""

_NUMBER = re.compile(rb"\d{1,18}")


def suppressed(batch: Batch, stored: Collection[int]) -> Counter[int]:
    """By origin, how many entries journald lost according to the rows `stored` of a batch."""
    found: Counter[int] = Counter()
    with_id = {number: shape.index("MESSAGE_ID") for number, shape in enumerate(batch.shapes) if "MESSAGE_ID" in shape}
    if not with_id:
        return found
    for row in stored:
        at = with_id.get(batch.shape[row])
        if at is not None and batch.values[row][at] in (DROPPED, MISSED):
            found[batch.origin[row]] += _count(
                dict(zip(batch.shapes[batch.shape[row]], batch.values[row], strict=True))
            )
    return found


def _count(fields: dict[str, bytes]) -> int:
    number = _NUMBER.search(fields.get("N_DROPPED") or fields.get("MESSAGE", b""))
    return int(number[0]) if number else 0
