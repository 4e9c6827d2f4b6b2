"""Login by an OpenID Connect provider: a real one, a real browser's steps, and tokens that must not be believed."""

import base64
import hmac
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from tests.access.hub import SecuredCollector
from tests.integration.programs import ENVIRONMENT, wait_until
from tests.lab.ports import free_port

from journalhub.access import people as people_module
from journalhub.access.database import Database
from journalhub.access.people import People
from journalhub.access.roles import Role
from journalhub.access.sign_on import SignOnError, SignOnSettings, check_token, person_of

NOW = 1_790_000_000
ISSUER = "https://login.example.net"
SETTINGS = SignOnSettings(ISSUER, "hub", "secret", "https://hub.example.net/login/oidc/callback")
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
KEYS = KeySet.import_key_set({"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]})
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "1",
    "aud": "hub",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "n0nce",
    "preferred_username": "ann",
}


def check(token: str) -> dict[str, Any]:
    """The claims of a token, now."""
    return check_token(token, KEYS, SETTINGS, "n0nce", NOW)


def test_a_good_token() -> None:
    """Signed by a key of the provider, for us, for this login: whatever the kind of key."""
    assert "ann" == check(jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS, KEY))["preferred_username"]
    assert "1" == check(jwt.encode({"alg": "ES256", "kid": "two"}, CLAIMS, CURVE))["sub"]
    assert check(jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS | {"aud": ["hub", "other"]}, KEY))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"azp": "other"},
        {"exp": NOW - 61},
        {"iat": NOW + 3600},
        {"nonce": "another"},
        *({name: None} for name in ("iss", "aud", "exp", "iat", "nonce", "sub")),
    ],
)
def test_claims_that_are_not_believed(change: dict[str, Any]) -> None:
    """Of another provider, for another client, another login, another time, or without a word about it."""
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}

    with pytest.raises(SignOnError):
        check(jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY))


def test_signatures_that_are_not_believed() -> None:
    """None, one by another key, one with the public key as a shared secret, a changed token."""
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    head, body, signature = jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS, KEY).split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."
    shared = _shared_secret(body, KEY.as_pem(private=False))
    forged = jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS, stranger)
    unknown = jwt.encode({"alg": "RS256", "kid": "three"}, CLAIMS, stranger)
    for token in (unsigned, shared, forged, unknown, f"{head}.{body[:-4]}AAAA.{signature}", "", "a.b.c", "x" * 9):
        with pytest.raises(SignOnError):
            check(token)


def _shared_secret(body: str, secret: bytes) -> str:
    """A token that is signed with the public key as if it were a secret; no library makes one."""
    head = _encoded(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    return f"{head}.{body}.{_encoded(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"preferred_username": "ann", "groups": ["staff", "sre"]}, ("ann", Role.OPERATOR)),
        ({"preferred_username": "ann", "groups": "admins"}, ("ann", Role.ADMIN)),
        ({"preferred_username": "ann", "groups": ["sre", "admins"]}, ("ann", Role.ADMIN)),
        ({"preferred_username": "ann", "groups": {"sre": 1}}, ("ann", None)),
        ({"preferred_username": "ann", "groups": [["sre"], 5]}, ("ann", None)),
        ({"preferred_username": "ann"}, ("ann", None)),
    ],
)
def test_roles_by_group(claims: dict[str, Any], expected: tuple[str, Role | None]) -> None:
    """The highest of the groups that the hub knows; without one none."""
    roles = {"sre": Role.OPERATOR, "admins": Role.ADMIN}
    person = person_of(claims, SignOnSettings(ISSUER, "hub", "", "", roles=roles))

    assert expected == (person.name, person.role)


@pytest.mark.parametrize("name", [None, "", " ", 5, "a\nb", "x" * 200, ["ann"]])
def test_names_that_are_none(name: Any) -> None:
    """A name is a short text of one line."""
    with pytest.raises(SignOnError):
        person_of({"preferred_username": name}, SETTINGS)


def test_a_mail_address_counts_when_it_is_verified() -> None:
    """Anybody can claim one at many a provider."""
    settings = SignOnSettings(ISSUER, "hub", "", "", user_claim="email")
    with pytest.raises(SignOnError):
        person_of({"email": "ann@example.net"}, settings)

    assert "ann@example.net" == person_of({"email": "ann@example.net", "email_verified": True}, settings).name


