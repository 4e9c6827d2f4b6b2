"""Server-sent events as a browser reads them (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from tests.query.serving import Client, Pair


class Event(NamedTuple):
    """One event."""

    kind: str
    id: str
    data: dict[str, Any]


class EventReader:
    """Reads events from a response, and keeps the last id as EventSource does."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.last_id = ""
        self.comments = 0

    async def next(self) -> Event | None:
        """The next event; None at the end of the stream."""
        kind = ""
        data: list[str] = []
        while line := await self._response.content.readline():
            text = line.decode().rstrip("\n")
            name, _, value = text.partition(": ")
            if not text and data:
                return Event(kind, self.last_id, json.loads("\n".join(data)))
            if not text:
                kind = ""
            elif text.startswith(":"):
                self.comments += 1
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
        return None

    async def take(self, count: int) -> list[Event]:
        """The next `count` events."""
        events = [await self.next() for _ in range(count)]
        assert None not in events, events
        return [event for event in events if event is not None]


@asynccontextmanager
async def following(client: Client, *parameters: Pair, last_id: str = "") -> AsyncIterator[EventReader]:
    """A tail that has begun: what is appended from now on is seen."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    timeout = aiohttp.ClientTimeout(total=None, sock_read=240)
    async with client.session.get(client.url("tail", parameters), headers=headers, timeout=timeout) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        assert "Content-Encoding" not in response.headers
        reader = EventReader(response)
        while not reader.comments:
            line = await response.content.readline()
            reader.comments += line.startswith(b":")
        assert b"id: " in (line := await response.content.readline())
        reader.last_id = line.decode().removeprefix("id: ").strip()
        assert await response.content.readline() == b"\n"
        yield reader


def cursors(events: Sequence[Event]) -> list[str]:
    """The cursors of entry events."""
    assert {event.kind for event in events} <= {"entry"}
    return [event.data["__CURSOR"] for event in events]


async def until(condition: Any, seconds: float = 120) -> None:
    """Wait until `condition()` is true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "waited in vain"
        await asyncio.sleep(0.005)
