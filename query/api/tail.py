"""`/api/v1/tail`: entries as they arrive, as server-sent events."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from aiohttp import web

from journalhub.access.admission import admission_of
from journalhub.query.api.answers import COMMON_HEADERS
from journalhub.query.api.asked import Asked
from journalhub.query.api.followers import GapFeed, Wakeup
from journalhub.query.api.limits import KEEP_ALIVE_SECONDS, TAIL_PIECE, TAIL_PIECE_BYTES, TAIL_PIECE_FIRST
from journalhub.query.api.parameters import LINES
from journalhub.query.api.rows import Shape, entries_of, parse_shape
from journalhub.query.api.work import AskerGoneError, Workers, is_gone
from journalhub.query.plan.parameters import shown
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.resolve import host_matches, resolve
from journalhub.query.plan.selection import Selection
from journalhub.store.contract import Budget, Hit, Order, Position, Store, StoreError, parse_position

IDLE_LOOK_SECONDS = 1.0
"""How often an idle tail looks whether its reader is still there."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a follower is: the id of its last event, as `Last-Event-ID` brings it back.

    `ord` is the arrival number up to which all is sent; with `line`, the entries filled in at the start (those
    up to `ord`, in time order) are sent up to that position only.
    """

    ord: int
    line: Position | None = None

    def __str__(self) -> str:
        return str(self.ord) if self.line is None else f"{self.ord}@{self.line}"


_PLACE = re.compile(r"(?P<ord>[0-9]{1,19})(@(?P<line>[0-9]{1,19}\.[0-9]{1,19}))?", re.ASCII)


def parse_place(name: str, text: str | None) -> Place | None:
    """The place that an id spells."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Refusal(f"not an id of a tail: {shown(text)}", where=name, do="send back the id of the last event")
    return Place(int(found["ord"]), parse_position(found["line"]) if found["line"] else None)


@dataclass(frozen=True, slots=True)
class Tail:
    """What a follower asked for."""

    selection: Selection
    shape: Shape
    lines: int
    place: Place | None


def prepare_tail(asked: Asked, last_event_id: str | None) -> Tail:
    """Read the parameters. `Last-Event-ID` goes before `after`: a browser repeats the URL when it comes back."""
    parameters = asked.parameters
    after = parse_place("after", parameters.text("after"))
    return Tail(
        asked.selection(),
        parse_shape(parameters),
        LINES.number(parameters),
        parse_place("Last-Event-ID", last_event_id) or after,
    )


class Follower:
    """One tail, as pieces of bytes. All methods block: they belong in a thread, one at a time."""

    def __init__(self, store: Store, tail: Tail, budget: Budget) -> None:
        self._store = store
        self._shape = tail.shape
        self._budget = budget
        self.scope = resolve(tail.selection, store, live=True)
        start = tail.place or Place(store.refresh() if tail.lines else store.newest_ord())
        if start.ord > store.newest_ord():
            raise Refusal(
                f"the id {start} is from the future: the newest entry is number {store.newest_ord()}",
                where="after",
                do="start without an id: the store is another one than before",
                code="unknown-id",
            )
        self.place = start
        self._limit = TAIL_PIECE_FIRST
        self.entries = 0
        """How many were given so far."""
        self._filling = self._rest_of_lines(start) if tail.place else self._first_lines(start.ord, tail.lines)

    def _first_lines(self, newest: int, lines: int) -> Iterator[Hit]:
        """The newest `lines` entries up to the arrival number `newest`, oldest first."""
        hits: list[Hit] = []
        after: Position | None = None
        while len(hits) < lines:
            page = self._store.search(self.scope, Order.NEWEST_FIRST, lines - len(hits), after, self._budget)
            hits += [hit for hit in page.hits if hit.position.ord <= newest]
            if not page.more or not page.hits or self._budget.reason:
                break
            after = page.hits[-1].position
        return reversed(hits)

    def _rest_of_lines(self, place: Place) -> Iterator[Hit]:
        """What an interrupted tail had not yet sent of the entries that it filled in: all that follow its last."""
        after = place.line
        if after is not None:
            self._store.refresh()  # a store that was restarted may not have indexed again what it had then
        while after is not None:
            page = self._store.search(self.scope, Order.OLDEST_FIRST, TAIL_PIECE, after, self._budget)
            yield from (hit for hit in page.hits if hit.position.ord <= place.ord)
            after = page.hits[-1].position if page.more and page.hits else None

    def piece(self) -> tuple[bytes, bool]:
        """The next events, and whether there is nothing more for now."""
        filled = list(islice(self._filling, TAIL_PIECE))
        if filled:
            newest = self.place.ord
            self.place = Place(newest, filled[-1].position)
            return b"".join(self._event(Place(newest, hit.position), hit) for hit in filled), False
        hits, upto = self._store.tail(self.scope.query, self.place.ord, self._limit, self._budget)
        self.place = Place(upto)
        self._limit = entries_of(hits, TAIL_PIECE_BYTES, TAIL_PIECE)
        wanted = [hit for hit in hits if self.scope.since <= hit.position.realtime <= self.scope.until]
        events = b"".join(self._event(Place(hit.position.ord), hit) for hit in wanted)
        return events, upto >= self._store.newest_ord()

    def _event(self, place: Place, hit: Hit) -> bytes:
        self.entries += 1
        return event("entry", place, self._shape.row(hit))


