"""`/api/v1/events`: what the journals tell by themselves."""

from typing import Any

import pytest
from tests.query.fleet import fill
from tests.query.happenings import MINUTE, SSHD, START, Machine, bad_night
from tests.query.serving import Client, with_server

from journalhub.query.events.kinds import KINDS, NAMES
from journalhub.store.ast import Eq
from journalhub.store.contract import Store
from journalhub.store.limited import LimitedStore

EXPECTED = {
    "unclean-reboot": 1,
    "oom": 2,
    "restart-loop": 3,
    "unit-failed": 5,
    "coredump": 1,
    "crash": 1,
    "kernel": 1,
    "login-failed": 3,
    "time-jump": 1,
    "journal-lost": 2,
    "journal-damaged": 1,
    "restart": 4,
    "boot": 5,
    "shutdown": 1,
}
"""Of the bad night: restarts 3 and 4 and the end of the loop; two attempts at sshd, one at sudo."""


def by_kind(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The kinds of an answer by name."""
    return {kind["kind"]: kind for kind in answer["kinds"]}


def test_a_bad_night(store: Store) -> None:
    """Every kind is counted once for each event, over time and by host, with what it is about and its newest entry."""
    fill(store, bad_night())

    async def use(client: Client) -> None:
        answer = await client.ask("events", ("buckets", 7))
        kinds = by_kind(answer)
        assert (list(NAMES), False) == ([kind["kind"] for kind in answer["kinds"]], answer["partial"])
        assert {name: kind["matched"] for name, kind in kinds.items()} == EXPECTED
        for kind in kinds.values():
            assert 7 == len(kind["counts"])
            assert kind["matched"] == sum(kind["counts"]) == sum(host["count"] for host in kind["hosts"])
            for host in kind["hosts"]:
                assert host["count"] == sum(host["counts"])
            assert min(kind["matched"], 5) == len(kind["newest"])
        assert [("web-1", 2), ("db-1", 1)] == [(h["value"], h["count"]) for h in kinds["login-failed"]["hosts"]]
        assert [{"field": "UNIT", "value": "shop.service", "count": 5}] == kinds["unit-failed"]["subjects"]
        assert [{"field": "COREDUMP_COMM", "value": "psql", "count": 1}] == kinds["coredump"]["subjects"]
        assert (42, None) == (kinds["journal-lost"]["lost"], kinds["boot"]["lost"])
        for kind in kinds.values():
            if kind["search"]:
                found = await client.ask("entries", ("q", kind["search"]), ("count", 1))
                assert ("query", kind["matched"]) == (found["read_as"]["as"], found["matched"])
        (power,) = kinds["unclean-reboot"]["newest"]
        assert ("db-1", "checkpoint complete") == (power["_HOSTNAME"], power["MESSAGE"])

    with_server(store, use)


def test_the_selection_and_the_kinds_asked_for(store: Store) -> None:
    """Events are those of the selection; kinds, hosts and entries are as many as asked for."""
    fill(store, bad_night())

    async def use(client: Client) -> None:
        web = by_kind(await client.ask("events", ("host", "web-*")))
        assert (0, 0, 2) == tuple(web[name]["matched"] for name in ("unclean-reboot", "coredump", "login-failed"))
        failed = by_kind(
            await client.ask("events", ("kind", "unit-failed"), ("kind", "boot"), ("hosts", 1), ("limit", 0))
        )
        assert ["unit-failed", "boot"] == list(failed)
        assert (1, 2) == (len(failed["boot"]["hosts"]), failed["boot"]["other_hosts"])
        assert [] == failed["boot"]["newest"]
        words = by_kind(await client.ask("events", ("q", "checkpoint")))
        assert {"unclean-reboot"} == {name for name, kind in words.items() if kind["matched"]}
        early = by_kind(await client.ask("events", ("until", f"@{START // 1_000_000 + 30}"), ("fields", "MESSAGE")))
        assert 0 == early["unclean-reboot"]["matched"]
        assert "_HOSTNAME" not in early["boot"]["newest"][0]
        status, answer = await client.try_to("events", ("kind", "nothing"))
        assert (400, "kind") == (status, answer["error"]["where"])

    with_server(store, use)


def test_an_empty_store(store: Store) -> None:
    """No entries, no kinds."""

    async def use(client: Client) -> None:
        assert [] == (await client.ask("events"))["kinds"]

    with_server(store, use)


def test_boots_that_nobody_can_judge(store: Store) -> None:
    """Not unclean: a boot that runs, one that says only at its very end that journald stops, one without journald."""
    sender, restarted, container = Machine("syslog-1"), Machine("web-3"), Machine("box-1")
    sender.say("hello")
    sender.boot += 1
    sender.say("hello again")
    restarted.start()
    restarted.say("Journal stopped", MESSAGE_ID="d93fb3c9c24d451a97cea615ce59c00b")
    restarted.say("working", after=5 * MINUTE)
    restarted.start()
    container.start()
    container.say("Journal stopped", MESSAGE_ID="d93fb3c9c24d451a97cea615ce59c00b")
    container.start()
    fill(store, [*sender.written, *restarted.written, *container.written])

    async def use(client: Client) -> None:
        (kind,) = (await client.ask("events", ("kind", "unclean-reboot")))["kinds"]
        assert ["working"] == [row["MESSAGE"] for row in kind["newest"]]

    with_server(store, use)


def test_what_a_reader_may_not_see_is_no_event(store: Store) -> None:
    """Through the view of a limited reader there are the events of that view, and no guess about the rest."""
    fill(store, bad_night())

    async def of_host(client: Client) -> None:
        kinds = by_kind(await client.ask("events"))
        assert (1, 0, 0) == tuple(kinds[name]["matched"] for name in ("unclean-reboot", "oom", "journal-lost"))
        assert {"db-1"} == {host["value"] for kind in kinds.values() for host in kind["hosts"]}

    async def of_program(client: Client) -> None:
        kinds = by_kind(await client.ask("events"))
        assert {"time-jump": 0, "unclean-reboot": 0} == {
            n: kinds[n]["matched"] for n in ("time-jump", "unclean-reboot")
        }

    with_server(LimitedStore(store, Eq("_HOSTNAME", b"db-1")), of_host)
    with_server(LimitedStore(store, Eq("SYSLOG_IDENTIFIER", b"postgres")), of_program)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Failed password for root from 192.0.2.1 port 4 ssh2", 1),
        ("Failed keyboard-interactive/pam for ann from 192.0.2.1 port 4 ssh2", 1),
        ("Invalid user admin from 192.0.2.1 port 4", 1),
        ("Failed password for invalid user admin from 192.0.2.1 port 4 ssh2", 0),
        ("Disconnected from invalid user admin 192.0.2.1 port 4 [preauth]", 0),
        ("Connection reset by invalid user admin 192.0.2.1 port 4 [preauth]", 0),
        ("input_userauth_request: invalid user admin [preauth]", 0),
        ("Accepted password for ann from 192.0.2.1 port 4 ssh2", 0),
    ],
)
def test_one_line_of_sshd_for_each_attempt(store: Store, message: str, expected: int) -> None:
    """Of the lines that sshd writes about one attempt, one counts."""
    machine = Machine("web-1")
    machine.say(message, SSHD)
    fill(store, machine.written)

    async def use(client: Client) -> None:
        (kind,) = (await client.ask("events", ("kind", "login-failed")))["kinds"]
        assert expected == kind["matched"]

    with_server(store, use)


def test_every_kind_says_what_to_do() -> None:
    """Names are words of an address, levels are known, and no kind comes without advice."""
    for kind in KINDS:
        assert kind.name.replace("-", "").isalpha()
        assert kind.level in ("bad", "warning", "note")
        assert kind.advice.endswith(".")
