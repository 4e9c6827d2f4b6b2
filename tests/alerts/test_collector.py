"""Alerts of a running collector: by API and command line, to a webhook, an Alertmanager and a mail server."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.access.hub import Answer, SecuredCollector
from tests.alerts.receivers import mail_server, receiving
from tests.collector.material import entry
from tests.integration.programs import ENVIRONMENT, wait_until
from tests.lab.ports import free_port

from journalhub.access.roles import Role

MAIL_PORT = free_port()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredCollector]:
    """One for all that tell nobody anything."""
    with SecuredCollector(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def fresh_hub(tmp_path: Path) -> Iterator[SecuredCollector]:
    """One that has told nothing yet, with a mail server: what fires already fires in no second try."""
    options = ("--mail-server", f"127.0.0.1:{MAIL_PORT}", "--mail-from", "hub@example.net")
    with SecuredCollector(tmp_path, *options) as running:
        yield running


@pytest.fixture(scope="module")
def operator(hub: SecuredCollector) -> str:
    """The token of somebody who may."""
    return hub.token(Role.OPERATOR)


def put(hub: SecuredCollector, token: str, name: str, **rule: Any) -> Answer:
    """Enter a rule; the collector looks at once, also when it is there already."""
    headers = {"Content-Type": "application/json"}
    body = json.dumps(rule).encode()
    return hub.ask(f"/api/v1/alerts/{name}", token, method="PUT", body=body, headers=headers)


def alert(hub: SecuredCollector, *words: str) -> "subprocess.CompletedProcess[str]":
    """`journalhub alert …` on the running collector's directory."""
    return subprocess.run(hub.command("alert", *words), capture_output=True, text=True, env=ENVIRONMENT)


def test_three_receivers_hear_of_it(fresh_hub: SecuredCollector) -> None:
    """What fires reaches webhook, Alertmanager and mailbox, with host and message, and shows in API and list."""
    hub, operator = fresh_hub, fresh_hub.token(Role.OPERATOR)
    now = time.time_ns() // 1000
    rule: dict[str, Any] = {"kind": "matches", "query": "unit-of-test", "by": "_HOSTNAME", "within": 3600}
    with receiving() as receiver, mail_server(MAIL_PORT) as mailbox:
        rule["notify"] = [f"webhook:{receiver.url}/hook", f"alertmanager:{receiver.url}", "mail:ops@example.net"]
        assert 200 == put(hub, operator, "disk", **rule).status
        hub.fill([entry(1, b"unit-of-test <b>failed</b>\nBcc: x@example.net", realtime=now)])
        wait_until("it is looked at", lambda: put(hub, operator, "disk", **rule) and receiver.bodies("/hook"))
        wait_until("the Alertmanager is told", lambda: receiver.bodies("/api/v2/alerts"))
        wait_until("a mail is sent", lambda: mailbox.mails)

    (shown,) = hub.get("/api/v1/alerts", operator)["alerts"]
    assert (["web-1"], None) == ([one["subject"] for one in shown["firing"]], shown["trouble"])
    (mail,) = mailbox.mails
    assert ("[journalhub] firing: disk (web-1)", "hub@example.net") == (mail["Subject"], mail["From"])
    assert ["ops@example.net"] == mailbox.envelopes[0].rcpt_tos and mail["Bcc"] is None
    assert "web-1 : unit-of-test <b>failed</b>\ufffdBcc: x@example.net" in mail.get_content()
    assert "1 firing" in alert(hub, "list").stdout


