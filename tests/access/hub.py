"""A real collector with authentication, and the identities that ask it."""

import http.client
import json
import os
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.integration.programs import BIN, DEADLINE, ENVIRONMENT, Program, wait_until
from tests.lab.ports import free_port

from journalhub.access import authority
from journalhub.access.authority import Authority
from journalhub.access.database import Database
from journalhub.access.people import People
from journalhub.access.roles import Role
from journalhub.access.senders import Senders
from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


class SecuredCollector(Program):
    """A collector with its own authority: TLS and authentication are on."""

    def __init__(self, directory: Path, *options: str | Path, tls: bool = True) -> None:
        self.data_dir = directory / "collector"
        self.port = free_port()
        self.tls = tls
        if tls:
            self.authority: Authority = authority.init(self.data_dir, ["localhost", "127.0.0.1"])
        database = Database(self.data_dir)
        self.people, self.senders = People(database), Senders(database)
        self._database = database
        where: list[str | Path] = ["--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data_dir]
        auth = [] if tls else ["--auth", "on"]
        super().__init__([BIN / "journalhub", "collector", *where, *auth, *options], directory / "collector.log")

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def authority_file(self) -> Path:
        """What clients check it against."""
        return self.authority.certificate_file

    def start(self) -> "SecuredCollector":
        """Start it, and wait until it takes entries."""
        super().start()
        wait_until("the collector is ready", self._is_ready)
        return self

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.ask("/readyz").status == 200
        except OSError:
            return False

    def __exit__(self, *about: Any) -> None:
        super().__exit__(*about)
        self._database.close()

    def token(self, role: Role, scope: str = "", hosts: str = "*") -> str:
        """A token of somebody with this role."""
        return str(self.people.create_token(f"test-{role.word}", role, scope, hosts=hosts))

    def add_user(self, name: str, password: str, scope: str = "") -> None:
        """A new reader, also where a first try of the same test has left one."""
        self.people.remove_user(name)
        self.people.add_user(name, password, Role.READER, scope)

    def context(self, certificate: Path | None = None) -> ssl.SSLContext:
        """TLS towards it, perhaps with a client's certificate."""
        context = ssl.create_default_context(cafile=self.authority_file)
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context

    def ask(
        self,
        path: str,
        token: str | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        certificate: Path | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        if self.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=DEADLINE, context=self.context(certificate)
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            own = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request(method, path, body, own | dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    @contextmanager
    def follow(
        self, path: str, headers: Mapping[str, str], held: int | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """An answer that goes on, while it does. `held` bounds the bytes that wait on this side to be read."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=DEADLINE, context=self.context())
        try:
            connection.connect()
            if held is not None:
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, held)
            connection.request("GET", path, headers=dict(headers))
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def get(self, path: str, token: str, **parameters: str) -> Any:
        """The JSON of an answer that must be 200."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        answer = self.ask(path + query, token)
        assert answer.status == 200, answer
        return answer.document

    def send(self, entries: Sequence[Entry], **how: Any) -> Answer:
        """A native batch."""
        headers = {"Content-Type": wire.CONTENT_TYPE, "Content-Encoding": "zstd"}
        body = wire.encode(from_entries(entries))
        return self.ask("/api/v1/ingest", method="POST", body=body, headers=headers, **how)

    def fill(self, entries: Sequence[Entry]) -> None:
        """Send entries as somebody who may, and wait until they are found."""
        reader = self.token(Role.READER)
        assert 200 == self.send(entries, token=self.token(Role.SENDER)).status
        wait_until("entries are found", lambda: self.get("/api/v1/count", reader)["matched"] >= len(entries))

    def command(self, *words: str | Path) -> list[str | Path]:
        """`journalhub …` on its data directory."""
        return [BIN / "journalhub", *words, "--data-dir", self.data_dir]

    @property
    def environment(self) -> dict[str, str]:
        """For programs that ask it."""
        return {**ENVIRONMENT, "SSL_CERT_FILE": str(self.authority_file), "PATH": os.environ["PATH"]}
