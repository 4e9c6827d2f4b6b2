"""Routes of the login by a provider: away to it, and back."""

import hmac
import logging

from aiohttp import web

from journalhub.access.guard import Guard
from journalhub.access.handlers import NO_STORE, answered, is_encrypted, start_session
from journalhub.access.sign_on import PENDING_SECONDS, Provider, SignOnError

log = logging.getLogger("journalhub.access")

PATH = "/login/oidc"
CALLBACK = PATH + "/callback"

STATE_COOKIE = "journalhub_login"
"""Holds the state of the login that this browser has begun: nobody can be logged in as somebody else by a link."""


class SignOnHandlers:
    """Over one guard and one provider."""

    def __init__(self, guard: Guard, provider: Provider | None) -> None:
        self._guard = guard
        self._provider = provider

    def add_to(self, app: web.Application) -> None:
        """Add the routes; without a provider they lead to the form."""
        app.router.add_get(PATH, answered(self.begin), allow_head=False)
        app.router.add_get(CALLBACK, answered(self.finish), allow_head=False)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the provider."""
        if self._provider is None:
            raise web.HTTPSeeOther("../login", headers=NO_STORE)
        try:
            where, state = await self._provider.begin()
        except SignOnError as error:
            log.warning("cannot begin a login: %s", error)
            raise web.HTTPSeeOther("../login?failed", headers=NO_STORE) from error
        away = web.HTTPSeeOther(where, headers=NO_STORE)
        # Lax: the provider sends the browser back from another site.
        away.set_cookie(
            STATE_COOKIE,
            state,
            max_age=int(PENDING_SECONDS),
            httponly=True,
            samesite="Lax",
            secure=is_encrypted(request),
            path="/",
        )
        raise away

    async def finish(self, request: web.Request) -> web.StreamResponse:
        """Take who comes back, and give them a session."""
        people = self._guard.people
        if self._provider is None or people is None:
            raise web.HTTPSeeOther("../../login", headers=NO_STORE)
        address = request.remote or ""
        self._guard.check_throttle(address)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        try:
            if not code or not hmac.compare_digest(state.encode(), request.cookies.get(STATE_COOKIE, "").encode()):
                raise SignOnError(
                    f"no login of this browser comes back: {request.query.get('error', 'no code')!r:.100}"
                )
            person = await self._provider.finish(state, code)
        except SignOnError as error:
            self._guard.throttle.fail(address)
            log.warning("a login has failed: %s", error)
            raise web.HTTPSeeOther("../../login?failed", headers=NO_STORE) from error
        secret = people.sign_on(person.name, person.role)
        if secret is None:
            log.warning("%r has logged in at the provider, and has no role here", person.name)
            raise web.HTTPSeeOther("../../login?norole", headers=NO_STORE)
        self._guard.throttle.succeed(address)
        answer = web.HTTPSeeOther("../../", headers=NO_STORE)
        start_session(request, answer, secret)
        answer.del_cookie(STATE_COOKIE, path="/")
        raise answer
