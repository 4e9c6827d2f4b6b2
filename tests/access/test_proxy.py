"""A reverse proxy that logs people in, and says in a header who they are."""

from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector

from journalhub.access.roles import Role

HEADER = "X-Forwarded-User"


def test_a_trusted_proxy_is_believed(tmp_path: Path) -> None:
    """Whom the hub knows has role and scope of that user; a stranger has the role of the settings; nobody none."""
    settings = ("--proxy-user-header", HEADER, "--proxy-address", "127.0.0.1", "--proxy-role", "reader")
    with SecuredCollector(tmp_path, *settings) as hub:
        hub.people.add_user("ann", "correct horse battery", Role.OPERATOR, "host=web-*")
        known = hub.ask("/api/v1/whoami", headers={HEADER: "ann"}).document
        stranger = hub.ask("/api/v1/whoami", headers={HEADER: "bob"}).document

        assert ("proxy:ann", "operator", "host=web-*") == (known["name"], known["role"], known["scope"])
        assert ("proxy:bob", "reader", None) == (stranger["name"], stranger["role"], stranger["scope"])
        assert [200, 403] == [hub.ask("/metrics", headers={HEADER: name}).status for name in ("ann", "bob")]
        assert 401 == hub.ask("/api/v1/whoami").status


@pytest.mark.parametrize("settings", [(), ("--proxy-user-header", HEADER, "--proxy-address", "192.0.2.0/24")])
def test_anybody_else_is_not(tmp_path: Path, settings: tuple[str, ...]) -> None:
    """Without the setting, or from another address, the header says nothing."""
    with SecuredCollector(tmp_path, *settings) as hub:
        hub.people.add_user("ann", "correct horse battery", Role.ADMIN, "")
        assert 401 == hub.ask("/api/v1/whoami", headers={HEADER: "ann"}).status
