"""Routes of the access room: enrolment and renewal of senders, login and logout, who one is, the audit trail."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from journalhub.access.authority import Authority, AuthorityError, Issued
from journalhub.access.guard import COOKIE, DeniedError, Guard, check_same_origin, denied_answer, identity_of
from journalhub.access.people import SESSION_SECONDS
from journalhub.access.secrets import ENROLMENT_TOKEN, PASSWORD_MAX, parse_token

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_MAX = 16 * 1024
"""Bytes of the body of a login or an enrolment: a signing request has about 500."""

BODY_SECONDS = 15.0
"""For such a body to arrive: whoever may log in has not said yet who they are, and must not keep a place."""

LOGINS_AT_ONCE = 2
"""Passwords that are checked at the same time: each takes 32 MiB and a core for 0.1 s."""

AUDIT_LIMIT = 100
AUDIT_MOST = 1000
"""Records of one answer."""

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class BadRequestError(Exception):
    """A request that cannot be read; the message says why, `do` what to do."""

    def __init__(self, what: str, do: str, where: str) -> None:
        super().__init__(what)
        self.document = {"error": {"what": what, "where": where, "do": do}}


class AccessHandlers:
    """The handlers over one guard and, where there is one, the hub's own authority."""

    def __init__(self, guard: Guard, authority: Authority | None) -> None:
        self._guard = guard
        self._authority = authority
        self._logins = asyncio.Semaphore(LOGINS_AT_ONCE)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/authority", answered(self.authority), allow_head=False)
        app.router.add_post("/api/v1/enroll", answered(self.enrol))
        app.router.add_post("/api/v1/renew", answered(self.renew))
        app.router.add_get("/api/v1/whoami", answered(self.whoami), allow_head=False)
        app.router.add_get("/api/v1/audit", answered(self.audit), allow_head=False)
        app.router.add_post("/login", answered(self.log_in))
        app.router.add_post("/logout", answered(self.log_out))

    async def authority(self, request: web.Request) -> web.StreamResponse:
        """The certificate of the hub's own authority; a node checks its fingerprint before it believes it."""
        return web.Response(body=self._own().pem, content_type="application/x-pem-file", headers=NO_STORE)

    async def enrol(self, request: web.Request) -> web.StreamResponse:
        """A certificate for a node that shows an enrolment token."""
        people, senders = self._guard.people, self._guard.senders
        if people is None or senders is None:
            raise BadRequestError("authentication is off here", "start the collector with --auth on", "authorization")
        address = request.remote or ""
        self._guard.check_throttle(address)
        body = await read_json(request)
        token = parse_token(_text(body, "token"))
        row = people.find_token(token) if token is not None and token.kind == ENROLMENT_TOKEN else None
        if row is None:
            self._guard.throttle.fail(address)
            raise DeniedError(403, "the enrolment token is wrong, expired or revoked", "make another on the hub")
        request_pem, hostname = _text(body, "request").encode(), _text(body, "hostname")
        machine_id = _text(body, "machine_id")
        return self._issued(lambda own: senders.enrol(own, row, request_pem, hostname, machine_id))

    async def renew(self, request: web.Request) -> web.StreamResponse:
        """Another certificate for the node that shows its present one."""
        senders = self._guard.senders
        connection = request.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection is not None else None
        if senders is None or der is None:
            raise DeniedError(403, "only a node's own certificate can be renewed", "show it, or enrol the node")
        body = await read_json(request)
        request_pem = _text(body, "request").encode()
        held = self._guard.shown(der).fingerprint
        return self._issued(lambda own: senders.renew(own, held, request_pem))

    async def whoami(self, request: web.Request) -> web.StreamResponse:
        """Who asks, and what they may."""
        identity = identity_of(request)
        return web.json_response(
            {
                "name": identity.name,
                "role": identity.role.word,
                "scope": identity.scope or None,
                "authentication": self._guard.people is not None,
            },
            headers=NO_STORE,
        )

    async def audit(self, request: web.Request) -> web.StreamResponse:
        """The audit trail, the newest first."""
        trail = self._guard.audit
        query = request.query
        known = {"since", "until", "who", "text", "limit", "before"}
        for name in query:
            if name not in known:
                raise BadRequestError(f"unknown parameter {name[:80]!r}", f"known are {', '.join(sorted(known))}", name)
        limit = _number(query, "limit", AUDIT_LIMIT)
        if not 1 <= limit <= AUDIT_MOST:
            raise BadRequestError(f"limit is {limit}; want 1 to {AUDIT_MOST}", "page with before=", "limit")
        wanted: dict[str, Any] = {
            "since": _number(query, "since", 0),
            "until": _number(query, "until", 2**63 - 1),
            "who": query.get("who"),
            "text": query.get("text"),
            "limit": limit,
            "before": _number(query, "before", None) if "before" in query else None,
        }
        if trail is None:
            return web.json_response({"records": []}, headers=NO_STORE)
        await asyncio.to_thread(trail.flush)
        records = await asyncio.to_thread(lambda: trail.search(**wanted))
        return web.json_response({"records": [asdict(record) for record in records]}, headers=NO_STORE)

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """A session for a browser, from the form of the page."""
        people = self._guard.people
        check_same_origin(request)
        if people is None:
            raise _to("./")
        body = await _read(request)
        fields = _form(body)
        name, password = fields.get("user", "")[:256], fields.get("password", "")[:PASSWORD_MAX]
        keys = (request.remote or "", f"user:{name}")
        self._guard.check_throttle(*keys)
        async with self._logins:
            secret = await asyncio.to_thread(people.log_in, name, password)
        if secret is None:
            self._guard.throttle.fail(*keys)
            raise _to("login?wrong")
        self._guard.throttle.succeed(*keys)
        answer = _to("./")
        start_session(request, answer, secret)
        raise answer

    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """End the session of this browser."""
        check_same_origin(request)
        cookie = request.cookies.get(COOKIE)
        if cookie and self._guard.people is not None:
            self._guard.people.log_out(cookie)
        answer = _to("login")
        answer.del_cookie(COOKIE, path="/")
        raise answer

    def _own(self) -> Authority:
        if self._authority is None:
            raise BadRequestError("this hub has no authority of its own", "run `journalhub ca init` on it", "authority")
        return self._authority

    def _issued(self, issue: Callable[[Authority], Issued]) -> web.Response:
        own = self._own()
        try:
            issued = issue(own)
        except AuthorityError as error:
            raise BadRequestError(str(error), "see journalhub shipper enroll --help", "request") from error
        return web.json_response(
            {
                "certificate": issued.pem.decode(),
                "authority": own.pem.decode(),
                "expires": issued.expires,
            },
            headers=NO_STORE,
        )


