"""--context: what the host said before and after each entry found, as grep -C shows lines."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from journalhub.journal.entry import Entry
from journalhub.journal.jsonform import from_object
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, incomplete
from journalhub.query.jhctl.failures import FailureError
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

BATCH_MAX = 24
"""Hits whose neighbours are asked for at once: a URL of 4 KB. The first are few, to be shown soon."""

BATCH_ENTRIES = 2000
"""Entries that such an answer has about at most."""

Key = tuple[bytes, bytes, int, int]
Block = tuple[list[Entry], list[Entry]]
"""A hit with its neighbours in the order in which they are shown, and what stands in front of those."""


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
    for hit, (block, in_front) in _blocks(address, request, fields, hits):
        machine = machine_of(hit)
        known = seen.setdefault(machine, deque(maxlen=4 * request.context + 4))
        joined = before == machine and any(_key(entry) in known for entry in (*in_front, *block))
        for entry in block:
            if _key(entry) in known:
                continue
            if not joined and before is not None:
                separate()
            joined, before = True, machine
            known.append(_key(entry))
            yield entry


def _blocks(
    address: Address, request: Request, fields: list[Parameter], hits: Iterable[Entry]
) -> Iterator[tuple[Entry, Block]]:
    """Each hit with its block; several are asked for at once."""
    most = max(min(BATCH_MAX, BATCH_ENTRIES // (2 * request.context + 1)), 1)
    for batch in _batches(hits, most):
        found: list[Any] = []
        by_time = batch[::-1] if request.reverse else batch  # in which order the collector finds them sooner
        while len(found) < len(batch):
            left = by_time[len(found) :]
            found += _ask(address, request, fields, left)[: len(left)]
        for hit, around in zip(batch, found[::-1] if request.reverse else found, strict=True):
            yield hit, _block(request, hit, around)


def _batches(hits: Iterable[Entry], most: int) -> Iterator[list[Entry]]:
    """The hits in lists of 1, 2, 4 and so on; those before a failure are given before it is raised."""
    size = 1
    batch: list[Entry] = []
    failure: FailureError | None = None
    try:
        for hit in hits:
            batch.append(hit)
            if len(batch) >= size:
                yield batch
                batch, size = [], min(2 * size, most)
    except FailureError as error:
        failure = error
    if batch:
        yield batch
    if failure is not None:
        raise failure


def _ask(address: Address, request: Request, fields: list[Parameter], hits: list[Entry]) -> list[Any]:
    """What stands around the first of the hits, as many as the collector has in one answer."""
    number = request.context
    asked: list[Parameter] = [("cursor", str(hit.cursor)) for hit in hits]
    # One more on the side of what was shown already: whether it touches.
    asked += [("same", "host"), ("before", str(min(number + (not request.reverse), 500)))]
    asked += [("after", str(min(number + request.reverse, 500)))]
    who = [pair for pair in request.repeated if pair[0] in WHO]
    answer = ask_json(address, "contexts", [*who, *asked, *fields])
    if answer.get("partial"):
        raise incomplete(str(answer.get("reason")))
    contexts = list(answer["contexts"])
    if not contexts:
        raise incomplete("the collector gives no context")
    return contexts


def _block(request: Request, hit: Entry, around: Any) -> Block:
    """The block of a hit; alone where it was removed meanwhile."""
    if around is None:
        return [hit], []
    number = request.context
    earlier, later = _entries(around["before"]), _entries(around["after"])
    if request.reverse:
        earlier, later = later[::-1], earlier[::-1]
    return [*earlier[-number:], hit, *later[:number]], earlier[:-number]


def _entries(rows: list[Any]) -> list[Entry]:
    return [from_object(row) for row in rows]


def _key(entry: Entry) -> Key:
    return entry.seqnum_id, entry.boot_id, entry.seqnum, entry.xor_hash
