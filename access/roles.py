"""What an identity may do, in rising order, and what it may see."""

from dataclasses import dataclass
from enum import IntEnum
from fnmatch import fnmatchcase


class Role(IntEnum):
    """Each role may do what those below it may, except that a sender may only send."""

    NOBODY = 0
    """Before anyone has said who they are: the page's files, a login, probes, enrolment."""
    SENDER = 1
    """Send entries, as the machine it is bound to."""
    READER = 2
    """Read entries, all of them or those of a scope."""
    OPERATOR = 3
    """Read the state of the hub as well: metrics, alerts."""
    ADMIN = 4
    """Read the audit trail as well."""

    @property
    def word(self) -> str:
        """As users type it."""
        return self.name.lower()

    def allows(self, needed: "Role") -> bool:
        """Whether who has this role may do what needs another."""
        if needed is Role.NOBODY:
            return True
        if needed is Role.SENDER:
            return self is Role.SENDER or self is Role.ADMIN
        return self >= needed and self is not Role.SENDER


READING_ROLES = tuple(role for role in Role if role >= Role.READER)


def parse_role(word: str) -> Role:
    """The role called `word`. Raises ValueError."""
    for role in Role:
        if role.word == word and role is not Role.NOBODY:
            return role
    known = ", ".join(role.word for role in Role if role is not Role.NOBODY)
    raise ValueError(f"unknown role {word!r}; roles are {known}")


@dataclass(frozen=True, slots=True)
class Binding:
    """The machine that a sender speaks for."""

    machine_id: str
    """32 hex digits; empty when any machine may be named (a relay)."""
    hosts: str
    """A glob that the entries' host name must match."""

    def why_not(self, machine_id: bytes | None, hostname: bytes | None) -> str | None:
        """Why an entry with these two fields is none of this sender's, or None. Without a field it claims nothing."""
        if self.machine_id and machine_id is not None and machine_id != self.machine_id.encode():
            return "it claims another machine than its sender is enrolled for"
        if hostname is not None and not fnmatchcase(hostname.decode(errors="replace").lower(), self.hosts.lower()):
            return "it claims another host name than its sender is enrolled for"
        return None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request is from."""

    name: str
    """For the audit trail: `user:ann`, `token:grafana`, `sender:web-1`."""
    role: Role
    scope: str = ""
    """A query of the search language that limits what is seen; empty for everything."""
    binding: Binding | None = None
    """Of a sender; None for one that may speak for every machine."""
    by_cookie: bool = False
    """Whether a browser sends it by itself, so that forged requests must be ruled out."""

    @property
    def host(self) -> str:
        """Of a sender: the host it is called by."""
        return self.name.partition(":")[2]


ANYBODY = Identity("anybody", Role.ADMIN)
"""Everybody, where authentication is off."""