def answered(handler: Handler) -> Handler:
    """`handler`, with its errors made answers."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except DeniedError as denied:
            return denied_answer(request, denied)
        except BadRequestError as error:
            return web.json_response(error.document, status=400, headers=NO_STORE)

    return handle


def start_session(request: web.Request, answer: web.HTTPException, secret: str) -> None:
    """Give the browser the cookie of its session."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="Strict",
        secure=is_encrypted(request),
        path="/",
    )


def is_encrypted(request: web.Request) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy in front."""
    return request.get_extra_info("ssl_object") is not None or request.headers.get("X-Forwarded-Proto") == "https"


async def read_json(request: web.Request) -> dict[str, Any]:
    """The object in the body. Raises BadRequestError."""
    body = await _read(request)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body is not JSON: {error}", "send an object", "body") from error
    if not isinstance(document, dict):
        raise BadRequestError("the body is not a JSON object", "send an object", "body")
    return document


async def _read(request: web.Request) -> bytes:
    """The body, which is small and must come soon. Raises BadRequestError or DeniedError (408)."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.content.read(BODY_MAX + 1)
            while len(body) <= BODY_MAX and not request.content.at_eof():
                body += await request.content.read(BODY_MAX + 1 - len(body))
    except TimeoutError as error:
        raise DeniedError(408, f"the body has not come within {BODY_SECONDS:g} s", "send it at once") from error
    if len(body) > BODY_MAX:
        raise BadRequestError(f"the body is larger than {BODY_MAX} bytes", "send less", "body")
    return body


def _form(body: bytes) -> dict[str, str]:
    from urllib.parse import parse_qsl

    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
    except ValueError as error:
        raise BadRequestError(f"the form cannot be read: {error}", "use the page", "body") from error


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequestError(f"{name} is missing or no text", "see docs/api.md", name)
    return value


def _number(query: Any, name: str, default: Any) -> Any:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequestError(f"{name} is {text[:40]!r}; want a whole number", "see docs/api.md", name)
    return int(text)


def _to(place: str) -> web.HTTPSeeOther:
    """A redirect, relative so that it holds under any path prefix; always to a place of ours."""
    return web.HTTPSeeOther(place, headers=NO_STORE)
