"""The read API of systemd-journal-gatewayd, over the entries of all hosts: docs/gatewayd.md."""

from aiohttp import web

from journalhub.query.api.answers import COMMON_HEADERS
from journalhub.query.api.service import Service
from journalhub.query.gatewayd.answers import SaidError, answered
from journalhub.query.gatewayd.entries import entries_handler
from journalhub.query.gatewayd.fields import fields_handler
from journalhub.query.gatewayd.machines import boots_handler, machine_handler

PAGE = "./"
"""Where /browse leads: the page, also where a proxy serves the collector under a prefix."""


def add_routes(app: web.Application, service: Service) -> None:
    """Serve /entries, /fields/NAME, /machine, /boots and /browse, with the threads and the bounds of `service`."""
    for path, handler in (
        ("/entries", entries_handler(service)),
        ("/fields", answered(_not_found)),
        ("/fields/{name:.*}", fields_handler(service)),
        ("/machine", machine_handler(service)),
        ("/boots", boots_handler(service)),
        ("/browse", answered(_browse)),
    ):
        app.router.add_route("*", path, handler)


async def _not_found(request: web.Request) -> web.Response:
    raise SaidError("Not found.", 404)


async def _browse(request: web.Request) -> web.Response:
    return web.Response(status=302, headers=COMMON_HEADERS | {"Location": PAGE})
