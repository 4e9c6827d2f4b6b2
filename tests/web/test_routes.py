"""What the server sends a browser: the page, its assets, and the headers that keep log text harmless."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from journalhub.web.routes import STATIC, add_routes

Client = TestClient[web.Request, web.Application]


def with_client(use: Callable[[Client], Awaitable[None]], static: Path = STATIC) -> None:
    """Run `use` with a client of an app that has only the page, and one more route."""

    async def run() -> None:
        app = web.Application()
        add_routes(app, static)

        async def other(_request: web.Request) -> web.Response:
            return web.Response(text="<script>", content_type="text/plain")

        app.router.add_get("/api/v1/export", other)
        session = aiohttp.TCPConnector()
        async with TestClient(TestServer(app), connector=session, auto_decompress=False) as client:
            await use(client)

    asyncio.run(run())


def test_the_policy_is_strict() -> None:
    """The page may run, load and send only what comes from this server."""

    async def use(client: Client) -> None:
        answer = await client.get("/")
        assert 200 == answer.status
        assert "text/html" == answer.content_type
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
        )
        assert "no-cache" == answer.headers["Cache-Control"]

    with_client(use)


def test_every_answer_of_the_port_is_guarded() -> None:
    """Other routes get the same headers: an export opened in a browser is log text too."""

    async def use(client: Client) -> None:
        for path in ("/", "/api/v1/export", "/no/such/path"):
            headers = (await client.get(path)).headers
            assert "nosniff" == headers["X-Content-Type-Options"], path
            assert "DENY" == headers["X-Frame-Options"], path
            assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path

    with_client(use)


def test_the_page_refers_only_to_its_assets() -> None:
    """All references are relative, exist, and nothing is inline."""
    page = (STATIC / "index.html").read_text()
    references = re.findall(r'(?:href|src|data-licences)="([^"]*)"', page)

    assert ["./", *(f"assets/{name}" for name in sorted(_assets()))] == sorted(references)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son\w+=|style=|https?:", page)


def _assets() -> set[str]:
    return {path.name for path in (STATIC / "assets").iterdir() if path.suffix not in (".br", ".gz")}


def test_assets_are_compressed_and_kept() -> None:
    """Assets come as .br or .gz where the browser takes it, whole where not, and may be kept for ever."""

    async def use(client: Client) -> None:
        kinds = {".js": "javascript", ".css": "css", ".svg": "svg", ".txt": "plain"}
        for name in _assets():
            whole = (STATIC / "assets" / name).read_bytes()
            for accepted in ("br", "gzip", "identity"):
                answer = await client.get(f"/assets/{name}", headers={"Accept-Encoding": accepted})
                assert 200 == answer.status
                assert answer.headers.get("Content-Encoding", "identity") == accepted
                assert kinds[Path(name).suffix] in answer.content_type
                assert "public, max-age=31536000, immutable" == answer.headers["Cache-Control"]
                if accepted == "identity":
                    assert whole == await answer.read()

    with_client(use)


def test_only_assets_are_served() -> None:
    """No other file of the server can be asked for."""

    async def use(client: Client) -> None:
        for name in ("../index.html", "..%2findex.html", "%2e%2e/routes.py", "main.js", ".sources.sha256", "a-B.js"):
            assert 404 == (await client.get(f"/assets/{name}")).status, name

    with_client(use)


def test_a_page_that_was_not_built_says_how(tmp_path: Path) -> None:
    """Without the built page `/` is an error with the command that builds it, not a blank page."""

    async def use(client: Client) -> None:
        answer = await client.get("/")
        assert 503 == answer.status
        assert "python hatch_build.py" in await answer.text()
        assert "Content-Security-Policy" in answer.headers

    with_client(use, tmp_path / "nothing")
