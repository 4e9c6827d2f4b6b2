"""`GET /api/v1/resume`: where a shipper that lost its state goes on."""

import asyncio
import re
from typing import Any

from aiohttp import web

from journalhub.access.guard import identity_of
from journalhub.collector.answers import answer
from journalhub.collector.bound import check_machine
from journalhub.collector.errors import Refusal
from journalhub.collector.gaps import subtract
from journalhub.collector.ledger import Ledger
from journalhub.journal.cursor import Cursor, is_synthetic
from journalhub.store.contract import Store, Stream

PATH = "/api/v1/resume"
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")


class ResumeHandler:
    """Answers what is stored of a machine."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Per seqnum id the newest cursor up to which nothing is missing."""
        machine_id = request.query.get("machine_id", "").replace("-", "").lower()
        if not _MACHINE_ID.fullmatch(machine_id):
            what = f"no machine id: {request.query.get('machine_id', '')[:80]!r}; want 32 hex digits"
            raise Refusal(400, what, "give machine_id as in /etc/machine-id", where="machine_id")
        check_machine(machine_id, identity_of(request).binding)
        streams = await asyncio.to_thread(streams_of, self._store, self._ledger, machine_id)
        return answer({"streams": streams})


def streams_of(store: Store, ledger: Ledger, machine_id: str) -> list[dict[str, Any]]:
    """The streams of docs/api.md, sorted by seqnum id."""
    by_id: dict[bytes, list[Stream]] = {}
    for stream in store.streams():
        if stream.machine_id.decode("ascii", "replace").lower() == machine_id and not is_synthetic(stream.seqnum_id):
            by_id.setdefault(stream.seqnum_id, []).append(stream)
    found = [
        _stream(store, ledger, seqnum_id, boots, _siblings(seqnum_id, by_id))
        for seqnum_id, boots in sorted(by_id.items())
    ]
    return [stream for stream in found if stream is not None]


def _siblings(seqnum_id: bytes, by_id: dict[bytes, list[Stream]]) -> list[bytes]:
    """The other sequences of the same journald, as far as can be told: see `Store.missing`."""
    namespaces = {boot.namespace for boot in by_id[seqnum_id]}
    return [
        other
        for other, boots in by_id.items()
        if other != seqnum_id and namespaces & {boot.namespace for boot in boots}
    ]


def _stream(
    store: Store, ledger: Ledger, seqnum_id: bytes, boots: list[Stream], siblings: list[bytes]
) -> dict[str, Any] | None:
    holes = store.missing(seqnum_id, siblings)
    for one in (seqnum_id, *siblings):
        holes = subtract(holes, ledger.explained(one))
    first, last = min(boot.first_seqnum for boot in boots), max(boot.last_seqnum for boot in boots)
    # An explained hole may end where an unexplained one begins: then what is stored ends earlier still.
    for seqnum in _candidates(holes[0][0] - 1 if holes else last, store.missing(seqnum_id)):
        for boot in sorted(boots, key=lambda boot: boot.first_seqnum, reverse=True):
            if boot.first_seqnum <= seqnum <= boot.last_seqnum:
                hit = store.get(Cursor(seqnum_id, seqnum, boot.boot_id, 0, 0, 0))
                if hit:
                    return {
                        "seqnum_id": seqnum_id.hex(),
                        "boot_id": boot.boot_id.hex(),
                        "cursor": str(hit.entry.cursor),
                        "first_seqnum": first,
                        "last_seqnum": seqnum,
                    }
    return None


def _candidates(newest: int, missing: list[tuple[int, int]]) -> list[int]:
    """`newest`, or when it is within a hole the seqnum before that."""
    for low, high in missing:
        if low <= newest <= high:
            return [low - 1]
    return [newest]
