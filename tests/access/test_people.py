"""Logins, sessions, tokens, and what makes guessing them slow: over real connections."""

import http.client
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from tests.access.hub import Answer, SecuredCollector
from tests.integration.programs import wait_until
from tests.query.fleet import make_entries
from tests.query.test_openapi import check

from journalhub.access import people as people_module
from journalhub.access.admission import LOOK_SECONDS
from journalhub.access.roles import Role
from journalhub.access.secrets import (
    API_TOKEN,
    NO_PASSWORD,
    check_password,
    hash_password,
    new_token,
    parse_token,
)
from journalhub.access.throttle import FREE_FAILURES, LONGEST_PAUSE, Throttle
from journalhub.query.api.openapi import document

SAME = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"
ENTRY = make_entries(1)[0]


def log_in(hub: SecuredCollector, user: str, password: str, headers: dict[str, str] | None = None) -> Answer:
    """What the form sends."""
    body = urlencode({"user": user, "password": password}).encode()
    return hub.ask("/login", method="POST", body=body, headers=SAME if headers is None else headers)


def session_of(answer: Answer) -> dict[str, str]:
    """The cookie of a login, to send back."""
    assert answer.headers["Location"] == "./"
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


def test_a_password_is_kept_as_a_hash() -> None:
    """What is kept tells right from wrong, and is another text each time."""
    kept = hash_password(PASSWORD)

    assert check_password(PASSWORD, kept)
    assert not check_password(PASSWORD + "x", kept)
    assert not check_password(PASSWORD, NO_PASSWORD)
    assert kept != hash_password(PASSWORD)
    with pytest.raises(ValueError, match="10 to 1024"):
        hash_password("short")


def test_a_token_is_itself() -> None:
    """It is read back as it was printed, anything else is not, and what is kept of it is not it."""
    token = new_token(API_TOKEN)

    assert token == parse_token(str(token))
    assert token.is_of(token.kept)
    assert not new_token(API_TOKEN).is_of(token.kept)
    assert token.secret.hex() not in token.kept.hex()
    for text in ("", "jht_", str(token)[:-1], str(token) + "0", str(token).upper(), str(token) + "\n"):
        assert parse_token(text) is None


def test_log_in_and_out(hub: SecuredCollector) -> None:
    """The cookie opens what the user may see, is out of scripts' reach, and is nothing after the logout."""
    hub.add_user("ann", PASSWORD, "host=db-1")
    answer = log_in(hub, "ann", PASSWORD)
    cookie = session_of(answer)
    seen = hub.ask("/api/v1/entries?limit=1000", headers=cookie).document["entries"]

    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert {"db-1"} == {entry["_HOSTNAME"] for entry in seen}
    assert "user:ann" == hub.ask("/api/v1/whoami", headers=cookie).document["name"]
    assert 303 == hub.ask("/logout", method="POST", headers=SAME | cookie).status
    assert 401 == hub.ask("/api/v1/whoami", headers=cookie).status


def test_a_wrong_password(hub: SecuredCollector) -> None:
    """Wrong user and wrong password look the same, and give no cookie."""
    hub.add_user("bea", PASSWORD)
    for user, password in (("bea", "wrong password"), ("nobody here", PASSWORD)):
        answer = log_in(hub, user, password)
        assert (303, "login?wrong") == (answer.status, answer.headers["Location"])
        assert "Set-Cookie" not in answer.headers
    assert b"is wrong" in hub.ask("/login?wrong").body


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_another_site_cannot_log_in(hub: SecuredCollector, headers: dict[str, str]) -> None:
    """A form on another page has no effect here: no login into a stranger's account, no logout."""
    assert 403 == log_in(hub, "ann", PASSWORD, headers).status
    assert 403 == hub.ask("/logout", method="POST", headers=headers).status


