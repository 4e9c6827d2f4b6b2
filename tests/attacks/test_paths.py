"""Attacks by paths, hosts, other sites, and names: nothing leads out of the hub, or to another one."""

import re
from collections.abc import Iterator

import pytest
from tests.access.hub import SecuredCollector
from tests.attacks.raw import exchange, statuses
from tests.query.fleet import make_entries

from journalhub.access.roles import Role

PASSWORD = "correct horse battery"

OUT = (
    "../" * 8 + "etc/passwd",
    "..%2f" * 8 + "etc%2fpasswd",
    "%2e%2e/" * 8 + "etc/passwd",
    "%252e%252e%252f" * 8 + "etc%252fpasswd",
    "..%5c" * 8 + "etc%5cpasswd",
    "..%c0%af" * 8 + "etc%c0%afpasswd",
    "....//" * 8 + "etc/passwd",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "etc/passwd%00.js",
    "..;/etc/passwd",
    "~root/.ssh/id_rsa",
    "file:///etc/passwd",
)
UNDER = ("/", "/assets/", "/fields/", "/api/v1/values/", "/api/v1/", "/api/v1/alerts/", "/browse/", "/login/")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """With users, and without TLS, as behind a proxy."""
    with SecuredCollector(tmp_path_factory.mktemp("hub"), tls=False) as running:
        running.people.add_user("ann", PASSWORD, Role.ADMIN, "")
        running.fill(make_entries(50))
        yield running


@pytest.mark.parametrize("under", UNDER)
def test_no_path_leads_out(hub: SecuredCollector, under: str) -> None:
    """Whatever the spelling, no file of the machine comes back, and nothing breaks."""
    token = hub.token(Role.ADMIN).encode()
    for out in OUT:
        head = f"GET {under}{out} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n".encode()
        answer = exchange(hub.port, head + b"Authorization: Bearer " + token + b"\r\n\r\n")

        (status,) = statuses(answer)
        assert status < 500 and b"root:" not in answer and b"PRIVATE KEY" not in answer, (under, out, answer[:300])


def test_files_of_the_data_directory_are_not_served(hub: SecuredCollector) -> None:
    """Not by their names, not below the assets."""
    token = hub.token(Role.ADMIN)
    for name in ("FORMAT_VERSION", "ledger.sqlite", "alerts.sqlite", "access/access.sqlite"):
        for path in (f"/{name}", f"/assets/{name}", f"/assets/..%2f..%2f{name}"):
            assert 404 == hub.ask(path, token).status


def log_in(hub: SecuredCollector, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """Location, and the cookie of the session."""
    form = f"user=ann&password={PASSWORD.replace(' ', '+')}".encode()
    own = {"Sec-Fetch-Site": "same-origin"} | (headers or {})
    answer = hub.ask("/login", method="POST", body=form, headers=own)
    assert 303 == answer.status, answer
    return answer.headers["Location"], answer.headers["Set-Cookie"].partition(";")[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"Referer": "https://evil.example/"},
    ],
)
def test_no_redirect_leads_elsewhere(hub: SecuredCollector, headers: dict[str, str]) -> None:
    """Places are relative, whatever host a request names; no parameter says where to go."""
    place, _ = log_in(hub, headers)
    assert "./" == place
    for query in ("next=//evil.example", "redirect=https://evil.example", "wrong=%22%3e%3cscript%3e"):
        answer = hub.ask(f"/login?{query}", headers=headers)
        assert (200, None) == (answer.status, answer.headers.get("Location"))
        assert b"evil" not in answer.body and b"<script" not in answer.body
    for path in ("//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/login//evil.example"):
        assert 404 == hub.ask(path).status


CROSS = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1.evil.example"},
)


@pytest.mark.parametrize("headers", CROSS, ids=lambda headers: next(iter(headers.values())))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/alerts/x"),
        ("DELETE", "/api/v1/alerts/x"),
        ("POST", "/api/v1/alerts/x/test"),
        ("POST", "/logout"),
    ],
)
def test_another_site_changes_nothing(hub: SecuredCollector, method: str, path: str, headers: dict[str, str]) -> None:
    """A request that a browser sends with its cookie on behalf of another site is refused."""
    _, cookie = log_in(hub)
    answer = hub.ask(path, method=method, body=b'{"kind": "silent"}', headers=headers | {"Cookie": cookie})

    assert 403 == answer.status
    assert 200 == hub.ask("/api/v1/whoami", headers={"Cookie": cookie}).status
    assert [] == hub.get("/api/v1/alerts", hub.token(Role.OPERATOR))["alerts"]


def test_a_method_cannot_be_put_on(hub: SecuredCollector) -> None:
    """A GET stays one, whatever a header or a parameter says."""
    token = hub.token(Role.OPERATOR)
    headers = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT"}

    assert 200 == hub.ask("/api/v1/alerts", token, headers=headers).status
    assert 405 == hub.ask("/api/v1/alerts/x?_method=DELETE", token, headers=headers).status


def test_who_one_is_cannot_be_claimed_in_a_header(hub: SecuredCollector) -> None:
    """Without a proxy that is named in the settings no header says who asks, or from where."""
    for header in ("X-Remote-User", "X-Forwarded-User", "Remote-User", "X-Forwarded-For", "X-Real-IP", "X-Client-Cert"):
        assert 401 == hub.ask("/api/v1/entries", headers={header: "ann"}).status


def test_names_do_not_write_our_log(hub: SecuredCollector) -> None:
    """What an attacker chooses never begins a line of ours, nor colours it."""
    for name in ("a%0aERROR%20forged", "%1b[31mred", "x" * 5000):
        form = f"user={name}&password=wrong-password".encode()
        hub.ask("/login", method="POST", body=form)
        hub.ask(f"/api/v1/alerts/{name}", hub.token(Role.ADMIN), method="DELETE")

    text = hub.log.read_text()
    assert not re.search(r"^ERROR forged", text, re.MULTILINE) and "\x1b" not in text


def test_the_audit_trail_is_bounded(hub: SecuredCollector) -> None:
    """A query of tens of kilobytes is cut in the trail, and what it held is text there."""
    token = hub.token(Role.ADMIN)
    hub.ask("/api/v1/count?q=" + "longquery%1b%0a" * 500, token)

    (record, *_) = hub.get("/api/v1/audit", token, text="longquery")["records"]
    assert len(record["query"]) <= 2000 and "\n" not in record["query"]
