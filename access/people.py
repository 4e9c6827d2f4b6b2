"""Users, their sessions in browsers, and the tokens of programs."""

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from journalhub.access.database import Database
from journalhub.access.roles import Binding, Identity, Role
from journalhub.access.secrets import (
    API_TOKEN,
    ENROLMENT_TOKEN,
    NO_PASSWORD,
    NO_TOKEN,
    Token,
    check_password,
    hash_password,
    new_token,
)

SECOND = 1_000_000

SESSION_IDLE_SECONDS = 12 * 3600
"""A browser that asks nothing for so long must log in again: a working day's pause, not a weekend's."""

SESSION_SECONDS = 7 * 86_400
"""And so long after the login in any case."""

PROVIDER_SECONDS = 8 * 3600
"""And after a login at a provider: whom the provider no longer knows is out after a working day at the latest."""

SEEN_SECONDS = 60
"""Between two notes that a session or a token is in use: not a write for every request."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as lists show it."""

    name: str
    role: Role
    scope: str
    created: int


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as lists show it; the secret is nowhere."""

    id: str
    kind: str
    name: str
    role: Role
    scope: str
    hosts: str
    relay: bool
    created: int
    expires: int | None
    used: int | None


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


class People:
    """Everybody who may read, and the tokens with which programs read and nodes enrol."""

    def __init__(self, database: Database, provider_seconds: float = PROVIDER_SECONDS) -> None:
        """`provider_seconds` bound the sessions of users whom only a provider vouches for."""
        self._database = database
        self._provider_seconds = provider_seconds

    def add_user(self, name: str, password: str, role: Role, scope: str) -> None:
        """A new user. Raises ValueError when the name is taken or the password no good."""
        kept = hash_password(password)
        try:
            self._database.change("INSERT INTO users VALUES (?, ?, ?, ?, ?)", name, kept, int(role), scope, now())
        except sqlite3.IntegrityError as error:
            raise ValueError(f"there is a user {name!r} already; to change the password: user passwd {name}") from error

    def set_password(self, name: str, password: str) -> bool:
        """Another password; the user's sessions end. False when there is no such user."""
        kept = hash_password(password)
        with self._database.transaction() as run:
            run.execute("DELETE FROM sessions WHERE user = ?", (name,))
            return run.execute("UPDATE users SET password = ? WHERE name = ?", (kept, name)).rowcount > 0

    def remove_user(self, name: str) -> bool:
        """Remove a user, with the sessions. False when there is none."""
        return self._database.change("DELETE FROM users WHERE name = ?", name) > 0

    def end_sessions(self, name: str) -> int | None:
        """End all sessions of a user; how many there were. None when there is no such user."""
        with self._database.transaction() as run:
            ended = run.execute("DELETE FROM sessions WHERE user = ?", (name,)).rowcount
            known = run.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone()
        return ended if known else None

    def users(self) -> list[UserRow]:
        """All users by name."""
        rows = self._database.rows("SELECT name, role, scope, created FROM users ORDER BY name")
        return [UserRow(name, Role(role), scope, made) for name, role, scope, made in rows]

    def log_in(self, name: str, password: str) -> str | None:
        """The secret of a new session, for the cookie; None when name or password are wrong. Takes 0.1 s of a core."""
        rows = self._database.rows("SELECT password FROM users WHERE name = ?", name)
        good = check_password(password, rows[0][0] if rows else NO_PASSWORD)
        if not rows or not good:
            return None
        with self._database.transaction() as run:
            return _new_session(run, name)

    def sign_on(self, name: str, role: Role | None) -> str | None:
        """The secret of a new session for somebody whom a provider has logged in; None when they have no role.

        A user that was added here has the role and scope that were given here. Others are made, without a password,
        and have the role that the provider's groups give them at each login.
        """
        with self._database.transaction() as run:
            found = run.execute("SELECT password FROM users WHERE name = ?", (name,)).fetchone()
            if found is None or found[0] == NO_PASSWORD:
                if role is None:
                    run.execute("DELETE FROM users WHERE name = ?", (name,))
                    return None
                insert = "INSERT INTO users VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role"
                run.execute(insert, (name, NO_PASSWORD, int(role), "", now()))
            return _new_session(run, name)

    def log_out(self, secret: str) -> None:
        """End a session."""
        self._database.change("DELETE FROM sessions WHERE secret = ?", _digest(secret))

    def by_session(self, secret: str, *, used: bool = True) -> Identity | None:
        """Who has this session, while it lives; without `used` looking does not keep it alive."""
        rows = self._database.rows(
            "SELECT user, password, role, scope, s.created, seen FROM sessions s JOIN users ON name = user "
            "WHERE secret = ?",
            _digest(secret),
        )
        if not rows:
            return None
        user, password, role, scope, created, seen = rows[0]
        moment = now()
        idle, age = moment - seen, moment - created
        longest = SESSION_SECONDS if password != NO_PASSWORD else min(self._provider_seconds, SESSION_SECONDS)
        if idle > SESSION_IDLE_SECONDS * SECOND or age > longest * SECOND:
            self.log_out(secret)
            return None
        if used and idle > SEEN_SECONDS * SECOND:
            self._database.change("UPDATE sessions SET seen = ? WHERE secret = ?", moment, _digest(secret))
        return Identity(f"user:{user}", Role(role), scope, by_cookie=True)

    def create_token(
        self,
        name: str,
        role: Role,
        scope: str = "",
        *,
        hosts: str = "*",
        relay: bool = False,
        seconds: float | None = None,
        authority: str = "",
    ) -> Token:
        """A new token. One with `authority` enrols a node whose name matches `hosts`; others are for programs."""
        token = new_token(ENROLMENT_TOKEN if authority else API_TOKEN, authority)
        expires = None if seconds is None else now() + int(seconds * SECOND)
        self._database.change(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            *(token.id, token.kind, token.kept, name, int(role), scope, hosts, int(relay), now(), expires),
        )
        return token

    def tokens(self) -> list[TokenRow]:
        """All tokens, the newest first."""
        return [
            _token_row(row)
            for row in self._database.rows(
                "SELECT id, kind, name, role, scope, hosts, relay, created, expires, used FROM tokens "
                "ORDER BY created DESC"
            )
        ]

    def revoke_token(self, id: str) -> bool:
        """Remove a token; what it opened is closed from the next request on. False when there is none."""
        return self._database.change("DELETE FROM tokens WHERE id = ?", id) > 0

    def find_token(self, token: Token) -> TokenRow | None:
        """What is known of a token that someone shows; None for a wrong, expired or revoked one."""
        rows = self._database.rows(
            "SELECT id, kind, name, role, scope, hosts, relay, created, expires, used, secret FROM tokens "
            "WHERE id = ? AND kind = ?",
            token.id,
            token.kind,
        )
        good = token.is_of(rows[0][-1] if rows else NO_TOKEN)
        if not rows or not good:
            return None
        row = _token_row(rows[0][:-1])
        moment = now()
        if row.expires is not None and moment >= row.expires:
            return None
        if row.used is None or moment - row.used > SEEN_SECONDS * SECOND:
            self._database.change("UPDATE tokens SET used = ? WHERE id = ?", moment, row.id)
        return row

    def by_token(self, token: Token) -> Identity | None:
        """Who shows this token to read or to send; enrolment tokens are nobody's."""
        row = self.find_token(token) if token.kind == API_TOKEN else None
        if row is None:
            return None
        binding = Binding("", row.hosts) if row.role is Role.SENDER and row.hosts != "*" else None
        return Identity(f"token:{row.name}", row.role, row.scope, binding)


def _new_session(run: sqlite3.Connection, name: str) -> str:
    secret = secrets.token_urlsafe(32)
    moment = now()
    run.execute("DELETE FROM sessions WHERE created < ?", (moment - SESSION_SECONDS * SECOND,))
    run.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_digest(secret), name, moment, moment))
    return secret


def _token_row(row: tuple[Any, ...]) -> TokenRow:
    id, kind, name, role, scope, hosts, relay, created, expires, used = row
    return TokenRow(id, kind, name, Role(role), scope, hosts, bool(relay), created, expires, used)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
