"""Nodes that are enrolled: the certificate of each, the machine it is bound to, and whether it was revoked."""

from dataclasses import dataclass

from journalhub.access.authority import Authority, AuthorityError, Issued, check_host_name, check_machine_id
from journalhub.access.database import Database
from journalhub.access.people import TokenRow, now
from journalhub.access.roles import Binding, Identity, Role


@dataclass(frozen=True, slots=True)
class SenderRow:
    """An enrolled node as lists show it."""

    fingerprint: str
    hostname: str
    machine_id: str
    """Empty for a relay, which may speak for any machine."""
    hosts: str
    issued: int
    expires: int
    revoked: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a sender shows."""

    fingerprint: str
    names: tuple[str, ...]
    """Host names in it."""
    by_us: bool
    """Whether the hub's own authority issued it."""


class Senders:
    """The enrolled nodes of one hub."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(
        self, authority: Authority, request_pem: bytes, hostname: str, machine_id: str, hosts: str, *, relay: bool
    ) -> Issued:
        """A certificate for a node, bound to its machine and to names that match `hosts`. Raises AuthorityError."""
        check_host_name(hostname)
        bound = "" if relay else check_machine_id(machine_id)
        issued = authority.issue_sender(request_pem, hostname, bound)
        row = (issued.fingerprint, hostname, bound, hosts, now(), issued.expires)
        self._database.change("INSERT INTO senders VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", *row)
        return issued

    def enrol(
        self, authority: Authority, token: TokenRow, request_pem: bytes, hostname: str, machine_id: str
    ) -> Issued:
        """A certificate for the node that shows an enrolment token, whose glob it must match. Raises AuthorityError."""
        if Binding("", token.hosts).why_not(None, hostname.encode()) is not None:
            raise AuthorityError(
                f"the token is for hosts that match {token.hosts!r}; this node is called {hostname[:80]!r}"
            )
        hosts = token.hosts if token.relay else hostname
        return self.issue(authority, request_pem, hostname, machine_id, hosts, relay=token.relay)

    def renew(self, authority: Authority, fingerprint: str, request_pem: bytes) -> Issued:
        """Another certificate for the node that shows this one. Raises AuthorityError."""
        row = self.find(fingerprint)
        if row is None or row.revoked is not None:
            raise AuthorityError("this certificate was revoked, or is not one of an enrolled node; enrol the node anew")
        relay = not row.machine_id
        return self.issue(authority, request_pem, row.hostname, row.machine_id, row.hosts, relay=relay)

    def find(self, fingerprint: str) -> SenderRow | None:
        """The node with this certificate."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM senders WHERE fingerprint = ?", fingerprint)
        return SenderRow(*rows[0]) if rows else None

    def all(self) -> list[SenderRow]:
        """Every certificate issued, by host name, the newest of each first."""
        return [
            SenderRow(*row)
            for row in self._database.rows(f"SELECT {_COLUMNS} FROM senders ORDER BY hostname, issued DESC")
        ]

    def revoke(self, node: str) -> int:
        """Revoke every certificate of a node, by host name, machine id or fingerprint; how many that were."""
        return self._database.change(
            "UPDATE senders SET revoked = ? WHERE ? IN (hostname, machine_id, fingerprint) AND revoked IS NULL",
            now(),
            node,
        )

    def by_certificate(self, shown: Shown) -> Identity | None:
        """Who shows a certificate that TLS found good; None when it is revoked.

        One of the organisation's own authority speaks for the host name that stands in it. One of the hub's own that
        the hub has no account of speaks for nobody: what it was bound to is not known.
        """
        row = self.find(shown.fingerprint)
        if row is None:
            if not shown.names or shown.by_us:
                return None
            return Identity(f"sender:{shown.names[0]}", Role.SENDER, binding=Binding("", shown.names[0]))
        if row.revoked is not None:
            return None
        return Identity(f"sender:{row.hostname}", Role.SENDER, binding=Binding(row.machine_id, row.hosts))


_COLUMNS = "fingerprint, hostname, machine_id, hosts, issued, expires, revoked"
