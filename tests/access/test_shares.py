"""What one reader or sender may ask for at once, and in a second: counted, and over real connections."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import wait_until

from journalhub.access.roles import Role
from journalhub.access.shares import BURST_SECONDS, KEPT, Shares


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_at_once() -> None:
    """So many under way, each name for itself; one that ends makes room."""
    shares = Shares(2, None)
    assert [shares.begin("ann") for _ in range(3)] == [0.0, 0.0, 1.0]
    assert shares.begin("bob") == 0.0
    shares.end("ann")
    assert shares.begin("ann") == 0.0


def test_a_rate() -> None:
    """What was not used is saved up, to a bound; then it is as many as the rate says."""
    clock = Clock()
    shares = Shares(10_000, 2, clock)
    burst = int(2 * BURST_SECONDS)
    assert all(shares.begin("ann") == 0.0 for _ in range(burst))
    assert shares.begin("ann") == pytest.approx(0.5)
    clock.now += 0.5
    assert shares.begin("ann") == 0.0
    assert shares.begin("ann") > 0
    clock.now += 1000
    assert [shares.begin("ann") == 0.0 for _ in range(burst + 1)] == [True] * burst + [False]


def test_bounded() -> None:
    """Those with nothing under way are forgotten; who has something never is."""
    shares = Shares(1, None)
    shares.begin("busy")
    for number in range(KEPT + 10):
        shares.begin(f"n{number}")
        shares.end(f"n{number}")
    assert shares.begin("busy") > 0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """Lets a reader ask for one thing at once, and a sender send once a second."""
    options = ("--reader-requests", "1", "--sender-rate", "1")
    with SecuredCollector(tmp_path_factory.mktemp("shares"), *options, tls=False) as running:
        yield running


def stranger(hub: SecuredCollector, role: Role) -> str:
    """The token of somebody who has asked for nothing yet, also in a second try."""
    return str(hub.people.create_token(f"{role.word}-{time.time_ns()}", role))


def test_a_reader_who_asks_for_much(hub: SecuredCollector) -> None:
    """Beside a live tail the next request is refused; another reader's is not, and when the tail ends it is taken."""
    ann, bob = (stranger(hub, role) for role in (Role.READER, Role.OPERATOR))
    with closing(http.client.HTTPConnection("127.0.0.1", hub.port, timeout=240)) as tail:
        tail.request("GET", "/api/v1/tail", headers={"Authorization": f"Bearer {ann}"})
        with tail.getresponse() as following:
            assert following.status == 200

            refused = hub.ask("/api/v1/whoami", ann)
            assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
            assert "than one may" in refused.document["error"]["what"]
            assert hub.ask("/api/v1/whoami", bob).status == 200
    wait_until("the tail is over", lambda: hub.ask("/api/v1/whoami", ann).status == 200)


def test_a_sender_that_sends_much(hub: SecuredCollector) -> None:
    """What it has saved up is used, then it is told to wait; a reader is not, and the audit trail is not filled."""
    sender = stranger(hub, Role.SENDER)
    statuses: list[int] = []

    def ask(_: int) -> int:
        statuses.append(hub.ask("/upload", sender, method="POST", body=b"").status)
        return statuses[-1]

    assert 429 not in [ask(number) for number in range(int(BURST_SECONDS))]
    # However long each takes: so many at once are more than what is saved up meanwhile.
    with ThreadPoolExecutor(8) as together:
        wait_until("one is refused", lambda: 429 in together.map(ask, range(16)))
    admin = hub.token(Role.ADMIN)
    assert hub.ask("/api/v1/whoami", admin).status == 200
    assert "/upload" not in hub.ask("/api/v1/audit", admin).body.decode()
