"""The sockets of syslog, and the way of what comes into the one ingest path.

TCP senders wait while the hub cannot store: their kernel holds them back. UDP cannot wait: what does not fit into the
queue is counted as refused.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from contextlib import suppress

from journalhub.collector.errors import Refusal
from journalhub.collector.export_session import cost_of
from journalhub.collector.ingest import Job
from journalhub.collector.intake import Intake
from journalhub.collector.listening import CannotListenError
from journalhub.collector.settings import Address
from journalhub.collector.syslog.framing import Deframer, FramingError
from journalhub.collector.syslog.message import parse
from journalhub.journal import synthetic
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry

log = logging.getLogger("journalhub.collector")

QUEUE_MAX = 20_000
"""Entries that wait to be stored: some seconds of a busy network."""

BATCH_MAX = 2000
"""Entries stored together."""

RETRY_SECONDS = 1.0
"""Between two attempts to store while the disk is full."""

CONNECTIONS_MAX = 512
"""TCP senders at once; further ones are closed."""

READ_BYTES = 64 * 1024
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes that the kernel is asked to hold of datagrams that were not read yet."""

NO_BOOT = bytes(16)

QUEUE_FULL = "syslog came faster than it could be stored"


class SyslogReceiver:
    """Takes messages between `start` and `close`, on the event loop."""

    def __init__(self, intake: Intake, addresses: list[Address]) -> None:
        self._intake = intake
        self._addresses = addresses
        self._queue: deque[Entry] = deque()
        self._wanted = asyncio.Event()
        self._room = asyncio.Event()
        self._newest: dict[bytes, int] = {}
        self._closing: list[asyncio.BaseTransport | asyncio.Server] = []
        self._senders: set[asyncio.Task[None]] = set()
        self._writer: asyncio.Task[None] | None = None
        self.bound: list[Address] = []
        """Where it listens: the port that was asked for, or one that was free."""

    async def start(self) -> None:
        """Listen on every address with both protocols. Raises CannotListenError."""
        loop = asyncio.get_running_loop()
        for address in self._addresses:
            host = address.host or "0.0.0.0"  # noqa: S104 - the settings allow it only when told so
            try:
                server = await asyncio.start_server(self._stream, host, address.port, limit=READ_BYTES)
                port = server.sockets[0].getsockname()[1]
                transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (host, port))
            except OSError as error:
                raise CannotListenError(
                    f"cannot listen for syslog on {address}: {error.strerror or error}; give another --syslog-listen"
                ) from error
            _enlarge(transport)
            self._closing += [server, transport]
            self.bound.append(Address(address.host, port))
        self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Take what has arrived, nothing more, and store it."""
        for one in self._closing:
            if isinstance(one, asyncio.BaseTransport):
                self._drain(one)
            one.close()
        for task in self._senders:
            task.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        while self._queue:
            try:
                await self._store()
            except Refusal as refusal:
                log.error("%d syslog messages could not be stored: %s", len(self._queue), refusal)
                return

    def _drain(self, transport: asyncio.BaseTransport) -> None:
        """Take the datagrams that the kernel holds: those that were there when this began, and a few."""
        with transport.get_extra_info("socket").dup() as socket, suppress(OSError):  # none is left
            socket.setblocking(False)
            for _ in range(QUEUE_MAX):
                data, sender = socket.recvfrom(READ_BYTES)
                self.datagram(data, str(sender[0]))

    def datagram(self, data: bytes, sender: str) -> None:
        """A UDP message."""
        if len(self._queue) >= QUEUE_MAX:
            self._intake.ledger.refuse(Counter({QUEUE_FULL: 1}), None, sender)
            return
        if message := data.rstrip(b"\r\n\0"):
            self._take(message, sender)

    def _take(self, message: bytes, sender: str) -> None:
        self._queue.append(self._entry(message, sender))
        self._wanted.set()

    def _entry(self, data: bytes, sender: str) -> Entry:
        fields = parse(data).fields(sender)
        sequence = synthetic.seqnum_id(fields)
        # Two equal messages of one microsecond are two messages: each host's times rise.
        realtime = max(time.time_ns() // 1000, self._newest.get(sequence, 0) + 1)
        self._newest[sequence] = realtime
        if len(self._newest) > QUEUE_MAX:
            del self._newest[next(iter(self._newest))]
        content = synthetic.content_hash(NO_BOOT, 0, realtime, fields)
        return Entry(sequence, realtime, NO_BOOT, 0, realtime, content, fields)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._senders) >= CONNECTIONS_MAX:
            writer.close()
            return
        self._senders.add(task)
        sender = str(writer.get_extra_info("peername")[0])
        deframer = Deframer()
        try:
            while chunk := await reader.read(READ_BYTES):
                for message in deframer.feed(chunk):
                    self._take(message, sender)
                while len(self._queue) >= QUEUE_MAX:
                    self._room.clear()
                    await self._room.wait()
            if rest := deframer.finish():
                self._take(rest, sender)
        except FramingError as error:
            self._intake.ledger.refuse(Counter({f"syslog: {error}": 1}), None, sender)
        except ConnectionError:
            pass  # the sender went away in the middle; what was whole is taken
        finally:
            self._senders.discard(task)
            writer.close()

    async def _write(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._queue:
                try:
                    await self._store()
                except Refusal:
                    await asyncio.sleep(RETRY_SECONDS)  # the collector's log has the reason
                self._room.set()

    async def _store(self) -> None:
        """Store the oldest of the queue, which keep their place until they are stored. Raises Refusal."""
        entries = [self._queue[number] for number in range(min(len(self._queue), BATCH_MAX))]
        batch = from_entries(entries)
        cost = cost_of(batch)
        async with self._intake.room(cost):
            await self._intake.store(Job(batch, cost, version="syslog"))
        for _ in entries:
            self._queue.popleft()


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP socket."""

    def __init__(self, receiver: SyslogReceiver) -> None:
        self._receiver = receiver

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """See asyncio.DatagramProtocol."""
        self._receiver.datagram(data, str(addr[0]))


def _enlarge(transport: asyncio.BaseTransport) -> None:
    import socket

    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