def test_the_provider_gives_and_takes(tmp_path: Path) -> None:
    """A role changes with the groups at the next login; without one the user is gone, and the sessions with them."""
    database = Database(tmp_path)
    people = People(database)
    people.add_user("local", "correct horse battery", Role.READER, "host=web-1")
    first = people.sign_on("ann", Role.READER)
    second = people.sign_on("ann", Role.ADMIN)
    assert first and second
    seen = [people.by_session(secret) for secret in (first, second)]
    assert [Role.ADMIN, Role.ADMIN] == [one.role for one in seen if one]
    assert people.log_in("ann", "") is None and people.log_in("ann", "\0" * 32) is None

    assert people.sign_on("ann", None) is None
    assert [None, None] == [people.by_session(secret) for secret in (first, second)]
    kept = people.sign_on("local", None)
    assert kept and (identity := people.by_session(kept))
    assert (Role.READER, "host=web-1") == (identity.role, identity.scope)
    assert people.log_in("local", "correct horse battery")
    database.close()


def test_a_login_at_the_provider_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy, who came from the provider must come from there anew; a user with a password here need not."""
    moment = start = people_module.now()
    monkeypatch.setattr(people_module, "now", lambda: moment)
    database = Database(tmp_path)
    people = People(database, provider_seconds=3600)
    people.add_user("local", "correct horse battery", Role.READER, "")
    ann, local = people.sign_on("ann", Role.READER), people.sign_on("local", None)
    assert ann and local
    moment = start + 3600 * 1_000_000
    assert people.by_session(ann) and people.by_session(local)
    moment += 1
    assert people.by_session(ann) is None
    assert people.by_session(local)
    assert (again := people.sign_on("ann", Role.ADMIN)) and people.by_session(again)
    database.close()


class Browser:
    """Keeps cookies by host and port, and follows redirects by hand."""

    def __init__(self) -> None:
        self.cookies: dict[str, SimpleCookie] = {}

    def ask(self, url: str, form: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Status, Location and body."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=240)
        jar = self.cookies.setdefault(parts.netloc, SimpleCookie())
        headers = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in jar.items())} if jar else {}
        body = None if form is None else urlencode(form)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if form is None else "POST", path, body, headers)
            answer = connection.getresponse()
            for header in answer.headers.get_all("Set-Cookie") or ():
                jar.load(header)
            return answer.status, answer.headers.get("Location", ""), answer.read().decode(errors="replace")
        finally:
            connection.close()

    def log_in(self, hub: str, user: str) -> str:
        """From the hub to the provider and back; the address of the way back."""
        status, away, _ = self.ask(f"{hub}/login/oidc")
        assert 303 == status
        status, back, body = self.ask(away, {"sub": user})
        assert status in (302, 303), body
        return back

    def whoami(self, hub: str) -> tuple[int, dict[str, Any]]:
        """What the hub says."""
        status, _, body = self.ask(f"{hub}/api/v1/whoami")
        return status, json.loads(body)


PROVIDER = f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider with people in groups."""
    people = (
        {"sub": "1", "preferred_username": "ann", "groups": ["sre"]},
        {"sub": "2", "preferred_username": "bob"},
        {"sub": "3", "preferred_username": "local"},
    )
    port = str(urlsplit(PROVIDER).port)
    users = [word for one in people for word in ("--user-claims", json.dumps(one))]
    log = tmp_path_factory.mktemp("provider") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", port, *users],
            stdout=output,
            stderr=output,
            env=ENVIRONMENT,
        )

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return Browser().ask(f"{PROVIDER}/.well-known/openid-configuration")[0] == 200
        except OSError:
            return False

    try:
        wait_until("the provider is up", is_up)
        yield PROVIDER
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def own_hub(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[SecuredCollector]:
    """A hub whose people log in at the provider."""
    directory = tmp_path_factory.mktemp("hub")
    (directory / "secret").write_text("s3cr3t\n")
    options = (
        *("--oidc-issuer", provider, "--oidc-client-id", "hub", "--oidc-client-secret-file", directory / "secret"),
        *("--oidc-role", "sre=operator", "--public-url", "http://127.0.0.1:1", "--oidc-session", "1800"),
    )
    hub = SecuredCollector(directory, *options, tls=False)
    hub.argv[hub.argv.index("http://127.0.0.1:1")] = hub.url
    with hub:
        hub.people.add_user("local", "correct horse battery", Role.ADMIN, "host=web-1")
        yield hub


def test_log_in(own_hub: SecuredCollector) -> None:
    """Away to the provider, back with a code, and into a session with the role of the group."""
    browser = Browser()
    back = browser.log_in(own_hub.url, "1")
    status, to, _ = browser.ask(back)

    assert (303, "../../") == (status, to)
    status, who = browser.whoami(own_hub.url)
    assert (200, "user:ann", "operator") == (status, who["name"], who["role"])
    assert "single sign-on" in browser.ask(f"{own_hub.url}/login")[2]


def test_the_login_holds_for_as_long_as_is_set(own_hub: SecuredCollector) -> None:
    """A session of 29 minutes is one, of 31 it is none."""
    browser = Browser()
    browser.ask(browser.log_in(own_hub.url, "1"))
    database = Database(own_hub.data_dir)
    try:
        for minutes, expected in ((29, 200), (2, 401)):
            database.change("UPDATE sessions SET created = created - ?", minutes * 60_000_000)
            assert expected == browser.whoami(own_hub.url)[0]
    finally:
        database.close()


def test_who_has_no_role_stays_outside(own_hub: SecuredCollector) -> None:
    """The provider knows them, the hub does not."""
    browser = Browser()
    _, to, _ = browser.ask(browser.log_in(own_hub.url, "2"))

    assert "../../login?norole" == to
    assert 401 == browser.whoami(own_hub.url)[0]


def test_a_user_of_the_hub_keeps_role_and_scope(own_hub: SecuredCollector) -> None:
    """What was given here counts, whatever the provider says."""
    browser = Browser()
    browser.ask(browser.log_in(own_hub.url, "3"))

    _, who = browser.whoami(own_hub.url)
    assert ("admin", "host=web-1") == (who["role"], who["scope"])


def test_a_link_logs_nobody_in(own_hub: SecuredCollector) -> None:
    """The way back is good for the browser that went away, and once; what is made up leads nowhere."""

    def succeeds() -> bool:
        known = Browser()
        return known.ask(known.log_in(own_hub.url, "1"))[1] == "../../"

    # For a second try: the failures of the first make the hub pause, and are forgiven with a login that is right.
    wait_until("a login is looked at", succeeds)
    mine, other = Browser(), Browser()
    back = mine.log_in(own_hub.url, "1")
    assert "../../login?failed" == other.ask(back)[1]
    assert 401 == other.whoami(own_hub.url)[0]

    assert "../../" == mine.ask(back)[1]
    mine.cookies.clear()
    state = parse_qs(urlsplit(back).query)["state"][0]
    mine.cookies[urlsplit(own_hub.url).netloc] = SimpleCookie({"journalhub_login": state})
    for url in (back, f"{own_hub.url}/login/oidc/callback", f"{own_hub.url}/login/oidc/callback?state={state}&code=x"):
        assert "../../login?failed" == mine.ask(url)[1]
        wait_until("the next attempt is looked at", lambda: mine.ask(f"{own_hub.url}/login/oidc/callback")[0] != 429)


def test_without_a_provider_the_way_leads_to_the_form(tmp_path: Path) -> None:
    """Also for whoever comes back from one."""
    with SecuredCollector(tmp_path / "hub", tls=False) as hub:
        browser = Browser()
        assert "../login" == browser.ask(f"{hub.url}/login/oidc")[1]
        assert "../../login" == browser.ask(f"{hub.url}/login/oidc/callback?code=x&state=y")[1]
        assert "single sign-on" not in browser.ask(f"{hub.url}/login")[2]


def test_a_provider_that_is_away(tmp_path: Path) -> None:
    """The form says so, and users of the hub log in as ever."""
    (tmp_path / "secret").write_text("x")
    options = (
        *("--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "hub", "--public-url", "http://127.0.0.1:2"),
        *("--oidc-client-secret-file", tmp_path / "secret"),
    )
    with SecuredCollector(tmp_path / "hub", *options, tls=False) as hub:
        assert "../login?failed" == Browser().ask(f"{hub.url}/login/oidc")[1]
        assert "cannot reach the provider" in hub.log.read_text()
