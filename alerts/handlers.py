"""The API of the alerts: rules with what fires, entered, removed, tried."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from journalhub.access.guard import DeniedError, identity_of
from journalhub.access.handlers import NO_STORE, BadRequestError, answered, read_json
from journalhub.alerts import messages
from journalhub.alerts.keeper import Keeper, now
from journalhub.alerts.rule import Rule, RuleError, parse_rule
from journalhub.query.plan.reader import why_no_scope

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PATH = "/api/v1/alerts"


class AlertHandlers:
    """Over one keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._book = keeper.book

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(PATH, answered(self.list), allow_head=False)
        app.router.add_put(PATH + "/{name}", answered(self.put))
        app.router.add_delete(PATH + "/{name}", answered(self.remove))
        app.router.add_post(PATH + "/{name}/test", answered(self.test))

    async def list(self, request: web.Request) -> web.StreamResponse:
        """All rules, with what fires for each."""
        _check(request)
        return web.json_response(await asyncio.to_thread(self._all), headers=NO_STORE)

    def _all(self) -> dict[str, Any]:
        rules = [
            rule.document()
            | {
                "firing": firing_of(self._book.firing(rule.name)),
                "told": self._keeper.courier.history.of(rule.name),
                "trouble": self._keeper.trouble.get(rule.name),
            }
            for rule in self._book.rules()
        ]
        return {"alerts": rules, "waiting": len(self._book.waiting())}

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Enter a rule, or another one for its name."""
        _check(request)
        document = await read_json(request)
        name = request.match_info["name"]
        try:
            rule = parse_rule(name, document, why_no_scope)
            if document.get("name", name) != name:
                raise RuleError("the name in the body is not the one in the path", "name")
            await asyncio.to_thread(self._book.put, rule)
        except RuleError as error:
            raise BadRequestError(str(error), "see docs/alerts.md", error.where) from error
        self._keeper.look_soon()
        return web.json_response(rule.document(), headers=NO_STORE)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """Remove a rule; what fires for it is not resolved, it is forgotten."""
        _check(request)
        await asyncio.to_thread(self._book.remove, self._known(request).name)
        return web.json_response({"removed": request.match_info["name"]}, headers=NO_STORE)

    async def test(self, request: web.Request) -> web.StreamResponse:
        """Tell the receivers of a rule that it can be heard."""
        _check(request)
        rule = self._known(request)
        for target in rule.notify:
            await asyncio.to_thread(self._book.wait, target, messages.trial(rule, now()))
        return web.json_response({"notified": list(rule.notify)}, headers=NO_STORE)

    def _known(self, request: web.Request) -> Rule:
        name = request.match_info["name"]
        for rule in self._book.rules():
            if rule.name == name:
                return rule
        raise DeniedError(404, f"there is no rule {name[:80]!r}", f"GET {PATH} lists them")


def firing_of(firing: Any) -> list[dict[str, Any]]:
    """What fires, as docs/alerts.md has it, without entries."""
    return [
        {"since": one.since, **{key: value for key, value in asdict(one.found).items() if key != "sample"}}
        for one in firing.values()
    ]


def _check(request: web.Request) -> None:
    """Rules look at everything: who sees less may neither read nor make them. Raises DeniedError."""
    identity = identity_of(request)
    if identity.scope:
        raise DeniedError(
            403, f"{identity.name} sees a part only, and alerts look at everything", "ask an administrator"
        )