def event(name: str, place: Place, data: bytes) -> bytes:
    """One server-sent event. JSON has no line break, so `data` is one line."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(place).encode(), name.encode(), data)


def progress(place: Place) -> bytes:
    """A comment that moves the id of the client: a block without data is no event, but its id counts
    (https://html.spec.whatwg.org/multipage/server-sent-events.html, "dispatch the event")."""
    return b": keep-alive\nid: %s\n\n" % str(place).encode()


class TailStream:
    """One tail on its connection."""

    def __init__(
        self,
        request: web.Request,
        follower: Follower,
        budget: Budget,
        tail: Tail,
        sees: Callable[[dict[str, Any]], bool] | None = None,
    ) -> None:
        self._request = request
        self._follower = follower
        self._budget = budget
        self._hosts = tail.selection.hosts
        self._sees = sees
        self._response = web.StreamResponse(headers=COMMON_HEADERS | {"X-Accel-Buffering": "no"})
        self._response.content_type = "text/event-stream"
        self._admission = admission_of(request)
        self._written = time.monotonic()

    async def serve(self, workers: Workers, wakeup: Wakeup, gaps: GapFeed) -> web.StreamResponse:
        """Write events until the reader goes away, may no longer read, or the server stops."""
        await self._response.prepare(self._request)
        seen = await gaps.join()
        try:
            await self._write(progress(self._follower.place))
            while not wakeup.closed and not is_gone(self._request):
                if not self._admission.lasts():
                    await self._end("the login or the token is no longer good", partial=False)
                    return self._response
                arrival = wakeup.next()
                events, caught_up = await workers.run(self._request, self._budget, self._follower.piece)
                for number, gap in gaps.since(seen):
                    seen = number
                    if self._sees is None or await asyncio.to_thread(self._sees, gap):
                        events += self._gap_event(gap)
                await self._write(events)
                if caught_up:
                    await self._idle(arrival)
            await self._end("the collector is shutting down", partial=False)
        except StoreError as error:
            await self._end(str(error), partial=True)
        except (AskerGoneError, ConnectionError):
            pass  # the reader is gone: there is nobody to tell
        finally:
            gaps.leave()
        return self._response

    async def _idle(self, arrival: asyncio.Event) -> None:
        """Wait for entries or gaps, saying now and then that we are here."""
        while not arrival.is_set() and not is_gone(self._request) and self._admission.lasts():
            with suppress(TimeoutError):
                await asyncio.wait_for(arrival.wait(), IDLE_LOOK_SECONDS)
            if time.monotonic() - self._written >= KEEP_ALIVE_SECONDS:
                await self._write(progress(self._follower.place))

    async def _write(self, data: bytes) -> None:
        """Write, and wait for a slow reader."""
        if data:
            await self._response.write(data)
            self._written = time.monotonic()

    def _gap_event(self, gap: dict[str, Any]) -> bytes:
        if not host_matches(self._hosts, gap["hostname"].encode(), gap["machine_id"].encode()):
            return b""
        return event("gap", self._follower.place, orjson.dumps(gap))

    async def _end(self, reason: str, *, partial: bool) -> None:
        with suppress(ConnectionError):
            await self._write(event("end", self._follower.place, orjson.dumps({"partial": partial, "reason": reason})))