def test_a_session_ends_by_itself(hub: SecuredCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle for too long, or too old however busy."""
    hub.add_user("cid", PASSWORD)
    start = people_module.now()
    moment = start
    monkeypatch.setattr(people_module, "now", lambda: moment)
    secret = hub.people.log_in("cid", PASSWORD)
    assert secret is not None
    for hours in range(0, 7 * 24, 11):
        moment = start + hours * 3600 * 1_000_000
        assert hub.people.by_session(secret) is not None, hours
    moment = start + (7 * 24 + 1) * 3600 * 1_000_000
    assert hub.people.by_session(secret) is None
    moment = start
    secret = hub.people.log_in("cid", PASSWORD)
    assert secret is not None
    moment = start + 13 * 3600 * 1_000_000
    assert hub.people.by_session(secret) is None


def test_a_new_password_ends_sessions(hub: SecuredCollector) -> None:
    """By the command, while the collector runs."""
    hub.add_user("dan", PASSWORD)
    cookie = session_of(log_in(hub, "dan", PASSWORD))
    done = subprocess.run(
        hub.command("user", "passwd", "dan"), input="another good one\n", capture_output=True, text=True
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert 401 == hub.ask("/api/v1/whoami", headers=cookie).status
    assert session_of(log_in(hub, "dan", "another good one"))


def test_sessions_ended_by_command(hub: SecuredCollector) -> None:
    """The user stays, and may log in again; a stranger's name is told."""
    hub.add_user("eve", PASSWORD)
    cookies = [session_of(log_in(hub, "eve", PASSWORD)) for _ in range(2)]
    done = subprocess.run(hub.command("user", "logout", "eve"), capture_output=True, text=True)

    assert (0, "ended 2 sessions of eve\n", "") == (done.returncode, done.stdout, done.stderr)
    assert [401, 401] == [hub.ask("/api/v1/whoami", headers=cookie).status for cookie in cookies]
    assert session_of(log_in(hub, "eve", PASSWORD))
    stranger = subprocess.run(hub.command("user", "logout", "nobody"), capture_output=True, text=True)
    assert stranger.returncode != 0 and "there is no user 'nobody'" in stranger.stderr


@pytest.mark.parametrize("path", ["/api/v1/tail", "/entries?follow"])
def test_what_is_followed_ends_with_the_login(hub: SecuredCollector, path: str) -> None:
    """The open answer of a session that was ended, of a removed user and of a revoked token ends, and only those."""
    for name in ("fay", "gus"):
        hub.add_user(name, PASSWORD)
    token = hub.people.create_token("follower", Role.READER)
    shown: dict[str, dict[str, str]] = {
        **{name: session_of(log_in(hub, name, PASSWORD)) for name in ("fay", "gus")},
        "token": {"Authorization": f"Bearer {token}"},
        "other": {"Authorization": f"Bearer {hub.token(Role.READER)}"},
    }
    fields = tuple((name, b"still here" if name == "MESSAGE" else value) for name, value in ENTRY.fields)
    later = ENTRY._replace(seqnum_id=uuid4().bytes, fields=fields)
    with ExitStack() as stack:
        followed = {name: stack.enter_context(hub.follow(path, headers)) for name, headers in shown.items()}
        assert {200} == {response.status for response in followed.values()}
        assert 1 == hub.people.end_sessions("fay")
        assert hub.people.remove_user("gus")
        assert hub.people.revoke_token(token.id)
        for name in ("fay", "gus", "token"):
            with suppress(http.client.IncompleteRead, ConnectionError, ssl.SSLEOFError):
                followed[name].read()  # to its end
        assert 200 == hub.send([later], token=hub.token(Role.SENDER)).status
        while b"still here" not in followed["other"].readline():
            assert not followed["other"].isclosed()
    assert hub.people.remove_user("fay")


def test_an_export_under_way_ends_with_its_token(hub: SecuredCollector) -> None:
    """What is left of it when the token is revoked is not sent; the end is one that no client takes for whole."""
    big = tuple((name, b"x" * 400_000 if name == "MESSAGE" else value) for name, value in ENTRY.fields)
    sequence = uuid4().bytes
    entries = [ENTRY._replace(seqnum_id=sequence, seqnum=number + 1, fields=big) for number in range(60)]
    assert 200 == hub.send(entries, token=hub.token(Role.SENDER)).status
    reader = hub.token(Role.READER)
    wait_until("all are found", lambda: 360 <= hub.get("/api/v1/count", reader)["matched"])
    token = hub.people.create_token("exporter", Role.READER)
    with hub.follow("/api/v1/export", {"Authorization": f"Bearer {token}"}, held=65536) as response:
        assert b"__CURSOR=" in response.read(100_000)  # the rest, 24 MB, is more than the sockets hold
        begun = time.monotonic()
        assert hub.people.revoke_token(token.id)
        wait_until("the next look is due", lambda: time.monotonic() > begun + LOOK_SECONDS)
        with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLEOFError)):
            response.read()


def test_tokens_by_command(hub: SecuredCollector) -> None:
    """Made, listed without the secret, revoked: from the next request on."""
    made = subprocess.run(
        hub.command("token", "create", "grafana", "--role", "operator"), capture_output=True, text=True, check=True
    )
    token = made.stdout.strip()
    listed = subprocess.run(hub.command("token", "list"), capture_output=True, text=True, check=True).stdout

    assert 200 == hub.ask("/metrics", token).status
    assert 200 == hub.ask("/metrics", headers={"Authorization": f"bearer  {token} "}).status
    assert "grafana: everything" in listed
    assert token.rpartition("_")[2] not in listed
    subprocess.run(hub.command("token", "revoke", token.split("_")[1]), check=True)
    assert 401 == hub.ask("/metrics", token).status


