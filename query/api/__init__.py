"""The HTTP API over a store: docs/api.md."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from journalhub.journal.catalog_files import DIRECTORIES
from journalhub.query.api.answers import COMMON_HEADERS, JSON
from journalhub.query.api.asked import Sources
from journalhub.query.api.catalog import Catalogs
from journalhub.query.api.endpoints import ENDPOINTS, EXPORT, PREFIX, TAIL
from journalhub.query.api.openapi import document_bytes
from journalhub.query.api.service import Service, answered
from journalhub.store.contract import Store


def add_routes(
    app: web.Application,
    *,
    store: Store,
    nodes: Callable[[], list[dict[str, Any]]],
    status: Callable[[], dict[str, Any]],
    deadline: float,
    catalogs: Sequence[Path] = DIRECTORIES,
) -> Service:
    """Serve every GET path of docs/api.md under /api/v1/, but /api/v1/resume, from `store`.

    What is returned is for other faces of the same store, which share its threads and bounds.

    `nodes` and `status` are called from threads. `deadline` is what a query may take, in seconds. `catalogs` are
    directories of message catalogs. The app's startup
    and shutdown begin and end the work; close the store after the app's cleanup.
    """
    service = Service(Sources(store, nodes, status, deadline, Catalogs(catalogs).texts))
    app.on_startup.append(service.start)
    app.on_shutdown.append(service.stop)
    app.on_cleanup.append(service.close)
    for endpoint in ENDPOINTS:
        app.router.add_get(PREFIX + endpoint.path, service.query(endpoint), allow_head=False)
    app.router.add_get(PREFIX + TAIL.path, service.tail(), allow_head=False)
    app.router.add_get(PREFIX + EXPORT.path, service.export(), allow_head=False)
    app.router.add_get(PREFIX + "openapi.json", answered(_openapi), allow_head=False)
    return service


async def _openapi(request: web.Request) -> web.Response:
    return web.Response(body=document_bytes(), content_type=JSON, headers=COMMON_HEADERS)
