"""`GET /login`: a form without a script, for people where the hub wants to know who reads."""

from aiohttp import web

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Journalhub: log in</title><link rel="icon" href="data:,"><link rel="stylesheet" href="login.css">
<main><h1>Journalhub</h1>
<form method="post" action="login">
{said}
<label for="user">User</label><input id="user" name="user" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>{elsewhere}</main></html>
"""

_ELSEWHERE = '<p><a href="login/oidc">Log in with single sign-on</a></p>'


_SAID = {
    "wrong": "User or password is wrong.",
    "failed": "The login has failed. Try again; the log of the hub says why.",
    "norole": "You are known, and may do nothing here. Ask an administrator.",
}
"""By the query of the address."""

_STYLE = """:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
:root { background: light-dark(#fff, #11151b); color: light-dark(#1b2028, #d5dbe3); }
body { display: grid; min-height: 90vh; margin: 0; place-items: center; }
main { width: min(20rem, 90vw); }
h1 { font-size: 1.3rem; }
form { display: grid; gap: 0.4rem; }
input, button { padding: 0.5rem 0.6rem; font: inherit; }
button { margin-top: 0.8rem; cursor: pointer; }
[role=alert] { margin: 0; color: light-dark(#a3161f, #ff8a8f); }
"""


def add_routes(app: web.Application, *, sign_on: bool = False) -> None:
    """Serve the form and its style; what it sends is the guard's. With `sign_on` it shows the way to a provider."""

    async def login(request: web.Request) -> web.StreamResponse:
        said = next((f'<p role="alert">{text}</p>' for key, text in _SAID.items() if key in request.query), "")
        page = _PAGE.format(said=said, elsewhere=_ELSEWHERE if sign_on else "")
        return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store"})

    app.router.add_get("/login", login, allow_head=False)
    app.router.add_get("/login.css", _style, allow_head=False)


async def _style(request: web.Request) -> web.StreamResponse:
    return web.Response(text=_STYLE, content_type="text/css", headers={"Cache-Control": "no-cache"})
