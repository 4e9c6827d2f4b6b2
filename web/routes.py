"""Serves the page and its assets. Everything the page asks for is relative, so it works under any path prefix."""

import html
import mimetypes
import re
from pathlib import Path

from aiohttp import web

from journalhub.web import login

STATIC = Path(__file__).resolve().parent / "static"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""Log text is written by attackers: should it ever become markup, nothing in it may run, load or send."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer of the port, the API's too: an export opened in a browser is log text as well."""

BUILD_COMMAND = "python hatch_build.py"

_ASSET_NAME = re.compile(r"[A-Za-z0-9_]+-[A-Z0-9]+\.(?:js|css|svg|txt)")
_FOR_EVER = "public, max-age=31536000, immutable"
_STATIC_KEY = web.AppKey("web_static", Path)


def add_routes(app: web.Application, static: Path = STATIC, *, sign_on: bool = False) -> None:
    """Add `GET /`, `GET /assets/{name}`, and the security headers to `app`.

    `static` is what `web/frontend/build.mjs` made. When it is missing, `/` answers 503 with the command that makes it.
    With `sign_on` people may log in at a provider.
    """
    app[_STATIC_KEY] = static
    app.router.add_get("/", _index)
    app.router.add_get("/assets/{name}", _asset)
    login.add_routes(app, sign_on=sign_on)
    app.on_response_prepare.append(_secure)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


async def _index(request: web.Request) -> web.StreamResponse:
    page = request.app[_STATIC_KEY] / "index.html"
    if not page.is_file():
        return web.Response(status=503, text=_not_built(page), content_type="text/html")
    return web.FileResponse(page, headers={"Cache-Control": "no-cache"})


async def _asset(request: web.Request) -> web.StreamResponse:
    """An asset; aiohttp picks the .br or .gz beside it. Its name holds the hash of its content: kept for ever."""
    name = request.match_info["name"]
    path = request.app[_STATIC_KEY] / "assets" / name
    if not _ASSET_NAME.fullmatch(name) or not path.is_file():
        raise web.HTTPNotFound(text=f"no asset {name[:80]!r}; reload the page, it may be of an older version\n")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return web.FileResponse(path, headers={"Cache-Control": _FOR_EVER, "Content-Type": kind})


def _not_built(page: Path) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Journalhub: page not built</title>"
        "<h1>The web page has not been built</h1>"
        f"<p>cannot serve the page: {html.escape(str(page))} does not exist. In the checkout, run:</p>"
        f"<pre>{html.escape(BUILD_COMMAND)}</pre>"
        "<p>The API under <code>api/v1/</code> and <code>jhctl</code> work without it.</p></html>"
    )