def calls_of(work: Callable[[], object]) -> list[str]:
    """The functions that are called, Python's and C's, in order: what a check does, whatever the clock says."""
    called: list[str] = []

    def note(frame: object, event: str, argument: object) -> None:
        if event == "c_call":
            called.append(getattr(argument, "__qualname__", "?"))
        elif event == "call":
            called.append(frame.f_code.co_qualname)  # type: ignore[attr-defined]  # a frame is no public class

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called


def test_a_check_does_the_same_whatever_is_wrong(hub: SecuredCollector) -> None:
    """An unknown name or id takes the steps of a wrong secret, and how much of a secret is right changes none."""
    token = hub.people.create_token("timed", Role.READER)
    first = replace(token, secret=bytes([token.secret[0] ^ 1]) + token.secret[1:])
    last = replace(token, secret=token.secret[:-1] + bytes([token.secret[-1] ^ 1]))
    stranger = new_token(API_TOKEN)
    steps = [calls_of(partial(hub.people.find_token, shown)) for shown in (first, last, stranger)]
    assert steps[0] == steps[1] == steps[2]
    assert "compare_digest" in " ".join(steps[0])
    assert hub.people.find_token(token) is not None

    hub.add_user("timed", PASSWORD)
    tries = [("timed", "x" + PASSWORD[1:]), ("timed", PASSWORD[:-1] + "x"), ("nobody", PASSWORD)]
    steps = [calls_of(partial(hub.people.log_in, *one)) for one in tries]
    assert steps[0] == steps[1] == steps[2]
    assert {"scrypt", "compare_digest"} <= {step.removeprefix("_") for step in steps[0]}
    assert hub.people.remove_user("timed")


def test_an_expired_token(hub: SecuredCollector) -> None:
    """It is like none, and says so."""
    token = str(hub.people.create_token("old", Role.READER, seconds=0))
    answer = hub.ask("/api/v1/whoami", token)

    assert (401, "the token is wrong, expired or revoked") == (answer.status, answer.document["error"]["what"])


def test_the_audit_trail(hub: SecuredCollector) -> None:
    """Who asked what, and how many entries they got, for admins alone."""
    reader, admin = hub.token(Role.READER), hub.token(Role.ADMIN)
    hub.get("/api/v1/entries", reader, limit="7", q="connection")
    hub.ask("/api/v1/export?limit=3", reader)
    asked = {"who": "token:test-reader", "limit": "1"}
    wait_until(
        "the export is noted", lambda: "export" in hub.get("/api/v1/audit", admin, **asked)["records"][0]["path"]
    )
    hub.ask("/api/v1/audit", reader)
    records = hub.get("/api/v1/audit", admin, who="token:test-reader", limit="3")["records"]

    assert ["/api/v1/audit", "/api/v1/export", "/api/v1/entries"] == [record["path"] for record in records]
    assert [403, 200, 200] == [record["status"] for record in records]
    assert [None, 3, 7] == [record["entries"] for record in records]
    assert "q=connection" in records[2]["query"]
    assert {"127.0.0.1"} == {record["address"] for record in records}
    check(
        document()["paths"]["/api/v1/audit"]["get"]["responses"]["200"]["content"]["application/json"]["schema"],
        {"records": records},
        document()["components"]["schemas"],
        "audit",
    )
    assert records[2:] == hub.get("/api/v1/audit", admin, text="connection", limit="1")["records"]
    assert 400 == hub.ask("/api/v1/audit?limit=0", admin).status


def test_guessing_is_slow() -> None:
    """After some failures a key waits, longer each time, up to a bound; success forgets."""
    moment = 0.0
    throttle = Throttle(lambda: moment)
    for _ in range(FREE_FAILURES - 1):
        throttle.fail("a")
        assert 0 >= throttle.wait("a")
    waits = []
    for _ in range(12):
        throttle.fail("a", "b")
        waits.append(throttle.wait("a"))
    assert waits == sorted(waits)
    assert LONGEST_PAUSE == waits[-1]
    assert 0 >= throttle.wait("c")
    moment = LONGEST_PAUSE + 1
    assert 0 >= throttle.wait("a")
    throttle.succeed("a")
    throttle.fail("a")
    assert 0 >= throttle.wait("a")
