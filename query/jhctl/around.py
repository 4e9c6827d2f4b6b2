"""--context: what the host said before and after each entry found, as grep -C shows lines."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from journalhub.journal.entry import Entry
from journalhub.journal.jsonform import from_object
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, incomplete
from journalhub.query.jhctl.request import Parameter, Request
from journalhub.query.output.boots import Machine, machine_of

WHO = frozenset(
    (
        *("unit", "user_unit", "exclude_unit", "identifier", "exclude_identifier"),
        *("namespace", "journal", "uid", "invocation"),
    )
)
"""Parameters that hold for the neighbours of a hit, too: they say whose entries are looked at. What is searched for in
those, and when, makes hits; the host is the hit's own."""

Key = tuple[bytes, bytes, int, int]


def with_context(
    address: Address,
    request: Request,
    fields: list[Parameter],
    hits: Iterable[Entry],
    separate: Callable[[], None],
) -> Iterator[Entry]:
    """The hits, each with `request.context` neighbours on each side; none is given twice.

    `separate` is called before an entry that does not follow, on its host, the one given before.
    """
    seen: dict[Machine, deque[Key]] = {}
    before: Machine | None = None
    for hit in hits:
        machine = machine_of(hit)
        known = seen.setdefault(machine, deque(maxlen=4 * request.context + 4))
        block, in_front = _block(address, request, fields, hit)
        joined = before == machine and any(_key(entry) in known for entry in (*in_front, *block))
        for entry in block:
            if _key(entry) in known:
                continue
            if not joined and before is not None:
                separate()
            joined, before = True, machine
            known.append(_key(entry))
            yield entry


def _block(address: Address, request: Request, fields: list[Parameter], hit: Entry) -> tuple[list[Entry], list[Entry]]:
    """A hit with its neighbours in the order in which they are shown, and what stands in front of those."""
    number = request.context
    asked: list[Parameter] = [("cursor", str(hit.cursor)), ("same", "host")]
    # One more on the side of what was shown already: whether it touches.
    asked += [("before", str(min(number + (not request.reverse), 500)))]
    asked += [("after", str(min(number + request.reverse, 500)))]
    who = [pair for pair in request.repeated if pair[0] in WHO]
    answer = ask_json(address, "context", [*who, *asked, *fields])
    if answer.get("partial"):
        raise incomplete(str(answer.get("reason")))
    earlier, later = _entries(answer["before"]), _entries(answer["after"])
    if request.reverse:
        earlier, later = later[::-1], earlier[::-1]
    return [*earlier[-number:], hit, *later[:number]], earlier[:-number]


def _entries(rows: list[Any]) -> list[Entry]:
    return [from_object(row) for row in rows]


def _key(entry: Entry) -> Key:
    return entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash
