"""`/api/v1/export`: all matching entries, streamed in constant memory."""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import zstandard
from aiohttp import web
from aiohttp.http_writer import StreamWriter

from journalhub.access.admission import admission_of
from journalhub.journal.export import CONTENT_TYPE
from journalhub.query.api.answers import COMMON_HEADERS
from journalhub.query.api.asked import Asked, Sources
from journalhub.query.api.entries import Start, first_page, parse_order, parse_start
from journalhub.query.api.gaps import gaps_header
from journalhub.query.api.limits import (
    EXPORT_PAGE_BYTES,
    EXPORT_PAGE_FIRST,
    EXPORT_PAGE_MAX,
    EXPORT_PIECE_BYTES,
    EXPORT_PIECE_SECONDS,
    EXPORT_SLOW_SECONDS,
    EXPORT_STEP,
)
from journalhub.query.api.parameters import (
    ALL,
    EXPORT_LIMIT,
    EXPORT_ORDER,
    FORMAT,
    NO_HOSTNAME,
    OUTPUT,
    QUIET,
    TRUNCATE_NEWLINE,
)
from journalhub.query.api.progress import Progress
from journalhub.query.api.rows import Shape, entries_of, parse_field_names, parse_fields
from journalhub.query.api.work import AskerGoneError, Workers
from journalhub.query.output import OutputOptions
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.resolve import resolve
from journalhub.query.plan.selection import Selection, parse_zone
from journalhub.query.printed.exporttext import ExportText
from journalhub.query.printed.printer import Printer
from journalhub.store.contract import Budget, Hit, Order, Position, Scope, StoreError

FORMATS = {
    "export": CONTENT_TYPE,
    "json": "application/x-ndjson",
    "short": "text/plain",
    "short-iso": "text/plain",
    "journalctl": "text/plain",
}
"""The formats, and their content types."""

PARTIAL_TRAILER = "Journalhub-Partial"
"""The trailer that says why an export is incomplete."""


@dataclass(frozen=True, slots=True)
class Export:
    """What was asked for."""

    selection: Selection
    order: Order
    limit: int | None
    start: Start
    fields: frozenset[str] | None
    format: str
    gaps: bool = False
    """Whether gaps are told."""
    printer: Printer | None = None
    """What prints `format=journalctl`."""
    progress: bool = False
    """Whether it is told how far the search has come."""


def prepare_export(asked: Asked, progress: bool = False) -> Export:
    """Read the parameters."""
    parameters = asked.parameters
    printer = _printer(parameters)
    return Export(
        asked.selection(),
        parse_order(parameters, EXPORT_ORDER),
        EXPORT_LIMIT.integer(parameters),
        parse_start(parameters),
        parse_fields(parameters),
        FORMAT.choice(parameters) or "",
        bool(parameters.flag("gaps")),
        printer,
        progress,
    )


def _printer(parameters: Parameters) -> Printer | None:
    """What journalctl's options say of `format=journalctl`, the only format that has them."""
    if parameters.peek(FORMAT.name) != "journalctl":
        return None
    zone = parse_zone(parameters.peek("tz"))
    options = OutputOptions(
        show_all=bool(parameters.flag(ALL.name)),
        utc=zone is UTC,  # which says whether it is summer there; strftime writes no +0000 where nobody does
        zone=zone,
        fields=parse_field_names(parameters),
        hostname=not parameters.flag(NO_HOSTNAME.name),
        truncate_newline=bool(parameters.flag(TRUNCATE_NEWLINE.name)),
    )
    return Printer(OUTPUT.choice(parameters) or "", options, boots=not parameters.flag(QUIET.name))


