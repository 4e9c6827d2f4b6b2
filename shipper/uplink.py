"""Connections to the collector: a few that stay open, each with one request at a time.

The standard library's streams instead of an HTTP library: a third of the memory, and every wait has its own limit.
"""

import asyncio
import socket
import ssl
import time
from contextlib import suppress

from journalhub.shipper import response
from journalhub.shipper.address import Address
from journalhub.shipper.credentials import Proof
from journalhub.shipper.limits import ANSWER_SECONDS, CONNECT_SECONDS, RESPONSE_HEAD_MAX, STALL_SECONDS
from journalhub.shipper.response import NothingCame, Response, ResponseError

NO_PROOF = Proof()

PIECE = 64 * 1024
"""Bytes written at once: each must be taken within STALL_SECONDS."""

KEEPALIVE = (
    (socket.SO_KEEPALIVE, socket.SOL_SOCKET, 1),
    (socket.TCP_KEEPIDLE, socket.IPPROTO_TCP, 30),
    (socket.TCP_KEEPINTVL, socket.IPPROTO_TCP, 10),
    (socket.TCP_KEEPCNT, socket.IPPROTO_TCP, 3),
    (socket.TCP_USER_TIMEOUT, socket.IPPROTO_TCP, int(STALL_SECONDS * 1000)),
)
"""A collector whose machine vanished answers no probe; without these an open connection would look alive for hours."""


class UplinkError(Exception):
    """There is no answer: the message says why, for the log."""


class Uplink:
    """Sends requests to one collector. Any number may run at once: each has a connection of its own meanwhile."""

    def __init__(self, address: Address, agent: str, proof: Proof = NO_PROOF) -> None:
        self._address = address
        self._agent = agent
        self._proof = proof
        self._turn = 0
        """How often `use` was called: connections of an earlier turn are not used again."""
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Response:
        """The answer to one request. Raises UplinkError when there is none."""
        head = self._head(method, path, body, headers or {})
        turn = self._turn
        try:
            while self._idle:
                # One that was idle may have been closed by the other end just now: that costs nothing but this try.
                with suppress(NothingCame, ConnectionError):
                    return await self._on(*self._idle.pop(), head, body, turn)
            return await self._on(*await self._connect(), head, body, turn)
        except (OSError, ResponseError) as error:  # TimeoutError and ssl.SSLError are OSErrors
            raise UplinkError(self._why(error)) from error

    def use(self, proof: Proof) -> None:
        """Make the next requests with another certificate or token, on connections of their own."""
        self._proof = proof
        self._turn += 1
        self.close()

    def close(self) -> None:
        """Close what is open and idle."""
        for _, writer in self._idle:
            writer.close()
        self._idle = []

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._address
        async with _limit(CONNECT_SECONDS, f"no connection within {CONNECT_SECONDS:g} s"):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, limit=RESPONSE_HEAD_MAX,
                ssl=(self._proof.tls or ssl.create_default_context()) if address.secure else None,
            )  # fmt: skip
        connection = writer.get_extra_info("socket")
        for option, level, value in KEEPALIVE:
            connection.setsockopt(level, option, value)
        return reader, writer

    async def _on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, body: bytes, turn: int
    ) -> Response:
        answer: Response | None = None
        try:
            answer = await self._exchange(reader, writer, head, body)
            return answer
        finally:
            if answer is not None and answer.reusable and turn == self._turn:
                self._idle.append((reader, writer))
            else:
                writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, body: bytes
    ) -> Response:
        try:
            for start in range(0, max(1, len(body)), PIECE):
                # The head leaves with the body: most batches are one packet's worth, and a packet costs both ends.
                writer.write((b"" if start else head) + body[start : start + PIECE])
                if writer.transport.get_write_buffer_size() == 0 and not writer.is_closing():
                    continue  # taken by the kernel at once, as nearly all are: a time limit costs a tenth of a request
                async with _limit(STALL_SECONDS, f"it took no byte for {STALL_SECONDS:g} s"):
                    await writer.drain()
        except ConnectionError:
            # A collector may answer before it has read everything (413, 503) and close: the answer counts.
            async with _limit(STALL_SECONDS, "no answer"):
                return await response.read(reader)
        async with _limit(ANSWER_SECONDS, f"no answer within {ANSWER_SECONDS:g} s"):
            return await response.read(reader)

    def _head(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        lines = [
            f"{method} {self._address.path}{path} HTTP/1.1",
            f"Host: {self._address.authority}",
            f"User-Agent: {self._agent}",
            "Accept: application/json",
            *([f"Authorization: Bearer {self._proof.token}"] if self._proof.token else []),
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _why(self, error: Exception) -> str:
        said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        if isinstance(error, ConnectionRefusedError):
            said = "connection refused: is the collector running there?"
        elif isinstance(error, socket.gaierror):
            said = f"the name cannot be resolved: {said}"
        return f"{self._address}: {said or type(error).__name__}{self._ended()}"

    def _ended(self) -> str:
        """What a collector does not say: it refuses such a certificate by closing the connection."""
        if self._proof.ends is None or self._proof.ends > time.time():
            return ""
        days = (time.time() - self._proof.ends) / 86_400
        return f"; this node's certificate ended {days:.1f} days ago: enrol again, or put another in its place"


class _limit:
    """A time limit whose TimeoutError says what it waited for."""

    def __init__(self, seconds: float, message: str) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._message = message

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *about: object) -> None:
        try:
            await self._timeout.__aexit__(*about)  # type: ignore[arg-type]
        except TimeoutError as error:
            raise TimeoutError(self._message) from error