def test_a_restart_tells_nobody_again(fresh_hub: SecuredCollector) -> None:
    """What fires goes on to fire after a restart, and no receiver hears of it twice."""
    hub, operator = fresh_hub, fresh_hub.token(Role.OPERATOR)
    with receiving() as receiver:
        rule = {"kind": "matches", "query": "once", "within": 3600, "notify": [f"webhook:{receiver.url}/hook"]}
        assert 200 == put(hub, operator, "once", **rule).status
        hub.fill([entry(2, b"once", realtime=time.time_ns() // 1000)])
        wait_until("it fires", lambda: put(hub, operator, "once", **rule) and receiver.bodies("/hook"))
        hub.end()
        hub.start()
        # A rule that is entered now is looked at after the older one, whose name goes before.
        marker = {**rule, "notify": [f"webhook:{receiver.url}/marker"]}
        assert 200 == put(hub, operator, "once-more", **marker).status
        wait_until("another one fires", lambda: receiver.bodies("/marker"))

        assert 1 == len(receiver.bodies("/hook"))
        shown = {rule["name"]: len(rule["firing"]) for rule in hub.get("/api/v1/alerts", operator)["alerts"]}
        assert (1, 1) == (shown["once"], shown["once-more"])
        assert f"journalhub_alerts_firing {sum(shown.values())}\n" in hub.ask("/metrics", operator).body.decode()


def test_a_silent_node_is_resolved_when_it_speaks(fresh_hub: SecuredCollector) -> None:
    """By the ledger of a real collector."""
    hub, operator = fresh_hub, fresh_hub.token(Role.OPERATOR)
    with receiving() as receiver:
        rule = {"kind": "silent", "hosts": "quiet-*", "within": 5, "notify": [f"webhook:{receiver.url}/hook"]}

        def send(number: int) -> None:
            one = entry(number, hostname=b"quiet-1", machine_id="ab" * 16, seqnum_id=b"q" * 16)
            assert 200 == hub.send([one], token=hub.token(Role.SENDER)).status

        send(1)
        wait_until("it fires", lambda: put(hub, operator, "quiet", **rule) and receiver.bodies("/hook"))
        numbers = iter(range(2, 100_000))

        def resolved() -> bool:
            send(next(numbers))
            put(hub, operator, "quiet", **rule)
            return any(body["resolved"] for body in receiver.bodies("/hook"))

        wait_until("it is resolved", resolved)
    assert ["quiet-1"] == [one["subject"] for one in receiver.bodies("/hook")[0]["firing"]]


def test_the_command_line(hub: SecuredCollector, operator: str) -> None:
    """A rule that a command enters is the one that the API shows; a test reaches its receiver."""
    with receiving() as receiver:
        options = (
            "--above",
            "10",
            "--by",
            "_HOSTNAME",
            "--within",
            "10min",
            "--notify",
            f"webhook:{receiver.url}/hook",
        )
        added = alert(hub, "add", "logins", "--query", '"invalid user"', *options)
        assert (0, "") == (added.returncode, added.stderr)
        assert 0 == alert(hub, "test", "logins").returncode
        wait_until("the test arrives", lambda: receiver.bodies("/hook"))
        assert 200 == hub.ask("/api/v1/alerts/logins/test", operator, method="POST").status
        wait_until("the second one arrives", lambda: len(receiver.bodies("/hook")) == 2)
    assert ["test", "test"] == [body["state"] for body in receiver.bodies("/hook")]

    shown = {rule["name"]: rule for rule in hub.get("/api/v1/alerts", operator)["alerts"]}["logins"]
    assert ('"invalid user"', 10, "_HOSTNAME", 600) == tuple(shown[key] for key in ("query", "above", "by", "within"))
    assert 0 == alert(hub, "remove", "logins").returncode
    gone = alert(hub, "remove", "logins")
    assert (1, True) == (gone.returncode, "there is no rule" in gone.stderr)


@pytest.mark.parametrize("query", ["", "priority<=warning"])
def test_a_rule_for_what_is_new(hub: SecuredCollector, operator: str, query: str) -> None:
    """With a query or without."""
    done = alert(hub, "add", "unheard", "--new", *filter(None, [query]), "--above", "3")

    assert (0, "") == (done.returncode, done.stderr)
    (rule,) = (one for one in hub.get("/api/v1/alerts", operator)["alerts"] if one["name"] == "unheard")
    assert ("new", query, 3, 900) == tuple(rule[key] for key in ("kind", "query", "above", "within"))
    assert f"more than 3 of a new pattern in 15 min{query and ': '}{query}\n" in alert(hub, "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("add", "x", "--query", "a", "--host", "web-*"),
        ("add", "x", "--silent", "--above", "3"),
        ("add", "x", "--gap", "--by", "_HOSTNAME"),
        ("add", "x", "--new", "--by", "_HOSTNAME"),
        ("add", "x", "--new", "(("),
        ("add", "x", "--silent", "--within", "soon"),
        ("add", "../x", "--silent"),
        ("add", "x", "--silent", "--notify", "pigeon:home"),
        ("test", "nothing"),
    ],
)
def test_what_the_command_line_refuses(hub: SecuredCollector, words: tuple[str, ...]) -> None:
    """One line, and nothing is entered."""
    done = alert(hub, *words)

    assert (1, 1) == (done.returncode, done.stderr.count("\n"))


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"{}", 400), (b'{"kind": "silent", "name": "other"}', 400), (b"{" * 20_000, 400)],
)
def test_what_the_api_refuses(hub: SecuredCollector, operator: str, body: bytes, status: int) -> None:
    """With where and what to do."""
    answer = hub.ask("/api/v1/alerts/x", operator, method="PUT", body=body)

    assert (status, {"what", "where", "do"}) == (answer.status, set(answer.document["error"]))


def test_who_sees_a_part_may_not(hub: SecuredCollector) -> None:
    """Rules look at everything: a scope, whatever the role, keeps out."""
    token = hub.token(Role.ADMIN, "host=web-1")

    assert 403 == hub.ask("/api/v1/alerts", token).status
    assert 403 == put(hub, token, "x", kind="silent").status
    assert 403 == hub.ask("/api/v1/alerts/disk", token, method="DELETE").status


def test_a_rule_that_is_not_there(hub: SecuredCollector, operator: str) -> None:
    """404, for all that needs one."""
    assert 404 == hub.ask("/api/v1/alerts/nothing", operator, method="DELETE").status
    assert 404 == hub.ask("/api/v1/alerts/nothing/test", operator, method="POST").status


def test_rules_are_in_a_backup(hub: SecuredCollector, tmp_path: Path) -> None:
    """They lie beside the entries, and come along."""
    target = tmp_path / "backup"
    done = subprocess.run(hub.command("backup", target), capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr

    assert (target / "alerts.sqlite").is_file()
