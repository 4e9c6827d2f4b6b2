"""A collector that is attacked: its own, because the attacker's address is everybody's here."""

from pathlib import Path
from urllib.parse import urlencode

from tests.access.hub import Answer, SecuredCollector
from tests.access.test_people import PASSWORD, SAME
from tests.integration.programs import wait_until

from journalhub.access.roles import Role
from journalhub.access.throttle import FREE_FAILURES


def test_guessing_is_stopped(tmp_path: Path) -> None:
    """Wrong tokens are answered 429 with a time to wait, and so is every login; who has a token is not held up."""
    with SecuredCollector(tmp_path, tls=False) as hub:
        hub.people.add_user("eve", PASSWORD, Role.READER, "")
        right = hub.token(Role.READER)
        wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
        statuses = [hub.ask("/api/v1/whoami", wrong).status for _ in range(FREE_FAILURES)]
        body = urlencode({"user": "eve", "password": PASSWORD}).encode()
        login: Answer | None = None

        def is_held_up() -> bool:
            """Each guess that comes after a pause makes the next one longer: one is long enough for a slow machine."""
            nonlocal login
            if hub.ask("/api/v1/whoami", wrong).status == 401:
                return False
            login = hub.ask("/login", method="POST", body=body, headers=SAME)
            return login.status == 429

        wait_until("a guess and a login are refused", is_held_up)
        assert [401] * FREE_FAILURES == statuses
        assert login is not None and int(login.headers["Retry-After"]) > 0
        assert 200 == hub.ask("/api/v1/whoami", right).status
        assert 401 == hub.ask("/api/v1/whoami").status


def test_proof_that_is_none(tmp_path: Path) -> None:
    """What is no base64, no ASCII or no UTF-8 is like a wrong password."""
    with SecuredCollector(tmp_path, tls=False) as hub:
        for proof in ("Basic \xe9\xe9\xe9\xe9", "Basic !!!!", "Basic /////w==", "Bearer \xff"):
            assert 401 == hub.ask("/metrics", headers={"Authorization": proof}).status