class Exporter:
    """One export, as pieces of bytes. `piece` blocks: it belongs in a thread, one call at a time."""

    def __init__(self, sources: Sources, export: Export, encoding: str | None, budget: Budget) -> None:
        self.reason: str | None = None
        """Why the export is incomplete, or None."""
        self.entries = 0
        """How many were given so far."""
        self.gaps = ""
        """The value of the header GAPS_HEADER, where it is asked for; known with the first piece."""
        self._sources = sources
        self._export = export
        self._budget = budget
        self._told = b""  # how far it has come, where that is yet to be said
        self._chunks = self._encoded(self._pages())
        self._encoder = _encoder(encoding)
        self._ended = False

    def piece(self) -> bytes:
        """The next bytes; none at the end. Returns what there is when the rest takes long to find.

        A search for a text looks at one day after another for this: what one day has is given before the next is read.
        """
        if self._ended:
            return b""
        started = time.monotonic()
        chunks: list[bytes] = []
        size = 0
        for chunk in self._chunks:
            chunks.append(chunk)
            size += len(chunk)
            is_late = not chunk or time.monotonic() - started > EXPORT_PIECE_SECONDS
            if size >= EXPORT_PIECE_BYTES or (size and is_late):
                break
        else:
            self._ended = True
        return self._encoder(b"".join(chunks), self._ended)

    def _pages(self) -> Iterator[Sequence[Hit]]:
        """The entries, page by page; a page is about EXPORT_PAGE_BYTES of entries. None in it: the next takes long."""
        export = self._export
        store = self._sources.store
        scope = resolve(export.selection, store)
        self.reason = self._sources.cut_by_retention(export.selection)
        self.gaps = gaps_header(self._sources.nodes(), export.selection) if export.gaps else ""
        left = export.limit
        wanted = EXPORT_PAGE_FIRST
        after: Position | None = None
        slices = self._slices(scope)
        progress = Progress(export.format, scope, store.partitions()) if export.progress and len(slices) > 1 else None
        while slices and (left is None or left > 0):
            limit = wanted if left is None else min(wanted, left)
            began = time.monotonic()
            if after is None:
                page = first_page(store, slices[0], export.order, limit, export.start, self._budget)
            else:
                page = store.search(slices[0], export.order, limit, after, self._budget)
            self.entries += len(page.hits)
            yield page.hits
            self.reason = page.reason or self.reason
            if self._budget.reason is not None:
                return
            if page.hits:
                after = page.hits[-1].position
                left = None if left is None else left - len(page.hits)
                wanted = entries_of(page.hits, EXPORT_PAGE_BYTES, EXPORT_PAGE_MAX)
            if not page.more or not page.hits:
                searched = slices.pop(0)
                if progress is not None and slices:
                    progress.searched(searched)
                    self._told = progress.item()
                if self._told or time.monotonic() - began > EXPORT_SLOW_SECONDS:
                    yield []

    def _slices(self, scope: Scope) -> list[Scope]:
        """The days of `scope`, in order, where to look at one may take long; else all of it as one."""
        export = self._export
        if export.start.cursor is not None or (export.selection.grep is None and export.selection.search is None):
            return [scope]
        ends = [partition.last.realtime for partition in self._sources.store.partitions()]
        ends = sorted(end for end in ends if scope.since <= end < scope.until)[:-1]
        bounds = [scope.since, *(end + 1 for end in ends)]
        slices = [replace(scope, since=low, until=high) for low, high in zip(bounds, [*ends, scope.until], strict=True)]
        return slices if export.order is Order.OLDEST_FIRST else slices[::-1]

    def _encoded(self, pages: Iterator[Sequence[Hit]]) -> Iterator[bytes]:
        export = self._export
        if export.format == "export":
            return self._with_progress(_pieces(pages, ExportText(export.fields).pieces))
        if export.format == "json":
            row = Shape(fields=export.fields).row
            return self._with_progress(b"".join([row(hit) + b"\n" for hit in some]) for some in _few(pages))
        printer = export.printer or Printer(export.format, OutputOptions(show_all=True, utc=True), boots=False)
        return _pieces(pages, printer.pieces)

    def _with_progress(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks; before an empty one, how far the search has come."""
        for chunk in chunks:
            if self._told and not chunk:
                told, self._told = self._told, b""
                yield told
            yield chunk


def _pieces(pages: Iterator[Sequence[Hit]], encode: Callable[[Sequence[Hit], int], Iterator[bytes]]) -> Iterator[bytes]:
    """The entries of `pages`, encoded. Nothing where a page has none."""
    for hits in pages:
        if not hits:
            yield b""
        yield from encode(hits, EXPORT_PIECE_BYTES)


def _few(pages: Iterator[Sequence[Hit]]) -> Iterator[Sequence[Hit]]:
    """The entries of `pages`, a few at a time, of large ones fewer: one by one costs as much again as to encode them.

    None at all where a page has none.
    """
    for hits in pages:
        if not hits:
            yield hits
        step = entries_of(hits, EXPORT_PIECE_BYTES, EXPORT_STEP)
        for at in range(0, len(hits), step):
            yield hits[at : at + step]


Encoder = Callable[[bytes, bool], bytes]
"""(data, whether it is the last) to what is sent, so that the client can read all of `data` when it has it."""


def _encoder(encoding: str | None) -> Encoder:
    if encoding == "gzip":
        gzip = zlib.compressobj(level=1, wbits=31)
        return lambda data, last: gzip.compress(data) + gzip.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
    if encoding == "zstd":
        zstd = zstandard.ZstdCompressor(level=1).compressobj()
        ends = {False: zstandard.COMPRESSOBJ_FLUSH_BLOCK, True: zstandard.COMPRESSOBJ_FLUSH_FINISH}
        return lambda data, last: zstd.compress(data) + zstd.flush(ends[last])
    return lambda data, last: data


class ExportStream:
    """One export on its connection.

    The chunks are framed here, because aiohttp's own framing cannot send a trailer. An export that fails half way
    ends without the final chunk, which every HTTP client reports; so does one whose reader may no longer read.
    """

    def __init__(self, request: web.Request, exporter: Exporter, budget: Budget, headers: dict[str, str]) -> None:
        self._request = request
        self._exporter = exporter
        self._budget = budget
        self._admission = admission_of(request)
        self._response = web.StreamResponse(headers=COMMON_HEADERS | headers)

    async def serve(self, workers: Workers, first: bytes) -> web.StreamResponse:
        """Write `first` and the rest; fetch a piece while the one before is written."""
        writer = await self._response.prepare(self._request)
        assert isinstance(writer, StreamWriter)
        chunked, writer.chunked = writer.chunked, False
        piece = first
        ahead: asyncio.Task[bytes] | None = None
        try:
            while piece:
                if not self._admission.lasts():
                    self._budget.cancel()
                    break
                ahead = asyncio.create_task(workers.run(self._request, self._budget, self._exporter.piece))
                await self._response.write(_frame(piece) if chunked else piece)
                piece = await ahead
        except (AskerGoneError, ConnectionError):
            self._budget.cancel()
            return self._response  # the reader is gone: there is nobody to tell
        except StoreError:
            self._break_off()
            return self._response
        finally:
            if ahead is not None:
                ahead.cancel()
        if self._budget.reason is not None:
            self._break_off()
        elif chunked:
            await self._response.write(_last_frame(self._exporter.reason))
        await self._response.write_eof()
        return self._response

    def _break_off(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


def _frame(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _last_frame(reason: str | None) -> bytes:
    if reason is None:
        return b"0\r\n\r\n"
    shown = "".join(character if " " <= character <= "~" else "?" for character in reason)
    return f"0\r\n{PARTIAL_TRAILER}: {shown}\r\n\r\n".encode()
