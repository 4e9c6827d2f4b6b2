"""The door in front of every route: who asks, whether they may, and what is noted about it."""

import ipaddress
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from cryptography import x509

from journalhub.access.admission import ADMISSION, Admission
from journalhub.access.audit import Audit
from journalhub.access.authority import fingerprint
from journalhub.access.people import People
from journalhub.access.roles import ANYBODY, Identity, Role
from journalhub.access.rules import needed_role
from journalhub.access.secrets import bearer, parse_token
from journalhub.access.senders import Senders, Shown
from journalhub.access.shares import Shares
from journalhub.access.throttle import Throttle

IDENTITY = web.RequestKey("journalhub_identity", Identity)
"""Key of the request under which handlers find who asks."""

ENTRIES = web.RequestKey("journalhub_entries", int)
"""Key of the request under which handlers note how many entries the answer holds."""

COOKIE = "journalhub"

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class DeniedError(Exception):
    """A request that may not be; the message says why and what to do."""

    def __init__(self, status: int, what: str, do: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.do = do
        self.retry_after = retry_after
        self.who = "nobody"
        """Who was denied it, as far as that is known."""


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """A reverse proxy that has logged people in says who they are in a header."""

    name: str
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    """Only requests from these addresses are believed."""
    role: Role


class Guard:
    """Decides about requests. Without `people` authentication is off, and everybody is an admin."""

    def __init__(
        self,
        people: People | None,
        senders: Senders | None,
        audit: Audit | None,
        *,
        authority_pem: bytes | None = None,
        proxy: ProxyHeader | None = None,
        readers: Shares | None = None,
        sending: Shares | None = None,
    ) -> None:
        """`readers` and `sending` bound what each of them may ask for; without, nothing does."""
        self.people = people
        self.senders = senders
        self.audit = audit
        self.throttle = Throttle()
        self._proxy = proxy
        self._readers, self._sending = readers, sending
        self._issuer = None if authority_pem is None else x509.load_pem_x509_certificate(authority_pem).subject
        self.refused = 0
        """Requests refused since the start."""

    async def admit(self, request: web.Request) -> Identity:
        """Who asks, noted in the request. Raises DeniedError when they may not."""
        request[IDENTITY] = _NOBODY  # until it is known
        resource = request.match_info.route.resource
        needed = needed_role(request.method, resource.canonical) if resource is not None else Role.NOBODY
        if needed is None:
            needed = Role.ADMIN  # a route that was forgotten in the table is closed rather than open
        identity = ANYBODY if self.people is None else self._identify(request) or _NOBODY
        if not identity.role.allows(needed):
            self.refused += 1
            denied = self._denied(identity, needed)
            denied.who = identity.name
            raise denied
        if identity.by_cookie and request.method not in _SAFE_METHODS:
            check_same_origin(request)
        request[IDENTITY] = identity
        shown, cookie = request.headers.get("Authorization"), request.cookies.get(COOKIE)
        request[ADMISSION] = Admission(lambda: self._is_still(identity, shown, cookie))
        return identity

    @property
    def middleware(self) -> Middleware:
        """Lets pass what `admit` lets pass; belongs inside the one that makes answers of errors."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = time.monotonic()
            try:
                identity = await self.admit(request)
            except DeniedError as denied:
                self._note(request, None, denied.status, started, denied.who)
                return denied_answer(request, denied)
            try:
                with self._share(identity):
                    response = await handler(request)
            except DeniedError as denied:
                self._note(request, identity, denied.status, started)
                return denied_answer(request, denied)
            except web.HTTPException as error:
                self._note(request, identity, error.status, started)
                raise
            self._note(request, identity, response.status, started)
            return response

        return guard

    @contextmanager
    def _share(self, identity: Identity) -> Iterator[None]:
        """One of the requests that somebody who is known may have under way. Raises DeniedError (429)."""
        shares = self._sending if identity.role is Role.SENDER else self._readers
        if shares is None or identity.role < Role.SENDER:
            yield
            return
        wait = shares.begin(identity.name)
        if wait:
            self.refused += 1
            what = f"{identity.name} asks for more at once, or more often, than one may"
            raise DeniedError(429, what, f"wait {math.ceil(wait)} s", retry_after=wait)
        try:
            yield
        finally:
            shares.end(identity.name)

    def _identify(self, request: web.Request) -> Identity | None:
        """Who asks; None for nobody. Raises DeniedError for wrong proof, which is not the same as none."""
        assert self.people is not None
        address = request.remote or ""
        shown = request.headers.get("Authorization")
        if shown is not None:
            token = parse_token(bearer(shown))
            identity = None if token is None else self.people.by_token(token)
            if identity is None:
                # A right token passes even then: a program with an old one must not lock out its neighbours.
                self.check_throttle(address)
                self.throttle.fail(address)
                raise DeniedError(401, "the token is wrong, expired or revoked", "ask an administrator for one")
            return identity
        if (cookie := request.cookies.get(COOKIE)) and (found := self.people.by_session(cookie)):
            return found
        return self._by_proxy(request, address) or self._by_certificate(request)

    def _is_still(self, identity: Identity, shown: str | None, cookie: str | None) -> bool:
        """Whether the token or session that was shown is still good, for the same role and scope."""
        people = self.people
        if people is None:
            return True
        if shown is not None:
            token = parse_token(bearer(shown))
            return token is not None and people.by_token(token) == identity
        if identity.name.startswith("user:"):
            return cookie is not None and people.by_session(cookie, used=False) == identity
        return True  # a proxy's word and a certificate hold for the connection

    def _by_proxy(self, request: web.Request, address: str) -> Identity | None:
        """Who a trusted proxy says it is: with role and scope of the user of that name, where there is one."""
        proxy = self._proxy
        if proxy is None or self.people is None or not any(_within(address, network) for network in proxy.proxies):
            return None
        name = request.headers.get(proxy.name)
        if not name:
            return None
        known = {user.name: user for user in self.people.users()}.get(name)
        role, scope = (known.role, known.scope) if known else (proxy.role, "")
        return Identity(f"proxy:{name[:128]}", role, scope, by_cookie=True)

    def _by_certificate(self, request: web.Request) -> Identity | None:
        connection = request.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection is not None else None
        if der is None or self.senders is None:
            return None
        identity = self.senders.by_certificate(self.shown(der))
        if identity is None:
            raise DeniedError(403, "this node's certificate was revoked or is not known", "enrol the node anew")
        return identity

    def shown(self, der: bytes) -> Shown:
        """What a certificate says."""
        certificate = x509.load_der_x509_certificate(der)
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            hosts = tuple(names.get_values_for_type(x509.DNSName))
        except x509.ExtensionNotFound:
            hosts = ()
        if not hosts:
            common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            hosts = tuple(str(attribute.value) for attribute in common)
        return Shown(fingerprint(certificate), hosts, certificate.issuer == self._issuer)

    def check_throttle(self, *keys: str) -> None:
        """Raise DeniedError (429) while attempts with these keys are not looked at."""
        wait = self.throttle.wait(*keys)
        if wait > 0:
            raise DeniedError(429, "too many wrong attempts", f"wait {wait:.0f} s", retry_after=wait)

    def _denied(self, identity: Identity, needed: Role) -> DeniedError:
        if identity is _NOBODY:
            if needed is Role.SENDER:
                how = "send with a node's certificate (journalhub shipper enroll) or a sender's token"
            else:
                how = "log in, or send Authorization: Bearer TOKEN (journalhub token create makes one)"
            return DeniedError(401, "this needs to know who asks", how)
        what = f"{identity.name} is {identity.role.word}; this needs {needed.word}"
        return DeniedError(403, what, "ask an administrator")

    def _note(
        self, request: web.Request, identity: Identity | None, status: int, started: float, denied: str = ""
    ) -> None:
        """Enter reads, and whatever was refused, into the audit trail; what senders send is in the ledger."""
        if self.audit is None:
            return
        if identity is not None and (identity.role < Role.READER or _is_public(request)):
            return
        self.audit.note(
            who=identity.name if identity else denied,
            address=request.remote or "",
            method=request.method,
            path=request.path,
            query=request.rel_url.raw_query_string,
            status=status,
            entries=request.get(ENTRIES),
            milliseconds=(time.monotonic() - started) * 1000,
        )


_NOBODY = Identity("nobody", Role.NOBODY)


def identity_of(request: web.Request) -> Identity:
    """Who asks, as the guard found; everybody where there is no guard."""
    identity: Identity = request.get(IDENTITY, ANYBODY)
    return identity


def check_same_origin(request: web.Request) -> None:
    """Raise DeniedError (403) for a request that another site makes a browser send."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site in ("same-origin", "none"):
        return
    if site is None and origin is not None and urlsplit(origin).netloc == request.host:
        return
    raise DeniedError(403, "the request comes from another site", "use the hub's own page")


def denied_answer(request: web.Request, denied: DeniedError) -> web.Response:
    """The answer: plain text where the stock programs show it to their users, else as docs/api.md has it."""
    headers = {"Cache-Control": "no-store"}
    if denied.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="journalhub"'
    if denied.retry_after is not None:
        headers["Retry-After"] = str(int(denied.retry_after) + 1)
    if request.path.startswith("/api/"):
        error = {"what": denied.what, "where": "authorization", "do": denied.do}
        response: web.Response = web.json_response({"error": error}, status=denied.status, headers=headers)
    else:
        response = web.Response(text=f"{denied.what}; {denied.do}\n", status=denied.status, headers=headers)
    if request.body_exists and not request.content.is_eof():
        response.force_close()
    return response


def _within(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _is_public(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is None or needed_role(request.method, resource.canonical) is Role.NOBODY
