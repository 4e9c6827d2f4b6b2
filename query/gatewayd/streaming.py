"""An answer of entries on its connection."""

import asyncio
from contextlib import suppress

from aiohttp import web

from journalhub.access.admission import admission_of
from journalhub.query.api.followers import Wakeup
from journalhub.query.api.tail import IDLE_LOOK_SECONDS
from journalhub.query.api.work import AskerGoneError, Workers, is_gone
from journalhub.query.gatewayd.reading import Reading
from journalhub.store.contract import Budget, StoreError


class EndedError(Exception):
    """Who asked may no longer read."""


class EntryStream:
    """Writes the pieces of a reading, as fast as they are read.

    What cannot be finished ends without the final chunk, as the stock program's answers do: every HTTP client says so.
    """

    def __init__(self, request: web.Request, reading: Reading, budget: Budget, headers: dict[str, str]) -> None:
        self._request = request
        self._reading = reading
        self._budget = budget
        self._admission = admission_of(request)
        self._response = web.StreamResponse(headers=headers)

    async def serve(self, workers: Workers, wakeup: Wakeup, first: bytes) -> web.StreamResponse:
        """Write `first` and the rest; the end of a follower is that of its reader or the server."""
        await self._response.prepare(self._request)
        try:
            await self._write_all(workers, wakeup, first)
        except (AskerGoneError, ConnectionError):
            self._budget.cancel()
            return self._response  # the reader is gone: there is nobody to tell
        except (StoreError, EndedError):
            return self._break_off()
        if self._reading.ended and self._reading.reason is not None:
            return self._break_off()
        await self._response.write_eof()
        return self._response

    async def _write_all(self, workers: Workers, wakeup: Wakeup, piece: bytes) -> None:
        while True:
            if piece:
                await self._response.write(piece)
            if self._reading.ended:
                return
            if not self._admission.lasts():
                raise EndedError
            arrival = wakeup.next()
            piece = await workers.run(self._request, self._budget, self._reading.piece)
            if not piece and self._reading.caught_up and not await self._arrived(arrival, wakeup):
                return

    async def _arrived(self, arrival: asyncio.Event, wakeup: Wakeup) -> bool:
        """Wait until something arrives; False when nobody waits for it any more."""
        while not arrival.is_set() and not is_gone(self._request) and self._admission.lasts():
            with suppress(TimeoutError):
                await asyncio.wait_for(arrival.wait(), IDLE_LOOK_SECONDS)
        return not wakeup.closed and not is_gone(self._request)

    def _break_off(self) -> web.StreamResponse:
        if self._request.transport is not None:
            self._request.transport.abort()
        return self._response
