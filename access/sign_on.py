"""Login by an OpenID Connect provider: the authorization code flow with PKCE, and what is believed of its answer.

OpenID Connect Core 1.0, section 3.1; RFC 7636. Signatures are joserfc's to check.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from journalhub.access.places import is_safe
from journalhub.access.roles import Role

SECONDS = 10
"""For an answer of the provider."""

ANSWER_MAX = 1024 * 1024
"""Bytes of one: keys and tokens are a few thousand."""

KEPT_SECONDS = 3600.0
"""How long the provider's addresses and keys are believed."""

KEYS_SECONDS = 60.0
"""Between two looks for a key that is not known: forged tokens must not make us call without end."""

LEEWAY_SECONDS = 60
"""Between the two clocks."""

PENDING_SECONDS = 600.0
"""For somebody to log in at the provider."""

PENDING_MAX = 1000
"""Logins that have begun; the oldest go first."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Of signatures that are believed: none with a shared secret, and never `none`."""

NAME_MAX = 128
"""Characters of a name."""


class SignOnError(Exception):
    """The login has failed; the message is for the log."""


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    """Which provider, and what its people may."""

    issuer: str
    client_id: str
    client_secret: str
    callback: str
    """The hub's own address, to which the provider sends people back."""
    user_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By value of `role_claim`; of several the highest counts."""
    default_role: Role | None = None
    """Of people without such a value; None: they may not log in, unless the hub has a user of that name."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that has begun."""

    nonce: str
    verifier: str
    began: float


@dataclass(frozen=True, slots=True)
class Person:
    """Who has logged in."""

    name: str
    role: Role | None


class Provider:
    """One provider, asked over HTTP when somebody logs in. Raises SignOnError."""

    def __init__(self, settings: SignOnSettings) -> None:
        self.settings = settings
        self._pending: dict[str, Pending] = {}
        self._addresses: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched = self._fetched_keys = float("-inf")

    async def begin(self) -> tuple[str, str]:
        """Where to send a browser, and the state that it has to bring back."""
        addresses = await self._discover()
        state, pending = secrets.token_urlsafe(24), _pending()
        self._forget_old()
        self._pending[state] = pending
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.settings.client_id,
                "redirect_uri": self.settings.callback,
                "scope": "openid profile email",
                "state": state,
                "nonce": pending.nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        where = addresses["authorization_endpoint"]
        return f"{where}{'&' if '?' in where else '?'}{query}", state

    async def finish(self, state: str, code: str) -> Person:
        """Who brings this code back. A state is good once."""
        pending = self._pending.pop(state, None)
        if pending is None or time.monotonic() - pending.began > PENDING_SECONDS:
            raise SignOnError("the login was not begun here, or too long ago")
        addresses = await self._discover()
        answer = await self._post(
            addresses["token_endpoint"],
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.settings.callback,
                "code_verifier": pending.verifier,
            },
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignOnError("the provider gave no id_token")
        try:
            claims = check_token(token, await self._key_set(), self.settings, pending.nonce, time.time())
        except UnknownKeyError:
            claims = check_token(token, await self._key_set(anew=True), self.settings, pending.nonce, time.time())
        return person_of(claims, self.settings)

    def _forget_old(self) -> None:
        now = time.monotonic()
        self._pending = {key: one for key, one in self._pending.items() if now - one.began <= PENDING_SECONDS}
        while len(self._pending) >= PENDING_MAX:
            del self._pending[next(iter(self._pending))]

    async def _discover(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0, section 4."""
        if time.monotonic() - self._fetched > KEPT_SECONDS:
            found = await _get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.settings.issuer:
                raise SignOnError(f"the provider says that it is {found.get('issuer')!r:.200}, not --oidc-issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(found.get(name), str) or not is_safe(found[name]):
                    raise SignOnError(f"the provider's {name} is {found.get(name)!r:.200}; want https://…")
            self._addresses, self._fetched = found, time.monotonic()
        return self._addresses

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        age = time.monotonic() - self._fetched_keys
        if self._keys is None or age > (KEYS_SECONDS if anew else KEPT_SECONDS):
            found = await _get((await self._discover())["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise SignOnError(f"the provider's keys cannot be read: {error}") from error
            self._fetched_keys = time.monotonic()
        return self._keys

    async def _post(self, url: str, form: dict[str, str]) -> dict[str, Any]:
        """At the token endpoint, as the client that we are (client_secret_basic, RFC 6749 section 2.3.1)."""
        own = aiohttp.BasicAuth(*map(quote_plus, (self.settings.client_id, self.settings.client_secret)))
        return await _request("POST", url, data=form, auth=own)


class UnknownKeyError(SignOnError):
    """The token names a key that is not among those that are known."""


def check_token(token: str, keys: KeySet, settings: SignOnSettings, nonce: str, now: float) -> dict[str, Any]:
    """The claims of an ID token that is for us, for this login, and signed by the provider. Raises SignOnError.

    OpenID Connect Core 1.0, section 3.1.3.7.
    """
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(decoded.claims)
    except JoseError as error:
        raise SignOnError(f"the id_token is not to be believed: {error}") from error
    except ValueError as error:  # joserfc's word for a key that is not in the set
        raise UnknownKeyError(f"the id_token is not to be believed: {error}") from error
    claims = dict(decoded.claims)
    if claims.get("azp", settings.client_id) != settings.client_id:
        raise SignOnError("the id_token is for another client")
    return claims


def person_of(claims: Mapping[str, Any], settings: SignOnSettings) -> Person:
    """Name and role, as the settings read the claims. Raises SignOnError."""
    name = claims.get(settings.user_claim)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
        raise SignOnError(f"the id_token has no name in {settings.user_claim!r}; see --oidc-user-claim")
    if settings.user_claim == "email" and claims.get("email_verified") is not True:
        raise SignOnError("the provider has not verified the mail address")
    values = claims.get(settings.role_claim)
    groups = [values] if isinstance(values, str) else values if isinstance(values, list) else []
    roles = [settings.roles[group] for group in groups if isinstance(group, str) and group in settings.roles]
    return Person(name, max(roles, default=settings.default_role) if roles else settings.default_role)


async def _get(url: str) -> dict[str, Any]:
    return await _request("GET", url)


async def _request(method: str, url: str, **options: Any) -> dict[str, Any]:
    """The JSON object that the provider answers; redirects are not followed."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, url, allow_redirects=False, **options) as answer,
        ):
            body = await answer.content.read(ANSWER_MAX)
            while len(body) < ANSWER_MAX and (more := await answer.content.read(ANSWER_MAX - len(body))):
                body += more
            if answer.status != 200:
                raise SignOnError(f"{url} answered {answer.status}: {body[:200]!r}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SignOnError(f"cannot reach the provider at {url}: {str(error) or type(error).__name__}") from error
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignOnError(f"{url} answered something else than JSON") from error
    if not isinstance(document, dict):
        raise SignOnError(f"{url} answered something else than an object")
    return document


def _pending() -> Pending:
    return Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(48), time.monotonic())
