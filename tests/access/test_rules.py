"""The table of what each path needs: complete, and kept for every role by real requests."""

from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector

from journalhub.__main__ import _faces
from journalhub.access.roles import READING_ROLES, Role
from journalhub.access.rules import RULES
from journalhub.collector.hub import Hub
from journalhub.collector.settings import CollectorSettings
from journalhub.store.memory import MemoryStore

PARTS = {"{name}": "MESSAGE", "{field}": "MESSAGE"}
"""What stands for a part of a path."""


def test_every_route_has_a_rule(tmp_path: Path) -> None:
    """Every route of the whole collector stands in the table, and nothing else does."""
    hub = Hub(MemoryStore(), CollectorSettings(data_dir=tmp_path))
    _faces(hub.app, hub)
    routes = {
        (route.method, route.resource.canonical)
        for route in hub.app.router.routes()
        if route.resource and route.method != "HEAD"
    }
    hub.close()

    assert set(RULES) == routes


def concrete(path: str) -> str:
    """A path that the router takes for `path`."""
    for part, value in PARTS.items():
        path = path.replace(part, value)
    return path


@pytest.fixture(scope="module")
def tokens(hub: SecuredCollector) -> dict[Role, str | None]:
    """Somebody of every role."""
    return {Role.NOBODY: None} | {role: hub.token(role) for role in (Role.SENDER, *READING_ROLES)}


@pytest.mark.parametrize(("method", "path"), sorted(RULES))
def test_every_role_on_every_route(
    hub: SecuredCollector, tokens: dict[Role, str | None], method: str, path: str
) -> None:
    """401 for nobody, 403 for the wrong role, and neither for the right one; a tail answers at once."""
    verb = "GET" if method == "*" else method
    needed = RULES[method, path]
    if path in ("/api/v1/tail", "/login", "/logout"):
        allowed_only = [role for role in tokens if not role.allows(needed)]
    else:
        allowed_only = list(tokens)
    for role in allowed_only:
        body = b"" if verb == "POST" else None
        status = hub.ask(concrete(path), tokens[role], method=verb, body=body).status
        if role.allows(needed):
            assert status not in (401, *([403] if path != "/api/v1/renew" else [])), role
        else:
            assert (401 if role is Role.NOBODY else 403) == status, role


def test_an_unknown_path_says_nothing_new(hub: SecuredCollector) -> None:
    """What is not there is not there for everybody."""
    assert 404 == hub.ask("/api/v1/nothing").status
    assert 404 == hub.ask("/../../etc/passwd").status
