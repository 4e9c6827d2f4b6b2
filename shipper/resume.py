"""What the collector already has of this machine, asked when the state file does not tell."""

import json
from typing import Any

from journalhub.journal import cursor

Known = dict[bytes, tuple[int, int, str]]
"""By seqnum id: first and last seqnum between which it has everything, and the cursor of the last."""


def path(machine_id: str) -> str:
    """Of the request."""
    return f"/api/v1/resume?machine_id={machine_id}"


def known(body: bytes) -> Known:
    """What the answer says. ValueError when it is none."""
    try:
        streams = json.loads(body)["streams"]
        found: Known = {}
        for stream in streams:
            _take(stream, found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an answer to resume: {error!r}") from error
    return found


def _take(stream: dict[str, Any], found: Known) -> None:
    if stream["cursor"] is None:
        return
    at = cursor.parse(stream["cursor"])
    first = int(stream["first_seqnum"])
    if first <= at.seqnum and at.seqnum > found.get(at.seqnum_id, (0, 0, ""))[1]:
        found[at.seqnum_id] = (first, at.seqnum, stream["cursor"])
